"""Writes operations.safetensors and operations.json: every operation by PyTorch in double precision,
for OperationReferenceTests and OperationFiniteDifferenceTests.

Requires torch==2.13.0+cpu and safetensors. Other versions differ in places (the gradient of clamp at
its bounds, for one).

For a case with inputs x and output y, the tensors under the case's name are stacks along a new leading
axis:
  y     a random cotangent dy; y; the second derivative with respect to dy
  x0 …  a random direction v; x; the gradient g of sum(dy * y); the second derivative
(what the operations work on comes second: it does not begin where its memory begins),
where the second derivatives are the gradients of sum(v * g) over all inputs.
The JSON lists the cases: name, operation, arguments (named as in Swift), how many inputs, whether the
function is smooth around the inputs, so that finite differences mean something, and whether second
derivatives are to be compared.

The numbers of a case are drawn from its name, so that a new case leaves the others as they are.
"""
import pathlib

import numpy as np

from operation_recorder import case, save

inf, nan = float("inf"), float("nan")

# Arithmetic: each pattern of broadcasting.
for operation, draw in [
    ("add", "normal"), ("subtract", "normal"), ("multiply", "normal"),
    ("divide", "away from zero"), ("maximum", "spaced"), ("minimum", "spaced"),
]:
    case(operation, "equal shapes", (2, 3), (2, 3), draw=draw)
    case(operation, "rows and a row", (4, 3), (3,), draw=draw)
    case(operation, "a column and rows", (4, 1), (4, 3), draw=draw)
    case(operation, "column and row", (3, 1), (1, 4), draw=draw)
    case(operation, "a number without axes", (2, 3), (), draw=draw)
    case(operation, "two numbers without axes", (), (), draw=draw)
    case(operation, "one element and many axes", (1,), (2, 1, 3), draw=draw)
    case(operation, "both repeated in turn", (2, 1, 3, 1), (4, 1, 2), draw=draw)
    case(operation, "empty", (0, 3), (3,), draw=draw)
    case(operation, "an empty axis against one element", (2, 0), (2, 1), draw=draw)
for operation in ["add number", "number plus", "subtract number", "number minus",
                  "multiply by number", "number times", "divide by number"]:
    case(operation, "matrix", (2, 3), number=-1.7)
    case(operation, "without axes", (), number=0.3)
    case(operation, "empty", (0,), number=2)
case("multiply by number", "zero", (3,), number=0)
case("number divided by", "matrix", (2, 3), draw="away from zero", number=-1.7)
case("number divided by", "without axes", (), draw="away from zero", number=3)
case("number divided by", "empty", (0,), number=2)
case("number divided by", "zero", [0, 2], smooth=False, number=1)
case("divide", "by zero", [1, -1, 0, 3], [0, 0, 0, 2], smooth=False)
case("divide", "huge and tiny", [1e150, 1e-150, 3], [1e-3, 1e3, 7e100], smooth=False)

# Functions of one number.
for operation, draw in [
    ("negate", "normal"), ("exp", "normal"), ("log", "positive"), ("sqrt", "positive"),
    ("tanh", "normal"), ("sigmoid", "normal"), ("relu", "spaced"), ("abs", "spaced"),
]:
    case(operation, "cube", (2, 3, 2), draw=draw)
    case(operation, "without axes", (), draw=draw)
    case(operation, "one element", (1, 1), draw=draw)
    case(operation, "empty", (3, 0), draw=draw)
case("exp", "far from 0", [-1000, -700, -30, 30, 700, 710, inf, -inf], smooth=False)
case("log", "0, negative, tiny, infinite", [0, -1, 1e-300, 1e300, inf], smooth=False)
case("sqrt", "0, negative, tiny, infinite", [0, -1, 1e-300, 1e300, inf], smooth=False)
case("tanh", "saturated", [-1000, -20, -1e-10, 0, 1e-10, 20, 1000, inf], smooth=False)
case("sigmoid", "saturated", [-1000, -700, -40, 0, 40, 700, 1000, -inf, inf], smooth=False)
case("relu", "at 0", [0, -0.0, 1e-300, -1e-300, inf, -inf], smooth=False)
case("relu", "not a number", [nan, 1], smooth=False)
case("abs", "at 0", [0, -0.0, 1e-300, -1e-300, inf, -inf], smooth=False)
case("abs", "not a number", [nan, 1], smooth=False)
for operation in ["exp", "log", "sqrt", "tanh", "sigmoid"]:
    case(operation, "not a number", [nan, 1], smooth=False)
for exponent in [0, 1, 2, -1, 0.5, -0.5, 1.5]:
    case("pow", f"infinite and not a number, exponent {exponent}", [inf, -inf, nan], smooth=False,
         number=exponent)
for exponent in [0, 1, 2, 3, 0.5, -1, -2, 2.5, 10]:
    case("pow", f"positive base, exponent {exponent}", (2, 3), draw="positive", number=exponent)
for exponent in [0, 1, 2, 3, -1, -2]:
    case("pow", f"base of both signs, exponent {exponent}", (5,), draw="away from zero",
         number=exponent)
for exponent in [0, 1, 2, 3, 4, -1]:
    case("pow", f"base 0 and negative, exponent {exponent}", [0, -0.0, -1.5, -2, 1], smooth=False,
         number=exponent)
for exponent in [0.5, -0.5, 1.5]:
    case("pow", f"base 0 and negative, exponent {exponent}", [0, -0.0, -1.5, -2, 1], smooth=False,
         number=exponent)
# Without −0: 2.5's second derivative takes x^(1/2).
case("pow", "base 0 and negative, exponent 2.5", [0, -1.5, -2, 1], smooth=False, number=2.5)
case("pow", "without axes", (), draw="positive", number=1.3)
case("pow", "empty", (0, 2), number=3)
case("clamp", "between", (3, 4), draw="spaced", min=-0.4, max=0.3)
case("clamp", "from below", (7,), draw="spaced", min=0.1)
case("clamp", "from above", (7,), draw="spaced", max=0.1)
case("clamp", "without axes", (), draw="spaced", min=-1, max=1)
case("clamp", "empty", (0,), min=-1, max=1)
case("clamp", "at the bounds", [-1, -0.5, 0, 0.5, 0.75, 1, 2], smooth=False, min=-0.5, max=0.75)
case("clamp", "bounds that are equal", [-1, 0.5, 2], smooth=False, min=0.5, max=0.5)
case("clamp", "bounds the wrong way round", [-1, 0, 0.25, 0.5, 2], smooth=False, min=0.5, max=0)
case("clamp", "infinite and not a number", [inf, -inf, nan], smooth=False, min=-1, max=1)
for operation in ["maximum", "minimum"]:
    case(operation, "ties", [1, 2, -0.0, 3], [1, 5, 0, -3], smooth=False)
    case(operation, "ties in a repeated row", [[1, 2], [3, 2], [1, 0]], [1, 2], smooth=False)
    case(operation, "of itself at infinity", [inf, -inf], [inf, inf], smooth=False)
    case(operation, "not a number", [nan, 1, nan], [1, nan, nan], smooth=False)
case("select", "equal shapes", (2, 3), (2, 3), condition=[[1.0, 0, 1], [0, 0, 1]])
case("select", "all three repeated", (2, 1, 1), (3,), condition=[[1.0], [0], [1], [1]])
case("select", "a number without axes", (), (4,), condition=[1.0, 0, 0, 1])
case("select", "one condition for all", (2, 2), (2, 2), condition=0.0)
case("select", "hides infinity", [inf, 1], [2, nan], smooth=False, condition=[0.0, 1])

# Reductions.
for operation, draw in [
    ("sum", "normal"), ("mean", "normal"), ("variance", "normal"), ("amax", "spaced"),
    ("amin", "spaced"), ("logSumExp", "normal"),
]:
    case(operation, "all axes", (3, 4), draw=draw)
    case(operation, "all axes, kept", (2, 3), draw=draw, keepDims=True)
    case(operation, "first axis", (3, 4), draw=draw, axes=[0])
    case(operation, "last axis, kept", (3, 4), draw=draw, axes=[-1], keepDims=True)
    case(operation, "middle axis", (2, 3, 4), draw=draw, axes=[1])
    case(operation, "first and last", (2, 3, 4), draw=draw, axes=[0, -1])
    case(operation, "two apart, kept, out of order", (2, 3, 2, 3), draw=draw, axes=[-1, 1],
         keepDims=True)
    case(operation, "no rows", (0, 3), draw=draw, axes=[1])
    if operation != "variance":
        case(operation, "an axis of one element", (3, 1), draw=draw, axes=[1])
        case(operation, "without axes", (), draw=draw)
    case(operation, "long rows", (2, 37), draw=draw, axes=[1])
case("sum", "long columns", (2, 300), axes=[0])
case("sum", "an empty axis", (2, 0), axes=[1])
case("sum", "nothing at all", (0,))
# The mean of nothing is 0/0; whether its second derivative is too depends on whether one divides before
# or after one sums.
case("mean", "an empty axis", (2, 0), smooth=False, second=False, axes=[1])
case("mean", "nothing at all", (0,), smooth=False, second=False)
case("logSumExp", "an empty axis", (2, 0), smooth=False, axes=[1])
case("logSumExp", "far from 0", [[1e3, 999, -1e3], [-1e3, -1e3, -1001], [1e3, 1e3, 1e3]],
     smooth=False, axes=[1])
case("logSumExp", "-∞ among numbers", [[0, -inf, 1], [-inf, -inf, 2]], smooth=False, axes=[1])
case("logSumExp", "only -∞", [[-inf, -inf], [1, 2]], smooth=False, axes=[1])
case("logSumExp", "∞", [[inf, 1], [1, 2]], smooth=False, axes=[1])
for correction in [0, 1, 2]:
    case("variance", f"correction {correction}", (4, 5), axes=[0], correction=correction)
case("variance", "one element, correction 0", (3, 1), axes=[1], correction=0)
case("variance", "one element, correction 1", (3, 1), smooth=False, axes=[1])
case("variance", "constant rows", [[2, 2, 2], [1e3, 1e3, 1e3 + 1]], smooth=False, axes=[1])
case("variance", "nothing at all", (0,), smooth=False, second=False)
for operation in ["amax", "amin", "max", "min"]:
    case(operation, "ties", [[1, 3, 3], [3, 1, 1]], smooth=False)
    case(operation, "all equal", [[2, 2], [2, 2]], smooth=False)
for operation in ["amax", "amin"]:
    case(operation, "not a number", [1, nan, 3], smooth=False)
    case(operation, "ties along an axis", [[1, 3, 3], [3, 1, 1], [-inf, -inf, -inf]],
         smooth=False, axes=[1])
for operation in ["max", "min"]:
    case(operation, "matrix", (3, 4), draw="spaced")
    case(operation, "without axes", (), draw="spaced")
    along = f"{operation} along axis"
    case(along, "first", (3, 4), draw="spaced", axis=0)
    case(along, "last, kept", (3, 4), draw="spaced", axis=-1, keepDims=True)
    case(along, "middle", (2, 3, 4), draw="spaced", axis=1)
    case(along, "one element", (2, 1), draw="spaced", axis=1)
    case(along, "no rows", (0, 3), draw="spaced", axis=1)
    case(along, "ties", [[1, 3, 3], [3, 1, 1], [2, 2, 2]], smooth=False, axis=1)
    case(along, "ties in columns", [[1, 3, 2], [3, 1, 2], [3, 1, 2]], smooth=False, axis=0)
    case(along, "not a number", [[1, nan, nan], [3, 1, 2]], smooth=False, axis=1)

# Layout.
case("reshape", "matrix to cube", (4, 3), shape=[2, 3, 2])
case("reshape", "with -1", (4, 3), shape=[2, -1])
case("reshape", "one element to no axes", (1, 1), shape=[])
case("reshape", "no axes to one", (), shape=[1, 1])
case("reshape", "empty", (0, 3), shape=[3, 0, 2])
case("flatten", "all", (2, 3, 2))
case("flatten", "from 1", (2, 3, 2), first=1)
case("flatten", "the middle, negative", (2, 3, 2, 2), first=-3, last=-2)
case("flatten", "without axes", ())
case("flatten", "empty", (2, 0, 3), first=1)
case("permute", "three axes", (2, 3, 4), axes=[2, 0, 1])
case("permute", "negative axes", (2, 3, 4), axes=[-1, 1, 0])
case("permute", "four axes", (2, 3, 1, 4), axes=[0, 2, 3, 1])
case("permute", "empty", (2, 0, 3), axes=[2, 1, 0])
case("permute", "without axes", (), axes=[])
case("transpose", "the last two", (2, 3, 4))
case("transpose", "first and last", (2, 3, 4), first=0, last=-1)
case("transpose", "an axis with itself", (2, 3), first=1, last=1)
case("transpose", "empty", (0, 3))
case("broadcast", "a row", (3,), shape=[2, 4, 3])
case("broadcast", "axes of one element", (2, 1, 3, 1), shape=[2, 2, 3, 2])
case("broadcast", "without axes", (), shape=[2, 3])
case("broadcast", "to nothing", (1, 3), shape=[0, 3])
case("broadcast", "to itself", (2, 3), shape=[2, 3])
case("slice", "middle axis", (2, 5, 2), axis=1, range=[1, 4])
case("slice", "step 2", (7, 2), axis=0, range=[0, 7], step=2)
case("slice", "step 3 from 1, negative axis", (2, 8), axis=-1, range=[1, 7], step=3)
case("slice", "step beyond the end", (5,), axis=0, range=[2, 4], step=10)
case("slice", "nothing", (3, 4), axis=1, range=[2, 2])
case("slice", "all", (3, 4), axis=1, range=[0, 4])
case("leading range", "rows", (5, 3), range=[1, 4])
case("leading range", "nothing", (5, 3), range=[5, 5])
case("pad", "both sides", (2, 3), widths=[[1, 2], [0, 1]])
case("pad", "with a value", (2, 1, 3), widths=[[0, 0], [2, 0], [1, 1]], number=-1.5)
case("pad", "nothing to pad", (2, 2), widths=[[0, 0], [0, 0]])
case("pad", "empty", (0, 2), widths=[[1, 1], [0, 0]])
case("concatenate", "rows", (2, 3), (1, 3), (3, 3))
case("concatenate", "columns, negative axis", (2, 3), (2, 1), axis=-1)
case("concatenate", "middle axis", (2, 2, 3), (2, 1, 3), axis=1)
case("concatenate", "an empty one", (2, 3), (0, 3), (1, 3))
case("concatenate", "a single one", (2, 3), axis=1)
case("stack", "rows", (3,), (3,))
case("stack", "last axis", (2, 3), (2, 3), (2, 3), axis=-1)
case("stack", "middle axis", (2, 3), (2, 3), axis=1)
case("stack", "without axes", (), (), ())
case("stack", "empty", (0, 2), (0, 2), axis=1)

# Picking.
case("gather", "repeated", (4,), axis=0, indices=[2, 2, 0, 2, 1])
case("gather", "columns", (2, 4), axis=1, indices=[[3, 0, 0], [1, 1, 2]])
case("gather", "rows, fewer columns", (4, 3), axis=0, indices=[[3, 0], [1, 1], [0, 0], [3, 3], [2, 1]])
case("gather", "middle axis, negative", (2, 3, 2), axis=-2, indices=[[[2, 0]], [[1, 1]]])
case("gather", "nothing", (2, 3), axis=1, indices=np.zeros((2, 0), int))
case("scatterAdd", "repeated", (5,), axis=0, indices=[2, 2, 0, 2, 1], shape=[4])
case("scatterAdd", "columns", (2, 3), axis=1, indices=[[3, 0, 0], [1, 1, 2]], shape=[2, 4])
case("scatterAdd", "rows, fewer columns, negative axis", (3, 2), axis=-2,
     indices=[[3, 0], [1, 1], [0, 0]], shape=[4, 3])

# Matrices.
for name, a, b in [
    ("matrices", (3, 4), (4, 2)), ("dot product", (4,), (4,)), ("row and matrix", (3,), (3, 4)),
    ("matrix and column", (3, 4), (4,)), ("batches", (2, 3, 4), (2, 4, 2)),
    ("a batch and a matrix", (2, 3, 4), (4, 2)), ("a matrix and a batch", (3, 4), (2, 4, 2)),
    ("batches repeated in turn", (2, 1, 2, 3), (3, 3, 2)), ("a batch and a column", (2, 3, 4), (4,)),
    ("a row and a batch", (3,), (2, 3, 4)), ("single elements", (1, 1), (1, 1)),
    ("no rows", (0, 3), (3, 2)), ("nothing to sum", (2, 0), (0, 3)), ("no batches", (0, 2, 3), (3, 2)),
    ("odd extents", (7, 13), (13, 5)), ("more than one tile", (23, 17), (17, 19)),
]:
    case("matmul", name, a, b)
case("matmul", "left transposed", (4, 3), (4, 2), transposeA=True)
case("matmul", "right transposed", (3, 4), (2, 4), transposeB=True)
case("matmul", "both transposed, batches", (2, 4, 3), (1, 2, 4), transposeA=True, transposeB=True)
for rank, shape in enumerate([(4,), (3, 4), (2, 3, 4), (2, 1, 3, 4)], start=1):
    case("linear", f"{rank} axes", shape, (3, 4))
    case("linear", f"{rank} axes, bias", shape, (3, 4), (3,))
case("linear", "many inputs", (3, 40), (7, 40), (7,))
case("linear", "no rows", (0, 4), (3, 4), (3,))
case("linear", "no inputs", (2, 0), (3, 0), (3,))

# Convolutions: input, weight, bias.
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
]:
    outputs = weight[1] * arguments.get("groups", 1)
    case("convTranspose2d", name, x, weight, *([(outputs,)] if bias else []), **arguments)

# Pooling.
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
for name, x, size in [
    ("divides evenly", (2, 2, 4, 6), [2, 3]), ("does not divide", (1, 2, 5, 7), [3, 2]),
    ("to one", (2, 3, 3, 4), [1, 1]), ("to more", (1, 1, 2, 3), [5, 4]),
    ("to itself", (1, 2, 3, 3), [3, 3]), ("a single picture", (2, 5, 4), [2, 3]),
]:
    case("adaptiveAvgPool2d", name, x, size=size)

# Dropout at the two probabilities that leave nothing to chance.
case("dropout", "never", (2, 3), number=0)
case("dropout", "always", (2, 3), number=1)

# Probabilities and losses.
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
labels = [2, 0, 2, 1]
for operation in ["crossEntropy", "nllLoss"]:
    weight = [0.5, 2.0, 1.25]
    for reduction in ["none", "mean", "sum"]:
        case(operation, f"reduction {reduction}", (4, 3), labels=labels, reduction=reduction)
        case(operation, f"weight, ignored label, reduction {reduction}", (4, 3),
             labels=[2, 1, 0, 1], weight=weight, ignoreIndex=1, reduction=reduction)
        case(operation, f"pixels, weight, reduction {reduction}", (2, 3, 2, 2),
             labels=[[[0, 1], [2, -100]], [[2, 2], [1, 0]]], weight=weight, reduction=reduction)
        case(operation, f"all ignored, reduction {reduction}", (2, 3), labels=[-100, -100],
             smooth=reduction != "mean", reduction=reduction)
    case(operation, "one row without a batch", (3,), labels=1)
    case(operation, "one row without a batch, weight, reduction none", (3,), labels=2, weight=weight,
         reduction="none")
    case(operation, "sequence", (2, 3, 4), labels=[[0, 1, 2, 2], [1, 1, 0, 2]])
    case(operation, "one row", (1, 5), labels=[4])
    case(operation, "no rows, mean", (0, 3), smooth=False, labels=np.zeros(0, int))
    case(operation, "no rows, sum", (0, 3), labels=np.zeros(0, int), reduction="sum")
    case(operation, "weight 0 for a class that occurs", (4, 3), labels=labels,
         weight=[1.0, 0.0, 0.0])
    case(operation, "weight 0 for all that occur", (2, 3), smooth=False, labels=[1, 1],
         weight=[1.0, 0.0, 1.0])
for reduction in ["none", "mean", "sum"]:
    case("crossEntropy", f"smoothing, reduction {reduction}", (4, 3), labels=labels,
         labelSmoothing=0.1, reduction=reduction)
    case("crossEntropy", f"smoothing, weight, ignored label, reduction {reduction}", (4, 3),
         labels=[2, 1, 0, 1], weight=weight, ignoreIndex=1, labelSmoothing=0.3, reduction=reduction)
case("crossEntropy", "smoothing, pixels, weight", (2, 3, 1, 2), labels=[[[0, 1]], [[2, -100]]],
     weight=weight, labelSmoothing=0.2)
case("crossEntropy", "smoothing 1", (2, 3), labels=[1, 2], labelSmoothing=1)
case("crossEntropy", "smoothing, one row without a batch", (3,), labels=1, labelSmoothing=0.1)
case("crossEntropy", "smoothing, all ignored", (2, 3), smooth=False, labels=[-100, -100],
     labelSmoothing=0.1)
case("crossEntropy", "far from 0", [[1e3, -1e3, 0], [-1e3, 1e3, 0], [-1e3, -1e3, -1e3]],
     smooth=False, labels=[0, 0, 2])
case("crossEntropy", "impossible classes", [[-inf, 1, 2], [0, -inf, 1], [nan, 0, 1]], smooth=False,
     labels=[0, 0, -100], reduction="none")
case("crossEntropy", "far from 0, smoothing", [[1e3, -1e3, 0], [-1e3, 1e3, 0]], smooth=False,
     labels=[0, 0], labelSmoothing=0.1)
for reduction in ["none", "mean", "sum"]:
    case("mseLoss", f"reduction {reduction}", (3, 2), (3, 2), reduction=reduction)
case("mseLoss", "without axes", (), ())
case("mseLoss", "nothing, sum", (0, 2), (0, 2), reduction="sum")
case("mseLoss", "nothing, mean", (0, 2), (0, 2), smooth=False, second=False)

save(pathlib.Path(__file__))
