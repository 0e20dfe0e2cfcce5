"""Activations in PyTorch, and their cases: see recorder.py."""
import torch.nn.functional as F

from recorder import case, inf, nan, operations, save

operations |= {
    "sigmoid": lambda x, a: x[0].sigmoid(),
    "relu": lambda x, a: x[0].relu(),
    "leakyReLU": lambda x, a: F.leaky_relu(x[0], a.get("slope", 0.01)),
    "prelu": lambda x, a: F.prelu(x[0], x[1]),
    "elu": lambda x, a: F.elu(x[0], a.get("alpha", 1)),
    "hardtanh": lambda x, a: F.hardtanh(x[0], a.get("min", -1), a.get("max", 1)),
    "gelu": lambda x, a: F.gelu(x[0], approximate=a.get("approximation", "none")),
    "silu": lambda x, a: F.silu(x[0]),
    "softplus": lambda x, a: F.softplus(x[0], a.get("beta", 1), a.get("threshold", 20)),
    "softmax": lambda x, a: F.softmax(x[0], a["axis"]),
    "logSoftmax": lambda x, a: F.log_softmax(x[0], a["axis"]),
    "dropout": lambda x, a: F.dropout(x[0], a["number"], training=True),
}

for operation, draw in [
    ("sigmoid", "normal"), ("relu", "spaced"), ("gelu", "normal"), ("silu", "normal"),
    ("softplus", "normal"), ("leakyReLU", "spaced"), ("elu", "spaced"), ("hardtanh", "spaced"),
]:
    case(operation, "cube", (2, 3, 2), draw=draw)
    case(operation, "without axes", (), draw=draw)
    case(operation, "one element", (1, 1), draw=draw)
    case(operation, "empty", (3, 0), draw=draw)
for operation in ["sigmoid", "relu"]:
    case(operation, "not a number", [nan, 1], smooth=False)
for operation in ["gelu", "silu", "softplus", "leakyReLU", "elu", "hardtanh"]:
    # Whole vectors: in the rest of one PyTorch's derivatives of ELU and hardtanh let NaN pass.
    case(operation, "not a number", [nan, 1.25] * 8, smooth=False)
    case(operation, "0 and infinity", [0, -0.0, inf, -inf], smooth=False)
case("sigmoid", "saturated", [-1000, -700, -40, 0, 40, 700, 1000, -inf, inf], smooth=False)
case("relu", "at 0", [0, -0.0, 1e-300, -1e-300, inf, -inf], smooth=False)
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
case("prelu", "one slope", (2, 3, 2), (1,), draw="spaced")
case("prelu", "one slope without axes", (3, 2), (), draw="spaced")
case("prelu", "slopes of columns", (4, 3), (3,), draw="spaced")
case("prelu", "slopes of a picture's channels", (2, 3, 2, 2), (3,), draw="spaced")
case("prelu", "a list", (5,), (1,), draw="spaced")
case("prelu", "without axes", (), (1,), draw="spaced")
case("prelu", "empty", (0, 3), (3,), draw="spaced")
case("prelu", "not a number", [nan, 1.25] * 8, [0.25], smooth=False)
case("prelu", "infinity", [inf, -inf, 2, -2], [0.25], smooth=False)
# PyTorch's first derivatives count 0 as negative, its second ones as positive.
case("prelu", "at 0", [0, -0.0, 1], [0.25], smooth=False, second=False)
case("elu", "alpha", (3, 4), draw="spaced", alpha=1.7)
case("elu", "far from 0", [-1000, -40, -1e-12, 1e-12, 40, 1000], smooth=False, alpha=0.5)
case("elu", "at 0", [0, -0.0, 1], smooth=False, alpha=1.5)
case("hardtanh", "bounds", (3, 4), draw="spaced", min=-0.4, max=0.3)
case("hardtanh", "at the bounds", [-2, -1, -0.5, 0, 1, 2], smooth=False)
case("hardtanh", "bounds that are equal", [-1, 0.5, 2], smooth=False, min=0.5, max=0.5)

for operation in ["softmax", "logSoftmax"]:
    case(operation, "rows", (3, 4), axis=1)
    case(operation, "columns", (3, 4), axis=0)
    case(operation, "middle axis, negative", (2, 3, 2), axis=-2)
    case(operation, "one class", (3, 1), axis=1)
    case(operation, "many classes", (2, 37), axis=1)
    case(operation, "no rows", (0, 3), axis=1)
    case(operation, "far from 0", [[1e3, -1e3, 0], [-1e3, -1e3, -999], [1e3, 1e3, 1e3]],
         smooth=False, axis=1)
    case(operation, "-∞ among numbers", [[0, -inf, 1]], smooth=False, axis=1)
    case(operation, "only -∞", [[-inf, -inf], [1, 2]], smooth=False, axis=1)
    case(operation, "∞ and not a number", [[inf, 1, 2], [nan, 1, 2], [0, 1, 2]], smooth=False, axis=1)

# Dropout at the two probabilities that leave nothing to chance.
case("dropout", "never", (2, 3), number=0)
case("dropout", "always", (2, 3), number=1)

# A single number takes the axes 0 and -1.
for operation in ["softmax", "logSoftmax"]:
    case(operation, "a number, axis 0", (), axis=0)
    case(operation, "a number, axis -1", (), axis=-1)

save(__file__)
