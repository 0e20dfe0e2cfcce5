"""Arithmetic in PyTorch, and its cases: see recorder.py."""
from recorder import case, inf, nan, operations, save

operations |= {
    "add": lambda x, a: x[0] + x[1],
    "subtract": lambda x, a: x[0] - x[1],
    "multiply": lambda x, a: x[0] * x[1],
    "divide": lambda x, a: x[0] / x[1],
    "add number": lambda x, a: x[0] + a["number"],
    "number plus": lambda x, a: a["number"] + x[0],
    "subtract number": lambda x, a: x[0] - a["number"],
    "number minus": lambda x, a: a["number"] - x[0],
    "multiply by number": lambda x, a: x[0] * a["number"],
    "number times": lambda x, a: a["number"] * x[0],
    "divide by number": lambda x, a: x[0] / a["number"],
    "number divided by": lambda x, a: a["number"] / x[0],
    "add whole number": lambda x, a: x[0] + int(a["number"]),
    "whole number plus": lambda x, a: int(a["number"]) + x[0],
    "subtract whole number": lambda x, a: x[0] - int(a["number"]),
    "whole number minus": lambda x, a: int(a["number"]) - x[0],
    "multiply by whole number": lambda x, a: x[0] * int(a["number"]),
    "whole number times": lambda x, a: int(a["number"]) * x[0],
    "divide by whole number": lambda x, a: x[0] / int(a["number"]),
    "whole number divided by": lambda x, a: int(a["number"]) / x[0],
    "negate": lambda x, a: -x[0],
    "abs": lambda x, a: x[0].abs(),
    "reciprocal": lambda x, a: x[0].reciprocal(),
    "square": lambda x, a: x[0].square(),
    "sign": lambda x, a: x[0].sign(),
    "floor": lambda x, a: x[0].floor(),
    "trunc": lambda x, a: x[0].trunc(),
    "round": lambda x, a: x[0].round(),
}

# Each pattern of broadcasting.
for operation, draw in [
    ("add", "normal"), ("subtract", "normal"), ("multiply", "normal"), ("divide", "away from zero"),
]:
    case(operation, "equal shapes", (2, 3), (2, 3), draw=draw)
    case(operation, "rows and a row", (4, 3), (3,), draw=draw)
    case(operation, "a column and rows", (4, 1), (4, 3), draw=draw)
    case(operation, "column and row", (3, 1), (1, 4), draw=draw)
    case(operation, "a number without axes", (2, 3), (), draw=draw)
    case(operation, "two numbers without axes", (), (), draw=draw)
    case(operation, "one element and many axes", (1,), (2, 1, 3), draw=draw)
    case(operation, "both repeated in turn", (2, 1, 3, 1), (4, 1, 2), draw=draw)
    case(operation, "empty", (0, 3), (3,), draw=draw)
    case(operation, "an empty axis against one element", (2, 0), (2, 1), draw=draw)
for operation in ["add number", "number plus", "subtract number", "number minus",
                  "multiply by number", "number times", "divide by number"]:
    case(operation, "matrix", (2, 3), number=-1.7)
    case(operation, "without axes", (), number=0.3)
    case(operation, "empty", (0,), number=2)
for operation in ["add whole number", "whole number plus", "subtract whole number", "whole number minus",
                  "multiply by whole number", "whole number times", "divide by whole number",
                  "whole number divided by"]:
    case(operation, "matrix", (2, 3), draw="away from zero", number=-3)
    case(operation, "empty", (2, 0), number=7)
case("multiply by number", "zero", (3,), number=0)
case("number divided by", "matrix", (2, 3), draw="away from zero", number=-1.7)
case("number divided by", "without axes", (), draw="away from zero", number=3)
case("number divided by", "empty", (0,), number=2)
case("number divided by", "zero", [0, 2], smooth=False, number=1)
case("divide", "by zero", [1, -1, 0, 3], [0, 0, 0, 2], smooth=False)
case("divide", "huge and tiny", [1e150, 1e-150, 3], [1e-3, 1e3, 7e100], smooth=False)

# Of one number.
for operation, draw in [
    ("negate", "normal"), ("abs", "spaced"), ("reciprocal", "away from zero"), ("square", "normal"),
    ("sign", "spaced"), ("round", "spaced"), ("floor", "spaced"), ("trunc", "spaced"),
]:
    case(operation, "cube", (2, 3, 2), draw=draw)
    case(operation, "without axes", (), draw=draw)
    case(operation, "one element", (1, 1), draw=draw)
    case(operation, "empty", (3, 0), draw=draw)
case("abs", "at 0", [0, -0.0, 1e-300, -1e-300, inf, -inf], smooth=False)
case("abs", "not a number", [nan, 1], smooth=False)
for operation in ["reciprocal", "square", "sign", "round", "floor", "trunc"]:
    case(operation, "not a number", [nan, 1.25] * 8, smooth=False)
    case(operation, "0 and infinity", [0, -0.0, inf, -inf], smooth=False)
case("reciprocal", "huge and tiny", [1e150, -1e-150, 3], smooth=False)
case("square", "huge and tiny", [1e150, -1e-150, 3], smooth=False)
case("round", "halves", [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 1e17], smooth=False)
case("floor", "of both signs", [-1.5, -1, -0.0, 0.5, 2.75, -1e17], smooth=False)
case("trunc", "of both signs", [-1.5, -1, -0.0, 0.5, 2.75, -1e17], smooth=False)
case("sign", "of both signs", [-3, 1e-300, -1e-300, 4], smooth=False)

save(__file__)
