"""Makes onnx/layers.onnx, onnx/classes.onnx and onnx_models.json: models as the Python package `onnx` writes them,
checked by it, and what onnxruntime computes with them.

    python onnx_models.py

Needs onnx, onnxruntime and numpy. The tests build the same networks, whose numbers follow from a formula, export
them, and expect the same bytes; and what the networks give has to be what onnxruntime gave.
"""

import json
from pathlib import Path

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).resolve().parent


def numbers(name, shape):
    """Numbers from -1/2 to 1/2 that follow from a name; variances are above 0."""
    count = int(numpy.prod(shape))
    start = sum(name.encode())
    places = numpy.arange(count)
    values = ((37 * places * places + 11 * places + start) % 61 - 30) / 64
    if name.endswith("running_var"):
        values = numpy.abs(values) + 0.5
    return values.reshape(shape).astype(numpy.float32)


class Chain:
    """A chain of nodes."""

    def __init__(self):
        self.nodes, self.initializers, self.value = [], [], "input"

    def keep(self, name, value):
        self.initializers.append(numpy_helper.from_array(value.astype(numpy.float32), name))
        return name

    def drawn(self, name, *shape):
        return self.keep(name, numbers(name, shape))

    def add(self, operation, path, before=(), behind=(), output=None, **attributes):
        output = output or f"{path}.output"
        inputs = [*before, self.value, *behind]
        self.nodes.append(helper.make_node(operation, inputs, [output], path, **attributes))
        self.value = output

    def model(self, shape, outputs, metadata=None):
        def value(name, extents):
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *extents])

        graph = helper.make_graph(
            self.nodes, "network", [value("input", shape)],
            [value(name, extents) for name, extents in outputs], self.initializers)
        version = onnx.OperatorSetIdProto()
        version.version = 13
        model = helper.make_model(
            graph, producer_name="Retrograd", opset_imports=[version], ir_version=7)
        helper.set_model_props(model, metadata or {})
        onnx.checker.check_model(model, full_check=True)
        return model


def means(extent, count):
    """The matrix of the means over the windows of an adaptive pooling, [count, extent]."""
    matrix = numpy.zeros([count, extent])
    for window in range(count):
        start, end = window * extent // count, -(-(window + 1) * extent // count)
        matrix[window, start:end] = 1 / (end - start)
    return matrix


def layers():
    """Each layer that there is a translation for, but those of the other model."""
    chain = Chain()
    chain.add(
        "Conv", "first.conv", behind=[
            chain.drawn("first.conv.weight", 4, 2, 3, 3), chain.drawn("first.conv.bias", 4)],
        dilations=[1, 1], group=1, kernel_shape=[3, 3], pads=[1, 0, 1, 0], strides=[2, 1])
    chain.add(
        "BatchNormalization", "first.norm", behind=[
            chain.drawn(f"first.norm.{name}", 4)
            for name in ("weight", "bias", "running_mean", "running_var")],
        epsilon=1e-5)
    chain.add("Relu", "first.relu")
    # From [6, 10]; one more row than there is, for ceilMode.
    chain.add(
        "MaxPool", "pool", dilations=[1, 1], kernel_shape=[3, 2], pads=[0, 0, 1, 0],
        strides=[2, 2])
    chain.add("LRN", "lrn", alpha=0.5, beta=0.75, bias=1.0, size=3)
    chain.add("LeakyRelu", "leaky", alpha=0.125)
    # From [3, 5] to the same size: one row more at the end.
    chain.add(
        "Conv", "same", behind=[chain.drawn("same.weight", 4, 2, 2, 3)],
        dilations=[1, 1], group=2, kernel_shape=[2, 3], pads=[0, 1, 1, 1], strides=[1, 1])
    chain.add("Tanh", "tanh")
    chain.add(
        "AveragePool", "mean", count_include_pad=0, kernel_shape=[2, 2], pads=[0, 1, 0, 1],
        strides=[1, 1])
    # From [2, 6] to [4, 4], which windows of one size do not give.
    rows = chain.keep("uneven.rows", means(2, 4))
    columns = chain.keep("uneven.columns", means(6, 4).T)
    chain.add("MatMul", "uneven.vertical", before=[rows])
    chain.add("MatMul", "uneven.horizontal", behind=[columns])
    chain.add("Elu", "elu", alpha=0.5)
    chain.add("AveragePool", "even", kernel_shape=[2, 2], strides=[2, 2])
    chain.add("Sigmoid", "sigmoid")
    chain.add("Flatten", "flatten", axis=1)
    chain.add(
        "Gemm", "hidden", behind=[
            chain.drawn("hidden.weight", 5, 16), chain.drawn("hidden.bias", 5)], transB=1)
    chain.add(
        "BatchNormalization", "norm", behind=[
            chain.keep("norm.weight", numpy.ones(5)), chain.keep("norm.bias", numpy.zeros(5)),
            chain.drawn("norm.running_mean", 5), chain.drawn("norm.running_var", 5)],
        epsilon=1e-3)
    chain.add("Softmax", "softmax", axis=1)
    chain.add("Gemm", "last", behind=[chain.drawn("last.weight", 3, 5)], transB=1)
    chain.add("LogSoftmax", "log", output="logits", axis=1)
    return chain.model([2, 12, 12], [("logits", [3])])


def classes():
    """Logits and probabilities, with metadata."""
    chain = Chain()
    chain.add(
        "Conv", "conv", behind=[chain.drawn("conv.weight", 3, 2, 2, 2), chain.drawn("conv.bias", 3)],
        dilations=[2, 1], group=1, kernel_shape=[2, 2], pads=[0, 0, 0, 0], strides=[1, 1])
    chain.add("GlobalAveragePool", "pool")
    chain.add("Flatten", "flatten", axis=1)
    chain.add(
        "Gemm", "last", behind=[chain.drawn("last.weight", 4, 3), chain.drawn("last.bias", 4)],
        output="logits", transB=1)
    divisor = chain.keep("temperature", numpy.array(1.5))
    chain.add("Div", "scaled", behind=[divisor])
    chain.add("Softmax", "softmax", output="probabilities", axis=1)
    metadata = {"retrograd.labels": '["ant","bee"]', "author": "Ä"}
    metadata = dict(sorted(metadata.items()))
    return chain.model([2, 5, 5], [("logits", [4]), ("probabilities", [4])], metadata)


def main():
    folder = HERE / "onnx"
    folder.mkdir(exist_ok=True)
    results = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
    for name, model, shape in (
            ("layers", layers(), [3, 2, 12, 12]), ("classes", classes(), [2, 2, 5, 5])):
        content = model.SerializeToString(deterministic=True)
        (folder / f"{name}.onnx").write_bytes(content)
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        outputs = session.run(None, {"input": numbers("input", shape)})
        results[name] = {
            output.name: {"shape": list(value.shape), "values": value.ravel().tolist()}
            for output, value in zip(session.get_outputs(), outputs)}
    (HERE / "onnx_models.json").write_text(json.dumps(results, indent=1) + "\n")


main()
