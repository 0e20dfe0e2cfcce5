#!/usr/bin/env python3
"""Draws the modules of Package.swift and which imports which: Sources/Retrograd/Retrograd.docc/architecture.svg.

    Docs/architecture.py

An arrow that follows from others is left out. A module stands above everything that it imports; should an arrow point up,
the package would not build.
"""
import json
import subprocess
import tempfile
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT, GAP, FLOOR, MARGIN = 156, 32, 16, 80, 24
# Where an arrow passes a floor on its way further down.
PASSAGE = 12
COLORS = {"program": "#fde3c8", "library": "#d7e8fb", "c": "#e9e9e9"}


def modules():
    """Each module with those that it imports, and its kind; all lessons are one."""
    with tempfile.TemporaryDirectory() as scratch:
        # Not .build, which a build may be using.
        dump = ["swift", "package", "--scratch-path", scratch, "dump-package"]
        package = json.loads(subprocess.check_output(dump, cwd=ROOT))
    targets = {t["name"]: t for t in package["targets"] if t["type"] != "test"}
    names = {}
    for name, target in targets.items():
        path = target.get("path") or ""
        if path.startswith("Tests/"):
            continue
        is_lesson = name.startswith("lesson") or name in ("LessonKit", "script")
        names[name] = "Lessons" if is_lesson else name.removeprefix("Retrograd") or name
    imports, kinds = {}, {}
    for name, shown in names.items():
        target = targets[name]
        below = {d["byName"][0] for d in target["dependencies"] if "byName" in d}
        imports.setdefault(shown, set()).update(names[b] for b in below if names[b] != shown)
        if shown in ("Lessons", "Command"):
            kinds[shown] = "program"
        elif target["type"] == "system" or is_written_in_c(ROOT / target["path"]):
            kinds[shown] = "c"
        else:
            kinds[shown] = "library"
    return imports, kinds


def is_written_in_c(folder):
    return any(folder.glob("*.c")) and not any(folder.glob("*.swift"))


def reachable(imports, name, seen=None):
    seen = set() if seen is None else seen
    for below in imports[name]:
        if below not in seen:
            seen.add(below)
            reachable(imports, below, seen)
    return seen


def reduced(imports):
    """The arrows that do not follow from others."""
    implied = {n: set().union(*(reachable(imports, b) for b in below)) if below else set() for n, below in imports.items()}
    return {name: below - implied[name] for name, below in imports.items()}


def floors(imports, arrows):
    """The floor of each module, 0 for the lowest: just above the highest that it imports, or just below the lowest that
    imports it where that makes its arrows shorter."""
    floor = {}

    def of(name):
        if name not in floor:
            floor[name] = 1 + max((of(below) for below in imports[name]), default=-1)
        return floor[name]

    for name in imports:
        of(name)
    for name in sorted(floor, key=floor.get, reverse=True):
        above = [n for n in arrows if name in arrows[n]]
        if len(above) > len(arrows[name]):
            floor[name] = min(floor[n] for n in above) - 1
    return floor


def layout(arrows, floor):
    """The order of modules and passages on each floor, and the chains of places that arrows lead through."""
    rows = [[] for _ in range(max(floor.values()) + 1)]
    for name in sorted(floor):
        rows[floor[name]].append(name)
    chains = []
    for name in sorted(arrows):
        for below in sorted(arrows[name]):
            chain = [name]
            for level in range(floor[name] - 1, floor[below], -1):
                passage = (name, below, level)
                rows[level].append(passage)
                chain.append(passage)
            chains.append(chain + [below])
    up, down = {}, {}
    for chain in chains:
        for a, b in zip(chain, chain[1:]):
            down.setdefault(a, []).append(b)
            up.setdefault(b, []).append(a)

    def crossings():
        total = 0
        for upper, lower in zip(rows[1:], rows):
            place = {p: i for i, p in enumerate(lower)}
            ends = [place[b] for a in upper for b in sorted(down.get(a, []), key=place.get)]
            total += sum(ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))
        return total

    best, fewest = [list(r) for r in rows], crossings()
    for sweep in range(60):
        neighbors = down if sweep % 2 == 0 else up
        for level in range(len(rows)) if sweep % 2 == 0 else reversed(range(len(rows))):
            other = {p: i for r in rows for i, p in enumerate(r)}
            mean = {p: sum(other[n] for n in neighbors[p]) / len(neighbors[p]) if p in neighbors else other[p] for p in rows[level]}
            rows[level].sort(key=mean.get)
        if crossings() < fewest:
            best, fewest = [list(r) for r in rows], crossings()
    return best, chains, up, down


def width(place):
    return WIDTH if isinstance(place, str) else PASSAGE


def positions(rows, up, down):
    """The middle of each place: near the places that it is connected with, without overlaps."""
    x = {}
    for row in rows:
        left = -sum(width(place) + GAP for place in row) / 2
        for place in row:
            x[place] = left + width(place) / 2
            left += width(place) + GAP
    for _ in range(500):
        for row in rows:
            # Places whose wishes overlap move as one block, to the mean of their wishes (isotonic regression).
            blocks, offset = [], 0
            for place in row:
                near = up.get(place, []) + down.get(place, [])
                wish = sum(x[n] for n in near) / len(near)
                offset += width(place) / 2
                blocks.append([wish - offset, len(near), [(place, offset)]])
                offset += width(place) / 2 + GAP
                while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
                    (a, m, first), (b, n, second) = blocks[-2:]
                    blocks[-2:] = [[(a * m + b * n) / (m + n), m + n, first + second]]
            for left, _, places in blocks:
                for place, offset in places:
                    x[place] = left + offset
    shift = MARGIN - min(x[p] - width(p) / 2 for p in x)
    return {p: x[p] + shift for p in x}


def drawing():
    imports, kinds = modules()
    arrows = reduced(imports)
    floor = floors(imports, arrows)
    rows, chains, up, down = layout(arrows, floor)
    x = positions(rows, up, down)
    top = {p: MARGIN + (len(rows) - 1 - level) * FLOOR for level, row in enumerate(rows) for p in row}
    w, h = max(x[p] + width(p) / 2 for p in x) + MARGIN, 2 * MARGIN + (len(rows) - 1) * FLOOR + HEIGHT
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:.0f} {h:.0f}" width="{w:.0f}" height="{h:.0f}" '
        'font-family="system-ui, sans-serif" font-size="13">',
        "<title>The modules of Retrograd; each arrow is an import</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#777"/></marker></defs>',
        f'<rect width="{w:.0f}" height="{h:.0f}" fill="#fff"/>',
    ]
    for chain in chains:
        y = top[chain[0]] + HEIGHT
        path = f"M{x[chain[0]]:.0f} {y}"
        for place in chain[1:]:
            start, end = y, top[place]
            before = chain[chain.index(place) - 1]
            path += f"C{x[before]:.0f} {(start + end) / 2:.0f} {x[place]:.0f} {(start + end) / 2:.0f} {x[place]:.0f} {end}"
            if not isinstance(place, str):
                path += f"V{end + HEIGHT}"
            y = end + HEIGHT
        out.append(
            f'<path data-from="{escape(chain[0])}" data-to="{escape(chain[-1])}" d="{path}" fill="none" stroke="#777" '
            'marker-end="url(#tip)"/>')
    for place in sorted(p for p in x if isinstance(p, str)):
        out.append(
            f'<g data-module="{escape(place)}"><rect x="{x[place] - WIDTH / 2:.0f}" y="{top[place]}" width="{WIDTH}" height="{HEIGHT}" '
            f'rx="6" fill="{COLORS[kinds[place]]}" stroke="#555"/><text x="{x[place]:.0f}" y="{top[place] + 21}" '
            f'text-anchor="middle">{escape(place)}</text></g>')
    return "\n".join(out + ["</svg>", ""])


if __name__ == "__main__":
    file = ROOT / "Sources/Retrograd/Retrograd.docc/architecture.svg"
    file.write_text(drawing())
    print(file.relative_to(ROOT))
