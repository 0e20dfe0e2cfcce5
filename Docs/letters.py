#!/usr/bin/env python3
"""Writes Sources/Drawing/LabelLetters.swift: the outlines of a font's letters, for labels on pictures.

    Docs/letters.py Roboto-Medium.ttf        (needs fonttools)

Each line is a letter, how far it moves on, and its outline: M begins a contour, L draws a line, Q a quadratic curve through a
control point. Capitals are 100 high, y runs up from the line that letters stand on.
"""
import sys
from pathlib import Path

from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
CAPITAL = 100
LETTERS = (
    [chr(code) for code in range(0x20, 0x7F)] + [chr(code) for code in range(0xA1, 0x100)]
    + list("‐–—‘’“”„…·•−×÷±≈≤≥°²³µ√∞σεαβ€")
)


def middle(a, b):
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def outline(glyphs, name, scale):
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    words = []

    def point(place):
        return "%d %d" % (round(place[0] * scale), round(place[1] * scale))

    for action, places in pen.value:
        if action == "moveTo":
            words.append("M " + point(places[0]))
        elif action == "lineTo":
            words.append("L " + point(places[0]))
        elif action == "qCurveTo":
            # Between two control points there is a point on the curve, in their middle.
            controls, end = list(places[:-1]), places[-1]
            ends = [middle(*pair) for pair in zip(controls, controls[1:])] + [end]
            if end is None:
                # A contour of control points only.
                ends[-1] = middle(controls[-1], controls[0])
                words.append("M " + point(ends[-1]))
            for control, after in zip(controls, ends):
                words.append("Q " + point(control) + " " + point(after))
    return " ".join(words)


def main():
    font = TTFont(sys.argv[1])
    characters, glyphs, widths = font.getBestCmap(), font.getGlyphSet(), font["hmtx"]
    scale = CAPITAL / font["OS/2"].sCapHeight
    lines = []
    seen = set()
    for letter in LETTERS:
        name = characters.get(ord(letter))
        # What can be put together from a letter and a mark, or is no letter, is left out.
        if name is None or letter in seen or letter == "\xad":
            continue
        seen.add(letter)
        width = round(widths[name][0] * scale)
        lines.append(f"{letter} {width} {outline(glyphs, name, scale)}".rstrip())
    text = "\n".join("    " + line.replace("\\", "\\\\") for line in lines)
    (ROOT / "Sources/Drawing/LabelLetters.swift").write_text(f'''// Made by Docs/letters.py from the font Roboto Medium, Copyright 2011 Google Inc., under the Apache License, Version 2.0
// (Docs/LICENSE-Roboto). Changed: only the outlines and widths of some letters, rounded.

extension LabelFont {{
  /// A letter a line: itself, how far it moves on, its outline. Capitals are 100 high.
  static let table = """
{text}
    """
}}
''')
    print(f"{len(lines)} letters, {len(text)} characters")


main()
