"""Reads what `retrograd finetune` wrote into PyTorch, by name, and compares logits.

    python read_finetuned.py RETROGRAD model.safetensors PICTURE…

RETROGRAD is the built tool; pictures are 224 x 224, so that no scaling is compared. Needs torch, numpy
and Pillow. Prints the largest difference of a logit.
"""

import json
import struct
import subprocess
import sys

import numpy
import torch
from PIL import Image


def read(path):
    """Tensors and metadata of a safetensors file in float32."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", name
        begin, end = entry["data_offsets"]
        numbers = numpy.frombuffer(data[begin:end], numpy.float32).copy()
        tensors[name] = torch.from_numpy(numbers.reshape(entry["shape"]))
    return tensors, metadata


class AlexNet(torch.nn.Module):
    """torchvision's AlexNet with the extents of given tensors."""

    def __init__(self, state):
        super().__init__()
        nn = torch.nn
        widths = [state[f"features.{i}.weight"].shape[0] for i in (0, 3, 6, 8, 10)]
        units = [state[f"classifier.{i}.weight"].shape for i in (1, 4, 6)]
        a, b, c, d, e = widths
        self.features = nn.Sequential(
            nn.Conv2d(3, a, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(a, b, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(b, c, 3, padding=1), nn.ReLU(),
            nn.Conv2d(c, d, 3, padding=1), nn.ReLU(),
            nn.Conv2d(d, e, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        linear = [nn.Linear(inputs, outputs) for outputs, inputs in units]
        self.classifier = nn.Sequential(
            nn.Dropout(), linear[0], nn.ReLU(), nn.Dropout(), linear[1], nn.ReLU(), linear[2]
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def main():
    tool, path, *pictures = sys.argv[1:]
    state, metadata = read(path)
    model = AlexNet(state)
    model.load_state_dict(state)
    model.eval()
    preprocessing = json.loads(metadata["retrograd.preprocessing"])
    mean = torch.tensor(preprocessing["mean"]).view(3, 1, 1)
    std = torch.tensor(preprocessing["std"]).view(3, 1, 1)
    classes = len(json.loads(metadata["retrograd.labels"]))
    command = [tool, "classify", "--json", "--top", str(classes), "--weights", path] + pictures
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    largest = 0
    for picture, line in zip(pictures, lines):
        pixels = numpy.asarray(Image.open(picture).convert("RGB"))
        x = (torch.from_numpy(pixels.copy()).permute(2, 0, 1).float() / 255 - mean) / std
        with torch.no_grad():
            logits = model(x[None])[0]
        for prediction in json.loads(line)["predictions"]:
            difference = abs(logits[prediction["class"]].item() - prediction["logit"])
            largest = max(largest, difference)
    print(f"{len(pictures)} pictures, {classes} classes: largest difference {largest:.2e}")


main()
