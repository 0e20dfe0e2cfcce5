"""Trains AlexNet with batch normalization as `retrograd pretrain` does, in PyTorch, for comparing learning curves.

    python pretraining.py TRAIN VAL --width 0.25 --hidden 256 --size 96 --epochs 5 --batch 64 --seeds 1,2,3

prints the accuracy on VAL after each epoch. The same with Retrograd, for each seed:

    retrograd pretrain TRAIN --val VAL --width 0.25 --hidden 256 --size 96 --epochs 5 --batch 64 \
        --augment none --dropout 0 --label-smoothing 0 --learning-rate 0.05 --seed 1

Needs torch, numpy and Pillow. Chance differs (the start, the order of pictures), so that curves agree within the
spread of seeds, not number by number.
"""

import argparse
import math
import os

import numpy
import torch
from PIL import Image
from torch import nn

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def pictures(folder, size):
    """All pictures of a folder of folders, [N, 3, size, size] in bytes, and their labels."""
    classes = sorted(os.listdir(folder))
    rows, labels = [], []
    for label, name in enumerate(classes):
        for file in sorted(os.listdir(os.path.join(folder, name))):
            picture = Image.open(os.path.join(folder, name, file)).convert("RGB")
            scale = size / min(picture.size)
            width, height = (max(size, int(side * scale)) for side in picture.size)
            picture = picture.resize((width, height), Image.BILINEAR)
            left, top = round((width - size) / 2), round((height - size) / 2)
            picture = picture.crop((left, top, left + size, top + size))
            rows.append(numpy.asarray(picture).transpose(2, 0, 1))
            labels.append(label)
    return torch.from_numpy(numpy.stack(rows)), torch.tensor(labels), len(classes)


def normalized(rows):
    mean = torch.tensor(MEAN).reshape(1, 3, 1, 1)
    std = torch.tensor(STD).reshape(1, 3, 1, 1)
    return (rows.float() / 255 - mean) / std


def network(width, hidden, classes):
    c = [round(n * width) for n in (64, 192, 384, 256, 256)]

    def convolution(inputs, outputs, kernel, stride, padding):
        return [
            nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        ]

    pool = nn.MaxPool2d(3, 2)
    return nn.Sequential(
        *convolution(3, c[0], 11, 4, 2), pool, *convolution(c[0], c[1], 5, 1, 2), pool,
        *convolution(c[1], c[2], 3, 1, 1), *convolution(c[2], c[3], 3, 1, 1),
        *convolution(c[3], c[4], 3, 1, 1), pool, nn.AdaptiveAvgPool2d(6), nn.Flatten(),
        nn.Linear(c[4] * 36, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(),
        nn.Linear(hidden, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(),
        nn.Linear(hidden, classes),
    )  # fmt: skip


def train(arguments, seed, training, validation, classes):
    torch.manual_seed(seed)
    model = network(arguments.width, arguments.hidden, classes)
    weights = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.SGD(
        [{"params": weights, "weight_decay": 5e-4}, {"params": vectors, "weight_decay": 0}],
        lr=arguments.rate, momentum=0.9, nesterov=True,
    )  # fmt: skip
    (x, y), (vx, vy) = training, validation
    steps = math.ceil(len(y) / arguments.batch)
    total, step, curve = steps * arguments.epochs, 0, []
    for _ in range(arguments.epochs):
        model.train()
        order = torch.randperm(len(y))
        for start in range(0, len(y), arguments.batch):
            chosen = order[start : start + arguments.batch]
            if step < steps:
                factor = (step + 1) / steps
            else:
                factor = 0.5 * (1 + math.cos(math.pi * (step - steps) / (total - steps)))
            for group in optimizer.param_groups:
                group["lr"] = arguments.rate * factor
            loss = nn.functional.cross_entropy(model(normalized(x[chosen])), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        model.eval()
        with torch.no_grad():
            right = sum(
                (model(normalized(vx[i : i + 100])).argmax(1) == vy[i : i + 100]).sum().item()
                for i in range(0, len(vy), 100)
            )
        curve.append(100 * right / len(vy))
    return curve


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("val")
    parser.add_argument("--width", type=float, default=0.25)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--seeds", default="1,2,3")
    arguments = parser.parse_args()
    x, y, classes = pictures(arguments.train, arguments.size)
    vx, vy, _ = pictures(arguments.val, arguments.size)
    for seed in map(int, arguments.seeds.split(",")):
        curve = train(arguments, seed, (x, y), (vx, vy), classes)
        print(f"seed {seed}: " + " ".join(f"{right:.1f}" for right in curve), flush=True)
