"""Writes printing.json: how NumPy prints arrays, for TensorPrintingTests.

Requires numpy (any version from 2.0).
"""
import json
import pathlib

import numpy as np

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
}
out = []
for name, array in cases.items():
    for dtype in ["float32", "float64"]:
        a = array.astype(dtype)
        values = [repr(float(v)) for v in a.ravel()]
        out.append({"name": name, "dtype": dtype, "shape": list(a.shape), "values": values, "text": str(a)})
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
