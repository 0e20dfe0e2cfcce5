"""Prints what the convolutions of an AlexNet are worth for other pictures: a linear probe on their pooled maps,
beside one on convolutions of the same shape that have learned nothing.

    RETROGRAD_TEST_DATA=FOLDER probe.py WEIGHTS.safetensors

Requires torch==2.13.0+cpu, safetensors and Pillow. FOLDER has ants-and-bees/{train,val}/{ants,bees}. Pictures are
prepared as the file's metadata say. The features are standardized with the mean and deviation of the training
pictures; Adam takes 60 steps with all of them at once, with learning rate 1e-3 and weight decay 1e-2.
"""

import json
import os
import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F
from PIL import Image, UnidentifiedImageError
from safetensors import safe_open

data = pathlib.Path(os.environ["RETROGRAD_TEST_DATA"]) / "ants-and-bees"
layers = [(0, 4, 2, True), (3, 1, 2, True), (6, 1, 1, False), (8, 1, 1, False), (10, 1, 1, True)]
epsilon = 1e-3  # Added to deviations: a feature may be 0 in all training pictures and not in others.


def scaled(picture, shorter):
    sides = [max(1, int(shorter * side / min(picture.size))) for side in picture.size]
    return picture.resize(sides, Image.BILINEAR)


def prepared(picture, rules):
    picture = picture.convert("RGB")
    if "detail" in rules and min(picture.size) > rules["detail"]:
        picture = scaled(picture, rules["detail"])
    picture, size = scaled(picture, rules["resize"]), rules["crop"]
    left, top = (round((side - size) / 2) for side in picture.size)
    numbers = numpy.asarray(picture.crop((left, top, left + size, top + size)), dtype=numpy.float32)
    numbers = (numbers / 255 - numpy.float32(rules["mean"])) / numpy.float32(rules["std"])
    return torch.from_numpy(numbers).permute(2, 0, 1)


def pictures(part, rules):
    rows, labels = [], []
    for label, name in enumerate(("ants", "bees")):
        for path in sorted((data / part / name).iterdir()):
            try:
                with Image.open(path) as picture:
                    if picture.format in ("JPEG", "PNG"):
                        rows.append(prepared(picture, rules))
                        labels.append(label)
            except UnidentifiedImageError:
                pass
    return torch.stack(rows), torch.tensor(labels)


def features(x, state):
    for index, stride, padding, pools in layers:
        weight, bias = state[f"features.{index}.weight"], state[f"features.{index}.bias"]
        x = F.relu(F.conv2d(x, weight, bias, stride, padding))
        x = F.max_pool2d(x, 3, 2) if pools else x
    return F.adaptive_avg_pool2d(x, 6).flatten(1)


def probe(state, training, validation):
    with torch.no_grad():
        x, vx = features(training[0], state), features(validation[0], state)
    mean, deviation = x.mean(0), x.std(0, unbiased=False) + epsilon
    x, vx = (x - mean) / deviation, (vx - mean) / deviation
    head = torch.nn.Linear(x.shape[1], 2)
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-3, weight_decay=1e-2)
    for _ in range(60):
        loss = F.cross_entropy(head(x), training[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return 100 * (head(vx).argmax(1) == validation[1]).float().mean().item()


def untrained(state, seed):
    torch.manual_seed(seed)
    fresh = {}
    for index, *_ in layers:
        outputs, inputs, kernel, _ = state[f"features.{index}.weight"].shape
        layer = torch.nn.Conv2d(inputs, outputs, kernel)
        fresh[f"features.{index}.weight"] = layer.weight.detach()
        fresh[f"features.{index}.bias"] = layer.bias.detach()
    return fresh


if __name__ == "__main__":
    with safe_open(sys.argv[1], "pt") as file:
        rules = json.loads(file.metadata()["retrograd.preprocessing"])
        state = {name: file.get_tensor(name).float() for name in file.keys()}
    training, validation = pictures("train", rules), pictures("val", rules)
    seeds = range(1, 6)
    for what, states in (
        ("trained", {seed: state for seed in seeds}),
        ("untrained", {seed: untrained(state, seed) for seed in seeds}),
    ):
        rights = []
        for seed in seeds:
            torch.manual_seed(seed)
            rights.append(probe(states[seed], training, validation))
        print(what, " ".join(f"{right:.1f}" for right in rights), f"mean {sum(rights) / 5:.1f} %")
