"""Choices between elements in PyTorch, and their cases: see recorder.py."""
import torch

from arguments import numbers
from recorder import case, inf, nan, operations, save

operations |= {
    "clamp": lambda x, a: x[0].clamp(min=a.get("min"), max=a.get("max")),
    "clamp between tensors": lambda x, a: x[0].clamp(x[1], x[2]),
    "clamp from below by a tensor": lambda x, a: x[0].clamp(min=x[1]),
    "clamp from above by a tensor": lambda x, a: x[0].clamp(max=x[1]),
    "maximum": lambda x, a: torch.maximum(x[0], x[1]),
    "minimum": lambda x, a: torch.minimum(x[0], x[1]),
    "select": lambda x, a: torch.where(numbers(a["condition"]) != 0, x[0], x[1]),
}

case("clamp", "between", (3, 4), draw="spaced", min=-0.4, max=0.3)
case("clamp", "from below", (7,), draw="spaced", min=0.1)
case("clamp", "from above", (7,), draw="spaced", max=0.1)
case("clamp", "without axes", (), draw="spaced", min=-1, max=1)
case("clamp", "empty", (0,), min=-1, max=1)
case("clamp", "at the bounds", [-1, -0.5, 0, 0.5, 0.75, 1, 2], smooth=False, min=-0.5, max=0.75)
case("clamp", "bounds that are equal", [-1, 0.5, 2], smooth=False, min=0.5, max=0.5)
case("clamp", "bounds the wrong way round", [-1, 0, 0.25, 0.5, 2], smooth=False, min=0.5, max=0)
case("clamp", "infinite and not a number", [inf, -inf, nan], smooth=False, min=-1, max=1)
between = "clamp between tensors"
case(between, "equal shapes", (3, 5), (3, 5), (3, 5), draw="spaced")
case(between, "a row and a column", (4, 3), (3,), (4, 1), draw="spaced")
# PyTorch 2.13 fails where one bound has more axes than the other and the numbers together.
case(between, "bounds of more axes", (3,), (4, 2, 1), (4, 2, 1), draw="spaced")
case(between, "without axes", (), (), (), draw="spaced")
case(between, "numbers without axes", (2, 3), (), (), draw="spaced")
case(between, "empty", (0, 3), (3,), (1,))
case(between, "at the bounds", [-1, -0.5, 0, 0.75, 1], [-0.5] * 5, [0.75] * 5, smooth=False)
case(between, "bounds that are equal", [-1, 0.5, 2], [0.5] * 3, [0.5] * 3, smooth=False)
case(between, "bounds the wrong way round", [-1, 0, 0.25, 0.5, 2], [0.5] * 5, [0] * 5, smooth=False)
case(between, "infinite and not a number", [inf, -inf, nan, 1, 1, inf], [-1, -1, -1, nan, -1, -inf],
     [1, 1, 1, 2, nan, inf], smooth=False)
for operation in ["clamp from below by a tensor", "clamp from above by a tensor"]:
    case(operation, "equal shapes", (2, 3), (2, 3), draw="spaced")
    case(operation, "a row", (4, 3), (3,), draw="spaced")
    case(operation, "a bound of more axes", (3,), (2, 3), draw="spaced")
    case(operation, "without axes", (), (), draw="spaced")
    case(operation, "empty", (2, 0), (2, 1))
    case(operation, "at the bound", [-1, 0, 1], [0, 0, 0], smooth=False)
    case(operation, "infinite and not a number", [inf, -inf, nan, 1], [0, 0, 0, nan], smooth=False)
for operation in ["maximum", "minimum"]:
    case(operation, "equal shapes", (2, 3), (2, 3), draw="spaced")
    case(operation, "rows and a row", (4, 3), (3,), draw="spaced")
    case(operation, "a column and rows", (4, 1), (4, 3), draw="spaced")
    case(operation, "column and row", (3, 1), (1, 4), draw="spaced")
    case(operation, "a number without axes", (2, 3), (), draw="spaced")
    case(operation, "two numbers without axes", (), (), draw="spaced")
    case(operation, "one element and many axes", (1,), (2, 1, 3), draw="spaced")
    case(operation, "both repeated in turn", (2, 1, 3, 1), (4, 1, 2), draw="spaced")
    case(operation, "empty", (0, 3), (3,), draw="spaced")
    case(operation, "an empty axis against one element", (2, 0), (2, 1), draw="spaced")
    case(operation, "ties", [1, 2, -0.0, 3], [1, 5, 0, -3], smooth=False)
    case(operation, "ties in a repeated row", [[1, 2], [3, 2], [1, 0]], [1, 2], smooth=False)
    case(operation, "of itself at infinity", [inf, -inf], [inf, inf], smooth=False)
    case(operation, "not a number", [nan, 1, nan], [1, nan, nan], smooth=False)
case("select", "equal shapes", (2, 3), (2, 3), condition=[[1.0, 0, 1], [0, 0, 1]])
case("select", "all three repeated", (2, 1, 1), (3,), condition=[[1.0], [0], [1], [1]])
case("select", "a number without axes", (), (4,), condition=[1.0, 0, 0, 1])
case("select", "one condition for all", (2, 2), (2, 2), condition=0.0)
case("select", "hides infinity", [inf, 1], [2, nan], smooth=False, condition=[0.0, 1])

save(__file__)
