"""Writes layer_values.json: what PyTorch makes of layers and of the functions below them that are no operations of
their own in the graph, with first and second derivatives, for LayerValueTests.

Requires torch==2.13.0+cpu and numpy.

  for each case the function, its arguments, the inputs (indices are whole numbers and no input), a cotangent dy, the
  output y, the gradients g of Σ dy · y, a direction v for each, and the gradients of Σ v · g with respect to the inputs
  and to dy; where PyTorch's own gradient is wrong there are none

The numbers of a case are drawn from its name, so that a new case leaves the others as they are.
"""
import json
import pathlib
import zlib

import numpy as np
import torch
from torch.nn import functional as F

assert torch.__version__.startswith("2.13.0"), torch.__version__
torch.set_num_threads(1)
cases = []


def grid(tensor):
    return {"shape": list(tensor.shape), "scalars": tensor.detach().flatten().tolist()}


def case(function, name, make, inputs, hasGradients=True, **arguments):
    rng = np.random.default_rng(zlib.crc32(f"{function}, {name}".encode()))

    def normal(shape):
        return torch.tensor(rng.normal(size=shape)).reshape(tuple(shape))

    x = [normal(shape).requires_grad_() for shape in inputs]
    y = make(*x)
    if not hasGradients:
        cases.append({
            "function": function, "name": name, "arguments": arguments, "inputs": [grid(t) for t in x],
            "dy": grid(normal(y.shape)), "y": grid(y), "first": [], "directions": [], "second": []})
        return
    dy = normal(y.shape).requires_grad_()
    first = torch.autograd.grad(y, x, dy, create_graph=True, allow_unused=True, materialize_grads=True)
    directions = [normal(g.shape) for g in first]
    total = sum((v * g).sum() for v, g in zip(directions, first))
    second = (torch.autograd.grad(total, [*x, dy], allow_unused=True, materialize_grads=True)
              if total.requires_grad else [torch.zeros_like(t) for t in [*x, dy]])
    cases.append({
        "function": function, "name": name, "arguments": arguments, "inputs": [grid(t) for t in x], "dy": grid(dy),
        "y": grid(y), "first": [grid(g) for g in first], "directions": [grid(v) for v in directions],
        "second": [grid(g) for g in second]})


for name, shape, groups, parameters, epsilon in [
    ("rows", (3, 6), 2, 2, 1e-5), ("sequences", (2, 4, 3), 2, 2, 1e-5), ("pictures", (2, 6, 2, 3), 3, 2, 1e-5),
    ("one group", (2, 3, 2, 2), 1, 2, 1e-5), ("a group for each channel", (2, 3, 4), 3, 2, 1e-5),
    ("no parameters", (2, 4, 3), 2, 0, 1e-5), ("scale only", (2, 4, 3), 2, 1, 1e-5),
    ("another epsilon", (1, 4, 2, 2), 2, 2, 0.5), ("volumes", (1, 2, 2, 1, 3), 2, 2, 1e-5),
    ("no examples", (0, 4, 3), 2, 2, 1e-5),
]:
    case("groupNorm", name, lambda x, *p, g=groups, e=epsilon: F.group_norm(x, g, *p, eps=e),
         [shape] + [(shape[1],)] * parameters, groups=groups, epsilon=epsilon)

for name, x, weight, bias, options in [
    ("plain", (2, 3, 7), (4, 3, 3), True, {}), ("no bias", (1, 2, 5), (3, 2, 2), False, {}),
    ("stride, padding and dilation", (2, 2, 9), (3, 2, 3), True, {"stride": 2, "padding": 3, "dilation": 2}),
    ("groups", (2, 4, 6), (6, 2, 3), True, {"groups": 2, "padding": 1}),
    ("depthwise", (1, 3, 5), (3, 1, 3), True, {"groups": 3}), ("a single sequence", (2, 6), (3, 2, 4), True, {}),
    ("a kernel of one", (2, 3, 4), (2, 3, 1), True, {}), ("no examples", (0, 2, 5), (3, 2, 3), True, {}),
    ("one position", (2, 2, 3), (1, 2, 3), True, {}),
    ("valid", (1, 2, 6), (3, 2, 3), True, {"padding": "valid", "stride": 2}),
    ("same, odd kernel", (2, 2, 6), (3, 2, 3), True, {"padding": "same"}),
    ("same, even kernel", (2, 2, 5), (3, 2, 4), True, {"padding": "same"}),
    ("same, even kernel, dilated", (1, 2, 7), (3, 2, 2), False, {"padding": "same", "dilation": 3}),
    ("same, a kernel wider than the sequence", (1, 2, 3), (2, 2, 6), True, {"padding": "same"}),
    ("same, a single sequence", (2, 5), (3, 2, 2), True, {"padding": "same"}),
]:
    case("conv1d", name, lambda x, w, *b, o=options: F.conv1d(x, w, *b, **o),
         [x, weight] + [weight[:1]] * bias, **options)

for name, x, weight, bias, options in [
    ("odd kernel", (2, 2, 5, 4), (3, 2, 3, 3), True, {}), ("even kernel", (1, 2, 5, 4), (3, 2, 2, 4), True, {}),
    ("one even side", (1, 2, 4, 5), (2, 2, 3, 2), False, {}),
    ("dilated", (1, 2, 6, 7), (2, 2, 2, 3), True, {"dilation": [3, 2]}),
    ("groups", (2, 4, 3, 4), (4, 2, 4, 1), True, {"groups": 2}),
    ("a single picture", (2, 3, 4), (3, 2, 2, 2), True, {}), ("no pictures", (0, 2, 4, 4), (3, 2, 2, 3), True, {}),
    ("a kernel larger than the picture", (1, 1, 2, 2), (1, 1, 5, 4), True, {}),
]:
    case("conv2d same", name, lambda x, w, *b, o=options: F.conv2d(x, w, *b, padding="same", **o),
         [x, weight] + [weight[:1]] * bias, **options)

for name, rows, dimensions, indices, shape, padding in [
    ("a row of indices", 5, 3, [4, 0, 2], [3], None), ("repeated", 3, 2, [1, 1, 1, 0], [2, 2], None),
    ("three axes", 4, 2, [0, 1, 2, 3, 2, 1, 0, 3], [2, 2, 2], None), ("one index", 4, 3, [2], [], None),
    ("padding", 4, 3, [0, 2, 0, 1, 0, 3], [2, 3], 0),
    ("padding from the end", 4, 2, [3, 2, 3], [3], -1), ("only padding", 3, 2, [1, 1], [2], 1),
    ("vectors of one element", 3, 1, [2, 0], [2], None),
]:
    i = torch.tensor(indices, dtype=torch.long).reshape(shape)
    case("embedding", name, lambda w, i=i, p=padding: F.embedding(i, w, padding_idx=p), [(rows, dimensions)],
         indices=indices, indexShape=shape, paddingIndex=padding)

for name, x, options in [
    ("to more", (2, 2, 3, 4), {"size": [5, 7]}), ("twice as large", (1, 2, 2, 3), {"size": [4, 6]}),
    ("to fewer", (1, 2, 7, 5), {"size": [3, 2]}), ("to itself", (1, 2, 3, 4), {"size": [3, 4]}),
    ("fewer rows, more columns", (1, 2, 6, 2), {"size": [4, 5]}), ("to one", (2, 1, 3, 4), {"size": [1, 1]}),
    ("from one", (1, 3, 1, 1), {"size": [2, 3]}), ("a single row", (1, 1, 1, 6), {"size": [1, 9]}),
    ("no pictures", (0, 2, 3, 3), {"size": [2, 5]}), ("scale with a rest", (1, 1, 3, 5), {"scale": [1.5, 2.3]}),
    ("scale below 1", (1, 2, 7, 9), {"scale": [0.4, 0.7]}),
    ("scale that leaves the size", (1, 1, 3, 4), {"scale": [1.3, 1.2]}),
    ("scale of a third", (1, 1, 6, 9), {"scale": [1 / 3, 2 / 3]}),
]:
    torch_names = {"size": "size", "scale": "scale_factor"}
    given = {torch_names[key]: value if key == "scale" else tuple(value) for key, value in options.items()}
    for mode, corners in [("nearest-exact", None), ("bicubic", False), ("bicubic", True)]:
        # Where the size stays PyTorch 2.13 hands dy back as it is, though a scale has moved the pixels.
        right = mode != "bicubic" or name != "scale that leaves the size"
        title = f"{mode}, corners aligned, {name}" if corners else f"{mode}, {name}"
        case("interpolate", title,
             lambda t, g=given, m=mode, c=corners: F.interpolate(t, mode=m, align_corners=c, **g), [x],
             hasGradients=right or corners, mode=mode, alignCorners=bool(corners), **options)

pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps(cases, separators=(",", ":"), allow_nan=False) + "\n")
print(len(cases), "cases")
