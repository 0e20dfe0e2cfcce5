"""Draws, runs and stores the cases of operations.py."""
import json
import zlib

import numpy as np
import torch
from safetensors.numpy import save_file

from operation_table import operations

assert torch.__version__.startswith("2.13.0"), torch.__version__
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

tensors, listing = {}, []


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
    # Integers and masks in JSON carry their shape.
    arguments = {
        key: {"shape": list(np.shape(value)), "scalars": np.ravel(value).tolist()}
        if key in ["indices", "labels", "weight", "condition", "target", "positiveWeight"] else value
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


def save(path):
    """Writes the tensors and the list of cases."""
    missing = set(operations) - {entry["operation"] for entry in listing}
    assert not missing, missing
    save_file(tensors, path.with_suffix(".safetensors"))
    path.with_suffix(".json").write_text(
        "[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in listing) + "\n]\n")
    size = path.with_suffix(".safetensors").stat().st_size
    print(f"{len(listing)} cases of {len(operations)} operations, {len(tensors)} tensors, {size} bytes")
