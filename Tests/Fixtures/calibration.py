"""Writes calibration.json: temperatures, losses, expected calibration errors and reliability tables of made-up
logits, for CalibrationTests.

Requires torch==2.13.0+cpu and numpy.

The temperature is fitted as in "On Calibration of Modern Neural Networks" (Guo et al., 2017), by L-BFGS on the
cross-entropy, in double precision; the calibration error follows that paper's definition, bin by bin.
"""
import json
import pathlib

import numpy as np
import torch
from torch.nn import functional

assert torch.__version__.startswith("2.13.0"), torch.__version__
torch.set_num_threads(1)
rng = np.random.default_rng(2017)


def fit(logits, labels):
    inverse = torch.zeros((), dtype=torch.float64, requires_grad=True)  # log(1 / T)
    optimizer = torch.optim.LBFGS(
        [inverse], lr=1, max_iter=500, tolerance_grad=1e-15, tolerance_change=1e-18,
        line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = functional.cross_entropy(logits * inverse.exp(), labels)
        loss.backward()
        return loss

    optimizer.step(closure)
    # L-BFGS stops where the loss no longer falls; a few of Newton's steps go on to where its slope is 0.
    for _ in range(5):
        loss = functional.cross_entropy(logits * inverse.exp(), labels)
        slope, = torch.autograd.grad(loss, inverse, create_graph=True)
        curvature, = torch.autograd.grad(slope, inverse)
        inverse.data -= slope.detach() / curvature
    assert abs(slope.item()) < 1e-12, slope
    return 1 / inverse.exp().item()


def table(logits, labels, bins):
    p = torch.softmax(logits, 1)
    confidences, choices = (part.numpy() for part in p.max(1))
    right = choices == labels.numpy()
    bounds = np.linspace(0, 1, bins + 1)
    rows, error = [], 0.0
    for low, high in zip(bounds, bounds[1:]):
        inside = (confidences > low) & (confidences <= high)
        count = int(inside.sum())
        rows.append({
            "count": count,
            "confidence": float(confidences[inside].mean()) if count else 0,
            "accuracy": float(right[inside].mean()) if count else 0,
        })
        if count:
            error += count / len(right) * abs(rows[-1]["accuracy"] - rows[-1]["confidence"])
    return {"bins": rows, "error": error}


def case(name, logits, labels, bins=15):
    logits, labels = torch.tensor(logits, dtype=torch.float64), torch.tensor(labels)
    temperature = fit(logits, labels)
    return {
        "name": name, "shape": list(logits.shape), "logits": logits.flatten().tolist(),
        "labels": labels.tolist(), "temperature": temperature,
        "loss": functional.cross_entropy(logits, labels).item(),
        "fittedLoss": functional.cross_entropy(logits / temperature, labels).item(),
        "before": table(logits, labels, bins), "after": table(logits / temperature, labels, bins),
    }


def drawn(count, classes, scale, rounds=3):
    """Logits whose labels are drawn from their own softmax, then made `scale` times as sure."""
    logits = rng.normal(size=(count, classes)).round(rounds) * 2
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = [int(rng.choice(classes, p=row)) for row in p]
    return logits * scale, labels


cases = [
    case("too sure", *drawn(120, 6, 3.0)),
    case("not sure enough", *drawn(120, 4, 0.25), bins=10),
    case("two classes", *drawn(90, 2, 1.5), bins=5),
    case("scores of hundreds", *drawn(60, 5, 400.0)),
    case("tiny scores", *drawn(60, 5, 0.01)),
    case("scores far from 0", *(lambda z, y: (z + 5e4, y))(*drawn(60, 3, 2.0, rounds=1))),
    case("one picture", [[3.0, 2.0, -5.0]], [1]),
    case("ties", [[1.0, 1.0, 0.0], [2.0, 2.0, 2.0], [0.0, 3.0, 1.0], [2.0, 1.0, 0.0]], [0, 2, 1, 1], bins=3),
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"cases": cases}) + "\n")
print(*(f"{c['name']}: T {c['temperature']:.6g}, ECE {c['before']['error']:.4f} -> {c['after']['error']:.4f}" for c in cases), sep="\n")
