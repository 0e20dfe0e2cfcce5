"""More operations on pictures in PyTorch, by their names in OperationTable+Pictures.swift: for
operation_table.py."""
import torch
import torch.nn.functional as F


def numbers(value):
    return torch.tensor(value["scalars"], dtype=torch.float64).reshape(value["shape"])


def integers(value):
    return torch.tensor(value["scalars"], dtype=torch.int64).reshape(value["shape"])


def named(a, **names):
    """PyTorch's names for those arguments that there are."""
    return {theirs: a[ours] for theirs, ours in names.items() if ours in a}


def pooled_with_indices(x, a):
    values, indices = F.max_pool2d(
        x[0], a["kernel"], return_indices=True,
        **named(a, stride="stride", padding="padding", dilation="dilation", ceil_mode="ceilMode"))
    # Values that depend on the indices: nothing else shows whether they are right.
    return values * (indices + 1)


def adaptively_pooled_with_indices(x, a):
    values, indices = F.adaptive_max_pool2d(x[0], a["size"], return_indices=True)
    return values * (indices + 1)


def unpooled(x, a):
    height, width = a["size"]
    # The kernel and stride of F.max_unpool2d only suggest an output size.
    return torch._C._nn.max_unpool2d(x[0], integers(a["indices"]), (height, width))


def interpolated(x, a):
    options = named(a, mode="mode")
    if a.get("mode") == "bilinear":
        options["align_corners"] = a.get("alignCorners", False)
    size = {"size": a["size"]} if "size" in a else {"scale_factor": a["scale"]}
    batch = x[0] if x[0].ndim == 4 else x[0][None]
    y = F.interpolate(batch, **size, **options)
    return y if x[0].ndim == 4 else y[0]


def padded(x, a):
    widths = [width for pair in reversed(a["widths"]) for width in pair]
    options = {"value": a["number"]} if "number" in a else {}
    return F.pad(x[0], widths, mode=a["mode"], **options)


window_names = {"dilation": "dilation", "padding": "padding", "stride": "stride"}


def batch_normalized(x, a):
    running = [numbers(a[name]) if name in a else None for name in ["runningMean", "runningVariance"]]
    return F.batch_norm(
        x[0], *running, *x[1:], training=a.get("training", False), **named(a, eps="epsilon"))


operations = {
    "maxPool2dWithIndices": pooled_with_indices,
    "maxUnpool2d": unpooled,
    "adaptiveMaxPool2d": lambda x, a: F.adaptive_max_pool2d(x[0], a["size"]),
    "adaptiveMaxPool2dWithIndices": adaptively_pooled_with_indices,
    "interpolate": interpolated,
    "pad with mode": padded,
    "unfold": lambda x, a: F.unfold(x[0], a["kernel"], **named(a, **window_names)),
    "fold": lambda x, a: F.fold(x[0], a["size"], a["kernel"], **named(a, **window_names)),
    "pixelShuffle": lambda x, a: F.pixel_shuffle(x[0], a["factor"]),
    "pixelUnshuffle": lambda x, a: F.pixel_unshuffle(x[0], a["factor"]),
    "batchNorm2d": batch_normalized,
    "layerNorm": lambda x, a: F.layer_norm(x[0], a["shape"], *x[1:], **named(a, eps="epsilon")),
    "localResponseNorm": lambda x, a: F.local_response_norm(
        x[0], a["channels"], **named(a, alpha="alpha", beta="beta", k="k")),
}
