"""Writes explanations.json: guided gradients of a small network with blocks, by hooks of PyTorch, for
ExplanationTests.

Requires torch==2.13.0+cpu.

  state   the network's state dictionary
  x       a picture
  plain   for each class, the derivative of its logit with respect to the picture
  guided  the same where every rectifier lets only positive gradients through
  integrated  for each class, integrated gradients from pictures of 0.25, in 24 steps
"""
import json
import pathlib

import torch
from torch import nn

assert torch.__version__.startswith("2.13.0"), torch.__version__
torch.set_num_threads(1)
torch.manual_seed(8)


def grid(tensor):
    return {"shape": list(tensor.shape), "scalars": tensor.detach().flatten().tolist()}


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 3, 1)
        # A module for each place: hooks go by module.
        self.inner, self.outer = nn.ReLU(), nn.ReLU()

    def forward(self, x):
        return self.outer(x + self.second(self.inner(self.first(x))))


network = nn.Sequential(
    nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), Block(), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(27, 8), nn.ReLU(), nn.Linear(8, 3),
).double()
x = torch.randn(1, 2, 6, 6, dtype=torch.float64, requires_grad=True)


def slopes():
    return [grid(torch.autograd.grad(network(x)[0, target], x)[0]) for target in range(3)]


def integrated(target, baseline=0.25, steps=24):
    """Integrated gradients by the midpoint rule."""
    start = torch.full_like(x, baseline)
    total = torch.zeros_like(x)
    for step in range(steps):
        point = (start + (x - start) * (step + 0.5) / steps).detach().requires_grad_()
        total += torch.autograd.grad(network(point)[0, target], point)[0]
    return grid((x - start) * total / steps)


plain = slopes()
attributions = [integrated(target) for target in range(3)]
for module in network.modules():
    if isinstance(module, nn.ReLU):
        module.register_full_backward_hook(lambda module, dx, dy: (dx[0].clamp(min=0),))
guided = slopes()
assert plain != guided

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({
    "state": {name: grid(tensor) for name, tensor in network.state_dict().items()},
    "x": grid(x), "plain": plain, "guided": guided, "integrated": attributions,
}) + "\n")
