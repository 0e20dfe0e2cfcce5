"""Cases of reductions and rearrangements: for operations.py."""
import numpy as np

from operation_recorder import case

inf, nan = float("inf"), float("nan")

# Reductions.
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

case("topK", "rows", (3, 5), draw="spaced", k=2)
case("topK", "columns", (4, 3), draw="spaced", k=3, axis=0)
case("topK", "smallest", (3, 5), draw="spaced", k=2, largest=False)
case("topK", "all, middle axis", (2, 3, 2), draw="spaced", k=3, axis=-2)
case("topK", "none", (2, 3), k=0)
case("topK", "empty", (0, 3), k=2, axis=1)
case("topK", "infinite and not a number", [[inf, 1, nan, 2], [-inf, 5, 3, inf]], smooth=False, k=2)
case("topK", "smallest, infinite and not a number", [[-inf, nan, 1]], smooth=False, k=3,
     largest=False)

# Layout.
case("squeeze", "all", (1, 3, 1, 2, 1))
case("squeeze", "nothing to squeeze", (2, 3))
case("squeeze", "one axis, negative", (1, 3, 1), axis=-1)
case("squeeze", "an axis of more", (1, 3), axis=1)
case("squeeze", "empty", (1, 0), axis=0)
case("squeeze", "without axes", ())
for axis in [0, 1, 2, -1, -2, -3]:
    case("unsqueeze", f"at {axis}", (2, 3), axis=axis)
case("unsqueeze", "without axes", (), axis=0)
case("unsqueeze", "empty", (0,), axis=-1)
case("expand", "a row, new axes", (3,), shape=[2, 4, 3])
case("expand", "kept extents", (2, 1, 3), shape=[-1, 4, -1])
case("expand", "new axes and kept ones", (1, 3), shape=[2, 4, -1])
case("expand", "without axes", (), shape=[2, 2])
case("expand", "to nothing", (1, 3), shape=[0, 3])
for count in [1, 2, 3, 5, 9]:
    case("split", f"into parts of {count}", (5, 2), axis=0, count=count)
case("split", "negative axis", (2, 3, 2), axis=-2, count=2)
case("split", "an empty axis", (2, 0), axis=1, count=2)
for size in [[5], [2, 3], [1, 0, 4], [0, 5, 0]]:
    case("split into sizes", f"{size}", (5, 2), axis=0, size=size)
case("split into sizes", "negative axis", (2, 4), axis=-1, size=[3, 1])
case("split into sizes", "an empty axis", (2, 0), axis=1, size=[0, 0])
for count in [1, 2, 3, 4, 5, 7]:
    case("chunk", f"into {count}", (5, 2), axis=0, count=count)
case("chunk", "negative axis", (2, 3, 2), axis=-2, count=2)
case("chunk", "an empty axis", (2, 0), axis=1, count=3)
case("narrow", "rows", (5, 2), axis=0, first=1, count=3)
case("narrow", "negative axis and start", (2, 5), axis=-1, first=-2, count=2)
case("narrow", "all", (2, 3), axis=1, first=0, count=3)
case("narrow", "nothing", (2, 3), axis=1, first=3, count=0)
case("narrow", "empty", (0, 3), axis=1, first=1, count=2)
case("select index", "a row", (4, 3), axis=0, first=2)
case("select index", "a column, negative", (4, 3), axis=-1, first=-3)
case("select index", "middle axis", (2, 3, 2), axis=1, first=1)
case("select index", "of a vector", (3,), axis=0, first=0)
case("select index", "empty", (0, 3), axis=1, first=2)
case("flip", "rows", (3, 2), axes=[0])
case("flip", "two axes, negative", (2, 3, 2), axes=[0, -1])
case("flip", "all axes", (2, 3, 2), axes=[2, 0, 1])
case("flip", "no axis", (2, 3), axes=[])
case("flip", "empty", (2, 0), axes=[0, 1])
case("flip", "without axes", (), axes=[])
case("roll", "rows", (4, 2), shifts=[1], axes=[0])
case("roll", "backwards, negative axis", (2, 5), shifts=[-2], axes=[-1])
case("roll", "two axes", (3, 4), shifts=[1, -1], axes=[0, 1])
case("roll", "an axis twice", (5,), shifts=[1, 2], axes=[0, 0])
case("roll", "further than there is", (3, 2), shifts=[7], axes=[0])
case("roll", "all in a row", (2, 3), shifts=[2])
case("roll", "without axes", (), shifts=[2])
case("roll", "empty", (0, 2), shifts=[1], axes=[0])
case("repeated", "rows", (2, 3), shape=[2, 1])
case("repeated", "both axes", (2, 3), shape=[2, 3])
case("repeated", "new axes", (2,), shape=[2, 1, 3])
case("repeated", "no times", (2, 3), shape=[0, 2])
case("repeated", "without axes", (), shape=[3])
case("repeated", "without axes, once", (), shape=[])
case("repeated", "empty", (0, 2), shape=[2, 2])
case("indexSelect", "rows, one twice", (3, 2), axis=0, indices=[2, 0, 2, 2])
case("indexSelect", "columns, negative axis", (2, 4), axis=-1, indices=[3, 1])
case("indexSelect", "middle axis", (2, 3, 2), axis=1, indices=[1, 1])
case("indexSelect", "of a vector", (4,), axis=0, indices=[3, 0])
case("indexSelect", "none", (2, 3), axis=0, indices=np.zeros(0, int))
case("indexSelect", "empty", (0, 3), axis=1, indices=[2, 0])
for operation in ["tril", "triu"]:
    for diagonal in [0, 1, -1, 3, -4]:
        case(operation, f"diagonal {diagonal}", (3, 4), diagonal=diagonal)
    case(operation, "matrices, higher than wide", (2, 4, 2), diagonal=-1)
    case(operation, "one element", (1, 1))
    case(operation, "empty", (2, 0))
    case(operation, "hides what is no number", [[inf, nan, 1], [nan, 2, inf], [3, -inf, nan]],
         smooth=False)

# Vectors, and einsum.
for operation in ["dot", "outer"]:
    case(operation, "vectors", (4,), (4,))
    case(operation, "one element", (1,), (1,))
    case(operation, "empty", (0,), (0,))
    case(operation, "infinite and zero", [inf, 1, 2], [1, 0, -1], smooth=False)
case("dot", "long", (37,), (37,))
case("outer", "two lengths", (3,), (5,))
case("outer", "an empty one", (3,), (0,))
for equation, *shapes in [
    ("ij->ji", (2, 3)), ("ij->", (2, 3)), ("ij->j", (2, 3)), ("ii", (3, 3)), ("ii->i", (3, 3)),
    ("iji->j", (2, 3, 2)), ("ba", (2, 3)), ("aB", (2, 3)), ("...ij->...ji", (2, 3, 4)),
    ("i...->...", (2, 3, 2)), ("...->", (2, 3)), ("->", ()), ("ijkj->ki", (2, 3, 2, 3)),
    ("ii->i", (0, 0)),
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij,kj->ki", (2, 3), (4, 3)),
    ("i,i->", (4,), (4,)), ("i,i", (4,), (4,)), ("i,j->ij", (2,), (3,)), ("i,j->ji", (2,), (3,)),
    ("ij,ij->ij", (2, 3), (2, 3)), ("ij,ij->", (2, 3), (2, 3)), ("ij,i->ji", (2, 3), (2,)),
    ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)), ("bnqd,bnkd->bnqk", (2, 2, 2, 3), (2, 2, 3, 3)),
    ("ij,ik->", (2, 3), (2, 4)), ("iij,jk->ki", (2, 2, 3), (3, 2)), ("ijk,kj->i", (2, 3, 2), (2, 3)),
    ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)), ("...i,...i", (2, 3), (4, 1, 3)),
    ("b...,b...->...", (2, 3), (2, 1)), (" i j , j k -> i k ", (2, 3), (3, 2)),
    (",", (), ()), ("i,->i", (3,), ()), ("ij,jk->ik", (0, 3), (3, 2)), ("ij,jk->ik", (2, 0), (0, 3)),
    ("ij,jk->ik", (2, 1), (3, 4)), ("ij,ij->ij", (1, 3), (2, 3)), ("ij,ij->j", (1, 3), (2, 3)),
]:
    case("einsum", f"{equation} of {', '.join(map(str, shapes))}", *shapes, equation=equation)
