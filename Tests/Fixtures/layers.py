"""Writes layers.json: the bounds and deviations of PyTorch's initial parameters, for the tests of
layers and initializers.

Requires torch==2.13.0+cpu. They come from the formulas, and are checked against what PyTorch draws.

  layers        every constructor argument, and shape and bound of every parameter
  initializers  of torch.nn.init: shape, and the bound or the standard deviation
"""
import json
import math
import pathlib

import torch
from torch import nn

assert torch.__version__.startswith("2.13.0"), torch.__version__
torch.set_default_dtype(torch.float64)
torch.manual_seed(1)


def draws(draw, shape):
    """At least 100,000 numbers."""
    return torch.cat([draw().detach().flatten().clone() for _ in range(100_000 // math.prod(shape) + 1)])


def check_uniform(x, bound):
    assert 0.999 * bound < x.max() <= bound and -bound <= x.min() < -0.999 * bound, (x, bound)
    assert abs(x.std() - bound / math.sqrt(3)) < 0.02 * bound, (x.std(), bound)


def check_normal(x, deviation):
    assert abs(x.std() - deviation) < 0.02 * deviation, (x.std(), deviation)
    assert x.abs().max() > 3.5 * deviation, x.abs().max()


layers = []


def layer(make, names, fan_in, inputs, outputs, *, bias=True, **options):
    """`fan_in`: how many numbers PyTorch takes to meet in one output. `names`: PyTorch's and ours."""
    module = make(inputs, outputs, bias=bias, **options)

    def draw(name):
        module.reset_parameters()
        return getattr(module, name)

    bound = 1 / math.sqrt(fan_in)
    parameters = {}
    for name, parameter in module.named_parameters():
        shape = list(parameter.shape)
        check_uniform(draws(lambda: draw(name), shape), bound)
        parameters[name] = {"shape": shape, "bound": bound}
    arguments = {"inputs": inputs, "outputs": outputs, "bias": bias}
    for name, swift in names.items():
        value = getattr(module, name)
        arguments[swift] = list(value) if isinstance(value, tuple) else value
    layers.append({"layer": make.__name__, "arguments": arguments, "parameters": parameters})


convolution = {"kernel_size": "kernel", "stride": "stride", "padding": "padding",
               "dilation": "dilation", "groups": "groups"}
transposed_convolution = {**convolution, "output_padding": "outputPadding"}


def conv2d(inputs, outputs, kernel, groups=1, **options):
    layer(nn.Conv2d, convolution, inputs // groups * math.prod(kernel), inputs, outputs,
          kernel_size=kernel, groups=groups, **options)


def conv_transpose2d(inputs, outputs, kernel, groups=1, **options):
    # PyTorch counts the second axis of the weights, which are [inputs, outputs / groups, height, width].
    layer(nn.ConvTranspose2d, transposed_convolution, outputs // groups * math.prod(kernel), inputs,
          outputs, kernel_size=kernel, groups=groups, **options)


def conv1d(inputs, outputs, kernel, groups=1, **options):
    layer(nn.Conv1d, convolution, inputs // groups * kernel, inputs, outputs, kernel_size=kernel, groups=groups,
          **options)


conv2d(3, 8, (11, 11), stride=4, padding=2)
conv2d(6, 4, (3, 2), bias=False)
conv2d(6, 9, (3, 3), groups=3, stride=(2, 1), padding=(1, 0), dilation=(1, 2))
conv2d(4, 4, (5, 5), groups=4, bias=False)
conv2d(7, 2, (1, 1))
conv_transpose2d(6, 4, (3, 2))
conv_transpose2d(3, 8, (4, 4), stride=2, padding=1, bias=False)
conv_transpose2d(6, 9, (3, 3), groups=3, stride=(3, 2), padding=(1, 0), output_padding=(2, 1))
conv_transpose2d(2, 6, (3, 3), groups=2, dilation=2, bias=False)
conv1d(3, 8, 5, stride=2, padding=2)
conv1d(6, 9, 3, groups=3, dilation=2, bias=False)
layer(nn.Linear, {}, 20, 20, 30)
layer(nn.Linear, {}, 7, 7, 3, bias=False)

initializers = []


def initializer(function, shape, *, bound=None, deviation=None, **options):
    x = draws(lambda: function(torch.empty(shape), **options), shape)
    entry = {"initializer": function.__name__, "arguments": options, "shape": shape}
    if bound:
        check_uniform(x, bound)
        initializers.append({**entry, "bound": bound})
    else:
        check_normal(x, deviation)
        initializers.append({**entry, "standardDeviation": deviation})


for shape in [[20, 30], [8, 4, 3, 3]]:
    area = math.prod(shape[2:])
    fan_in, fan_out = shape[1] * area, shape[0] * area
    for a in [math.sqrt(5), 0]:
        gain = math.sqrt(2 / (1 + a**2))
        initializer(nn.init.kaiming_uniform_, shape, a=a, bound=gain * math.sqrt(3 / fan_in))
    initializer(nn.init.kaiming_normal_, shape, mode="fan_in", nonlinearity="relu",
                deviation=math.sqrt(2 / fan_in))
    for gain in [1, 5 / 3]:
        assert gain in [nn.init.calculate_gain("linear"), nn.init.calculate_gain("tanh")]
        initializer(nn.init.xavier_uniform_, shape, gain=gain,
                    bound=gain * math.sqrt(6 / (fan_in + fan_out)))
        initializer(nn.init.xavier_normal_, shape, gain=gain,
                    deviation=gain * math.sqrt(2 / (fan_in + fan_out)))

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"layers": layers, "initializers": initializers}, indent=1) + "\n")
