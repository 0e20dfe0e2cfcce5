"""Prints how well PyTorch tells ants from bees: a linear layer on the real features of AlexNet, for the
tests of retraining. Nothing is written.

    RETROGRAD_TEST_DATA=FOLDER retraining.py

Requires torch==2.13.0+cpu, safetensors and Pillow (13.0.0 was used). FOLDER has
alexnet-features.safetensors and the pictures ants-and-bees/{train,val}/{ants,bees}.

Pictures are prepared as torchvision does: the shorter side resized to 224 (no EXIF orientation, bilinear,
antialiased), the center cut out, normalized as for ImageNet. The 9216 features are standardized with the
mean and deviation (of the population) over the training pictures. Adam takes 60 steps with all training
pictures at once, with learning rate 1e-3 and weight decay 1e-2.
"""
import os
import pathlib
import re

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, UnidentifiedImageError
from safetensors.torch import load_file

from alexnet import AlexNet

data = pathlib.Path(os.environ["RETROGRAD_TEST_DATA"])
size = 224
epsilon = 1e-3  # Added to deviations: a feature may be 0 in all training pictures and not in others.
torch.set_num_threads(1)


def natural_order(path):
    """Digits count as numbers: picture2 comes before picture10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name.lower())]


def prepared(picture):
    resized = [int(size * side / min(picture.size)) for side in picture.size]
    picture = picture.convert("RGB").resize(resized, Image.BILINEAR)
    # Python rounds halves to the even number.
    left, top = [round((side - size) / 2) for side in resized]
    picture = picture.crop([left, top, left + size, top + size])
    x = torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255
    mean, deviation = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])[..., None, None]
    return (x - mean) / deviation


@torch.no_grad()
def features(part, label):
    rows = []
    for path in sorted((data / "ants-and-bees" / part / label).iterdir(), key=natural_order):
        try:
            picture = Image.open(path, formats=["JPEG", "PNG"])
        except UnidentifiedImageError:
            print(f"skipped {part}/{label}/{path.name}: neither JPEG nor PNG")
            continue
        # At 224 x 224 the average pooling is the identity.
        rows.append(network.features(prepared(picture)[None]).flatten())
    print(f"{part}/{label}: {len(rows)} pictures")
    return torch.stack(rows)


def accuracy(training, seed):
    """On all validation pictures, of a linear layer that learned from the training pictures."""
    deviation, mean = torch.std_mean(torch.cat(training), dim=0, correction=0)

    def batch(parts):
        labels = torch.cat([torch.full([len(part)], label) for label, part in enumerate(parts)])
        return (torch.cat(parts) - mean) / (deviation + epsilon), labels

    torch.manual_seed(seed)
    layer = torch.nn.Linear(9216, 2)
    optimizer = torch.optim.Adam(layer.parameters(), lr=1e-3, weight_decay=1e-2)
    x, labels = batch(training)
    for _ in range(60):
        optimizer.zero_grad()
        F.cross_entropy(layer(x), labels).backward()
        optimizer.step()
    x, labels = batch(validation)
    return (layer(x).argmax(dim=1) == labels).double().mean().item()


def drawn(parts, seed):
    torch.manual_seed(seed)
    return [part[torch.randperm(len(part))[:25]] for part in parts]


with torch.device("meta"):
    network = AlexNet()
network.load_state_dict(load_file(data / "alexnet-features.safetensors"), strict=False, assign=True)
train = [features("train", label) for label in ["ants", "bees"]]
validation = [features("val", label) for label in ["ants", "bees"]]
for name, pictures in [
    ("the first 25 of each", lambda seed: [part[:25] for part in train]),
    ("25 of each, drawn with the seed", lambda seed: drawn(train, seed)),
    ("all", lambda seed: train),
]:
    accuracies = [accuracy(pictures(seed), seed) for seed in range(5)]
    print(f"{name}: mean {np.mean(accuracies):.2%}, by seed",
          ", ".join(f"{value:.2%}" for value in accuracies))
