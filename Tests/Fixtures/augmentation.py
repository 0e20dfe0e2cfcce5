"""Writes augmentation.json: changes of colors, by the formulas of torchvision's transforms in double
precision, and grayscale by Pillow.

Requires numpy and Pillow (13.0.0 was used). Where torchvision weighs red with 0.2989, this takes 0.299, as
Pillow and ITU-R BT.601 do, and nothing is rounded between changes.
"""
import base64
import json
import pathlib

import numpy as np
from PIL import Image

rng = np.random.default_rng(7)


def gray(x):
    return (x * [0.299, 0.587, 0.114]).sum(axis=-1, keepdims=True)


def blend(x, other, factor):
    return np.clip(factor * x + (1 - factor) * other, 0, 1)


def brightness(x, factor):
    return blend(x, np.zeros_like(x), factor)


def contrast(x, factor):
    return blend(x, gray(x).mean(), factor)


def saturation(x, factor):
    return blend(x, gray(x), factor)


def hue(x, turn):
    """To hue, saturation and value, and back with another hue."""
    red, green, blue = np.moveaxis(x, -1, 0)
    value, least = x.max(-1), x.min(-1)
    chroma = value - least
    safe = np.where(chroma == 0, 1, chroma)
    share = np.where(value == 0, 0, chroma / np.where(value == 0, 1, value))
    sixth = np.select(
        [value == red, value == green],
        [(green - blue) / safe, 2 + (blue - red) / safe], 4 + (red - green) / safe)
    h = (sixth / 6 + turn) % 1
    sector = np.floor(6 * h)
    f = 6 * h - sector
    p, q, t = value * (1 - share), value * (1 - f * share), value * (1 - (1 - f) * share)
    sector = sector.astype(int) % 6
    v = value
    return np.stack([
        np.choose(sector, [v, q, p, p, t, v]),
        np.choose(sector, [t, v, v, q, p, p]),
        np.choose(sector, [p, p, t, v, v, q]),
    ], axis=-1)


steps = [brightness, contrast, saturation, hue]


def encoded(pixels):
    return base64.b64encode(pixels.tobytes()).decode()


source = rng.integers(0, 256, [9, 15, 3], dtype=np.uint8)
# Gray, black, white and pure colors, where ties and divisions by 0 would show.
source[0, :8] = [[0, 0, 0], [255, 255, 255], [90, 90, 90], [255, 0, 0], [0, 255, 0], [0, 0, 255],
                 [255, 255, 0], [200, 10, 200]]
changes = []
for factors in [
    [1, 1, 1, 0], [1.4, 1, 1, 0], [0.31, 1, 1, 0], [1, 1.7, 1, 0], [1, 0, 1, 0], [1, 1, 2, 0],
    [1, 1, 0, 0], [1, 1, 1, 0.1], [1, 1, 1, -0.3], [1, 1, 1, 0.5], [1, 1, 1, -0.5],
    [1.2, 0.7, 1.3, 0.02], [0.8, 1.5, 0.6, -0.08],
]:
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]]:
        x = source / 255
        for step in order:
            x = steps[step](x, factors[step])
        changes.append({
            "factors": factors, "order": order, "pixels": encoded(np.rint(x * 255).astype(np.uint8)),
        })
report = {
    "source": {"width": 15, "height": 9, "pixels": encoded(source)},
    "changes": changes,
    "grayscale": encoded(np.asarray(Image.fromarray(source).convert("L").convert("RGB"))),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(report, indent=1) + "\n")
print(f"{len(changes)} changes, {path.stat().st_size} bytes")
