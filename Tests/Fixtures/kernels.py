"""Writes kernels.json: convolutions and max-poolings of small whole numbers by PyTorch, for
ConvolutionTests and PoolingTests.

Requires torch==2.13.0+cpu. With whole numbers every sum is exact, so that both dtypes, all instruction
sets and any number of threads must give the same; and max-pooling meets many equal maxima.
"""
import json
import pathlib
import random

import torch
import torch.nn.functional as F

assert torch.__version__.startswith("2.13.0"), torch.__version__
random.seed(7)
torch.manual_seed(7)


def numbers(*shape):
    return torch.randint(-3, 4, shape).double()


def pair(low, high):
    return [random.randint(low, high), random.randint(low, high)]


def stored(x):
    return {"shape": list(x.shape), "scalars": [int(v) for v in x.flatten()]}


convolutions = []
while len(convolutions) < 60:
    groups = random.choice([1, 1, 2, 3])
    inputs, outputs = groups * random.randint(1, 3), groups * random.choice([1, 2, 5])
    kernel, size = pair(1, 4), pair(1, 9)
    stride, padding, dilation = pair(1, 4), pair(0, 3), pair(1, 3)
    if any(n + 2 * p < d * (k - 1) + 1 for n, p, d, k in zip(size, padding, dilation, kernel)):
        continue
    x = numbers(random.choice([1, 1, 2, 3]), inputs, *size).requires_grad_()
    weight = numbers(outputs, inputs // groups, *kernel).requires_grad_()
    bias = numbers(outputs)
    y = F.conv2d(x, weight, bias, stride, padding, dilation, groups)
    dy = numbers(*y.shape)
    y.backward(dy)
    if x.numel() + weight.numel() + y.numel() > 500:
        continue
    convolutions.append({
        "x": stored(x), "weight": stored(weight), "bias": stored(bias), "y": stored(y),
        "dy": stored(dy), "dx": stored(x.grad), "dWeight": stored(weight.grad),
        "stride": stride, "padding": padding, "dilation": dilation, "groups": groups,
    })

poolings = []
while len(poolings) < 60:
    kernel, size, stride, dilation = pair(1, 4), pair(1, 9), pair(1, 4), pair(1, 2)
    padding = [random.randint(0, k // 2) for k in kernel]
    ceil_mode = random.random() < 0.5
    if any(n + 2 * p < d * (k - 1) + 1 for n, p, d, k in zip(size, padding, dilation, kernel)):
        continue
    x = numbers(random.randint(1, 2), random.randint(1, 2), *size)
    values, indices = F.max_pool2d(
        x, kernel, stride, padding, dilation, ceil_mode, return_indices=True)
    poolings.append({
        "x": stored(x), "values": stored(values), "indices": stored(indices), "kernel": kernel,
        "stride": stride, "padding": padding, "dilation": dilation, "ceilMode": ceil_mode,
    })

path = pathlib.Path(__file__).with_name("kernels.json")
path.write_text(json.dumps({"convolutions": convolutions, "poolings": poolings},
                           separators=(",", ":")) + "\n")
