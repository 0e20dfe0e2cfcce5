"""Convolutions in PyTorch, and their cases: see recorder.py."""
import torch.nn.functional as F

from arguments import named
from recorder import case, operations, save


names = {name: name for name in ["stride", "dilation", "groups"]}

operations |= {
    "conv1d": lambda x, a: F.conv1d(*x, **named(a, **names, padding="padding")),
    "conv1d padded by a rule": lambda x, a: F.conv1d(*x, **named(a, **names, padding="rule")),
    "conv2d": lambda x, a: F.conv2d(*x, **named(a, **names, padding="padding")),
    "conv2d padded by a rule": lambda x, a: F.conv2d(*x, **named(a, **names, padding="rule")),
    "convTranspose2d": lambda x, a: F.conv_transpose2d(
        *x, **named(a, **names, padding="padding", output_padding="outputPadding")),
}

# Input, weight, bias.
for name, x, weight, bias, arguments in [
    ("plain", (2, 2, 4, 5), (3, 2, 3, 3), False, {}),
    ("bias", (2, 2, 4, 4), (2, 2, 2, 2), True, {}),
    ("stride 2, padding 1", (1, 2, 5, 6), (2, 2, 3, 3), True, {"stride": [2, 2], "padding": [1, 1]}),
    ("stride 3 leaves a rest", (1, 1, 8, 7), (2, 1, 2, 2), False, {"stride": [3, 3]}),
    ("pairs", (1, 2, 5, 6), (2, 2, 2, 3), True,
     {"stride": [2, 1], "padding": [1, 2], "dilation": [1, 2]}),
    ("dilation", (1, 1, 7, 7), (2, 1, 3, 3), False, {"dilation": [2, 3]}),
    ("kernel of 1×1", (2, 3, 2, 3), (2, 3, 1, 1), True, {}),
    ("kernel of 1×1, stride 2", (1, 3, 3, 4), (2, 3, 1, 1), False, {"stride": [2, 2]}),
    ("as large as the picture", (2, 2, 3, 3), (4, 2, 3, 3), True, {}),
    ("larger than the picture", (1, 1, 2, 3), (2, 1, 5, 5), False, {"padding": [2, 2]}),
    ("two groups", (1, 4, 3, 4), (6, 2, 2, 2), True, {"groups": 2}),
    ("depthwise", (2, 3, 4, 4), (3, 1, 3, 3), True, {"padding": [1, 1], "groups": 3}),
    ("depthwise, twice the channels, stride", (1, 2, 5, 5), (4, 1, 3, 3), False,
     {"stride": [2, 2], "groups": 2}),
    ("eleven wide, stride 4", (1, 1, 13, 14), (2, 1, 11, 11), True,
     {"stride": [4, 4], "padding": [2, 2]}),
    ("a single picture", (2, 4, 4), (3, 2, 3, 3), True, {"padding": [1, 0]}),
    ("padding of the full kernel", (1, 1, 3, 3), (1, 1, 3, 3), False, {"padding": [3, 4]}),
    ("no pictures", (0, 2, 4, 4), (3, 2, 3, 3), True, {}),
    ("more than one tile", (2, 3, 7, 9), (9, 3, 3, 3), True, {"padding": [1, 1]}),
    ("depthwise, dilation, stride, padding", (1, 3, 7, 6), (3, 1, 3, 2), True,
     {"stride": [2, 1], "padding": [2, 1], "dilation": [2, 3], "groups": 3}),
    ("depthwise, three times the channels", (2, 2, 4, 3), (6, 1, 2, 2), True, {"groups": 2}),
    ("groups, dilation", (1, 6, 6, 5), (3, 2, 2, 3), False, {"dilation": [3, 2], "groups": 3}),
    ("groups, stride, a rest", (2, 4, 6, 7), (4, 2, 3, 3), True, {"stride": [2, 3], "groups": 2}),
    ("groups, kernel of 1×1", (1, 4, 2, 2), (6, 2, 1, 1), True, {"groups": 2}),
    ("padding, stride beyond the picture", (1, 1, 2, 2), (2, 1, 3, 3), True,
     {"stride": [4, 4], "padding": [2, 2]}),
    ("one row", (1, 2, 1, 8), (3, 2, 1, 3), True, {"padding": [0, 1], "stride": [1, 2]}),
    ("groups, no pictures", (0, 4, 3, 3), (2, 2, 2, 2), True, {"groups": 2}),
    ("depthwise, a single picture", (3, 4, 4), (3, 1, 3, 3), False, {"padding": [1, 1], "groups": 3}),
]:
    case("conv2d", name, x, weight, *([(weight[0],)] if bias else []), **arguments)
for name, x, weight, bias, arguments in [
    ("plain", (2, 2, 3, 2), (2, 3, 2, 3), False, {}),
    ("stride 2, padding 1, bias", (1, 2, 3, 3), (2, 2, 3, 3), True,
     {"stride": [2, 2], "padding": [1, 1]}),
    ("output padding", (1, 2, 3, 2), (2, 2, 3, 3), True,
     {"stride": [2, 3], "padding": [1, 1], "outputPadding": [1, 2]}),
    ("dilation, groups", (1, 4, 3, 3), (4, 2, 2, 2), True, {"dilation": [2, 1], "groups": 2}),
    ("output padding below the dilation", (1, 1, 3, 3), (1, 2, 2, 2), False,
     {"dilation": [2, 2], "outputPadding": [1, 1]}),
    ("a single picture", (2, 3, 3), (2, 1, 2, 2), True, {"stride": [2, 2]}),
    ("stride beyond the kernel", (1, 1, 2, 3), (1, 2, 2, 2), True, {"stride": [3, 3]}),
    ("depthwise, stride 2", (1, 3, 3, 2), (3, 1, 3, 3), True, {"stride": [2, 2], "groups": 3}),
    ("depthwise, twice the channels, dilation", (1, 2, 3, 3), (2, 2, 2, 3), False,
     {"dilation": [2, 2], "padding": [1, 2], "groups": 2}),
    ("groups, stride, output padding", (2, 4, 2, 3), (4, 3, 3, 2), True,
     {"stride": [3, 2], "padding": [1, 0], "outputPadding": [2, 1], "groups": 2}),
    ("padding cuts off", (1, 2, 4, 4), (2, 2, 3, 3), False, {"padding": [2, 2]}),
    ("stride, dilation, padding", (1, 1, 3, 4), (1, 2, 3, 2), True,
     {"stride": [2, 3], "padding": [2, 1], "dilation": [3, 2]}),
    ("one pixel", (2, 3, 1, 1), (3, 2, 4, 4), True, {"stride": [2, 2], "padding": [1, 1]}),
    ("kernel of 1×1, stride 2", (1, 2, 3, 2), (2, 3, 1, 1), True, {"stride": [2, 2]}),
    ("no pictures", (0, 2, 3, 3), (2, 2, 2, 2), True, {"stride": [2, 2]}),
]:
    outputs = weight[1] * arguments.get("groups", 1)
    case("convTranspose2d", name, x, weight, *([(outputs,)] if bias else []), **arguments)

# Sequences.
for name, x, weight, bias, arguments in [
    ("plain", (2, 3, 7), (4, 3, 3), True, {}), ("no bias", (1, 2, 5), (3, 2, 2), False, {}),
    ("stride, padding and dilation", (2, 2, 9), (3, 2, 3), True, {"stride": [2], "padding": [3], "dilation": [2]}),
    ("groups", (2, 4, 6), (6, 2, 3), True, {"groups": 2, "padding": [1]}),
    ("depthwise", (1, 3, 5), (3, 1, 3), True, {"groups": 3}), ("a single sequence", (2, 6), (3, 2, 4), True, {}),
    ("a kernel of one", (2, 3, 4), (2, 3, 1), True, {}), ("no examples", (0, 2, 5), (3, 2, 3), True, {}),
    ("one position", (2, 2, 3), (1, 2, 3), True, {}),
]:
    case("conv1d", name, x, weight, *([(weight[0],)] if bias else []), **arguments)

# Padding by a rule.
for name, x, weight, bias, arguments in [
    ("valid", (1, 2, 6), (3, 2, 3), True, {"rule": "valid", "stride": [2]}),
    ("odd kernel", (2, 2, 6), (3, 2, 3), True, {}), ("even kernel", (2, 2, 5), (3, 2, 4), True, {}),
    ("even kernel, dilated", (1, 2, 7), (3, 2, 2), False, {"dilation": [3]}),
    ("a kernel wider than the sequence", (1, 2, 3), (2, 2, 6), True, {}),
    ("a single sequence", (2, 5), (3, 2, 2), True, {}),
]:
    case("conv1d padded by a rule", name, x, weight, *([(weight[0],)] if bias else []),
         **{"rule": "same"} | arguments)
for name, x, weight, bias, arguments in [
    ("valid", (1, 2, 4, 5), (3, 2, 3, 2), True, {"rule": "valid", "stride": [2, 1]}),
    ("odd kernel", (2, 2, 5, 4), (3, 2, 3, 3), True, {}), ("even kernel", (1, 2, 5, 4), (3, 2, 2, 4), True, {}),
    ("one even side", (1, 2, 4, 5), (2, 2, 3, 2), False, {}),
    ("dilated", (1, 2, 6, 7), (2, 2, 2, 3), True, {"dilation": [3, 2]}),
    ("groups", (2, 4, 3, 4), (4, 2, 4, 1), True, {"groups": 2}),
    ("a single picture", (2, 3, 4), (3, 2, 2, 2), True, {}), ("no pictures", (0, 2, 4, 4), (3, 2, 2, 3), True, {}),
    ("a kernel larger than the picture", (1, 1, 2, 2), (1, 1, 5, 4), True, {}),
]:
    case("conv2d padded by a rule", name, x, weight, *([(weight[0],)] if bias else []),
         **{"rule": "same"} | arguments)

save(__file__)
