"""The operations in PyTorch, by their names in OperationTable.swift: for operations.py."""
import torch
import torch.nn.functional as F

import operation_table_elementwise
import operation_table_losses
import operation_table_pictures
import operation_table_rearranging


def axes_of(x, a):
    return tuple(a["axes"]) if "axes" in a else tuple(range(x.ndim))


def integers(value):
    return torch.tensor(value["scalars"], dtype=torch.int64).reshape(value["shape"])


def numbers(value):
    return torch.tensor(value["scalars"], dtype=torch.float64).reshape(value["shape"])


def bounds(a):
    return {"min": a.get("min"), "max": a.get("max")}


def keep(a):
    return a.get("keepDims", False)


def matmul(x, a):
    left = x[0].mT if a.get("transposeA") else x[0]
    right = x[1].mT if a.get("transposeB") else x[1]
    return torch.matmul(left, right)


def pad(x, a):
    widths = [width for pair in reversed(a["widths"]) for width in pair]
    return F.pad(x[0], widths, value=a.get("number", 0))


def sliced(x, a):
    index = [slice(None)] * x[0].ndim
    index[a["axis"]] = slice(*a["range"], a.get("step", 1))
    return x[0][tuple(index)]


def convolution(function, names):
    def run(x, a):
        options = {theirs: a[ours] for ours, theirs in names.items() if ours in a}
        return function(x[0], x[1], x[2] if len(x) > 2 else None, **options)
    return run


def pooling(function, names):
    def run(x, a):
        options = {theirs: a[ours] for ours, theirs in names.items() if ours in a}
        return function(x[0], a["kernel"], **options)
    return run


def labelled(function):
    def run(x, a):
        options = {"ignore_index": a.get("ignoreIndex", -100), "reduction": a.get("reduction", "mean")}
        if "weight" in a:
            options["weight"] = numbers(a["weight"])
        if "labelSmoothing" in a:
            options["label_smoothing"] = a["labelSmoothing"]
        return function(x[0], integers(a["labels"]), **options)
    return run


convolution_names = {name: name for name in ["stride", "padding", "dilation", "groups"]}
pooling_names = {"stride": "stride", "padding": "padding", "ceilMode": "ceil_mode"}

operations = {
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
    "negate": lambda x, a: -x[0],
    "exp": lambda x, a: x[0].exp(),
    "log": lambda x, a: x[0].log(),
    "sqrt": lambda x, a: x[0].sqrt(),
    "pow": lambda x, a: x[0].pow(a["number"]),
    "tanh": lambda x, a: x[0].tanh(),
    "sigmoid": lambda x, a: x[0].sigmoid(),
    "relu": lambda x, a: x[0].relu(),
    "abs": lambda x, a: x[0].abs(),
    "clamp": lambda x, a: x[0].clamp(**bounds(a)),
    "maximum": lambda x, a: torch.maximum(x[0], x[1]),
    "minimum": lambda x, a: torch.minimum(x[0], x[1]),
    "select": lambda x, a: torch.where(numbers(a["condition"]) != 0, x[0], x[1]),
    "sum": lambda x, a: x[0].sum(axes_of(x[0], a), keepdim=keep(a)),
    "mean": lambda x, a: x[0].mean(axes_of(x[0], a), keepdim=keep(a)),
    "variance": lambda x, a: x[0].var(
        axes_of(x[0], a), correction=a.get("correction", 1), keepdim=keep(a)),
    "amax": lambda x, a: x[0].amax(axes_of(x[0], a), keepdim=keep(a)),
    "amin": lambda x, a: x[0].amin(axes_of(x[0], a), keepdim=keep(a)),
    "max": lambda x, a: x[0].max(),
    "min": lambda x, a: x[0].min(),
    "max along axis": lambda x, a: x[0].max(a["axis"], keepdim=keep(a)).values,
    "min along axis": lambda x, a: x[0].min(a["axis"], keepdim=keep(a)).values,
    "logSumExp": lambda x, a: x[0].logsumexp(axes_of(x[0], a) or 0, keepdim=keep(a)),
    "reshape": lambda x, a: x[0].reshape(a["shape"]),
    "flatten": lambda x, a: x[0].flatten(a.get("first", 0), a.get("last", -1)),
    "permute": lambda x, a: x[0].permute(a["axes"]),
    "transpose": lambda x, a: x[0].transpose(a.get("first", -2), a.get("last", -1)),
    "broadcast": lambda x, a: x[0].broadcast_to(a["shape"]),
    "slice": sliced,
    "leading range": lambda x, a: x[0][slice(*a["range"])],
    "pad": pad,
    "concatenate": lambda x, a: torch.cat(x, a.get("axis", 0)),
    "stack": lambda x, a: torch.stack(x, a.get("axis", 0)),
    "gather": lambda x, a: x[0].gather(a["axis"], integers(a["indices"])),
    "scatterAdd": lambda x, a: torch.zeros(a["shape"]).scatter_add(
        a["axis"], integers(a["indices"]), x[0]),
    "matmul": matmul,
    "linear": lambda x, a: F.linear(*x),
    "conv2d": convolution(F.conv2d, convolution_names),
    "convTranspose2d": convolution(
        F.conv_transpose2d, convolution_names | {"outputPadding": "output_padding"}),
    "maxPool2d": pooling(F.max_pool2d, pooling_names | {"dilation": "dilation"}),
    "avgPool2d": pooling(
        F.avg_pool2d, pooling_names | {"countIncludesPadding": "count_include_pad"}),
    "adaptiveAvgPool2d": lambda x, a: F.adaptive_avg_pool2d(x[0], a["size"]),
    "dropout": lambda x, a: F.dropout(x[0], a["number"], training=True),
    "softmax": lambda x, a: F.softmax(x[0], a["axis"]),
    "logSoftmax": lambda x, a: F.log_softmax(x[0], a["axis"]),
    "crossEntropy": labelled(F.cross_entropy),
    "nllLoss": labelled(F.nll_loss),
    "mseLoss": lambda x, a: F.mse_loss(x[0], x[1], reduction=a.get("reduction", "mean")),
}

for module in [
        operation_table_elementwise, operation_table_rearranging, operation_table_losses,
        operation_table_pictures]:
    assert not operations.keys() & module.operations.keys()
    operations |= module.operations
