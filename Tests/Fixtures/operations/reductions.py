"""Reductions in PyTorch, and their cases: see recorder.py."""
import torch

from arguments import axes_of, keep
from recorder import case, inf, nan, operations, save


def product(x, a):
    """PyTorch's takes one axis, or all."""
    if "axis" in a:
        return x[0].prod(a["axis"], keepdim=keep(a))
    if "axes" not in a and not keep(a):
        return x[0].prod()
    y = x[0]
    if y.ndim == 0:
        return y.prod(a["axes"][0], keepdim=keep(a))
    for axis in sorted((axis % y.ndim for axis in axes_of(y, a)), reverse=True):
        y = y.prod(axis, keepdim=keep(a))
    return y


operations |= {
    "sum": lambda x, a: x[0].sum(axes_of(x[0], a), keepdim=keep(a)),
    "mean": lambda x, a: x[0].mean(axes_of(x[0], a), keepdim=keep(a)),
    "variance": lambda x, a: x[0].var(
        axes_of(x[0], a), correction=a.get("correction", 1), keepdim=keep(a)),
    "standardDeviation": lambda x, a: x[0].std(
        axes_of(x[0], a), correction=a.get("correction", 1), keepdim=keep(a)),
    "amax": lambda x, a: x[0].amax(axes_of(x[0], a), keepdim=keep(a)),
    "amin": lambda x, a: x[0].amin(axes_of(x[0], a), keepdim=keep(a)),
    "max": lambda x, a: x[0].max(),
    "min": lambda x, a: x[0].min(),
    "max along axis": lambda x, a: x[0].max(a["axis"], keepdim=keep(a)).values,
    "min along axis": lambda x, a: x[0].min(a["axis"], keepdim=keep(a)).values,
    "logSumExp": lambda x, a: x[0].logsumexp(axes_of(x[0], a) or 0, keepdim=keep(a)),
    "product": product,
    "norm": lambda x, a: torch.linalg.vector_norm(
        x[0], float(a.get("order", 2)), axes_of(x[0], a), keepdim=keep(a)),
    "cumsum": lambda x, a: x[0].cumsum(a["axis"]),
}

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

# Products, deviations, norms, running sums.
for operation in ["product", "standardDeviation", "norm"]:
    case(operation, "all axes", (3, 4))
    case(operation, "all axes, kept", (2, 3), keepDims=True)
    case(operation, "first axis", (3, 4), axes=[0])
    case(operation, "last axis, kept", (3, 4), axes=[-1], keepDims=True)
    case(operation, "first and last", (2, 3, 4), axes=[0, -1])
    case(operation, "two apart, kept, out of order", (2, 3, 2, 3), axes=[-1, 1], keepDims=True)
    case(operation, "no rows", (0, 3), axes=[1])
    case(operation, "long rows", (2, 17), draw="away from zero", axes=[1])
case("product", "without axes", ())
case("product", "along an axis", (3, 4), axis=0)
case("product", "along an axis, negative, kept", (2, 3), axis=-1, keepDims=True)
case("product", "one element", (3, 1), axes=[1])
case("product", "an empty axis", (2, 0), axes=[1])
case("product", "nothing at all", (0,))
case("product", "zeros", [[2, 0, 3, 4], [0, 0, 3, 4], [0, 0, 0, 4], [1, 2, 3, 4]], axes=[1])
case("product", "zeros, all axes", [[2, 0], [3, -1.5]])
# PyTorch divides the product by each element where none is 0: ∞ / ∞ where there is one infinity.
case("product", "infinite and zero", [[inf, 0, 3], [0, 0, -inf]], smooth=False, second=False,
     axes=[1])
for correction in [0, 2]:
    case("standardDeviation", f"correction {correction}", (4, 5), axes=[0], correction=correction)
# Where all are equal PyTorch's derivative is 0, and its derivative by the cotangent 0 / 0.
case("standardDeviation", "all equal", [[2, 2, 2], [1, 2, 3]], smooth=False, second=False, axes=[1])
case("standardDeviation", "one element, correction 0", (3, 1), smooth=False, second=False, axes=[1],
     correction=0)
case("standardDeviation", "one element, correction 1", (3, 1), smooth=False, second=False, axes=[1])
for order in ["1", "2", "3", "inf", "-inf", "0.5", "1.5", "2.5", "4", "-1", "-2.5"]:
    case("norm", f"order {order}", (3, 4), draw="away from zero", axes=[1], order=order)
    case("norm", f"order {order}, all axes, kept", (2, 2), draw="away from zero", keepDims=True,
         order=order)
    if order not in ["inf", "-inf", "-1", "-2.5"]:
        # Its derivative by the cotangent is 0 / 0 in PyTorch.
        case("norm", f"order {order}, an empty axis", (2, 0), smooth=False, second=order == "1",
             axes=[1], order=order)
    case("norm", f"order {order}, without axes", (), draw="away from zero", order=order)
    # At zeros the second derivative of PyTorch is no number for most orders.
    case("norm", f"order {order}, zeros and ties", [[0, 0, 0], [3, -4, 0], [4, -4, 1]], smooth=False,
         second=order in ["1", "inf", "-inf"], axes=[1], order=order)
    case("norm", f"order {order}, infinite and not a number", [[inf, 1], [nan, 1]], smooth=False,
         second=False, axes=[1], order=order)
case("norm", "order 3, a zero among others", [[1, 0, -2]], smooth=False, axes=[1], order="3")
case("norm", "order inf, no rows", (0, 3), axes=[1], order="inf")

for name, shape, axis in [
    ("vector", (5,), 0), ("columns", (3, 4), 0), ("rows, negative axis", (3, 4), -1),
    ("middle axis", (2, 3, 2), 1), ("one element", (2, 1), 1), ("empty", (0, 3), 1),
    ("an empty axis", (2, 0), 1),
]:
    case("cumsum", name, shape, axis=axis)
case("cumsum", "infinite and not a number", [1, inf, 2, -inf, 3], smooth=False, axis=0)

# A single number takes the axes 0 and -1.
for operation in ["sum", "mean", "amax", "amin", "logSumExp", "product", "norm"]:
    case(operation, "a number, axis 0", (), axes=[0])
    case(operation, "a number, axis -1, kept", (), axes=[-1], keepDims=True)
case("variance", "a number, axis 0, correction 0", (), axes=[0], correction=0)
case("standardDeviation", "a number, axis 0, correction 0", (), smooth=False, second=False, axes=[0],
     correction=0)
for operation in ["max", "min"]:
    case(f"{operation} along axis", "a number, axis 0", (), axis=0)
    case(f"{operation} along axis", "a number, axis -1, kept", (), axis=-1, keepDims=True)
case("cumsum", "a number, axis 0", (), axis=0)
case("cumsum", "a number, axis -1", (), axis=-1)

save(__file__)
