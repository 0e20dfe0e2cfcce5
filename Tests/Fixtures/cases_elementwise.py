"""Cases of more functions of one number: for operations.py."""
from operation_recorder import case

inf, nan = float("inf"), float("nan")

for operation, draw in [
    ("reciprocal", "away from zero"), ("square", "normal"), ("log1p", "positive"),
    ("expm1", "normal"), ("sin", "normal"), ("cos", "normal"), ("erf", "normal"),
    ("gelu", "normal"), ("silu", "normal"), ("softplus", "normal"), ("leakyReLU", "spaced"),
    ("elu", "spaced"), ("hardtanh", "spaced"), ("sign", "spaced"), ("round", "spaced"),
    ("floor", "spaced"), ("trunc", "spaced"),
]:
    case(operation, "cube", (2, 3, 2), draw=draw)
    case(operation, "without axes", (), draw=draw)
    case(operation, "one element", (1, 1), draw=draw)
    case(operation, "empty", (3, 0), draw=draw)
    # Whole vectors: in the rest of one PyTorch's derivatives of ELU and hardtanh let NaN pass.
    case(operation, "not a number", [nan, 1.25] * 8, smooth=False)
    case(operation, "0 and infinity", [0, -0.0, inf, -inf], smooth=False)
case("reciprocal", "huge and tiny", [1e150, -1e-150, 3], smooth=False)
case("square", "huge and tiny", [1e150, -1e-150, 3], smooth=False)
case("log1p", "near 0 and -1", [1e-15, -1e-15, -1, -1 + 1e-10, -2, 1e300], smooth=False)
case("log1p", "negative", [-0.5, -0.25, -1e-9])
case("expm1", "near 0 and far from it", [1e-15, -1e-15, -40, -1000, 700, 710], smooth=False)
case("sin", "many turns", [100, -100, 1e5, 3.141592653589793], smooth=False)
case("cos", "many turns", [100, -100, 1e5, 3.141592653589793], smooth=False)
case("erf", "saturated", [-6, -3, 1e-9, 3, 6, 30], smooth=False)
for operation in ["gelu", "silu", "softplus"]:
    case(operation, "far from 0", [-1000, -40, -5, 5, 15, 40, 1000], smooth=False)
case("gelu", "by tanh", (3, 4), approximation="tanh")
case("gelu", "by tanh, without axes", (), approximation="tanh")
case("gelu", "by tanh, empty", (0,), approximation="tanh")
case("gelu", "by tanh, far from 0", [-1000, -40, -5, 0, 5, 15, 40, 1000, inf, -inf, nan],
     smooth=False, approximation="tanh")
case("softplus", "beta", (3, 4), beta=2.5)
case("softplus", "negative beta", (5,), beta=-0.7)
# At the threshold itself PyTorch bends the value and not the second derivative.
case("softplus", "threshold", [-3, -1, 0.5, 1.4, 1.6, 3], smooth=False, beta=2, threshold=3)
case("softplus", "beyond the threshold", [1.75, 2, 5], beta=2, threshold=3)
case("leakyReLU", "slope", (3, 4), draw="spaced", slope=0.3)
case("leakyReLU", "negative slope", (5,), draw="spaced", slope=-0.5)
case("leakyReLU", "slope 0 and infinity", [1, -1, 0], smooth=False, slope=0)
case("elu", "alpha", (3, 4), draw="spaced", alpha=1.7)
case("elu", "far from 0", [-1000, -40, -1e-12, 1e-12, 40, 1000], smooth=False, alpha=0.5)
case("elu", "at 0", [0, -0.0, 1], smooth=False, alpha=1.5)
case("hardtanh", "bounds", (3, 4), draw="spaced", min=-0.4, max=0.3)
case("hardtanh", "at the bounds", [-2, -1, -0.5, 0, 1, 2], smooth=False)
case("hardtanh", "bounds that are equal", [-1, 0.5, 2], smooth=False, min=0.5, max=0.5)
case("round", "halves", [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 1e17], smooth=False)
case("floor", "of both signs", [-1.5, -1, -0.0, 0.5, 2.75, -1e17], smooth=False)
case("trunc", "of both signs", [-1.5, -1, -0.0, 0.5, 2.75, -1e17], smooth=False)
case("sign", "of both signs", [-3, 1e-300, -1e-300, 4], smooth=False)

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
