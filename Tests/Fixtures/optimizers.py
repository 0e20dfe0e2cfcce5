"""Writes optimizers.json: what PyTorch's optimizers make of given gradients in double precision, and how
it clips gradients, for the tests of optimizers.

Requires torch==2.13.0+cpu and numpy.

  shapes        of the two parameters; all lists of their numbers are flat and row-major
  trajectories  start: both parameters; gradients and values: both after every step. A gradient is null
                where a parameter has none: PyTorch leaves that parameter, and its count of steps, alone
  clips         by: "norm" (2), "largest" (the norm ∞) or "value"; the limit; gradients before and after
                (clipped); and the norm before, which is null for "value"

The numbers of a case are drawn from its name, so that a new case leaves the others as they are.
"""
import json
import pathlib
import zlib

import numpy as np
import torch

assert torch.__version__.startswith("2.13.0"), torch.__version__
torch.set_default_dtype(torch.float64)
shapes = [[2, 3], [3]]
steps = 6


def draw(rng, scale=1.0):
    return [torch.from_numpy(rng.normal(scale=scale, size=shape)) for shape in shapes]


def numbers(tensors):
    return [None if tensor is None else tensor.flatten().tolist() for tensor in tensors]


names = {"lr": "learningRate", "momentum": "momentum", "nesterov": "nesterov", "betas": "betas",
         "alpha": "alpha", "eps": "epsilon", "weight_decay": "weightDecay", "momentum_decay": "momentumDecay"}
trajectories = []


def trajectory(name, optimizer, *, groups=({"parameters": [0, 1]},), scale=1.0, absent={}, **options):
    """`absent` tells which parameters have no gradient in a step."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    parameters = [tensor.requires_grad_() for tensor in draw(rng)]
    optimize = optimizer(
        [{**group, "params": [parameters[i] for i in group["parameters"]]} for group in groups],
        foreach=False, **options)
    start, gradients, values = numbers(parameters), [], []
    for step in range(steps):
        for i, gradient in enumerate(draw(rng, scale)):
            parameters[i].grad = None if i in absent.get(step, []) else gradient
        optimize.step()
        gradients.append(numbers(parameter.grad for parameter in parameters))
        values.append(numbers(parameters))
    trajectories.append({
        "name": name, "optimizer": optimizer.__name__, "start": start, "gradients": gradients,
        "values": values,
        "groups": [
            {"parameters": group["parameters"],
             **{swift: group[key] for key, swift in names.items() if key in group}}
            for group in optimize.param_groups]})


SGD, Adam, AdamW, RMSprop = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop
NAdam = torch.optim.NAdam
two_groups = [{"parameters": [1], "lr": 0.2, "weight_decay": 0.1}, {"parameters": [0]}]
trajectory("SGD", SGD, lr=0.1)
trajectory("SGD, momentum", SGD, lr=0.1, momentum=0.9)
trajectory("SGD, Nesterov", SGD, lr=0.1, momentum=0.9, nesterov=True)
trajectory("SGD, weight decay", SGD, lr=0.1, weight_decay=0.05)
trajectory("SGD, all", SGD, lr=0.03, momentum=0.8, nesterov=True, weight_decay=0.05)
trajectory("SGD, two groups", SGD, groups=two_groups, lr=0.01, momentum=0.9)
trajectory("SGD, absent gradients", SGD, lr=0.1, momentum=0.9, weight_decay=0.05,
           absent={0: [1], 2: [0, 1], 4: [0]})
for optimizer in [Adam, AdamW]:
    name = optimizer.__name__
    trajectory(name, optimizer)
    trajectory(f"{name}, learning rate", optimizer, lr=0.1)
    trajectory(f"{name}, betas", optimizer, lr=0.1, betas=(0.7, 0.9))
    trajectory(f"{name}, epsilon", optimizer, lr=0.1, eps=0.3)
    trajectory(f"{name}, tiny gradients", optimizer, lr=0.1, scale=1e-8)
    trajectory(f"{name}, gradients of zeros", optimizer, lr=0.1, scale=0, weight_decay=0.1)
    trajectory(f"{name}, no weight decay", optimizer, lr=0.1, weight_decay=0)
    trajectory(f"{name}, weight decay", optimizer, lr=0.1, weight_decay=0.2)
    trajectory(f"{name}, all", optimizer, lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)
    trajectory(f"{name}, two groups", optimizer, groups=two_groups, lr=0.01)
    trajectory(f"{name}, absent gradients", optimizer, lr=0.1, weight_decay=0.05,
               absent={0: [1], 2: [0, 1], 4: [0]})
trajectory("RMSprop", RMSprop)
trajectory("RMSprop, all", RMSprop, lr=0.05, alpha=0.8, eps=1e-3, weight_decay=0.1)
trajectory("RMSprop, tiny gradients", RMSprop, lr=0.1, scale=1e-8)
trajectory("RMSprop, gradients of zeros", RMSprop, lr=0.1, scale=0, weight_decay=0.1)
trajectory("RMSprop, two groups", RMSprop, groups=two_groups, lr=0.01)
trajectory("RMSprop, absent gradients", RMSprop, lr=0.1, weight_decay=0.05, absent={0: [1], 2: [0, 1], 4: [0]})
trajectory("NAdam", NAdam)
trajectory("NAdam, all", NAdam, lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1, momentum_decay=0.3)
trajectory("NAdam, betas of 0", NAdam, lr=0.1, betas=(0, 0))
trajectory("NAdam, no momentum decay", NAdam, lr=0.1, momentum_decay=0)
trajectory("NAdam, tiny gradients", NAdam, lr=0.1, scale=1e-8)
trajectory("NAdam, gradients of zeros", NAdam, lr=0.1, scale=0, weight_decay=0.1)
trajectory("NAdam, two groups", NAdam, groups=two_groups, lr=0.01)
trajectory("NAdam, absent gradients", NAdam, lr=0.1, weight_decay=0.05, absent={0: [1], 2: [0, 1], 4: [0]})

clips = []


def clip(name, by, limit, zero=()):
    """`zero` tells which parameters have a gradient of zeros."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    parameters = [torch.zeros(shape, requires_grad=True) for shape in shapes]
    for i, gradient in enumerate(draw(rng)):
        parameters[i].grad = gradient * (i not in zero)
    gradients, norm = numbers(parameter.grad for parameter in parameters), None
    if by == "value":
        torch.nn.utils.clip_grad_value_(parameters, limit, foreach=False)
    else:
        order = {"norm": 2, "largest": float("inf")}[by]
        norm = torch.nn.utils.clip_grad_norm_(parameters, limit, order, foreach=False).item()
    clips.append({
        "name": name, "by": by, "limit": limit, "gradients": gradients, "norm": norm,
        "clipped": numbers(parameter.grad for parameter in parameters)})


for by in ["norm", "largest"]:
    clip(f"{by}, above the limit", by, 0.5)
    clip(f"{by}, below the limit", by, 50)
    clip(f"{by}, one gradient of zeros", by, 0.5, zero=[0])
    clip(f"{by}, all gradients zero", by, 0.5, zero=[0, 1])
    clip(f"{by}, the limit 0", by, 0)
clip("value, some above the limit", "value", 0.5)
clip("value, all below the limit", "value", 50)
clip("value, one gradient of zeros", "value", 0.5, zero=[1])

report = {"shapes": shapes, "trajectories": trajectories, "clips": clips}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(report, separators=(",", ":"), allow_nan=False) + "\n")
