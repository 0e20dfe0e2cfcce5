"""Writes the decks of slides for the tests: decks/*.pdf and decks/*.pptx.

    python decks.py
    python decks.py FOLDER talk.pdf

The second form makes a deck of your own pictures instead, one a slide: those of FOLDER, or of the folders in it one
after the other, as `retrograd sketch --classes owl,cat --count 25 -o FOLDER` writes them.

Needs Pillow and pypdf. Slide k of a good deck is filled with one color, (20 k, 255 - 20 k, 128), so that a
test can tell which one it sees.
"""

import io
import pathlib
import re
import sys
import zipfile

from PIL import Image
from pypdf import PdfReader, PdfWriter

folder = pathlib.Path(__file__).parent / "decks"
folder.mkdir(exist_ok=True)

NAMESPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def color(k):
    return (20 * k, 255 - 20 * k, 128)


def picture(k, form="PNG"):
    file = io.BytesIO()
    Image.new("RGB", (32, 18), color(k)).save(file, form)
    return file.getvalue()


def write_pdf():
    pages = [Image.new("RGB", (96, 54), color(k)) for k in range(12)]
    pages[0].save(folder / "slides.pdf", save_all=True, append_images=pages[1:])
    writer = PdfWriter(clone_from=PdfReader(folder / "slides.pdf"))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(folder / "locked.pdf")


def presentation(slides):
    """The parts of a presentation whose slide k refers to the pictures slides[k], a list of (id, target, mode)."""
    # Files are numbered backwards: only the list in the presentation gives the order.
    names = [f"slide{len(slides) - k}.xml" for k in range(len(slides))]
    ids = "".join(f'<p:sldId id="{256 + k}" r:id="rId{k + 10}"/>' for k in range(len(slides)))
    parts = {
        "ppt/presentation.xml": f"{HEAD}<p:presentation {NAMESPACES}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": f"{HEAD}<Relationships {RELATIONS}>"
        + "".join(
            f'<Relationship Id="rId{k + 10}" Type="{OFFICE}/slide" Target="slides/{name}"/>'
            for k, name in enumerate(names)
        )
        + "</Relationships>",
    }
    for name, pictures in zip(names, slides):
        shapes = "".join(
            f'<p:pic><p:blipFill><a:blip r:{"link" if mode else "embed"}="{key}"/></p:blipFill></p:pic>'
            for key, _, mode in pictures
        )
        parts[f"ppt/slides/{name}"] = (
            f"{HEAD}<p:sld {NAMESPACES}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        )
        parts[f"ppt/slides/_rels/{name}.rels"] = (
            f"{HEAD}<Relationships {RELATIONS}>"
            + "".join(
                f'<Relationship Id="{key}" Type="{OFFICE}/image" Target="{target}"'
                + (f' TargetMode="{mode}"' if mode else "")
                + "/>"
                for key, target, mode in pictures
            )
            + "</Relationships>"
        )
    return parts


def write(name, parts):
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in parts.items():
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def image(k, suffix="png"):
    return (f"rId{k + 1}", f"../media/image{k}.{suffix}", "")


def write_powerpoint():
    media = {f"ppt/media/image{k}.png": picture(k) for k in range(12) if k != 4}
    media["ppt/media/image4.jpeg"] = picture(4, "JPEG")
    good = presentation([[image(k, "jpeg" if k == 4 else "png")] for k in range(12)])
    write("slides.pptx", good | media)
    absolute = ("rId9", "/ppt/media/image2.png", "")
    write("several.pptx", presentation([[image(0)], [], [image(1), absolute]]) | media)
    outside = ("rId9", "https://example.org/picture.png", "External")
    write("outside.pptx", presentation([[image(0)], [outside]]) | media)
    climbing = ("rId9", "../../../../../../etc/hostname", "")
    write("climbing.pptx", presentation([[climbing]]) | media)
    write("missing.pptx", presentation([[image(0)]]))

    one = presentation([[image(0)]])
    slide = one["ppt/slides/slide1.xml"]
    laughs = '<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    write("entities.pptx", one | media | {"ppt/slides/slide1.xml": HEAD + laughs + slide[len(HEAD) :]})
    wide = slide.replace("UTF-8", "UTF-16").encode("utf-16")
    write("wide.pptx", one | media | {"ppt/slides/slide1.xml": wide})
    write("cut.pptx", one | media | {"ppt/slides/slide1.xml": slide[: len(slide) // 2]})
    write("bomb.pptx", one | media | {"ppt/slides/slide1.xml": slide + " " * (40 << 20)})
    write("other.zip", {"readme.txt": "no slides here"})


def natural(path):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", str(path))]


def write_talk(pictures, target):
    slides = []
    for file in sorted(pictures.glob("**/*.png"), key=natural):
        slide = Image.new("RGB", (960, 540), "white")
        slide.paste(Image.open(file).convert("RGB").resize((520, 520)), (220, 10))
        slides.append(slide)
    slides[0].save(target, save_all=True, append_images=slides[1:])
    print(f"{len(slides)} slides")


if len(sys.argv) == 3:
    write_talk(pathlib.Path(sys.argv[1]), sys.argv[2])
else:
    write_pdf()
    write_powerpoint()
