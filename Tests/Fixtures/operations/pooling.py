"""Pooling and unpooling in PyTorch, and their cases: see recorder.py."""
import numpy as np
import torch
import torch.nn.functional as F

from arguments import integers, named
from recorder import case, inf, nan, operations, save


max_names = {"stride": "stride", "padding": "padding", "dilation": "dilation", "ceil_mode": "ceilMode"}
average_names = {
    "stride": "stride", "padding": "padding", "ceil_mode": "ceilMode",
    "count_include_pad": "countIncludesPadding", "divisor_override": "divisorOverride",
}


def with_indices(pooled):
    """Values that depend on the indices: nothing else shows whether they are right."""
    values, indices = pooled
    return values * (indices + 1)


def unpooled(x, a):
    height, width = a["size"]
    # The kernel and stride of F.max_unpool2d only suggest an output size.
    return torch._C._nn.max_unpool2d(x[0], integers(a["indices"]), (height, width))


operations |= {
    "maxPool2d": lambda x, a: F.max_pool2d(x[0], a["kernel"], **named(a, **max_names)),
    "maxPool2dWithIndices": lambda x, a: with_indices(
        F.max_pool2d(x[0], a["kernel"], return_indices=True, **named(a, **max_names))),
    "maxUnpool2d": unpooled,
    "adaptiveMaxPool2d": lambda x, a: F.adaptive_max_pool2d(x[0], a["size"]),
    "adaptiveMaxPool2dWithIndices": lambda x, a: with_indices(
        F.adaptive_max_pool2d(x[0], a["size"], return_indices=True)),
    "avgPool2d": lambda x, a: F.avg_pool2d(x[0], a["kernel"], **named(a, **average_names)),
    "adaptiveAvgPool2d": lambda x, a: F.adaptive_avg_pool2d(x[0], a["size"]),
}

# Max- and average pooling.
for name, x, arguments in [
    ("kernel 2", (2, 2, 4, 6), {"kernel": [2, 2]}),
    ("overlapping", (1, 2, 7, 7), {"kernel": [3, 3], "stride": [2, 2]}),
    ("padding", (1, 1, 5, 6), {"kernel": [3, 3], "stride": [2, 2], "padding": [1, 1]}),
    ("pairs", (1, 2, 5, 7), {"kernel": [2, 3], "stride": [1, 2], "padding": [1, 0]}),
    ("stride leaves a rest", (1, 1, 8, 8), {"kernel": [2, 2], "stride": [3, 3]}),
    ("ceil mode", (1, 2, 6, 5), {"kernel": [2, 2], "stride": [2, 2], "ceilMode": True}),
    ("ceil mode, last window cut off", (1, 1, 5, 5),
     {"kernel": [2, 2], "stride": [3, 3], "padding": [1, 1], "ceilMode": True}),
    ("ceil mode, window hangs over", (1, 1, 6, 6),
     {"kernel": [3, 3], "stride": [2, 2], "padding": [0, 1], "ceilMode": True}),
    ("the whole picture", (2, 3, 3, 4), {"kernel": [3, 4]}),
    ("a single picture", (2, 4, 4), {"kernel": [2, 2]}),
]:
    case("maxPool2d", name, x, draw="spaced", **arguments)
    case("avgPool2d", name, x, **arguments)
    if "padding" in arguments:
        case("avgPool2d", f"{name}, padding does not count", x, countIncludesPadding=False,
             **arguments)
for divisor in [1, 5, -2]:
    case("avgPool2d", f"divisor {divisor}", (1, 2, 5, 6), kernel=[3, 2], stride=[2, 2], padding=[1, 1],
         divisorOverride=divisor)
case("avgPool2d", "divisor, ceil mode, a single picture", (2, 6, 5), kernel=[2, 2], ceilMode=True,
     divisorOverride=3)
case("avgPool2d", "divisor, padding does not count, no pictures", (0, 2, 4, 4), kernel=[3, 3],
     padding=[1, 1], countIncludesPadding=False, divisorOverride=4)
case("maxPool2d", "dilation", (1, 2, 6, 7), draw="spaced", kernel=[2, 3], stride=[1, 1],
     dilation=[3, 2])
case("maxPool2d", "dilation, padding, ceil mode", (1, 1, 7, 6), draw="spaced", kernel=[3, 2],
     stride=[2, 2], padding=[1, 1], dilation=[2, 3], ceilMode=True)
case("maxPool2d", "ties", [[[[1, 1, 0, 0], [1, 1, 0, 0], [2, 3, -1, -2], [3, 2, -2, -1]]]],
     smooth=False, kernel=[2, 2])
case("maxPool2d", "ties in overlapping windows", np.ones((1, 1, 4, 4)).tolist(), smooth=False,
     kernel=[3, 3], stride=[1, 1], padding=[1, 1])
case("maxPool2d", "-∞ and not a number", [[[[-inf, -inf, 1, nan], [-inf, -inf, nan, 2]]]],
     smooth=False, kernel=[2, 2])

# Max-pooling, with the indices.
for name, x, arguments in [
    ("kernel 2", (2, 2, 4, 6), {"kernel": [2, 2]}),
    ("overlapping, padding", (1, 2, 5, 6), {"kernel": [3, 3], "stride": [2, 2], "padding": [1, 1]}),
    ("stride beyond the kernel", (1, 1, 8, 7), {"kernel": [2, 2], "stride": [3, 3]}),
    ("dilation, padding, ceil mode", (2, 1, 8, 9),
     {"kernel": [3, 3], "stride": [2, 3], "padding": [1, 1], "dilation": [2, 2], "ceilMode": True}),
    ("dilation of one axis, ceil mode", (1, 2, 7, 5),
     {"kernel": [2, 3], "stride": [3, 1], "dilation": [3, 1], "ceilMode": True}),
    ("ceil mode, last window cut off", (1, 1, 5, 5),
     {"kernel": [2, 2], "stride": [3, 3], "padding": [1, 1], "ceilMode": True}),
    ("a single picture", (2, 5, 4), {"kernel": [2, 2], "stride": [1, 2]}),
    ("no pictures", (0, 2, 4, 4), {"kernel": [2, 2]}),
]:
    case("maxPool2dWithIndices", name, x, draw="spaced", **arguments)
case("maxPool2dWithIndices", "ties", [[[[1, 1, 0, 0], [1, 1, 0, 0], [2, 3, -1, -2], [3, 2, -2, -1]]]],
     smooth=False, kernel=[2, 2])
case("maxPool2dWithIndices", "-∞ and not a number", [[[[-inf, -inf, 1, nan], [-inf, -inf, nan, 2]]]],
     smooth=False, kernel=[2, 2])
for name, x, arguments in [
    ("large dilation, padding, ceil mode", (1, 2, 9, 8),
     {"kernel": [2, 2], "stride": [2, 2], "padding": [1, 1], "dilation": [4, 3], "ceilMode": True}),
    ("ceil mode, a last window that begins in the border is left out", (1, 1, 4, 4),
     {"kernel": [2, 2], "stride": [5, 5], "padding": [1, 1], "ceilMode": True}),
    ("ceil mode, stride 1", (1, 1, 4, 5), {"kernel": [3, 2], "stride": [1, 1], "ceilMode": True}),
    ("no pictures, padding", (0, 3, 5, 5), {"kernel": [3, 3], "stride": [2, 2], "padding": [1, 1]}),
]:
    case("maxPool2d", name, x, draw="spaced", **arguments)

# Unpooling.
case("maxUnpool2d", "corners", (1, 1, 2, 2), indices=[[[[0, 3], [12, 15]]]], size=[4, 4])
case("maxUnpool2d", "two pictures, two channels", (2, 2, 1, 2), size=[2, 3],
     indices=[[[[5, 0]], [[1, 2]]], [[[3, 4]], [[0, 5]]]])
case("maxUnpool2d", "any order", (1, 1, 2, 3), indices=[[[[7, 2, 9], [0, 5, 1]]]], size=[5, 2])
case("maxUnpool2d", "a single picture", (2, 1, 2), indices=[[[3, 1]], [[0, 2]]], size=[2, 2])
case("maxUnpool2d", "no pictures", (0, 1, 2, 2), indices=np.zeros((0, 1, 2, 2), int), size=[4, 4])
case("maxUnpool2d", "smaller than what is put there", (1, 1, 1, 1), indices=[[[[0]]]], size=[1, 1])
# The last stays, but each gets the gradient.
case("maxUnpool2d", "one place for several", (1, 1, 2, 3), smooth=False,
     indices=[[[[1, 1, 3], [3, 0, 1]]]], size=[2, 2])
case("maxUnpool2d", "not a number", [[[[nan, inf], [1, -inf]]]], smooth=False,
     indices=[[[[0, 5], [1, 2]]]], size=[2, 3])

# Adaptive pooling.
for name, x, size in [
    ("divides evenly", (2, 2, 4, 6), [2, 3]), ("does not divide", (1, 2, 5, 7), [3, 2]),
    ("to one", (2, 3, 3, 4), [1, 1]), ("to more", (1, 1, 2, 3), [5, 4]),
    ("to itself", (1, 2, 3, 3), [3, 3]), ("a single picture", (2, 5, 4), [2, 3]),
    ("more rows, fewer columns", (1, 2, 2, 5), [3, 2]), ("one element to many", (1, 2, 1, 1), [2, 3]),
    ("no pictures", (0, 2, 3, 4), [2, 2]),
]:
    case("adaptiveMaxPool2d", name, x, draw="spaced", size=size)
    case("adaptiveMaxPool2dWithIndices", name, x, draw="spaced", size=size)
    case("adaptiveAvgPool2d", name, x, size=size)
for operation in ["adaptiveMaxPool2d", "adaptiveMaxPool2dWithIndices"]:
    case(operation, "ties in overlapping windows", np.ones((1, 1, 3, 4)).tolist(), smooth=False,
         size=[2, 3])
    case(operation, "not a number", [[[[1, nan, 2, nan], [nan, 1, inf, -inf]]]], smooth=False,
         size=[1, 2])

save(__file__)
