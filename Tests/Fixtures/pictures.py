"""Writes pictures/: small picture files of every kind, and pictures.json with what Pillow reads from them.

Requires Pillow (13.0.0 was used; its JPEG decoder must be libjpeg-turbo) and numpy.
"""
import base64
import io
import json
import pathlib
import re
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

here = pathlib.Path(__file__).parent
folder = here / "pictures"
folder.mkdir(exist_ok=True)
rng = np.random.default_rng(5)


def smooth(height, width, channels):
    """A picture with edges and gradients: JPEG keeps those, and errors show."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [
        128 + 90 * np.sin(x / (3.0 + c) + c) + 30 * (y > height // 2) - 3 * y for c in range(channels)
    ]
    return np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def interlaced_png(rgb):
    """Adam7 by hand: Pillow does not write it."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = b""
    for x0, y0, dx, dy in passes:
        part = rgb[y0::dy, x0::dx]
        if part.size:
            raw += b"".join(b"\0" + row.tobytes() for row in part)
    height, width = rgb.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    )


def png16(samples, color_type):
    height, width = samples.shape[:2]
    raw = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    )


def with_gamma(png):
    """A gAMA chunk behind the header: Pillow ignores it."""
    return png[:33] + chunk(b"gAMA", struct.pack(">I", 100000)) + png[33:]


def saved(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()


def netpbm_text(magic, samples, largest=""):
    """Netpbm's formats of text: Pillow does not write them."""
    separator = "" if magic == "P1" else " "
    rows = [separator.join(str(int(value)) for value in row.ravel()) for row in samples]
    header = f"{magic}\n# A comment.\n{samples.shape[1]} {samples.shape[0]}\n{largest}\n"
    return (header + "\n".join([*rows[:4], "# Another one.", *rows[4:]]) + "\n").encode()


h, w = 9, 13
rgb = smooth(h, w, 3)
gray = smooth(h, w, 1)[..., 0]
rgba = np.dstack([rgb, rng.integers(0, 256, [h, w], dtype=np.uint8)])
palette = Image.fromarray(rgb).quantize(12)
transparent = palette.copy()
transparent.info["transparency"] = bytes([0, 128, 255])
files = {
    "rgb.png": saved(Image.fromarray(rgb), format="PNG"),
    "gray.png": saved(Image.fromarray(gray), format="PNG"),
    "gray-alpha.png": saved(Image.fromarray(np.dstack([gray, rgba[..., 3]]), "LA"), format="PNG"),
    "rgba.png": saved(Image.fromarray(rgba), format="PNG"),
    "palette.png": saved(palette, format="PNG"),
    "palette-transparent.png": saved(transparent, format="PNG", transparency=bytes([0, 128, 255])),
    "bits1.png": saved(Image.fromarray(gray > 128), format="PNG"),
    "bits2.png": saved(Image.fromarray(rgb).quantize(4), format="PNG", bits=2),
    "bits4.png": saved(Image.fromarray(rgb).quantize(16), format="PNG", bits=4),
    "interlaced.png": interlaced_png(rgb),
    "gamma.png": with_gamma(saved(Image.fromarray(rgb), format="PNG")),
    "one-pixel.png": saved(Image.fromarray(rgb[:1, :1]), format="PNG"),
    "rgb.jpg": saved(Image.fromarray(rgb), format="JPEG", quality=90),
    "subsampled.jpg": saved(Image.fromarray(smooth(33, 47, 3)), format="JPEG", quality=75, subsampling=2),
    "gray.jpg": saved(Image.fromarray(gray), format="JPEG", quality=90),
    "progressive.jpg": saved(Image.fromarray(smooth(40, 30, 3)), format="JPEG", progressive=True),
    "cmyk.jpg": saved(Image.fromarray(smooth(h, w, 4), "CMYK"), format="JPEG", quality=90),
    "rgb.ppm": saved(Image.fromarray(rgb), format="PPM"),
    "gray.pgm": saved(Image.fromarray(gray), format="PPM"),
    "bits.pbm": saved(Image.fromarray(gray > 128), format="PPM"),
    # Some values are above the largest.
    "rgb1000.ppm": f"P6 {w} {h} 1000\n".encode() + (rgb.astype(np.uint16) * 4).astype(">u2").tobytes(),
    "gray200.pgm": f"P5 {w} {h} 200\n".encode() + gray.tobytes(),
    "text.ppm": netpbm_text("P3", rgb, 255),
    "text.pgm": netpbm_text("P2", gray // 17, 15),
    "text.pbm": netpbm_text("P1", gray > 128),
}
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    files[f"orientation{orientation}.jpg"] = saved(
        Image.fromarray(rgb), format="JPEG", quality=90, exif=exif
    )
# The orientation in 32 bits, big-endian; and a fill byte before the marker of the EXIF data.
long_tag = b"Exif\0\0MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x0112, 4, 1, 8, 0)
files["orientation-long.jpg"] = saved(Image.fromarray(rgb), format="JPEG", quality=90, exif=long_tag)
upright = files["orientation6.jpg"]
files["orientation-fill.jpg"] = upright[:2] + b"\xff\xff" + upright[2:]
files["name-lies.png"] = files["rgb.jpg"]

cases = []
for name, data in files.items():
    (folder / name).write_bytes(data)
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    cases.append(
        {
            "file": name,
            "width": image.width,
            "height": image.height,
            "pixels": base64.b64encode(image.tobytes()).decode(),
        }
    )

# Large, and of nothing: a test repeats its last scan. Those of the mean of each block, a bit for each of a
# million, are left out.
blank = saved(Image.new("L", (8000, 8000)), format="JPEG", progressive=True).split(b"\xff\xda")
kept = blank[0]
for scan in blank[1:]:
    first_coefficient = scan[5]
    behind = re.search(rb"(?s)\xff[^\x00].*|$", scan).group()
    kept += behind if first_coefficient == 0 else b"\xff\xda" + scan
(folder / "blank-progressive.jpg").write_bytes(kept)

# 16 bits: Pillow drops the low byte; rounding to the nearest may differ by one.
for name, samples, kind in [
    ("rgb16.png", rng.integers(0, 65536, [h, w, 3]), 2),
    ("gray16.png", rng.integers(0, 65536, [h, w, 1]), 0),
]:
    (folder / name).write_bytes(png16(samples, kind))
    high = (samples >> 8).astype(np.uint8)
    pixels = high if kind == 2 else np.repeat(high, 3, axis=2)
    cases.append(
        {
            "file": name,
            "width": w,
            "height": h,
            "pixels": base64.b64encode(pixels.tobytes()).decode(),
            "tolerance": 1,
        }
    )

# Pillow makes a gray picture of 16 bits white from 256 on.
samples = gray.astype(np.uint16) * 250 + 77
(folder / "gray16.pgm").write_bytes(f"P5 {w} {h} 65535\n".encode() + samples.astype(">u2").tobytes())
pixels = np.repeat(np.round(samples / 65535 * 255).astype(np.uint8)[..., None], 3, axis=2)
cases.append(
    {"file": "gray16.pgm", "width": w, "height": h, "pixels": base64.b64encode(pixels.tobytes()).decode()}
)

resizes = []
source = rng.integers(0, 256, [37, 53, 3], dtype=np.uint8)
for width, height in [(53, 37), (20, 37), (53, 11), (7, 5), (1, 1), (120, 80), (54, 36), (53, 74), (26, 18), (41, 10), (39, 10), (50, 31)]:
    result = Image.fromarray(source).resize((width, height), Image.BILINEAR)
    resizes.append(
        {"width": width, "height": height, "pixels": base64.b64encode(result.tobytes()).decode()}
    )
report = {
    "files": cases,
    "source": {"width": 53, "height": 37, "pixels": base64.b64encode(source.tobytes()).decode()},
    "resizes": resizes,
}
(here / "pictures.json").write_text(json.dumps(report, indent=1) + "\n")
