"""Prints what a network's features are worth for other pictures, by fine-tuning its last layers with the tool itself,
and how often it says the same of a picture at full size and at 64 pixels.

    RETROGRAD_TEST_DATA=FOLDER transfer.py RETROGRAD WEIGHTS.safetensors [heads] [classifier] [caltech] [sizes]

Requires Pillow. FOLDER has ants-and-bees/{train,val}/{ants,bees} and caltech-101/CLASS.tar.gz; RETROGRAD is the
built tool. Which pictures are chosen follows from the seeds below.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tarfile
import tempfile

from PIL import Image

data = pathlib.Path(os.environ["RETROGRAD_TEST_DATA"])
tool, weights = (str(pathlib.Path(word).absolute()) for word in sys.argv[1:3])
parts = sys.argv[3:] or ["heads", "classifier", "caltech", "sizes"]


def run(*arguments):
    result = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stderr)
    return result.stdout


def link(files, folder):
    folder.mkdir(parents=True)
    for file in files:
        (folder / file.name).symlink_to(file)


def accuracy(training, validation, layers, epochs, seed, output):
    run("finetune", training, "--val", validation, "--weights", weights, "--layers", layers, "--epochs", epochs,
        "--seed", seed, "-o", output)
    score = json.loads((output / "run.json").read_text())["score"]
    return 100 * score["accuracy"], score["count"]


def insects():
    """All pictures to train on, by class."""
    return {
        name: sorted(data.glob(f"ants-and-bees/train/{name}/*.jpg")) for name in ("ants", "bees")
    }


def heads(scratch):
    values = []
    for seed in range(1, 6):
        choice = random.Random(seed)
        for name, files in insects().items():
            link(choice.sample(files, 25), scratch / f"choice{seed}" / name)
        value, count = accuracy(
            scratch / f"choice{seed}", data / "ants-and-bees/val", "classifier.6", 20, seed, scratch / f"head{seed}")
        values.append(value)
    print("ants and bees, head alone, 25 + 25, 20 epochs:", ", ".join(f"{value:.1f}" for value in values),
          f"mean {sum(values) / 5:.2f} % of {count}")


def classifier(scratch):
    value, count = accuracy(
        data / "ants-and-bees/train", data / "ants-and-bees/val", "classifier", 5, 1, scratch / "classifier")
    print(f"ants and bees, classifier, all, 5 epochs: {value:.1f} % of {count}")


def caltech_classes(scratch):
    folder = scratch / "caltech-101"
    if not folder.exists():
        for file in sorted(data.glob("caltech-101/*.tar.gz")):
            with tarfile.open(file) as archive:
                archive.extractall(folder, filter="data")
    return sorted(folder.iterdir())


def caltech(scratch):
    values = []
    for seed in range(1, 4):
        choice = random.Random(seed)
        place = scratch / f"caltech{seed}"
        for folder in caltech_classes(scratch):
            files = sorted(folder.iterdir())
            chosen = set(choice.sample(files, 15))
            link(chosen, place / "train" / folder.name)
            link([file for file in files if file not in chosen], place / "val" / folder.name)
        value, count = accuracy(place / "train", place / "val", "classifier.6", 20, seed, scratch / f"caltech-head{seed}")
        values.append(value)
    print("Caltech-101, head on 15 of each class, 20 epochs:", ", ".join(f"{value:.1f}" for value in values),
          f"mean {sum(values) / 3:.2f} % of {count}")


def sizes(scratch):
    """Eight pictures of each class of Caltech-101, as they are and brought to a shorter side of 64."""
    for folder in caltech_classes(scratch):
        for file in sorted(folder.iterdir())[:8]:
            with Image.open(file) as picture:
                for name, factor in (("large", 1), ("small", 64 / min(picture.size))):
                    place = scratch / name / f"{folder.name}-{file.stem}.png"
                    place.parent.mkdir(exist_ok=True)
                    extents = [max(1, round(side * factor)) for side in picture.size]
                    picture.convert("RGB").resize(extents, Image.LANCZOS).save(place)
    answers = [
        [answer["predictions"][0]["label"]
         for answer in map(json.loads, run("classify", "--weights", weights, "--json", scratch / name).splitlines())]
        for name in ("large", "small")
    ]
    equal = sum(large == small for large, small in zip(*answers, strict=True))
    print(f"the same answer at full size and at 64 pixels: {100 * equal / len(answers[0]):.1f} % of {len(answers[0])}")


with tempfile.TemporaryDirectory() as folder:
    for part in parts:
        {"heads": heads, "classifier": classifier, "caltech": caltech, "sizes": sizes}[part](pathlib.Path(folder))
