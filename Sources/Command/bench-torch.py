"""What `retrograd bench` measures, with PyTorch: time and peak memory of a training step of AlexNet.

    bench-torch.py [--batch 16] [--steps 3]

Requires torch==2.13.0+cpu.
"""
import argparse
import pathlib
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F

sys.path.append(str(pathlib.Path(__file__).parents[2] / "Tests" / "Fixtures"))
from alexnet import AlexNet

parser = argparse.ArgumentParser()
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--steps", type=int, default=3)
arguments = parser.parse_args()

torch.manual_seed(1)
model = AlexNet().train()
optimizer = torch.optim.Adam(model.parameters())
pictures = torch.randn(arguments.batch, 3, 224, 224)
labels = torch.arange(arguments.batch) * 37 % 1000
times = []
for _ in range(arguments.steps + 1):
    start = time.perf_counter()
    optimizer.zero_grad()
    F.cross_entropy(model(pictures), labels).backward()
    optimizer.step()
    times.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(f"train-b{arguments.batch}   {statistics.median(times[1:]):.3f} s a step (median of "
      f"{arguments.steps})   peak memory {peak:.0f} MB")
