"""More functions of one number in PyTorch: for operation_table.py."""
import torch
import torch.nn.functional as F

operations = {
    "reciprocal": lambda x, a: x[0].reciprocal(),
    "square": lambda x, a: x[0].square(),
    "log1p": lambda x, a: x[0].log1p(),
    "expm1": lambda x, a: x[0].expm1(),
    "sin": lambda x, a: x[0].sin(),
    "cos": lambda x, a: x[0].cos(),
    "erf": lambda x, a: x[0].erf(),
    "gelu": lambda x, a: F.gelu(x[0], approximate=a.get("approximation", "none")),
    "silu": lambda x, a: F.silu(x[0]),
    "softplus": lambda x, a: F.softplus(x[0], a.get("beta", 1), a.get("threshold", 20)),
    "leakyReLU": lambda x, a: F.leaky_relu(x[0], a.get("slope", 0.01)),
    "elu": lambda x, a: F.elu(x[0], a.get("alpha", 1)),
    "hardtanh": lambda x, a: F.hardtanh(x[0], a.get("min", -1), a.get("max", 1)),
    "sign": lambda x, a: x[0].sign(),
    "round": lambda x, a: x[0].round(),
    "floor": lambda x, a: x[0].floor(),
    "trunc": lambda x, a: x[0].trunc(),
    "variable pow": lambda x, a: x[0].pow(x[1]),
    "pow of a number": lambda x, a: torch.pow(a["number"], x[0]),
}
