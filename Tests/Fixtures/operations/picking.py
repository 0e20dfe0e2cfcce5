"""Elements by their indices in PyTorch, and their cases: see recorder.py."""
import numpy as np
import torch
import torch.nn.functional as F

from arguments import integers
from recorder import case, inf, nan, operations, save


operations |= {
    "gather": lambda x, a: x[0].gather(a["axis"], integers(a["indices"])),
    "scatterAdd": lambda x, a: torch.zeros(a["shape"]).scatter_add(
        a["axis"], integers(a["indices"]), x[0]),
    "indexSelect": lambda x, a: x[0].index_select(a["axis"], integers(a["indices"])),
    "embedding": lambda x, a: F.embedding(integers(a["indices"]), x[0], a.get("paddingIndex")),
    "topK": lambda x, a: x[0].topk(a["k"], a.get("axis", -1), a.get("largest", True)).values,
}

case("gather", "repeated", (4,), axis=0, indices=[2, 2, 0, 2, 1])
case("gather", "columns", (2, 4), axis=1, indices=[[3, 0, 0], [1, 1, 2]])
case("gather", "rows, fewer columns", (4, 3), axis=0, indices=[[3, 0], [1, 1], [0, 0], [3, 3], [2, 1]])
case("gather", "middle axis, negative", (2, 3, 2), axis=-2, indices=[[[2, 0]], [[1, 1]]])
case("gather", "nothing", (2, 3), axis=1, indices=np.zeros((2, 0), int))
case("scatterAdd", "repeated", (5,), axis=0, indices=[2, 2, 0, 2, 1], shape=[4])
case("scatterAdd", "columns", (2, 3), axis=1, indices=[[3, 0, 0], [1, 1, 2]], shape=[2, 4])
case("scatterAdd", "rows, fewer columns, negative axis", (3, 2), axis=-2,
     indices=[[3, 0], [1, 1], [0, 0]], shape=[4, 3])
case("indexSelect", "rows, one twice", (3, 2), axis=0, indices=[2, 0, 2, 2])
case("indexSelect", "columns, negative axis", (2, 4), axis=-1, indices=[3, 1])
case("indexSelect", "middle axis", (2, 3, 2), axis=1, indices=[1, 1])
case("indexSelect", "of a vector", (4,), axis=0, indices=[3, 0])
case("indexSelect", "none", (2, 3), axis=0, indices=np.zeros(0, int))
case("indexSelect", "empty", (0, 3), axis=1, indices=[2, 0])
for name, shape, indices in [
    ("a row of indices", (5, 3), [4, 0, 2]), ("repeated", (3, 2), [[1, 1], [1, 0]]),
    ("three axes", (4, 2), [[[0, 1], [2, 3]], [[2, 1], [0, 3]]]), ("one index", (4, 3), 2),
    ("vectors of one element", (3, 1), [2, 0]), ("vectors of nothing", (3, 0), [1, 2]),
]:
    case("embedding", name, shape, indices=indices)
# The derivative takes the row for a constant, as no finite difference does.
case("embedding", "padding", (4, 3), smooth=False, indices=[[0, 2, 0], [1, 0, 3]], paddingIndex=0)
case("embedding", "padding from the end", (4, 2), smooth=False, indices=[3, 2, 3], paddingIndex=-1)
case("embedding", "only padding", (3, 2), smooth=False, indices=[1, 1], paddingIndex=1)

case("topK", "rows", (3, 5), draw="spaced", k=2)
case("topK", "columns", (4, 3), draw="spaced", k=3, axis=0)
case("topK", "smallest", (3, 5), draw="spaced", k=2, largest=False)
case("topK", "all, middle axis", (2, 3, 2), draw="spaced", k=3, axis=-2)
case("topK", "none", (2, 3), k=0)
case("topK", "empty", (0, 3), k=2, axis=1)
case("topK", "infinite and not a number", [[inf, 1, nan, 2], [-inf, 5, 3, inf]], smooth=False, k=2)
case("topK", "smallest, infinite and not a number", [[-inf, nan, 1]], smooth=False, k=3,
     largest=False)

# A single number counts as an axis of one element.
case("gather", "a number", (), axis=0, indices=0)
case("gather", "a number, several times", (), axis=-1, indices=[0, 0, 0])
case("gather", "one of a vector", (3,), axis=0, indices=2)
case("scatterAdd", "a number", (), axis=-1, indices=0, shape=[])
case("indexSelect", "a number", (), axis=0, indices=[0])
case("topK", "a number", (), k=1, axis=0)

save(__file__)
