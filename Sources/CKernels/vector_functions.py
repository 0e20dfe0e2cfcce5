"""Prints the polynomials of vector_functions_template.h: fitted to mpmath's values at Chebyshev's points, by least squares
that are reweighted until the largest relative error is as small as it gets (Lawson's algorithm, 1961).

    pip install mpmath numpy
    python3 vector_functions.py
"""
import mpmath
import numpy

mpmath.mp.dps = 40


def fit(function, low, high, degree, weight=lambda x: 1.0, count=400):
    """The coefficients of a polynomial, the highest power first, and the largest weighted error."""
    nodes = [mpmath.mpf(low + high) / 2 + mpmath.mpf(high - low) / 2 * mpmath.cos(mpmath.pi * (2 * i + 1) / (2 * count))
             for i in range(count)]
    values = numpy.array([float(function(x)) for x in nodes])
    weights = numpy.array([float(weight(x)) for x in nodes])
    x = numpy.array([float(n) for n in nodes])
    powers = numpy.vander(x, degree + 1)
    lawson = numpy.ones(count)
    for _ in range(60):
        scale = (numpy.sqrt(lawson) * weights)[:, None]
        coefficients = numpy.linalg.lstsq(powers * scale, values * scale[:, 0], rcond=None)[0]
        errors = numpy.abs(powers @ coefficients - values) * weights
        lawson *= errors / errors.max() + 1e-12
        lawson /= lawson.sum()
    return coefficients, errors.max()


def show(name, coefficients, error):
    print(f"{name}: error {error:.2e}")
    print("   ", ", ".join(f"{numpy.float32(c):.9e}f" for c in coefficients))


# erf x = x + x p(x^2) for |x| < 0.875: (erf x / x - 1) relative to erf x / x.
show("erf, near", *fit(lambda s: mpmath.erf(mpmath.sqrt(s)) / mpmath.sqrt(s) - 1, 1e-12, 0.875**2, 5))
# erf x = 1 - e^p(x) above: p = ln erfc, wrong by d, makes an error of d erfc x.
show("ln erfc", *fit(lambda x: mpmath.log(mpmath.erfc(x)), 0.875, 4, 7, lambda x: mpmath.erfc(x)))
# The normal distribution's share beyond a is e^(-a^2/2) p(t) / (a + 3) with t = 1 - 6 / (a + 3), which leads from -1 for
# a = 0 to 1 for infinity. Beyond 14.5 the exponential is 0.


def share(t):
    a = 3 * (1 + t) / (1 - t)
    return mpmath.ncdf(-a) * mpmath.exp(a * a / 2) * (a + 3)


show("share beyond", *fit(share, -1, 11.5 / 17.5, 8, lambda t: 1 / share(t)))
# ln(1 + r) = r - r^2 / 2 + r^3 p(r) for sqrt(1/2) - 1 <= r <= sqrt(2) - 1.
show("ln", *fit(lambda r: (mpmath.log1p(r) - r + r * r / 2) / r**3 if abs(r) > 1e-9 else mpmath.mpf(1) / 3,
                float(mpmath.sqrt(0.5) - 1), float(mpmath.sqrt(2) - 1), 7, lambda r: abs(r**3 / mpmath.log1p(r)) + 1e-6))
