"""Runs what `retrograd weights convert --to onnx` wrote with onnxruntime, and compares it with PyTorch's AlexNet.

    python read_onnx.py WEIGHTS model.onnx

WEIGHTS are those that were converted: a safetensors file or a PyTorch checkpoint. Needs onnx, onnxruntime, torch and
numpy. Checks the model, runs it on 1, 3 and 8 random pictures, and prints the largest difference of a logit, relative
to the largest one, and of a probability.
"""

import json
import struct
import sys

import numpy
import onnx
import onnxruntime
import torch

TYPES = {"F32": numpy.float32, "F16": numpy.float16}


def read(path):
    """The tensors of a file in float32."""
    if not path.endswith(".safetensors"):
        return {name: value.float() for name, value in torch.load(path, weights_only=True).items()}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[begin:end], TYPES[entry["dtype"]]).astype(numpy.float32)
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]))
    return tensors


def alexnet(state, x):
    """torchvision's AlexNet in evaluation mode."""
    functions = torch.nn.functional

    def conv(x, number, **options):
        layer = f"features.{number}"
        return functions.relu(
            functions.conv2d(x, state[f"{layer}.weight"], state[f"{layer}.bias"], **options))

    def linear(x, number):
        layer = f"classifier.{number}"
        return functions.linear(x, state[f"{layer}.weight"], state[f"{layer}.bias"])

    x = functions.max_pool2d(conv(x, 0, stride=4, padding=2), 3, 2)
    x = functions.max_pool2d(conv(x, 3, padding=2), 3, 2)
    x = conv(conv(conv(x, 6, padding=1), 8, padding=1), 10, padding=1)
    x = functions.adaptive_avg_pool2d(functions.max_pool2d(x, 3, 2), 6).flatten(1)
    x = functions.relu(linear(x, 1))
    return linear(functions.relu(linear(x, 4)), 6)


def main():
    weights, path = sys.argv[1:]
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    labels = json.loads(metadata["retrograd.labels"])
    temperature = json.loads(metadata.get("retrograd.calibration", "{}")).get("temperature", 1)
    batch, *extents = session.get_inputs()[0].shape
    assert batch == "N", batch
    state = read(weights)
    generator = torch.Generator().manual_seed(1)
    difference, size, of_probability = 0, 0, 0
    for count in (1, 3, 8):
        x = torch.randn([count, *extents], generator=generator)
        with torch.no_grad():
            expected = alexnet(state, x)
        logits, probabilities = session.run(["logits", "probabilities"], {"input": x.numpy()})
        assert logits.shape == (count, len(labels)), logits.shape
        difference = max(difference, abs(logits - expected.numpy()).max())
        size = max(size, abs(expected).max().item())
        wanted = (expected / temperature).softmax(1).numpy()
        of_probability = max(of_probability, abs(probabilities - wanted).max())
    print(
        f"{len(labels)} classes, input {session.get_inputs()[0].shape}, largest relative "
        f"difference of a logit {difference / size:.1e}, of a probability {of_probability:.1e}")


main()
