"""Writes winograd_matrices.h: the matrices of Winograd's (Cook's and Toom's) short convolutions.

    winograd_matrices.py > winograd_matrices.h

A convolution is a product of polynomials. F(m, r) computes m outputs of a kernel of r elements from
n = m + r - 1 inputs: evaluate both factors at n points (one of them infinity), multiply there, and
interpolate. By transposition the same three matrices give the correlation that networks use:

    y = AT [ (G g) * (BT d) ]

Each row of BT is multiplied by what makes its elements exact in binary, and the row of G divided by it:
only the weights' transform then has rounded constants. The points were chosen among small fractions for
the smallest error in float32.
"""
from fractions import Fraction
from math import lcm

half = Fraction(1, 2)
SHORT_CONVOLUTIONS = {
    (4, 3): [0, 1, -1, 2, -half],
    (5, 3): [0, 1, -1, 2, -2, half],
    (4, 5): [0, 1, -1, 2, -2, half, -half],
    (4, 2): [0, 1, -1, -half],
}


def powers(points, count):
    """Row i has the powers of point i; the last one stands for infinity."""
    rows = [[Fraction(p) ** j for j in range(count)] for p in points]
    return rows + [[Fraction(0)] * (count - 1) + [Fraction(1)]]


def inverse(matrix):
    """By elimination."""
    n = len(matrix)
    rows = [list(row) + [Fraction(int(i == j)) for j in range(n)] for i, row in enumerate(matrix)]
    for i in range(n):
        pivot = next(k for k in range(i, n) if rows[k][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for k in range(n):
            if k != i:
                rows[k] = [a - rows[k][i] * b for a, b in zip(rows[k], rows[i])]
    return [row[n:] for row in rows]


def transposed(matrix):
    return [list(column) for column in zip(*matrix)]


def matrices(points, outputs, kernel):
    size = outputs + kernel - 1
    output = transposed(powers(points, outputs))
    weight = powers(points, kernel)
    data = transposed(inverse(powers(points, size)))
    for i in range(size):
        scale = lcm(*(x.denominator for x in data[i]))
        data[i] = [x * scale for x in data[i]]
        weight[i] = [x / scale for x in weight[i]]
    return {"DATA": data, "WEIGHT": weight, "OUTPUT": output}


def literal(x):
    return f"{x.numerator}.0f" if x.denominator == 1 else f"{x.numerator}.0f / {x.denominator}"


print("// Written by winograd_matrices.py, which says what these are.")
print("#pragma once")
for (outputs, kernel), points in SHORT_CONVOLUTIONS.items():
    for name, matrix in matrices(points, outputs, kernel).items():
        print(f"\nstatic const float F{outputs}{kernel}_{name}[{len(matrix) * len(matrix[0])}] = {{")
        for row in matrix:
            print("    " + ", ".join(literal(x) for x in row) + ",")
        print("};")
