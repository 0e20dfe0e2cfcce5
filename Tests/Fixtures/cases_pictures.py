"""More cases of operations on pictures: for operations.py."""
import numpy as np

from operation_recorder import case

inf, nan = float("inf"), float("nan")


def grid(value):
    """Numbers as they stand in the JSON."""
    return {"shape": list(np.shape(value)), "scalars": np.ravel(value).tolist()}


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
sizes = [
    ("divides evenly", (2, 2, 4, 6), [2, 3]), ("does not divide", (1, 2, 5, 7), [3, 2]),
    ("to one", (2, 3, 3, 4), [1, 1]), ("to more", (1, 1, 2, 3), [5, 4]),
    ("to itself", (1, 2, 3, 3), [3, 3]), ("a single picture", (2, 5, 4), [2, 3]),
    ("more rows, fewer columns", (1, 2, 2, 5), [3, 2]), ("one element to many", (1, 2, 1, 1), [2, 3]),
    ("no pictures", (0, 2, 3, 4), [2, 2]),
]
for name, x, size in sizes:
    case("adaptiveMaxPool2d", name, x, draw="spaced", size=size)
    case("adaptiveMaxPool2dWithIndices", name, x, draw="spaced", size=size)
    if name in ["more rows, fewer columns", "one element to many", "no pictures"]:
        case("adaptiveAvgPool2d", name, x, size=size)
for operation in ["adaptiveMaxPool2d", "adaptiveMaxPool2dWithIndices"]:
    case(operation, "ties in overlapping windows", np.ones((1, 1, 3, 4)).tolist(), smooth=False,
         size=[2, 3])
    case(operation, "not a number", [[[[1, nan, 2, nan], [nan, 1, inf, -inf]]]], smooth=False,
         size=[1, 2])

# Interpolation.
for name, x, arguments in [
    ("to more", (2, 2, 3, 4), {"size": [5, 7]}), ("twice as large", (1, 2, 2, 3), {"size": [4, 6]}),
    ("to fewer", (1, 2, 7, 5), {"size": [3, 2]}), ("to itself", (1, 2, 3, 4), {"size": [3, 4]}),
    ("more rows, the same columns", (1, 1, 2, 3), {"size": [5, 3]}),
    ("fewer rows, more columns", (1, 2, 6, 2), {"size": [4, 5]}), ("to one", (2, 1, 3, 4), {"size": [1, 1]}),
    ("from one", (1, 3, 1, 1), {"size": [2, 3]}), ("a single picture", (2, 3, 2), {"size": [4, 3]}),
    ("no pictures", (0, 2, 3, 3), {"size": [2, 5]}),
    ("scale 2", (1, 2, 2, 3), {"scale": [2, 2]}),
    ("scale with a rest", (1, 1, 3, 5), {"scale": [1.5, 2.3]}),
    ("scale below 1", (1, 2, 7, 9), {"scale": [0.4, 0.7]}),
    ("scale that leaves the size", (1, 1, 3, 4), {"scale": [1.3, 1.2]}),
    ("scale of one axis", (1, 1, 3, 4), {"scale": [1, 2.6]}),
    ("scale of a third", (1, 1, 6, 9), {"scale": [1 / 3, 2 / 3]}),
    ("scale, a single picture", (2, 2, 3), {"scale": [1.7, 0.5]}),
]:
    case("interpolate", f"nearest, {name}", x, mode="nearest", **arguments)
    for corners in [False, True]:
        which = "bilinear, corners aligned" if corners else "bilinear"
        case("interpolate", f"{which}, {name}", x, mode="bilinear", alignCorners=corners, **arguments)
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

# Normalisation: input, weight, bias.
for name, shape in [
    ("pictures", (2, 3, 3, 4)), ("one picture", (1, 2, 4, 3)), ("one channel", (3, 1, 2, 3)),
    ("one pixel", (6, 2, 1, 1)), ("odd extents", (3, 4, 3, 1)),
]:
    channels = shape[1]
    rng = np.random.default_rng(channels)
    running = {"runningMean": grid(rng.normal(size=channels).round(3)),
               "runningVariance": grid(rng.uniform(0.5, 2, size=channels).round(3))}
    for kind, parameters in [
        ("", []), ("weight, ", [(channels,)]), ("weight and bias, ", [(channels,), (channels,)])
    ]:
        case("batchNorm2d", f"training, {kind}{name}", shape, *parameters, training=True)
        case("batchNorm2d", f"evaluation, {kind}{name}", shape, *parameters, training=False, **running)
    case("batchNorm2d", f"training, running statistics, {name}", shape, (channels,), (channels,),
         training=True, epsilon=0.01, **running)
case("batchNorm2d", "training, large epsilon", (2, 2, 2, 2), (2,), (2,), training=True, epsilon=1.0)
case("batchNorm2d", "training, no pictures", (0, 2, 3, 3), (2,), (2,), training=True)
case("batchNorm2d", "evaluation, no pictures", (0, 2, 3, 3), (2,), (2,), training=False,
     runningMean=grid([0.5, 1]), runningVariance=grid([1, 2]))
case("batchNorm2d", "evaluation, one number a channel", (1, 2, 1, 1), (2,), (2,), training=False,
     runningMean=grid([0.5, 1]), runningVariance=grid([1, 2]))
case("batchNorm2d", "training, equal numbers", np.full((2, 2, 1, 2), 3.0).tolist(), (2,), (2,),
     smooth=False, training=True)
case("batchNorm2d", "training, far from 0", (1e4 + np.arange(12.0).reshape(2, 2, 3, 1)).tolist(), (2,), (2,),
     smooth=False, training=True)
case("batchNorm2d", "training, infinities", [[[[1, inf, 2]], [[1, 2, 4]]]], (2,), (2,), smooth=False,
     training=True)
for name, shape, axes in [
    ("rows", (4, 5), 1), ("two axes", (3, 2, 4), 2), ("all axes", (3, 4), 2), ("pictures", (2, 3, 2, 3), 3),
    ("one axis", (6,), 1), ("the last of four", (1, 2, 3, 4), 1), ("no rows", (0, 3), 1),
]:
    normalized = shape[len(shape) - axes:]
    for kind, parameters in [
        ("", []), ("weight, ", [normalized]), ("weight and bias, ", [normalized, normalized])
    ]:
        case("layerNorm", f"{kind}{name}", shape, *parameters, shape=list(normalized))
case("layerNorm", "large epsilon", (3, 4), (4,), (4,), shape=[4], epsilon=0.5)
case("layerNorm", "one number", (3, 1), (1,), (1,), shape=[1])
case("layerNorm", "equal numbers", np.full((2, 3), 2.0).tolist(), (3,), (3,), smooth=False, shape=[3])
for name, shape, arguments in [
    ("three of five", (2, 5, 2, 3), {"channels": 3}),
    ("an even number", (1, 5, 2, 2), {"channels": 4, "alpha": 0.5, "beta": 0.6}),
    ("two", (1, 4, 1, 2), {"channels": 2, "alpha": 0.3, "k": 2}),
    ("one", (1, 3, 2, 2), {"channels": 1, "alpha": 1}),
    ("more than there are", (1, 3, 2, 1), {"channels": 7, "alpha": 2}),
    ("AlexNet's", (1, 6, 2, 2), {"channels": 5, "alpha": 1e-4, "beta": 0.75, "k": 2}),
    ("beta 1", (2, 4, 2), {"channels": 3, "alpha": 1, "beta": 1, "k": 0.5}),
    ("three axes", (2, 5, 3), {"channels": 3, "alpha": 0.7}),
    ("five axes", (1, 4, 1, 2, 2), {"channels": 3, "alpha": 0.7}),
    ("no pictures", (0, 3, 2, 2), {"channels": 3}),
]:
    case("localResponseNorm", name, shape, **arguments)
case("localResponseNorm", "infinities", [[[[1, inf]], [[2, 3]], [[nan, 4]]]], smooth=False, channels=2)

# Convolutions: input, weight, bias.
for name, x, weight, bias, arguments in [
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
