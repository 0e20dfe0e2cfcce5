"""Writes norms.json and norms.pt: PyTorch's BatchNorm2d and BatchNorm1d over several steps in training and
evaluation, for NormalizationTests.

Requires torch==2.13.0+cpu.

  norms.json  for each case the constructor's arguments, the state dictionary to begin with, and for each
              step: whether in training, the input and a cotangent, and what comes of them: the output, the
              input's gradient, those of the parameters, and the state dictionary afterwards
  norms.pt    the state dictionary of a small network after three steps in single precision
"""
import json
import math
import pathlib

import numpy as np
import torch
from torch import nn

assert torch.__version__.startswith("2.13.0"), torch.__version__
torch.set_num_threads(1)
rng = np.random.default_rng(17)
here = pathlib.Path(__file__)


def grid(tensor):
    return {"shape": list(tensor.shape), "scalars": tensor.detach().double().flatten().tolist()}


def state(module):
    return {name: grid(tensor) for name, tensor in module.state_dict().items()}


def entry(module, name, plan):
    """What a normalization of three channels does, step by step."""
    for parameter in module.parameters():
        parameter.data = torch.tensor(rng.normal(size=3))
    entry = {
        "name": name, "channels": 3, "epsilon": module.eps, "momentum": module.momentum,
        "affine": module.affine, "tracks": module.track_running_stats, "state": state(module), "steps": [],
    }
    for training, shape in plan:
        if not module.track_running_stats and math.prod(shape) == 3:
            continue  # One number a channel has no variance.
        module.train(training)
        x = torch.tensor(rng.normal(2, 3, size=shape)).requires_grad_()
        cotangent = torch.tensor(rng.normal(size=shape))
        y = module(x)
        parameters = dict(module.named_parameters())
        gradients = torch.autograd.grad(y, [x, *parameters.values()], cotangent)
        entry["steps"].append({
            "training": training, "x": grid(x), "cotangent": grid(cotangent), "y": grid(y),
            "dx": grid(gradients[0]),
            "gradients": {n: grid(g) for n, g in zip(parameters, gradients[1:])},
            "state": state(module),
        })
    return entry


kinds = [
    ("by default", {}),
    ("another momentum and epsilon", {"momentum": 0.7, "eps": 0.1}),
    ("the mean over all batches", {"momentum": None}),
    ("momentum 0", {"momentum": 0.0}),
    ("without parameters", {"affine": False}),
    ("without running statistics", {"track_running_stats": False}),
    ("without both", {"affine": False, "track_running_stats": False}),
]

# Training, evaluation, an empty batch, and back.
plan = [
    (True, (4, 3, 2, 3)), (True, (2, 3, 3, 1)), (False, (1, 3, 1, 1)), (True, (0, 3, 2, 2)),
    (True, (3, 3, 1, 1)), (False, (2, 3, 2, 2)), (True, (1, 3, 2, 4)),
]
cases = [entry(nn.BatchNorm2d(3, **options, dtype=torch.float64), name, plan) for name, options in kinds]

torch.manual_seed(4)
network = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU())
for _ in range(3):
    network(torch.randn(4, 2, 5, 5))
torch.save(network.state_dict(), here.with_suffix(".pt"))
network.eval()
x = torch.randn(2, 2, 4, 4)
checkpoint = {"x": grid(x), "y": grid(network(x))}

# Rows and sequences.
plan = [
    (True, (5, 3)), (True, (2, 3, 3)), (False, (1, 3)), (True, (0, 3)), (True, (2, 3)), (False, (3, 3, 2)),
    (True, (1, 3, 4)), (True, (0, 3, 2)), (False, (4, 3)),
]
rows = [entry(nn.BatchNorm1d(3, **options, dtype=torch.float64), name, plan) for name, options in kinds]

here.with_suffix(".json").write_text(
    json.dumps({"cases": cases, "checkpoint": checkpoint, "rows": rows}) + "\n")
