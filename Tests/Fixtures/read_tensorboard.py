"""Reads the logs in the folder of a run with TensorBoard's own reader and prints what it found.

    pip install tensorboard
    python read_tensorboard.py runs/ants

Fails where a curve, a picture or a histogram is missing, or a number differs from metrics.csv.
"""

import csv
import math
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

folder = pathlib.Path(sys.argv[1])
log = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0, "images": 0})
log.Reload()
tags = log.Tags()
print("scalars:", ", ".join(tags["scalars"]))
print("histograms:", ", ".join(tags["histograms"]))
print("pictures:", ", ".join(tags["images"]))

rows = list(csv.DictReader((folder / "metrics.csv").open()))
columns = {
    "loss/training": "training_loss",
    "loss/validation": "validation_loss",
    "accuracy/training": "training_accuracy",
    "accuracy/validation": "validation_accuracy",
    "learning_rate": "learning_rate",
}
for tag, column in columns.items():
    values = {event.step: event.value for event in log.Scalars(tag)}
    for row in rows:
        expected, found = float(row[column]), values[int(row["epoch"])]
        assert math.isclose(expected, found, rel_tol=1e-5, abs_tol=1e-7), (tag, row["epoch"], expected, found)
assert tags["histograms"], "no histograms"
for tag in tags["histograms"]:
    histogram = log.Histograms(tag)[-1].histogram_value
    assert sum(histogram.bucket) == histogram.num > 0, tag
    assert histogram.min <= histogram.sum / histogram.num <= histogram.max, tag
for tag in tags["images"]:
    image = log.Images(tag)[-1]
    assert image.encoded_image_string.startswith(b"\x89PNG") and image.width > 0, tag
print(f"{len(rows)} epochs agree with metrics.csv")
