"""Cases of more losses: for operations.py."""
import numpy as np

from operation_recorder import case

inf, nan = float("inf"), float("nan")
reductions = ["none", "mean", "sum"]
weight = [0.5, 2.0, 1.25]

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
