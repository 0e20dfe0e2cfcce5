"""More losses in PyTorch: for operation_table.py."""
import torch
import torch.nn.functional as F


def numbers(value):
    return torch.tensor(value["scalars"], dtype=torch.float64).reshape(value["shape"])


def integers(value):
    return torch.tensor(value["scalars"], dtype=torch.int64).reshape(value["shape"])


def reduction(a):
    return a.get("reduction", "mean")


def optional(a, name):
    return numbers(a[name]) if name in a else None


def multi_margin(x, a):
    """As PyTorch's, whose derivative cannot be differentiated again, from parts that can."""
    labels = integers(a["labels"])
    options = {"p": a.get("power", 1), "margin": a.get("margin", 1), "weight": optional(a, "weight")}
    expected = F.multi_margin_loss(x[0], labels, reduction=reduction(a), **options)
    rows, labels = torch.atleast_2d(x[0]), torch.atleast_1d(labels)
    hinges = (options["margin"] - rows.gather(1, labels[:, None]) + rows).relu() ** options["p"]
    if options["weight"] is not None:
        hinges = hinges * options["weight"][labels][:, None]
    isLabel = F.one_hot(labels, rows.shape[1]) == 1
    losses = torch.where(isLabel, 0, hinges).sum(1) / rows.shape[1]
    y = {"none": losses if x[0].ndim > 1 else losses[0], "sum": losses.sum(), "mean": losses.mean()}
    y = y[reduction(a)]
    assert y.shape == expected.shape and torch.allclose(y, expected, 1e-14, 1e-14, equal_nan=True)
    return y


operations = {
    "crossEntropy with probabilities": lambda x, a: F.cross_entropy(
        x[0], x[1], weight=optional(a, "weight"), label_smoothing=a.get("labelSmoothing", 0),
        reduction=reduction(a)),
    "l1Loss": lambda x, a: F.l1_loss(*x, reduction=reduction(a)),
    "huberLoss": lambda x, a: F.huber_loss(*x, delta=a.get("delta", 1), reduction=reduction(a)),
    "smoothL1Loss": lambda x, a: F.smooth_l1_loss(
        *x, beta=a.get("beta", 1), reduction=reduction(a)),
    "binaryCrossEntropyWithLogits": lambda x, a: F.binary_cross_entropy_with_logits(
        *x, weight=optional(a, "weight"), pos_weight=optional(a, "positiveWeight"),
        reduction=reduction(a)),
    "klDivergence": lambda x, a: F.kl_div(
        x[0], x[1] if len(x) > 1 else numbers(a["target"]), log_target=a.get("logTarget", False),
        reduction=reduction(a)),
    "hingeEmbeddingLoss": lambda x, a: F.hinge_embedding_loss(
        x[0], numbers(a["target"]), margin=a.get("margin", 1), reduction=reduction(a)),
    "multiMarginLoss": multi_margin,
}
