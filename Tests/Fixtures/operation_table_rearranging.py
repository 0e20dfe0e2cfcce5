"""Reductions and rearrangements in PyTorch: for operation_table.py."""
import torch


def axes_of(x, a):
    return tuple(a["axes"]) if "axes" in a else tuple(range(x.ndim))


def keep(a):
    return a.get("keepDims", False)


def integers(value):
    return torch.tensor(value["scalars"], dtype=torch.int64).reshape(value["shape"])


def product(x, a):
    """PyTorch's takes one axis, or all."""
    if "axes" not in a and not keep(a):
        return x[0].prod()
    y = x[0]
    for axis in sorted((axis % y.ndim for axis in axes_of(y, a)), reverse=True):
        y = y.prod(axis, keepdim=keep(a))
    return y


def joined(parts, axis):
    """Each part with a factor of its own, so that none can be taken for another."""
    return torch.cat([part * (i + 1) for i, part in enumerate(parts)], axis)


operations = {
    "product": product,
    "standardDeviation": lambda x, a: x[0].std(
        axes_of(x[0], a), correction=a.get("correction", 1), keepdim=keep(a)),
    "norm": lambda x, a: torch.linalg.vector_norm(
        x[0], float(a.get("order", 2)), axes_of(x[0], a), keepdim=keep(a)),
    "cumsum": lambda x, a: x[0].cumsum(a["axis"]),
    "topK": lambda x, a: x[0].topk(a["k"], a.get("axis", -1), a.get("largest", True)).values,
    "squeeze": lambda x, a: x[0].squeeze(a["axis"]) if "axis" in a else x[0].squeeze(),
    "unsqueeze": lambda x, a: x[0].unsqueeze(a["axis"]),
    "expand": lambda x, a: x[0].expand(a["shape"]),
    "split": lambda x, a: joined(x[0].split(a["count"], a["axis"]), a["axis"]),
    "split into sizes": lambda x, a: joined(x[0].split(a["size"], a["axis"]), a["axis"]),
    "chunk": lambda x, a: joined(x[0].chunk(a["count"], a["axis"]), a["axis"]),
    "narrow": lambda x, a: x[0].narrow(a["axis"], a["first"], a["count"]),
    "select index": lambda x, a: x[0].select(a["axis"], a["first"]),
    "flip": lambda x, a: x[0].flip(a["axes"]),
    "roll": lambda x, a: x[0].roll(a["shifts"], a.get("axes")),
    "repeated": lambda x, a: x[0].repeat(a["shape"]),
    "indexSelect": lambda x, a: x[0].index_select(a["axis"], integers(a["indices"])),
    "tril": lambda x, a: x[0].tril(a.get("diagonal", 0)),
    "triu": lambda x, a: x[0].triu(a.get("diagonal", 0)),
    "dot": lambda x, a: torch.dot(*x),
    "outer": lambda x, a: torch.outer(*x),
    "einsum": lambda x, a: torch.einsum(a["equation"], *x),
}
