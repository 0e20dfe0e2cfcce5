"""Changes of shape in PyTorch, and their cases: see recorder.py."""
import torch
import torch.nn.functional as F

from recorder import case, inf, nan, operations, save


def sliced(x, a):
    index = [slice(None)] * x[0].ndim
    index[a["axis"]] = slice(*a["range"], a.get("step", 1))
    return x[0][tuple(index)]


def pad(x, a):
    widths = [width for pair in reversed(a["widths"]) for width in pair]
    return F.pad(x[0], widths, value=a.get("number", 0))


def joined(parts, axis):
    """Each part with a factor of its own, so that none can be taken for another."""
    return torch.cat([part * (i + 1) for i, part in enumerate(parts)], axis)


operations |= {
    "reshape": lambda x, a: x[0].reshape(a["shape"]),
    "flatten": lambda x, a: x[0].flatten(a.get("first", 0), a.get("last", -1)),
    "permute": lambda x, a: x[0].permute(a["axes"]),
    "transpose": lambda x, a: x[0].transpose(a.get("first", -2), a.get("last", -1)),
    "broadcast": lambda x, a: x[0].broadcast_to(a["shape"]),
    "slice": sliced,
    "leading range": lambda x, a: x[0][slice(*a["range"])],
    "index": lambda x, a: x[0][a["first"], a["last"]],
    "pad": pad,
    "concatenate": lambda x, a: torch.cat(x, a.get("axis", 0)),
    "stack": lambda x, a: torch.stack(x, a.get("axis", 0)),
    "squeeze": lambda x, a: x[0].squeeze(a["axis"]) if "axis" in a else x[0].squeeze(),
    "unsqueeze": lambda x, a: x[0].unsqueeze(a["axis"]),
    "expand": lambda x, a: x[0].expand(a["shape"]),
    "split": lambda x, a: joined(x[0].split(a["count"], a["axis"]), a["axis"]),
    "split into sizes": lambda x, a: joined(x[0].split(a["size"], a["axis"]), a["axis"]),
    "chunk": lambda x, a: joined(x[0].chunk(a["count"], a["axis"]), a["axis"]),
    "narrow": lambda x, a: x[0].narrow(a["axis"], a["first"], a["count"]),
    "select index": lambda x, a: x[0].select(a["axis"], a["first"]),
    "flip": lambda x, a: x[0].flip(a["axes"]),
    "roll": lambda x, a: x[0].roll(a["shifts"], a.get("axes")),
    "repeated": lambda x, a: x[0].repeat(a["shape"]),
    "tril": lambda x, a: x[0].tril(a.get("diagonal", 0)),
    "triu": lambda x, a: x[0].triu(a.get("diagonal", 0)),
}

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
case("index", "a number", (3, 4), first=2, last=1)
case("index", "a row, negative", (2, 3, 4), first=-1, last=0)
case("index", "of rows of nothing", (2, 3, 0), first=1, last=-3)
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

# Views, and copies in another order.
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
for operation in ["tril", "triu"]:
    for diagonal in [0, 1, -1, 3, -4]:
        case(operation, f"diagonal {diagonal}", (3, 4), diagonal=diagonal)
    case(operation, "matrices, higher than wide", (2, 4, 2), diagonal=-1)
    case(operation, "one element", (1, 1))
    case(operation, "empty", (2, 0))
    case(operation, "hides what is no number", [[inf, nan, 1], [nan, 2, inf], [3, -inf, nan]],
         smooth=False)

# A single number takes the axes 0 and -1.
case("squeeze", "a number, axis 0", (), axis=0)
case("flip", "a number, axis -1", (), axes=[-1])
case("transpose", "a number, axes 0 and -1", (), first=0, last=-1)
# Negative widths cut off.
case("pad", "one side cut off", (3, 4), widths=[[-1, 0], [0, -2]])
case("pad", "one side cut off, the other widened", (3, 4), widths=[[-1, 2], [1, -2]], number=0.5)
case("pad", "all cut off", (2, 3), widths=[[-1, -1], [0, 1]])
case("pad", "fewer widths than axes", (2, 3, 2), widths=[[1, 0]])

save(__file__)
