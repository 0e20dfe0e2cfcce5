"""Exponentials, logarithms and powers in PyTorch, and their cases: see recorder.py."""
import torch

from recorder import case, inf, nan, operations, save

operations |= {
    "exp": lambda x, a: x[0].exp(),
    "expm1": lambda x, a: x[0].expm1(),
    "log": lambda x, a: x[0].log(),
    "log1p": lambda x, a: x[0].log1p(),
    "sqrt": lambda x, a: x[0].sqrt(),
    "erf": lambda x, a: x[0].erf(),
    "pow": lambda x, a: x[0].pow(a["number"]),
    "variable pow": lambda x, a: x[0].pow(x[1]),
    "pow of a number": lambda x, a: torch.pow(a["number"], x[0]),
    "logAddExp": lambda x, a: torch.logaddexp(x[0], x[1]),
}

for operation, draw in [
    ("exp", "normal"), ("log", "positive"), ("sqrt", "positive"), ("log1p", "positive"),
    ("expm1", "normal"), ("erf", "normal"),
]:
    case(operation, "cube", (2, 3, 2), draw=draw)
    case(operation, "without axes", (), draw=draw)
    case(operation, "one element", (1, 1), draw=draw)
    case(operation, "empty", (3, 0), draw=draw)
for operation in ["exp", "log", "sqrt"]:
    case(operation, "not a number", [nan, 1], smooth=False)
for operation in ["log1p", "expm1", "erf"]:
    case(operation, "not a number", [nan, 1.25] * 8, smooth=False)
    case(operation, "0 and infinity", [0, -0.0, inf, -inf], smooth=False)
case("exp", "far from 0", [-1000, -700, -30, 30, 700, 710, inf, -inf], smooth=False)
case("log", "0, negative, tiny, infinite", [0, -1, 1e-300, 1e300, inf], smooth=False)
case("sqrt", "0, negative, tiny, infinite", [0, -1, 1e-300, 1e300, inf], smooth=False)
case("log1p", "near 0 and -1", [1e-15, -1e-15, -1, -1 + 1e-10, -2, 1e300], smooth=False)
case("log1p", "negative", [-0.5, -0.25, -1e-9])
case("expm1", "near 0 and far from it", [1e-15, -1e-15, -40, -1000, 700, 710], smooth=False)
case("erf", "saturated", [-6, -3, 1e-9, 3, 6, 30], smooth=False)

# A number as the exponent.
for exponent in [0, 1, 2, -1, 0.5, -0.5, 1.5]:
    case("pow", f"infinite and not a number, exponent {exponent}", [inf, -inf, nan], smooth=False,
         number=exponent)
for exponent in [0, 1, 2, 3, 0.5, -1, -2, 2.5, 10]:
    case("pow", f"positive base, exponent {exponent}", (2, 3), draw="positive", number=exponent)
for exponent in [0, 1, 2, 3, -1, -2]:
    case("pow", f"base of both signs, exponent {exponent}", (5,), draw="away from zero",
         number=exponent)
for exponent in [0, 1, 2, 3, 4, -1, 0.5, -0.5, 1.5]:
    case("pow", f"base 0 and negative, exponent {exponent}", [0, -0.0, -1.5, -2, 1], smooth=False,
         number=exponent)
# Without −0: 2.5's second derivative takes x^(1/2).
case("pow", "base 0 and negative, exponent 2.5", [0, -1.5, -2, 1], smooth=False, number=2.5)
case("pow", "without axes", (), draw="positive", number=1.3)
case("pow", "empty", (0, 2), number=3)

# A variable exponent: each pattern of broadcasting, then where there is no derivative.
case("variable pow", "equal shapes", (2, 3), (2, 3), draw="positive")
case("variable pow", "rows and a row", (4, 3), (3,), draw="positive")
case("variable pow", "a column and rows", (4, 1), (4, 3), draw="positive")
case("variable pow", "a number without axes", (2, 3), (), draw="positive")
case("variable pow", "two numbers without axes", (), (), draw="positive")
case("variable pow", "empty", (0, 3), (3,), draw="positive")
case("variable pow", "both signs of the exponent", [0.5, 2, 1.5, 0.7], [-1.5, -2, 3, 0.1])
# PyTorch's derivative with respect to the base is the constant 0 where the exponent is 0, and so is not
# differentiated with respect to the exponent; finite differences say that it should be.
case("variable pow", "exponent 0", [0.5, 2, 1.5], [0, 0, -0.0], second=False)
# The second derivatives there are 0 · ∞ in PyTorch; here they are finite where they exist.
case("variable pow", "base 0", [0, 0, 0, 0, 0, -0.0], [0, 1, 2, -1, 0.5, 3], smooth=False,
     second=False)
case("variable pow", "negative base", [-2, -2, -2, -2], [2, 3, 2.5, 0], smooth=False,
     second=False)
case("variable pow", "infinite and not a number", [inf, inf, nan, nan, 1, 0, -inf],
     [2, 0, 0, 1, nan, nan, 3], smooth=False, second=False)
case("pow of a number", "matrix", (2, 3), number=2.5)
case("pow of a number", "base 1", (4,), number=1)
case("pow of a number", "without axes", (), number=0.3)
case("pow of a number", "empty", (0, 2), number=3)
case("pow of a number", "base 0", [0, 1, 2, -1, 0.5], smooth=False, second=False, number=0)
case("pow of a number", "negative base", [0, 1, 2, -1, 0.5], smooth=False, second=False, number=-2)

case("logAddExp", "equal shapes", (2, 3), (2, 3))
case("logAddExp", "rows and a row", (4, 3), (3,))
case("logAddExp", "column and row", (3, 1), (1, 4))
case("logAddExp", "a number without axes", (2, 3), ())
case("logAddExp", "two numbers without axes", (), ())
case("logAddExp", "both repeated in turn", (2, 1, 3, 1), (4, 1, 2))
case("logAddExp", "empty", (0, 3), (3,))
case("logAddExp", "an empty axis against one element", (2, 0), (2, 1))
case("logAddExp", "equal", [1, 0, -0.0, 3], [1, -0.0, 0, 3])
case("logAddExp", "large and tiny", [1000, -1000, 500, 2], [1001, -1003, 500, 2 + 1e-12], smooth=False)
# Where one exponential hides the other, PyTorch's second derivative is 0 · ∞; here it is 0.
case("logAddExp", "far from each other", [1000, -1000, 40, 1e300], [-1000, 1000, -40, -1e300],
     smooth=False, second=False)
case("logAddExp", "infinite and not a number", [inf, -inf, inf, -inf, -inf, 0, nan, 1, inf, -inf],
     [inf, -inf, -inf, inf, 0, inf, 1, nan, nan, nan], smooth=False, second=False)

save(__file__)
