"""Trigonometric and hyperbolic functions in PyTorch, and their cases: see recorder.py."""
from recorder import case, inf, nan, operations, save

operations |= {
    "sin": lambda x, a: x[0].sin(),
    "cos": lambda x, a: x[0].cos(),
    "tanh": lambda x, a: x[0].tanh(),
}

for operation in ["sin", "cos", "tanh"]:
    case(operation, "cube", (2, 3, 2))
    case(operation, "without axes", ())
    case(operation, "one element", (1, 1))
    case(operation, "empty", (3, 0))
for operation in ["sin", "cos"]:
    case(operation, "not a number", [nan, 1.25] * 8, smooth=False)
    case(operation, "0 and infinity", [0, -0.0, inf, -inf], smooth=False)
    case(operation, "many turns", [100, -100, 1e5, 3.141592653589793], smooth=False)
case("tanh", "not a number", [nan, 1], smooth=False)
case("tanh", "saturated", [-1000, -20, -1e-10, 0, 1e-10, 20, 1000, inf], smooth=False)

save(__file__)
