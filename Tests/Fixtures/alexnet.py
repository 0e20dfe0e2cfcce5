"""Writes alexnet/: a narrow AlexNet's checkpoint and what PyTorch computes with it, for the tests
of AlexNet.

    alexnet.py                  width 1/32, 10 classes, pictures of 96 x 96: committed
    alexnet.py --full FOLDER    width 1, 1000 classes, pictures of 224 x 224 into FOLDER: about 1 GB, not

Requires torch==2.13.0+cpu and safetensors (0.8 was used).

  checkpoint.pt, checkpoint-legacy.pt   the float32 weights in PyTorch's zip form and its older stream
  reference.safetensors                 logits, activation/NAME (first picture only), gradient/NAME (of
                                        the mean cross-entropy), smooth/logits, smooth/gradient/NAME
                                        (with the same weights, but tanh and average pooling)
  reference.json                        the arguments, the labels, the losses; how far the gradients are
                                        off in float32 (the largest difference relative to the largest
                                        element); how many ReLUs and max-poolings decide differently there

Everything is computed in double precision from the float32 weights, in evaluation mode. Of the full
network all but the logits are then rounded to float32. The pictures are not stored: see `pictures`.
"""
import argparse
import copy
import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

assert torch.__version__.startswith("2.13.0"), torch.__version__


class AlexNet(nn.Module):
    """torchvision's AlexNet, narrower by a factor; if smooth, with tanh and average pooling."""

    def __init__(self, width=1.0, classes=1000, dropout=0.5, smooth=False):
        super().__init__()
        activation = nn.Tanh if smooth else nn.ReLU
        pooling = nn.AvgPool2d if smooth else nn.MaxPool2d
        c64, c192, c256, c384, c4096 = [
            max(1, round(channels * width)) for channels in [64, 192, 256, 384, 4096]]
        self.features = nn.Sequential(
            nn.Conv2d(3, c64, 11, stride=4, padding=2), activation(), pooling(3, stride=2),
            nn.Conv2d(c64, c192, 5, padding=2), activation(), pooling(3, stride=2),
            nn.Conv2d(c192, c384, 3, padding=1), activation(),
            nn.Conv2d(c384, c256, 3, padding=1), activation(),
            nn.Conv2d(c256, c256, 3, padding=1), activation(), pooling(3, stride=2))
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(c256 * 6 * 6, c4096), activation(),
            nn.Dropout(dropout), nn.Linear(c4096, c4096), activation(),
            nn.Linear(c4096, classes))

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def pictures(size):
    """Eight pictures of numbers in [-2, 2), exact in double precision."""
    i = torch.arange(8 * 3 * size * size)
    return ((i * 2654435761 % 2**32).double() / 2**32 * 4 - 2).reshape(8, 3, size, size)


@torch.no_grad()
def draw_weights(network, x):
    """Random weights that give every channel a root mean square of 1 over the pictures (the logits
    about 2), so that the logits spread, and differ from picture to picture."""
    for layer in [*network.features, network.avgpool, nn.Flatten(), *network.classifier]:
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            layer.weight.normal_()
            layer.bias.zero_()
            y = layer(x).transpose(0, 1).flatten(1)
            scale = 1 / y.square().mean(dim=1).sqrt()
            layer.weight.mul_(scale.reshape(-1, *[1] * (layer.weight.dim() - 1)))
            layer.bias.normal_(std=0.1)
        x = layer(x)
    network.classifier[-1].weight.mul_(2)


def run(network, x, labels):
    """Logits, loss, the gradients, and of every leaf module its input and output."""
    seen = {}
    for name, layer in network.named_modules():
        if not list(layer.children()):
            layer.register_forward_hook(
                lambda layer, inputs, output, name=name: seen.update({name: (inputs[0], output)}))
    logits = network(x)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    gradients = {name: parameter.grad for name, parameter in network.named_parameters()}
    return logits.detach(), loss.item(), gradients, seen


def relative_errors(single, double):
    """Every gradient's largest difference, relative to the gradient's largest element."""
    return {
        name: ((single[name] - double[name]).abs().max() / double[name].abs().max()).item()
        for name in double}


def count_flips(network, single, double):
    """How many signs at ReLUs and choices of max-poolings differ between float32 and float64."""
    def choices(layer, x):
        if isinstance(layer, nn.ReLU):
            return x > 0
        return F.max_pool2d(x, layer.kernel_size, layer.stride, return_indices=True)[1]

    return {
        name: int((choices(layer, single[name][0]) != choices(layer, double[name][0])).sum())
        for name, layer in network.named_modules() if isinstance(layer, (nn.ReLU, nn.MaxPool2d))}


def write(folder, width, classes, size, dtype):
    """Writes the files; of the reference, everything but the logits in `dtype`."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(6)
    x, labels = pictures(size), torch.arange(8) * 3 % classes
    network = AlexNet(width, classes).eval()
    draw_weights(network, x.float())
    state = network.state_dict()
    torch.save(state, folder / "checkpoint.pt")
    torch.save(state, folder / "checkpoint-legacy.pt", _use_new_zipfile_serialization=False)

    tensors, report = {}, {
        "width": width, "classes": classes, "size": size, "labels": labels.tolist()}
    for prefix, smooth in [("", False), ("smooth/", True)]:
        single = AlexNet(width, classes, smooth=smooth).eval()
        single.load_state_dict(state)
        logits, loss, gradients, seen = run(copy.deepcopy(single).double(), x, labels)
        _, _, single_gradients, single_seen = run(single, x.float(), labels)
        tensors[prefix + "logits"] = logits
        for name, gradient in gradients.items():
            tensors[f"{prefix}gradient/{name}"] = gradient.to(dtype)
        report["smoothLoss" if smooth else "loss"] = loss
        report["smoothFloat32Errors" if smooth else "float32Errors"] = relative_errors(
            single_gradients, gradients)
        if not smooth:
            for name, (_, output) in seen.items():
                tensors[f"activation/{name}"] = output[:1].detach().to(dtype)
            report["flips"] = count_flips(network, single_seen, seen)
    tensors = {name: tensor.contiguous().clone() for name, tensor in tensors.items()}
    save_file(tensors, folder / "reference.safetensors")
    (folder / "reference.safetensors").chmod(0o644)
    (folder / "reference.json").write_text(json.dumps(report, indent=1) + "\n")


with torch.device("meta"):
    assert sum(parameter.numel() for parameter in AlexNet().parameters()) == 61_100_840

if __name__ == "__main__":
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", type=pathlib.Path, metavar="FOLDER")
    full = parser.parse_args().full
    if full:
        write(full, width=1, classes=1000, size=224, dtype=torch.float32)
    else:
        write(pathlib.Path(__file__).with_suffix(""), width=1 / 32, classes=10, size=96,
              dtype=torch.float64)
