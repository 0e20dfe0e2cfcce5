"""Normalizations in PyTorch, and their cases: see recorder.py."""
import numpy as np
import torch.nn.functional as F

from arguments import named, optional
from recorder import case, inf, nan, operations, save


def batch_normalized(x, a):
    running = [optional(a, name) for name in ["runningMean", "runningVariance"]]
    return F.batch_norm(
        x[0], *running, *x[1:], training=a.get("training", False), **named(a, eps="epsilon"))


operations |= {
    "batchNorm2d": batch_normalized,
    "groupNorm": lambda x, a: F.group_norm(x[0], a["groups"], *x[1:], **named(a, eps="epsilon")),
    "layerNorm": lambda x, a: F.layer_norm(x[0], a["shape"], *x[1:], **named(a, eps="epsilon")),
    "localResponseNorm": lambda x, a: F.local_response_norm(
        x[0], a["channels"], **named(a, alpha="alpha", beta="beta", k="k")),
}

# Normalization: input, weight, bias.
for name, shape in [
    ("pictures", (2, 3, 3, 4)), ("one picture", (1, 2, 4, 3)), ("one channel", (3, 1, 2, 3)),
    ("one pixel", (6, 2, 1, 1)), ("odd extents", (3, 4, 3, 1)),
]:
    channels = shape[1]
    rng = np.random.default_rng(channels)
    running = {"runningMean": rng.normal(size=channels).round(3),
               "runningVariance": rng.uniform(0.5, 2, size=channels).round(3)}
    for kind, parameters in [
        ("", []), ("weight, ", [(channels,)]), ("weight and bias, ", [(channels,), (channels,)])
    ]:
        case("batchNorm2d", f"training, {kind}{name}", shape, *parameters, training=True)
        case("batchNorm2d", f"evaluation, {kind}{name}", shape, *parameters, training=False, **running)
    case("batchNorm2d", f"training, running statistics, {name}", shape, (channels,), (channels,),
         training=True, epsilon=0.01, **running)
case("batchNorm2d", "training, large epsilon", (2, 2, 2, 2), (2,), (2,), training=True, epsilon=1.0)
case("batchNorm2d", "training, no pictures", (0, 2, 3, 3), (2,), (2,), training=True)
case("batchNorm2d", "evaluation, no pictures", (0, 2, 3, 3), (2,), (2,), training=False,
     runningMean=[0.5, 1], runningVariance=[1, 2])
case("batchNorm2d", "evaluation, one number a channel", (1, 2, 1, 1), (2,), (2,), training=False,
     runningMean=[0.5, 1], runningVariance=[1, 2])
case("batchNorm2d", "training, equal numbers", np.full((2, 2, 1, 2), 3.0).tolist(), (2,), (2,),
     smooth=False, training=True)
case("batchNorm2d", "training, far from 0", (1e4 + np.arange(12.0).reshape(2, 2, 3, 1)).tolist(), (2,), (2,),
     smooth=False, training=True)
case("batchNorm2d", "training, infinities", [[[[1, inf, 2]], [[1, 2, 4]]]], (2,), (2,), smooth=False,
     training=True)
for name, shape, axes in [
    ("rows", (4, 5), 1), ("two axes", (3, 2, 4), 2), ("all axes", (3, 4), 2), ("pictures", (2, 3, 2, 3), 3),
    ("one axis", (6,), 1), ("the last of four", (1, 2, 3, 4), 1), ("no rows", (0, 3), 1),
]:
    normalized = shape[len(shape) - axes:]
    for kind, parameters in [
        ("", []), ("weight, ", [normalized]), ("weight and bias, ", [normalized, normalized])
    ]:
        case("layerNorm", f"{kind}{name}", shape, *parameters, shape=list(normalized))
case("layerNorm", "large epsilon", (3, 4), (4,), (4,), shape=[4], epsilon=0.5)
case("layerNorm", "one number", (3, 1), (1,), (1,), shape=[1])
case("layerNorm", "equal numbers", np.full((2, 3), 2.0).tolist(), (3,), (3,), smooth=False, shape=[3])
for name, shape, groups, parameters, arguments in [
    ("rows", (3, 6), 2, 2, {}), ("sequences", (2, 4, 3), 2, 2, {}), ("pictures", (2, 6, 2, 3), 3, 2, {}),
    ("one group", (2, 3, 2, 2), 1, 2, {}), ("a group for each channel", (2, 3, 4), 3, 2, {}),
    ("no parameters", (2, 4, 3), 2, 0, {}), ("scale only", (2, 4, 3), 2, 1, {}),
    ("another epsilon", (1, 4, 2, 2), 2, 2, {"epsilon": 0.5}), ("volumes", (1, 2, 2, 1, 3), 2, 2, {}),
    ("no examples", (0, 4, 3), 2, 2, {}),
]:
    case("groupNorm", name, shape, *[(shape[1],)] * parameters, groups=groups, **arguments)
for name, shape, arguments in [
    ("three of five", (2, 5, 2, 3), {"channels": 3}),
    ("an even number", (1, 5, 2, 2), {"channels": 4, "alpha": 0.5, "beta": 0.6}),
    ("two", (1, 4, 1, 2), {"channels": 2, "alpha": 0.3, "k": 2}),
    ("one", (1, 3, 2, 2), {"channels": 1, "alpha": 1}),
    ("more than there are", (1, 3, 2, 1), {"channels": 7, "alpha": 2}),
    ("AlexNet's", (1, 6, 2, 2), {"channels": 5, "alpha": 1e-4, "beta": 0.75, "k": 2}),
    ("beta 1", (2, 4, 2), {"channels": 3, "alpha": 1, "beta": 1, "k": 0.5}),
    ("three axes", (2, 5, 3), {"channels": 3, "alpha": 0.7}),
    ("five axes", (1, 4, 1, 2, 2), {"channels": 3, "alpha": 0.7}),
    ("no pictures", (0, 3, 2, 2), {"channels": 3}),
]:
    case("localResponseNorm", name, shape, **arguments)
case("localResponseNorm", "infinities", [[[[1, inf]], [[2, 3]], [[nan, 4]]]], smooth=False, channels=2)

save(__file__)
