"""Interpolation, padding and windows of pictures in PyTorch, and their cases: see recorder.py."""
import torch
import torch.nn.functional as F

from arguments import named
from recorder import case, inf, nan, operations, save


def interpolated(x, a):
    options = named(a, mode="mode")
    if a["mode"] in ["bilinear", "bicubic"]:
        options["align_corners"] = a.get("alignCorners", False)
    size = {"size": a["size"]} if "size" in a else {"scale_factor": a.get("factor", a.get("scale"))}
    batch = x[0] if x[0].ndim == 4 else x[0][None]
    y = F.interpolate(batch, **size, **options)
    if a["mode"] == "bicubic" and "scale" in a and y.shape == batch.shape:
        # PyTorch hands dy back as it is, though the scale has moved the pixels: the same by a matrix.
        pixels = batch.shape[2] * batch.shape[3]
        weights = F.interpolate(torch.eye(pixels).reshape(pixels, 1, *batch.shape[2:]), **size, **options)
        product = batch.flatten(2) @ weights.reshape(pixels, pixels)
        assert torch.allclose(product.reshape(y.shape), y, 1e-14, 1e-14)
        y = product.reshape(y.shape)
    return y if x[0].ndim == 4 else y[0]


def padded(x, a):
    widths = [width for pair in reversed(a["widths"]) for width in pair]
    options = {"value": a["number"]} if "number" in a else {}
    return F.pad(x[0], widths, mode=a["mode"], **options)


window_names = {"dilation": "dilation", "padding": "padding", "stride": "stride"}

operations |= {
    "interpolate": interpolated,
    "pad with mode": padded,
    "unfold": lambda x, a: F.unfold(x[0], a["kernel"], **named(a, **window_names)),
    "fold": lambda x, a: F.fold(x[0], a["size"], a["kernel"], **named(a, **window_names)),
    "pixelShuffle": lambda x, a: F.pixel_shuffle(x[0], a["factor"]),
    "pixelUnshuffle": lambda x, a: F.pixel_unshuffle(x[0], a["factor"]),
}

# Interpolation.
for name, x, arguments in [
    ("to more", (2, 2, 3, 4), {"size": [5, 7]}), ("twice as large", (1, 2, 2, 3), {"size": [4, 6]}),
    ("to fewer", (1, 2, 7, 5), {"size": [3, 2]}), ("to itself", (1, 2, 3, 4), {"size": [3, 4]}),
    ("more rows, the same columns", (1, 1, 2, 3), {"size": [5, 3]}),
    ("fewer rows, more columns", (1, 2, 6, 2), {"size": [4, 5]}), ("to one", (2, 1, 3, 4), {"size": [1, 1]}),
    ("from one", (1, 3, 1, 1), {"size": [2, 3]}), ("a single picture", (2, 3, 2), {"size": [4, 3]}),
    ("no pictures", (0, 2, 3, 3), {"size": [2, 5]}),
    ("a single row", (1, 1, 1, 6), {"size": [1, 9]}), ("scale 2", (1, 2, 2, 3), {"scale": [2, 2]}),
    ("scale with a rest", (1, 1, 3, 5), {"scale": [1.5, 2.3]}),
    ("scale below 1", (1, 2, 7, 9), {"scale": [0.4, 0.7]}),
    ("scale that leaves the size", (1, 1, 3, 4), {"scale": [1.3, 1.2]}),
    ("scale of one axis", (1, 1, 3, 4), {"scale": [1, 2.6]}),
    ("scale of a third", (1, 1, 6, 9), {"scale": [1 / 3, 2 / 3]}),
    ("scale, a single picture", (2, 2, 3), {"scale": [1.7, 0.5]}),
]:
    for mode in ["nearest", "nearest-exact"]:
        case("interpolate", f"{mode}, {name}", x, mode=mode, **arguments)
    for mode in ["bilinear", "bicubic"]:
        for corners in [False, True]:
            which = f"{mode}, corners aligned" if corners else mode
            case("interpolate", f"{which}, {name}", x, mode=mode, alignCorners=corners, **arguments)
for mode in ["nearest", "bilinear"]:
    case("interpolate", f"{mode}, one factor", (1, 2, 3, 4), mode=mode, factor=2)
case("interpolate", "nearest, places that are inputs exactly", (1, 1, 1, 11), mode="nearest", size=[1, 33])
case("interpolate", "nearest, rounding in single precision", (1, 1, 49, 1), mode="nearest", size=[41, 1])
case("interpolate", "nearest, infinities", [[[[1, inf, nan, -inf]]]], smooth=False, mode="nearest",
     size=[2, 6])
case("interpolate", "bilinear, infinities", [[[[1, inf, 3, 4, -inf, 2]]]], smooth=False, mode="bilinear",
     size=[2, 9])
case("interpolate", "bilinear, corners aligned, infinities", [[[[1, inf, 3]]]], smooth=False,
     mode="bilinear", alignCorners=True, size=[1, 5])

# Padding.
for mode in ["reflect", "replicate", "circular"]:
    for name, x, widths in [
        ("all sides", (2, 2, 3, 4), [[1, 2], [2, 1]]), ("as wide as can be", (1, 2, 4, 3), [[3, 3], [2, 2]]),
        ("one side", (1, 1, 3, 3), [[0, 2], [1, 0]]), ("only columns", (1, 2, 2, 4), [[0, 0], [3, 2]]),
        ("the last axis alone", (2, 3, 4), [[2, 3]]), ("nothing", (1, 1, 2, 2), [[0, 0], [0, 0]]),
        ("a single picture", (2, 3, 3), [[1, 1], [0, 2]]), ("no pictures", (0, 2, 3, 3), [[1, 1], [2, 2]]),
        ("cut off", (1, 2, 4, 5), [[-1, 0], [0, -2]]), ("cut off and added", (1, 1, 4, 5), [[-1, 2], [2, -1]]),
    ]:
        case("pad with mode", f"{mode}, {name}", x, mode=mode, widths=widths)
    case("pad with mode", f"{mode}, infinities", [[[[1, inf, nan], [-inf, 2, 3]]]], smooth=False,
         mode=mode, widths=[[1, 1], [1, 2]])
case("pad with mode", "replicate, wider than the axis", (1, 2, 2, 1), mode="replicate",
     widths=[[5, 4], [3, 2]])
case("pad with mode", "circular, the whole axis again", (1, 1, 2, 3), mode="circular",
     widths=[[2, 2], [3, 3]])
for name, x, widths, number in [
    ("all sides", (1, 2, 2, 3), [[1, 2], [2, 1]], -1.5), ("the last axis alone", (2, 3), [[2, 3]], 0.5),
    ("cut off", (1, 1, 3, 4), [[-1, 0], [-1, -2]], 2), ("cut off and added", (1, 1, 3, 4), [[2, -1], [-3, 3]], 7),
    ("cut off until nothing is left", (1, 1, 3, 4), [[0, 0], [-2, -2]], 1),
    ("no pictures", (0, 1, 2, 2), [[1, 1], [1, 1]], 3),
]:
    case("pad with mode", f"constant, {name}", x, mode="constant", widths=widths, number=number)

# Windows as columns, and back.
for name, x, arguments in [
    ("kernel 2", (2, 2, 3, 4), {"kernel": [2, 2]}),
    ("kernel of 1×1", (1, 3, 2, 3), {"kernel": [1, 1]}),
    ("padding, stride", (1, 2, 5, 4), {"kernel": [3, 2], "padding": [1, 1], "stride": [2, 1]}),
    ("dilation", (1, 1, 6, 7), {"kernel": [2, 3], "dilation": [3, 2]}),
    ("all at once", (2, 1, 6, 7),
     {"kernel": [3, 2], "dilation": [2, 3], "padding": [2, 1], "stride": [3, 2]}),
    ("stride beyond the kernel", (1, 1, 7, 8), {"kernel": [2, 2], "stride": [3, 3]}),
    ("the whole picture", (2, 2, 3, 2), {"kernel": [3, 2]}),
    ("larger than the picture", (1, 1, 2, 2), {"kernel": [4, 5], "padding": [1, 2]}),
    ("padding beyond the kernel", (1, 1, 2, 3), {"kernel": [1, 2], "padding": [2, 3], "stride": [2, 2]}),
    ("a single picture", (2, 3, 4), {"kernel": [2, 2], "padding": [1, 0]}),
    ("no pictures", (0, 2, 3, 3), {"kernel": [2, 2]}),
]:
    case("unfold", name, x, **arguments)
    n, channels, height, width = (1,) * (4 - len(x)) + x
    kernel = arguments["kernel"]

    def windows(axis, extent):
        padding, dilation, stride = [
            arguments.get(key, default)[axis]
            for key, default in [("padding", [0, 0]), ("dilation", [1, 1]), ("stride", [1, 1])]]
        return (extent + 2 * padding - dilation * (kernel[axis] - 1) - 1) // stride + 1

    columns = (n, channels * kernel[0] * kernel[1], windows(0, height) * windows(1, width))
    case("fold", name, columns if len(x) == 4 else columns[1:], size=[height, width], **arguments)
case("unfold", "infinities", [[[[1, inf], [nan, 2]]]], smooth=False, kernel=[2, 1], padding=[1, 0])

# Channels and pixels.
for name, x, factor in [
    ("factor 2", (2, 8, 2, 3), 2), ("factor 3", (1, 9, 1, 2), 3), ("factor 1", (1, 2, 2, 2), 1),
    ("a single picture", (4, 3, 2), 2), ("five axes", (2, 1, 4, 2, 1), 2),
    ("one pixel", (1, 12, 1, 1), 2),
]:
    case("pixelShuffle", name, x, factor=factor)
    shuffled = x[:-3] + (x[-3] // factor**2, x[-2] * factor, x[-1] * factor)
    case("pixelUnshuffle", name, shuffled, factor=factor)

save(__file__)
