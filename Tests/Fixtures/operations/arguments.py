"""What the operations' arguments in the JSON mean to PyTorch."""
import torch


def integers(value):
    return torch.tensor(value["scalars"], dtype=torch.int64).reshape(value["shape"])


def numbers(value):
    return torch.tensor(value["scalars"], dtype=torch.float64).reshape(value["shape"])


def optional(a, name):
    return numbers(a[name]) if name in a else None


def named(a, **names):
    """PyTorch's names for those arguments that there are."""
    return {theirs: a[ours] for theirs, ours in names.items() if ours in a}


def axes_of(x, a):
    return tuple(a["axes"]) if "axes" in a else tuple(range(x.ndim))


def keep(a):
    return a.get("keepDims", False)


def reduction_of(a):
    return a.get("reduction", "mean")
