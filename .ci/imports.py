#!/usr/bin/env python3
"""Says which modules of this package a target imports without declaring them in Package.swift.

The compiler finds a module that another target needs too, and the check of the package manager
(--explicit-target-dependency-import-check) lets through what a dependency depends on.
"""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMPORT = re.compile(r"^\s*(?:@\w+ |public |package |internal )*import (?:\w+ )?(\w+)", re.M)

with tempfile.TemporaryDirectory() as scratch:
    # Not .build, which a build may be using.
    dump = ["swift", "package", "--scratch-path", scratch, "dump-package"]
    targets = json.loads(subprocess.check_output(dump, cwd=ROOT))["targets"]

names = {target["name"] for target in targets}
folders = {ROOT / target["path"] for target in targets}
found = False
for target in targets:
    own = ROOT / target["path"]
    declared = {
        dependency[kind][0]
        for dependency in target["dependencies"] for kind in ("byName", "target") if kind in dependency
    }
    imported = set()
    for file in own.rglob("*.swift"):
        # A folder of another target may lie inside.
        if not any(own in folder.parents and folder in file.parents for folder in folders):
            imported |= set(IMPORT.findall(file.read_text()))
    for name in sorted(imported & names - declared - {target["name"]}):
        print(f"{target['name']} imports {name} and does not declare it")
        found = True
sys.exit(found)
