"""Draws, runs and stores the cases of the operations' families, each a script beside this one: PyTorch in double
precision, for OperationReferenceTests and OperationFiniteDifferenceTests.

A family's script gives `operations` its functions, by their names in Tests/AutogradTests/OperationTable, records
cases, and writes FAMILY.safetensors and FAMILY.json:

    python Tests/Fixtures/operations/arithmetic.py

Requires torch==2.13.0+cpu and safetensors. Other versions differ in places (the gradient of clamp at its bounds, for
one).

For a case with inputs x and output y, the tensors under the case's name are stacks along a new leading axis:
  y     a random cotangent dy; y; the second derivative with respect to dy
  x0 …  a random direction v; x; the gradient g of sum(dy * y); the second derivative
(what the operations work on comes second: it does not begin where its memory begins), where the second derivatives are
the gradients of sum(v * g) over all inputs. The JSON lists the cases: name, operation, arguments (named as in Swift), how
many inputs, whether the function is smooth around the inputs, so that finite differences mean something, and whether
second derivatives are to be compared.

The numbers of a case are drawn from its name, so that a new case leaves the others as they are.
"""
import json
import pathlib
import zlib

import numpy as np
import torch
from safetensors.numpy import save_file

assert torch.__version__.startswith("2.13.0"), torch.__version__
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

inf, nan = float("inf"), float("nan")
# What the family does, by name: a function of a list of inputs and a dictionary of arguments.
operations = {}
tensors, listing = {}, []
# Arguments that stand in the JSON with their shape.
grids = ["indices", "labels", "weight", "condition", "target", "positiveWeight", "runningMean", "runningVariance"]


def spaced(shapes, rng):
    """Distinct numbers, 0.1 apart over all inputs together, none nearer to 0 than 0.05."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    total = sum(sizes)
    numbers = (rng.permutation(total) - total // 2 + 0.5) * 0.1
    parts = np.split(numbers, np.cumsum(sizes)[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes)]


draws = {
    "normal": lambda shapes, rng: [rng.normal(size=shape) for shape in shapes],
    "positive": lambda shapes, rng: [rng.uniform(0.5, 2, size=shape) for shape in shapes],
    "away from zero": lambda shapes, rng: [
        rng.uniform(0.5, 2, size=shape) * rng.choice([-1, 1], size=shape) for shape in shapes],
    "spaced": spaced,
}


def case(operation, name, *inputs, draw="normal", smooth=True, second=True, **arguments):
    """Records one case. An input is a shape (a tuple), or the numbers themselves (a list)."""
    full = f"{operation}: {name}"
    assert all(full != other["name"] for other in listing), full
    rng = np.random.default_rng(zlib.crc32(full.encode()))
    arrays = iter(draws[draw]([i for i in inputs if isinstance(i, tuple)], rng))
    x = [
        torch.tensor(np.asarray(next(arrays) if isinstance(i, tuple) else i, dtype=np.float64))
        .requires_grad_() for i in inputs
    ]
    arguments = {
        key: {"shape": list(np.shape(value)), "scalars": np.ravel(value).tolist()}
        if key in grids else value
        for key, value in arguments.items()
    }
    y = operations[operation](x, arguments)
    cotangent = torch.tensor(rng.normal(size=tuple(y.shape))).requires_grad_()
    gradients = torch.autograd.grad(y, x, cotangent, create_graph=True)
    directions = [torch.tensor(rng.normal(size=tuple(input.shape))) for input in x]
    projection = sum((g * v).sum() for g, v in zip(gradients, directions))
    wanted = [*x, cotangent]
    results = [None] * len(wanted)
    if projection.requires_grad:
        results = torch.autograd.grad(projection, wanted, allow_unused=True)
    results = [
        torch.zeros_like(variable) if result is None else result
        for variable, result in zip(wanted, results)
    ]
    stored = {"y": (cotangent, y, results[-1])}
    for index, parts in enumerate(zip(directions, x, gradients, results)):
        stored[f"x{index}"] = parts
    for key, parts in stored.items():
        # Derivatives that are 0 by their form come as tensors without memory: force.
        stack = np.stack([part.detach().numpy(force=True) for part in parts])
        assert not smooth or np.isfinite(stack).all(), full
        tensors[f"{full}/{key}"] = stack
    listing.append({
        "name": full, "operation": operation, "arguments": arguments, "inputs": len(x),
        "smooth": smooth, "second": second,
    })


def save(script):
    """Writes the tensors and the list of cases beside the family's script."""
    missing = set(operations) - {entry["operation"] for entry in listing}
    assert not missing, missing
    path = pathlib.Path(script).with_suffix(".safetensors")
    save_file(tensors, path)
    path.with_suffix(".json").write_text(
        "[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in listing) + "\n]\n")
    print(f"{path.stem}: {len(listing)} cases of {len(operations)} operations, {path.stat().st_size} bytes")
