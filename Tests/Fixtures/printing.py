"""Writes printing.json: how NumPy prints arrays, for TensorPrintingTests.

Requires numpy 2.4: from that version on, float32 takes exponents from 1e6 rather than 1e8.
"""
import json
import pathlib

import numpy as np

assert np.__version__.startswith("2.4."), np.__version__

rng = np.random.default_rng(7)
cases = {
    "scalar": np.array(2.5),
    "whole scalar": np.array(3.0),
    "one": np.array([1.0]),
    "whole": np.array([1.0, 2.0, 3.0]),
    "mixed": np.array([[1.0, 2.5], [-3.0, 4.0]]),
    "thirds": np.array([1 / 3, 2 / 3, 1.0]),
    "tiny": np.array([1e-5, 1.0]),
    "wide range": np.array([0.001, 12.5, 1234.5]),
    "huge": np.array([1e10, 2.5e-3]),
    "large": np.array([123456789.0, 1.0]),
    "negative scientific": np.array([-1.5e-7, 3.25e12, 0.0]),
    "not finite": np.array([np.nan, np.inf, -np.inf, 1.5]),
    "all nan": np.array([np.nan, np.nan]),
    "empty": np.zeros([0]),
    "empty rows": np.zeros([2, 0]),
    "cube": np.arange(24.0).reshape(2, 3, 4),
    "long": np.arange(100.0),
    "normal": rng.normal(size=[4, 5]),
    "summary": np.arange(1001.0),
    "summary square": np.arange(1024.0).reshape(32, 32),
    "summary cube": np.arange(1100.0).reshape(11, 10, 10) / 7,
    "zeros": np.zeros([2, 2]),
    "negative zero": np.array([-0.0, 1.0]),
    "three-digit exponent": np.array([1e100, 1.0]),
    "three-digit exponents": np.array([[1e-300, -2.5e7], [0.0, np.nan]]),
    "shorter than the others": np.array([3.4028235e38, -1e-38]),
    "wrapped, padded on the right": np.round(rng.normal(size=[3, 30]), 1) * 10.0 ** rng.integers(0, 3, [3, 30]),
    "wrapped with whole numbers": np.where(np.arange(40) % 7 == 0, 0.125, 2.0),
    "at the cutoff of float32": np.array([999999.0, 1e6]),
    "below the cutoff of float32": np.array([999999.0, 1e3]),
    "at the cutoff of float64": np.array([99999999.0, 1e5]),
    "one ten-thousandth": np.array([0.0001, 0.01]),
    "a ratio of a thousand": np.array([0.001, 1.0]),
    "many axes": np.array([1.0, 2.0, 3.0, 4.0]).reshape([1] * 6 + [2, 1, 2] + [1] * 3),
    "summary of many axes": np.arange(4096.0).reshape([2] * 5 + [8, 16]),
}
for number in [
    0.0, -0.0, 1e-10, -1e-30, 1e30, 1 / 3, 0.1, 1e-4, 9.9e-5, 0.00012345, 123456.789, 999999.0, 1e6,
    16777216.0, 1e8, 123456789012.0, 9.999e15, 1e16, 1.5e16, 1e22, 5e-324, 1e-45, 1.7e308,
    np.nan, np.inf, -np.inf,
]:
    cases[f"without axes, {number}"] = np.array(number)

out = []
for name, array in cases.items():
    for dtype in ["float32", "float64"]:
        with np.errstate(over="ignore"):
            a = array.astype(dtype)
        values = [repr(float(v)) for v in a.ravel()]
        out.append({"name": name, "dtype": dtype, "shape": list(a.shape), "values": values, "text": str(a)})
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
