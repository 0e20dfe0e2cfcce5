"""Losses in PyTorch, and their cases: see recorder.py."""
import numpy as np
import torch
import torch.nn.functional as F

from arguments import integers, numbers, optional, reduction_of
from recorder import case, inf, nan, operations, save


def labeled(function):
    def run(x, a):
        options = {"label_smoothing": a["labelSmoothing"]} if "labelSmoothing" in a else {}
        return function(
            x[0], integers(a["labels"]), weight=optional(a, "weight"),
            ignore_index=a.get("ignoreIndex", -100), reduction=reduction_of(a), **options)
    return run


def multi_margin(x, a):
    """As PyTorch's, whose derivative cannot be differentiated again, from parts that can."""
    labels = integers(a["labels"])
    options = {"p": a.get("power", 1), "margin": a.get("margin", 1), "weight": optional(a, "weight")}
    expected = F.multi_margin_loss(x[0], labels, reduction=reduction_of(a), **options)
    rows, labels = torch.atleast_2d(x[0]), torch.atleast_1d(labels)
    hinges = (options["margin"] - rows.gather(1, labels[:, None]) + rows).relu() ** options["p"]
    if options["weight"] is not None:
        hinges = hinges * options["weight"][labels][:, None]
    isLabel = F.one_hot(labels, rows.shape[1]) == 1
    losses = torch.where(isLabel, 0, hinges).sum(1) / rows.shape[1]
    y = {"none": losses if x[0].ndim > 1 else losses[0], "sum": losses.sum(), "mean": losses.mean()}
    y = y[reduction_of(a)]
    assert y.shape == expected.shape and torch.allclose(y, expected, 1e-14, 1e-14, equal_nan=True)
    return y


operations |= {
    "crossEntropy": labeled(F.cross_entropy),
    "nllLoss": labeled(F.nll_loss),
    "mseLoss": lambda x, a: F.mse_loss(x[0], x[1], reduction=reduction_of(a)),
    "crossEntropy with probabilities": lambda x, a: F.cross_entropy(
        x[0], x[1], weight=optional(a, "weight"), label_smoothing=a.get("labelSmoothing", 0),
        reduction=reduction_of(a)),
    "l1Loss": lambda x, a: F.l1_loss(*x, reduction=reduction_of(a)),
    "huberLoss": lambda x, a: F.huber_loss(*x, delta=a.get("delta", 1), reduction=reduction_of(a)),
    "smoothL1Loss": lambda x, a: F.smooth_l1_loss(
        *x, beta=a.get("beta", 1), reduction=reduction_of(a)),
    "binaryCrossEntropyWithLogits": lambda x, a: F.binary_cross_entropy_with_logits(
        *x, weight=optional(a, "weight"), pos_weight=optional(a, "positiveWeight"),
        reduction=reduction_of(a)),
    "klDivergence": lambda x, a: F.kl_div(
        x[0], x[1] if len(x) > 1 else numbers(a["target"]), log_target=a.get("logTarget", False),
        reduction=reduction_of(a)),
    "hingeEmbeddingLoss": lambda x, a: F.hinge_embedding_loss(
        x[0], numbers(a["target"]), margin=a.get("margin", 1), reduction=reduction_of(a)),
    "multiMarginLoss": multi_margin,
}

reductions = ["none", "mean", "sum"]
weight = [0.5, 2.0, 1.25]

labels = [2, 0, 2, 1]
for operation in ["crossEntropy", "nllLoss"]:
    for reduction in reductions:
        case(operation, f"reduction {reduction}", (4, 3), labels=labels, reduction=reduction)
        case(operation, f"weight, ignored label, reduction {reduction}", (4, 3),
             labels=[2, 1, 0, 1], weight=weight, ignoreIndex=1, reduction=reduction)
        case(operation, f"pixels, weight, reduction {reduction}", (2, 3, 2, 2),
             labels=[[[0, 1], [2, -100]], [[2, 2], [1, 0]]], weight=weight, reduction=reduction)
        case(operation, f"all ignored, reduction {reduction}", (2, 3), labels=[-100, -100],
             smooth=reduction != "mean", reduction=reduction)
    case(operation, "one row without a batch", (3,), labels=1)
    case(operation, "one row without a batch, weight, reduction none", (3,), labels=2, weight=weight,
         reduction="none")
    case(operation, "sequence", (2, 3, 4), labels=[[0, 1, 2, 2], [1, 1, 0, 2]])
    case(operation, "one row", (1, 5), labels=[4])
    case(operation, "no rows, mean", (0, 3), smooth=False, labels=np.zeros(0, int))
    case(operation, "no rows, sum", (0, 3), labels=np.zeros(0, int), reduction="sum")
    case(operation, "weight 0 for a class that occurs", (4, 3), labels=labels,
         weight=[1.0, 0.0, 0.0])
    case(operation, "weight 0 for all that occur", (2, 3), smooth=False, labels=[1, 1],
         weight=[1.0, 0.0, 1.0])
for reduction in reductions:
    case("crossEntropy", f"smoothing, reduction {reduction}", (4, 3), labels=labels,
         labelSmoothing=0.1, reduction=reduction)
    case("crossEntropy", f"smoothing, weight, ignored label, reduction {reduction}", (4, 3),
         labels=[2, 1, 0, 1], weight=weight, ignoreIndex=1, labelSmoothing=0.3, reduction=reduction)
case("crossEntropy", "smoothing, pixels, weight", (2, 3, 1, 2), labels=[[[0, 1]], [[2, -100]]],
     weight=weight, labelSmoothing=0.2)
case("crossEntropy", "smoothing 1", (2, 3), labels=[1, 2], labelSmoothing=1)
case("crossEntropy", "smoothing, one row without a batch", (3,), labels=1, labelSmoothing=0.1)
case("crossEntropy", "smoothing, all ignored", (2, 3), smooth=False, labels=[-100, -100],
     labelSmoothing=0.1)
case("crossEntropy", "far from 0", [[1e3, -1e3, 0], [-1e3, 1e3, 0], [-1e3, -1e3, -1e3]],
     smooth=False, labels=[0, 0, 2])
case("crossEntropy", "impossible classes", [[-inf, 1, 2], [0, -inf, 1], [nan, 0, 1]], smooth=False,
     labels=[0, 0, -100], reduction="none")
case("crossEntropy", "far from 0, smoothing", [[1e3, -1e3, 0], [-1e3, 1e3, 0]], smooth=False,
     labels=[0, 0], labelSmoothing=0.1)
for reduction in reductions:
    case("mseLoss", f"reduction {reduction}", (3, 2), (3, 2), reduction=reduction)
case("mseLoss", "without axes", (), ())
case("mseLoss", "nothing, sum", (0, 2), (0, 2), reduction="sum")
case("mseLoss", "nothing, mean", (0, 2), (0, 2), smooth=False, second=False)

# Both inputs are drawn; probabilities need not add up to 1.
operation = "crossEntropy with probabilities"
for reduction in reductions:
    case(operation, f"reduction {reduction}", (4, 3), (4, 3), reduction=reduction)
    case(operation, f"pixels, weight, reduction {reduction}", (2, 3, 2, 1), (2, 3, 2, 1),
         weight=weight, reduction=reduction)
    case(operation, f"smoothing, weight, reduction {reduction}", (2, 3), (2, 3), draw="positive",
         weight=weight, labelSmoothing=0.3, reduction=reduction)
    case(operation, f"one row without a batch, reduction {reduction}", (3,), (3,),
         reduction=reduction)
case(operation, "smoothing 1", (2, 3), (2, 3), labelSmoothing=1)
case(operation, "many classes, smoothing", (3, 37), (3, 37), labelSmoothing=0.1)
case(operation, "sequence, smoothing, weight", (2, 3, 5), (2, 3, 5), weight=weight,
     labelSmoothing=0.2)
case(operation, "one class", (2, 1), (2, 1), labelSmoothing=0.1)
case(operation, "weight 0 for all classes", (2, 3), (2, 3), weight=[0.0, 0.0, 0.0])
case(operation, "no rows, sum", (0, 3), (0, 3), reduction="sum")
case(operation, "far from 0", [[1e3, -1e3, 0], [-1e3, 1e3, 0]], [[1, 0, 0], [0.25, 0.25, 0.5]],
     smooth=False)
case(operation, "impossible classes", [[-inf, 1, 2], [-inf, 0, 1]], [[0.5, 0.5, 0], [0, 1, 0]],
     smooth=False, second=False, reduction="none")

for operation, options in [("l1Loss", [{}]), ("huberLoss", [{}, {"delta": 0.3}]),
                           ("smoothL1Loss", [{}, {"beta": 0.3}, {"beta": 0}])]:
    for arguments in options:
        suffix = "".join(f", {key} {value}" for key, value in arguments.items())
        for reduction in reductions:
            case(operation, f"reduction {reduction}{suffix}", (3, 2), (3, 2), reduction=reduction,
                 **arguments)
        case(operation, f"without axes{suffix}", (), (), **arguments)
        case(operation, f"nothing, sum{suffix}", (0, 2), (0, 2), reduction="sum", **arguments)
        case(operation, f"far apart{suffix}", [-30, 40, 1e200, 2], [30, -40, -1e200, 0.5],
             smooth=False, reduction="none", **arguments)
        case(operation, f"infinite and not a number{suffix}", [inf, -inf, nan, 1],
             [1, 2, 1, nan], smooth=False, second=False, reduction="none", **arguments)
    case(operation, "nothing, mean", (0, 2), (0, 2), smooth=False, second=False)
    case(operation, "equal, and at the bend", [1, 0, 0, 3, 2.5], [1, 1, -1, 0, 2], smooth=False,
         reduction="none")

operation = "binaryCrossEntropyWithLogits"
for reduction in reductions:
    case(operation, f"reduction {reduction}", (3, 2), (3, 2), reduction=reduction)
    case(operation, f"weight of rows, reduction {reduction}", (3, 2), (3, 2),
         weight=[[0.5], [2.0], [1.25]], reduction=reduction)
    case(operation, f"positive weight, reduction {reduction}", (2, 3), (2, 3), positiveWeight=weight,
         reduction=reduction)
case(operation, "both weights", (2, 3), (2, 3), weight=weight, positiveWeight=3.0)
case(operation, "without axes", (), ())
case(operation, "nothing, sum", (0, 2), (0, 2), reduction="sum")
case(operation, "far from 0", [1e3, 1e3, -1e3, -1e3, 40, 0], [1, 0, 1, 0, 0.5, 0], smooth=False,
     reduction="none")
case(operation, "infinite and not a number", [inf, inf, -inf, -inf, nan], [1, 0, 1, 0, 1],
     smooth=False, second=False, reduction="none")

operation = "klDivergence"
for reduction in reductions:
    case(operation, f"reduction {reduction}", (2, 3), (2, 3), draw="positive", reduction=reduction)
    case(operation, f"logarithms, reduction {reduction}", (2, 3), (2, 3), logTarget=True,
         reduction=reduction)
case(operation, "without axes", (), (), draw="positive")
case(operation, "nothing, sum", (0, 2), (0, 2), reduction="sum")
case(operation, "impossible by both logarithms", [-1, -2, -inf], [-1, -inf, -inf], smooth=False,
     second=False, logTarget=True, reduction="none")
# As constants: PyTorch's derivative with respect to a target of 0 is 0 / 0.
case(operation, "constant targets, some 0", (2, 3), target=[[0.5, 0.0, 0.5], [0.0, 0.0, 1.0]],
     reduction="none")
case(operation, "impossible input, negative target", [-inf, -inf, -1], target=[0.0, 0.5, -1.0],
     smooth=False, second=False, reduction="none")

operation = "hingeEmbeddingLoss"
target = [[1.0, -1, -1], [-1, 1, -1]]
for reduction in reductions:
    case(operation, f"reduction {reduction}", (2, 3), draw="spaced", target=target,
         reduction=reduction)
    case(operation, f"margin, reduction {reduction}", (2, 3), draw="spaced", target=target,
         margin=0.2, reduction=reduction)
case(operation, "without axes", (), draw="spaced", target=-1.0)
case(operation, "nothing, sum", (0,), target=np.zeros(0), reduction="sum")
case(operation, "at the margin", [1, 1, 0, 2], smooth=False, target=[1.0, -1, -1, -1],
     reduction="none")
case(operation, "neither alike nor different", [0.5, 3], smooth=False, target=[0.0, 0.0],
     reduction="none")
case(operation, "infinite and not a number", [inf, inf, nan, nan], smooth=False, second=False,
     target=[1.0, -1, 1, -1], reduction="none")

operation = "multiMarginLoss"
for power in [1, 2]:
    for reduction in reductions:
        case(operation, f"power {power}, reduction {reduction}", (4, 3), draw="spaced",
             labels=[2, 0, 2, 1], power=power, margin=0.55, reduction=reduction)
        case(operation, f"power {power}, weight, reduction {reduction}", (4, 3), draw="spaced",
             labels=[2, 0, 2, 1], power=power, weight=weight, margin=0.75, reduction=reduction)
    case(operation, f"power {power}, at the margin", [[1, 0, 2], [0, 1, 0.5]], smooth=False,
         labels=[0, 1], power=power)
case(operation, "one row without a batch", (3,), draw="spaced", labels=1, margin=0.55)
case(operation, "one class", (2, 1), labels=[0, 0])

save(__file__)
