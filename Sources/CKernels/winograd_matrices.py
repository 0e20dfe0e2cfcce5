"""Writes winograd_matrices.h: the matrices of Winograd's (Cook's and Toom's) short convolutions.

    winograd_matrices.py > winograd_matrices.h

A convolution is a product of polynomials. F(m, r) computes m outputs of a kernel of r elements from
n = m + r - 1 inputs: evaluate both factors at n points (one of them infinity), multiply there, and
interpolate. By transposition the same three matrices give the correlation that networks use:

    y = AT [ (G g) * (BT d) ]

Each row of BT is multiplied by what makes its elements exact in binary, and the row of G divided by it:
only the weights' transform then has rounded constants. The points were chosen among small fractions for
the smallest error in float32.

Points come in pairs a and -a, of which much is the same: even powers are equal, and odd ones opposite. So AT and BT
are products of matrices with more zeros, as in a fast Fourier transform:

    AT = AT' P      where P adds the two of each pair, and subtracts them
    BT = S E C      where C does what rows have in common, E the even and the odd part of each pair, and S adds and
                    subtracts them

With M(x) the product of x - p over all finite points p, the row of BT for p has the coefficients of M(x) / (x - p), and
the last row those of M. Let O(x) be the part of M whose points have no partner. A pair's rows are
(x + a) Q(x) and (x - a) Q(x), where Q is O times x^2 - b^2 for all other pairs b.
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


def product(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def polynomial(factors):
    """The coefficients of a product of polynomials, the lowest power first."""
    result = [Fraction(1)]
    for factor in factors:
        longer = [Fraction(0)] * (len(result) + len(factor) - 1)
        for i, x in enumerate(result):
            for j, y in enumerate(factor):
                longer[i + j] += x * y
        result = longer
    return result


def shifted(coefficients, shift, size):
    return [Fraction(0)] * shift + coefficients + [Fraction(0)] * (size - shift - len(coefficients))


def unit(index, size):
    return shifted([Fraction(1)], index, size)


def whole(row):
    """The row times what makes its elements exact in binary."""
    scale = lcm(*(x.denominator for x in row))
    return [x * scale for x in row]


def pairs_of(points):
    """The places of a and -a, next to each other."""
    return [i for i in range(len(points) - 1) if points[i] != 0 and points[i] == -points[i + 1]]


def without_partner(points):
    pairs = pairs_of(points)
    return [i for i in range(len(points)) if i not in pairs and i - 1 not in pairs]


def data_factors(points):
    """The factors of BT, that which is applied first in front."""
    size = len(points) + 1
    pairs, single = pairs_of(points), without_partner(points)
    if len(pairs) < 2:
        # The factors would take as many operations as the matrix itself.
        rows = [polynomial([[-q, 1] for q in points if q != p]) for p in points]
        rows.append(polynomial([[-p, 1] for p in points]))
        return [[whole(shifted(row, 0, size)) for row in rows]]
    squares = [[-points[i] ** 2, 0, 1] for i in pairs]
    apart = polynomial(squares)
    # C: what is common to all pairs and to the last row, at each place, and to those without a partner.
    places = 2 * len(pairs) + 1
    common = polynomial([[-points[i], 1] for i in single])
    first = [whole(shifted(common, j, size)) for j in range(places)]
    first += [shifted(apart, j, size) for j in range(size - places)]
    # E: the even and the odd part of each pair.
    second = [None] * size
    for k, i in enumerate(pairs):
        rest = polynomial(squares[:k] + squares[k + 1:])
        second[i] = shifted(rest, 1, size)
        second[i + 1] = [points[i] * x for x in shifted(rest, 0, size)]
    for k, i in enumerate(single):
        second[i] = unit(places + k, size)
    second[size - 1] = shifted(apart, 0, size)
    # S: their sum and difference; and for a point without a partner the others of its kind.
    third = sums_and_differences(points)
    for i in single:
        others = polynomial([[-points[k], 1] for k in single if k != i])
        third[i] = [Fraction(0)] * size
        for x, k in zip(others, single):
            third[i][k] = x
        third[i] = whole(third[i])
    return [first, second, third]


def sums_and_differences(points):
    size = len(points) + 1
    rows = [unit(i, size) for i in range(size)]
    for i in pairs_of(points):
        rows[i][i + 1] = Fraction(1)
        rows[i + 1][i], rows[i + 1][i + 1] = Fraction(1), Fraction(-1)
    return rows


def matrices(points, outputs, kernel):
    points = [Fraction(p) for p in points]
    size = outputs + kernel - 1
    pairs, sums = pairs_of(points), sums_and_differences(points)
    evaluated = [list(column) for column in zip(*powers(points, outputs))]
    output = [list(row) for row in evaluated]
    for row, line in enumerate(output):
        for i in pairs:
            # Of the sum of a pair even powers are left, of the difference odd ones.
            line[i], line[i + 1] = (line[i], Fraction(0)) if row % 2 == 0 else (Fraction(0), line[i])
    assert product(output, sums) == evaluated

    factors = data_factors(points)
    data = factors[0]
    for factor in factors[1:]:
        data = product(factor, data)
    weight = powers(points, kernel)
    for i in range(size):
        # The row of BT is this many times that of the interpolation.
        at = points[i] if i < size - 1 else None
        exact = polynomial([[-p, 1] for p in points if p != at])
        divisor = Fraction(1)
        for p in points:
            if at is not None and p != at:
                divisor *= at - p
        exact = shifted([x / divisor for x in exact], 0, size)
        scale = next(x / y for x, y in zip(data[i], exact) if y != 0)
        assert data[i] == [scale * x for x in exact], (points, i)
        weight[i] = [x / scale for x in weight[i]]
    return {
        "DATA": [x for factor in factors for x in factor],
        "WEIGHT": weight,
        "PAIRS": sums,
        "OUTPUT": output,
    }, len(factors)


def literal(x):
    return f"{x.numerator}.0f" if x.denominator == 1 else f"{x.numerator}.0f / {x.denominator}"


print("// Written by winograd_matrices.py, which says what these are.")
print("#pragma once")
for (outputs, kernel), points in SHORT_CONVOLUTIONS.items():
    tables, factors = matrices(points, outputs, kernel)
    name = f"F{outputs}{kernel}"
    size = outputs + kernel - 1
    count = "1 matrix" if factors == 1 else f"{factors} matrices"
    print(f"\n// {count} of {size} by {size}, that which is applied first in front.")
    print(f"#define {name}_DATA_FACTORS {factors}")
    for table, rows in tables.items():
        print(f"static const float {name}_{table}[{len(rows) * len(rows[0])}] = {{")
        for row in rows:
            print("    " + ", ".join(literal(x) for x in row) + ",")
        print("};")
