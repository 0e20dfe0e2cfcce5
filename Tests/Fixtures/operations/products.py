"""Products of vectors, matrices and tensors in PyTorch, and their cases: see recorder.py."""
import torch
import torch.nn.functional as F

from recorder import case, inf, operations, save


def matmul(x, a):
    left = x[0].mT if a.get("transposeA") else x[0]
    right = x[1].mT if a.get("transposeB") else x[1]
    return torch.matmul(left, right)


operations |= {
    "matmul": matmul,
    "linear": lambda x, a: F.linear(*x),
    "dot": lambda x, a: torch.dot(*x),
    "outer": lambda x, a: torch.outer(*x),
    "einsum": lambda x, a: torch.einsum(a["equation"], *x),
}

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

save(__file__)
