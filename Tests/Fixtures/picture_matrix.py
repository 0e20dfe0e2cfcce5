"""Writes picture_matrix.zip: small PNG and JPEG files of every kind, whole and damaged, with what Pillow reads:
width, height and the first 16 digits of the SHA-256 of the pixels, or nothing where it refuses.

Requires Pillow (13.0.0 was used; its JPEG decoder must be libjpeg-turbo), numpy, and cjpeg of libjpeg-turbo 2.1,
which writes the kinds of JPEG that Pillow does not.
"""
import hashlib
import io
import json
import pathlib
import struct
import subprocess
import warnings
import zipfile
import zlib

import numpy as np
from PIL import Image, ImageOps

from picture_files import *

warnings.simplefilter("ignore")
here = pathlib.Path(__file__).parent
rng = np.random.default_rng(17)


def read(data):
    """What Pillow reads; None where it refuses. Of gray in 16 bits the upper 8, see Docs/Pictures.md."""
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        if image.mode == "I;16":
            image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        return image.convert("RGB")
    except Exception:
        return None


def saved(array, mode=None, **options):
    buffer = io.BytesIO()
    Image.fromarray(array, mode).save(buffer, **options)
    return buffer.getvalue()


files = {}


def add(name, data):
    assert name not in files, name
    files[name] = data


# PNG: every color type, depth, order of rows; transparency; sizes that leave passes empty.
kinds = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)]
palette = rng.integers(0, 256, [256, 3], dtype=np.uint8)


def samples(kind, depth, width, height):
    return rng.integers(0, 1 << depth, [height, width, channels_of[kind]])


def plte(kind, depth):
    return chunk(b"PLTE", palette[: 1 << depth].tobytes()) if kind == 3 else b""


trns = {0: b"\0\1", 2: b"\0\1\0\2\0\3", 3: bytes([0, 128])}
for kind, depth in kinds:
    for interlaced in (0, 1):
        for width, height in [(10, 7), (3, 2), (1, 1), (5, 1)]:
            x = samples(kind, depth, width, height)
            name = f"png type {kind} depth {depth} {width}x{height}" + (" interlaced" if interlaced else "")
            add(name, png(x, depth, kind, interlaced, plte(kind, depth)))
            if kind in trns and width == 10:
                before = plte(kind, depth) + chunk(b"tRNS", trns[kind])
                add(name + " transparent", png(x, depth, kind, interlaced, before))

rgb = samples(2, 8, 6, 4)
whole = png(rgb, 8, 2)
indexed = samples(3, 8, 6, 4)
raw = raw_data(rgb, 8, 0)
data = zlib.compress(raw)
text = chunk(b"tEXt", b"Comment\0hello")

# PNG: chunks that say nothing of the pixels, or nothing that is asked for.
add("png gamma, white point, profile, background", png(rgb, 8, 2, before=(
    chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"cHRM", bytes(32)) + chunk(b"iCCP", b"x\0\0" + zlib.compress(b"no profile"))
    + chunk(b"bKGD", b"\0\1\0\2\0\3") + chunk(b"sBIT", b"\5\5\5") + chunk(b"pHYs", bytes(9)) + chunk(b"tIME", bytes(7)))))
add("png suggested palette", png(rgb, 8, 2, before=chunk(b"PLTE", palette[:5].tobytes())))
add("png palette of a gray picture", png(samples(0, 8, 5, 4), 8, 0, before=chunk(b"PLTE", palette[:5].tobytes())))
add("png palette with fewer colors than the picture", png(indexed, 8, 3, before=chunk(b"PLTE", palette[:100].tobytes())))
add("png palette of 4 bits with fewer colors than the picture", png(samples(3, 4, 6, 4), 4, 3, before=chunk(b"PLTE", palette[:3].tobytes())))
add("png palette with more colors than its depth", png(samples(3, 2, 6, 4), 2, 3, before=chunk(b"PLTE", palette[:9].tobytes())))
add("png palette of 255 colors and two thirds", png(indexed, 8, 3, before=chunk(b"PLTE", palette.tobytes()[:767])))
add("png palette of too many colors", png(indexed, 8, 3, before=chunk(b"PLTE", palette.tobytes() + b"123")))
add("png without its palette", png(indexed, 8, 3))
add("png palette behind the data", png(indexed, 8, 3, after=chunk(b"PLTE", palette.tobytes())))
add("png more transparency than colors", png(indexed, 8, 3, before=plte(3, 8) + chunk(b"tRNS", bytes(300))))
add("png transparency of a picture with alpha", png(samples(6, 8, 4, 3), 8, 6, before=chunk(b"tRNS", b"\0\1")))
add("png short gamma", png(rgb, 8, 2, before=chunk(b"gAMA", b"\0")))
add("png unknown chunk", png(rgb, 8, 2, before=chunk(b"abCd", b"12"), after=chunk(b"qqQq")))
add("png unknown critical chunk", png(rgb, 8, 2, before=chunk(b"ABCD", b"12")))
add("png chunk named with digits", png(rgb, 8, 2, before=chunk(b"a1_2", b"12")))
add("png chunk without a name", png(rgb, 8, 2, before=chunk(b"a\0\xff!", b"12")))
add("png chunk without a name behind the data", png(rgb, 8, 2, after=chunk(b"a\0\xff!", b"12")))
add("png animated", png(rgb, 8, 2, before=chunk(b"acTL", struct.pack(">II", 1, 0)) + chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 6, 4, 0, 0, 1, 10, 0, 0))))
add("png animated of two", png(rgb, 8, 2, before=chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 6, 4, 0, 0, 1, 10, 0, 0)),
    after=chunk(b"fcTL", struct.pack(">IIIIIHHBB", 1, 6, 4, 0, 0, 1, 10, 0, 0)) + chunk(b"fdAT", struct.pack(">I", 2) + zlib.compress(bytes(76)))))

# PNG: the data in pieces, packed in odd ways.
add("png a byte a chunk", png(rgb, 8, 2, compressed=b"".join(chunk(b"IDAT", data[i : i + 1]) for i in range(len(data)))))
add("png empty data chunks", png(rgb, 8, 2, compressed=chunk(b"IDAT") + chunk(b"IDAT", data) + chunk(b"IDAT")))
add("png stored", png(rgb, 8, 2, compressed=chunk(b"IDAT", zlib.compress(raw, 0))))
small = zlib.compressobj(9, zlib.DEFLATED, 9)
add("png small window", png(rgb, 8, 2, compressed=chunk(b"IDAT", small.compress(raw) + small.flush())))
wide = np.tile(samples(2, 8, 500, 1), (3, 1, 1))
wide_data = bytearray(zlib.compress(raw_data(wide, 8, 0, (0,))))
wide_data[0] = 0x18
wide_data[1] += 31 - (wide_data[0] * 256 + wide_data[1]) % 31
add("png window smaller than it is", png(wide[:, :, :], 8, 2, compressed=chunk(b"IDAT", bytes(wide_data))))
add("png extra rows", png(rgb, 8, 2, data=raw + raw))
add("png stream without its checksum", png(rgb, 8, 2, compressed=chunk(b"IDAT", data[:-4])))
add("png interlaced stream without its checksum", png(rgb, 8, 2, 1, compressed=chunk(b"IDAT", zlib.compress(raw_data(rgb, 8, 1))[:-3])))
add("png gray stream without its checksum", png(samples(0, 4, 5, 3), 4, 0, compressed=chunk(b"IDAT", zlib.compress(raw_data(samples(0, 4, 5, 3), 4, 0))[:-4])))
add("png extra bytes behind the stream", png(rgb, 8, 2, compressed=chunk(b"IDAT", data + b"123")))
add("png bytes behind its end", whole + b"123")

# PNG: damage.
def damaged(name, kind, data=whole):
    """One bit of a chunk's checksum."""
    place = data.index(kind)
    end = place + 4 + struct.unpack(">I", data[place - 4 : place])[0]
    add(name, data[:end] + bytes([data[end] ^ 1]) + data[end + 1 :])


damaged("png header's checksum", b"IHDR")
damaged("png palette's checksum", b"PLTE", png(indexed, 8, 3, before=plte(3, 8)))
damaged("png text's checksum", b"tEXt", png(rgb, 8, 2, before=text))
damaged("png checksum of a text behind the data", b"tEXt", png(rgb, 8, 2, after=text))
damaged("png data's checksum", b"IDAT")
damaged("png end's checksum", b"IEND")
add("png stream's checksum", png(rgb, 8, 2, compressed=chunk(b"IDAT", data[:-1] + bytes([data[-1] ^ 1]))))
add("png without a row", png(rgb, 8, 2, data=raw[:-19]))
add("png without half a row", png(rgb, 8, 2, data=raw[:-9]))
add("png interlaced without a row", png(rgb, 8, 2, 1, data=raw_data(rgb, 8, 1)[:-19]))
add("png unknown filter", png(rgb, 8, 2, data=b"\5" + raw[1:]))
add("png damaged stream", png(rgb, 8, 2, compressed=chunk(b"IDAT", data[:20] + b"\xff\xff\xff" + data[23:])))
add("png data in two runs", png(rgb, 8, 2, compressed=chunk(b"IDAT", data[:30]) + text + chunk(b"IDAT", data[30:])))
add("png without data", png(rgb, 8, 2, compressed=b""))
add("png empty data", png(rgb, 8, 2, compressed=chunk(b"IDAT")))
add("png two headers", png(rgb, 8, 2, before=ihdr(6, 4, 8, 2)))
add("png header last", signature + chunk(b"IDAT", data) + ihdr(6, 4, 8, 2) + chunk(b"IEND"))
add("png no width", signature + ihdr(0, 4, 8, 2) + chunk(b"IDAT", data) + chunk(b"IEND"))
add("png no height", signature + ihdr(6, 0, 8, 2) + chunk(b"IDAT", data) + chunk(b"IEND"))
add("png negative width", signature + ihdr(1 << 31, 4, 8, 2) + chunk(b"IDAT", data) + chunk(b"IEND"))
add("png odd depth", signature + ihdr(6, 4, 3, 2) + chunk(b"IDAT", data) + chunk(b"IEND"))
add("png odd kind", signature + ihdr(6, 4, 8, 5) + chunk(b"IDAT", data) + chunk(b"IEND"))
add("png odd compression", signature + ihdr(6, 4, 8, 2, method=1) + chunk(b"IDAT", data) + chunk(b"IEND"))
add("png odd filtering", signature + ihdr(6, 4, 8, 2, filtering=64) + chunk(b"IDAT", data) + chunk(b"IEND"))
add("png odd interlacing", signature + ihdr(6, 4, 8, 2, interlaced=2) + chunk(b"IDAT", zlib.compress(raw_data(rgb, 8, 1))) + chunk(b"IEND"))
add("png long header", signature + chunk(b"IHDR", struct.pack(">IIBBBBB", 6, 4, 8, 2, 0, 0, 0) + b"1") + chunk(b"IDAT", data) + chunk(b"IEND"))
add("png short header", signature + chunk(b"IHDR", struct.pack(">IIBBBB", 6, 4, 8, 2, 0, 0)) + chunk(b"IDAT", data) + chunk(b"IEND"))
add("png signature alone", signature)
noisy = png(samples(2, 8, 9, 9), 8, 2, after=text)
for missing in [1, 11, 12, 13, 20, 37, 41, 42, 45, 46, 200]:
    add(f"png cut off by {missing}", noisy[:-missing])

# PNG: orientation.
turned = samples(2, 8, 5, 3)


def with_orientation(name, before=b"", after=b""):
    add("png orientation " + name, png(turned, 8, 2, before=before, after=after))


header = b"Exif\0\0"
for number in range(0, 10):
    with_orientation(f"{number}", chunk(b"eXIf", tiff(number)))
with_orientation("little-endian", chunk(b"eXIf", tiff(6, "<")))
with_orientation("in a header", chunk(b"eXIf", header + tiff(6)))
with_orientation("behind the data", after=chunk(b"eXIf", tiff(6)))
with_orientation("twice", chunk(b"eXIf", tiff(6)) + chunk(b"eXIf", tiff(3)))
with_orientation("raw profile", chunk(b"tEXt", b"Raw profile type exif\0" + profile(header + tiff(6))))
with_orientation("raw profile without a header", chunk(b"tEXt", b"Raw profile type exif\0" + profile(tiff(6))))
with_orientation("raw profile packed", chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile(header + tiff(8)))))
with_orientation("raw profile international", chunk(b"iTXt", b"Raw profile type exif\0\0\0\0\0" + profile(header + tiff(5))))
with_orientation("raw profile international packed", chunk(b"iTXt", b"Raw profile type exif\0\1\0en\0x\0" + zlib.compress(profile(header + tiff(5)))))
with_orientation("raw profile of another name", chunk(b"tEXt", b"Raw profile type APP1\0" + profile(header + tiff(6), b"APP1")))
with_orientation("raw profile behind the data", after=chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile(header + tiff(7)))))
with_orientation("chunk before profile", chunk(b"tEXt", b"Raw profile type exif\0" + profile(header + tiff(6))) + chunk(b"eXIf", tiff(3)))
with_orientation("profile that is damaged when packed", chunk(b"zTXt", b"Raw profile type exif\0\0" + b"12345"))
attribute = xmp(b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6">')
element = xmp(b"><tiff:Orientation>8</tiff:Orientation>")
key = b"XML:com.adobe.xmp\0"
with_orientation("xmp attribute", chunk(b"iTXt", key + b"\0\0\0\0" + attribute))
with_orientation("xmp element", chunk(b"iTXt", key + b"\0\0\0\0" + element))
with_orientation("xmp packed", chunk(b"iTXt", key + b"\1\0\0\0" + zlib.compress(element)))
with_orientation("xmp as text", chunk(b"tEXt", key + attribute))
with_orientation("xmp as packed text", chunk(b"zTXt", key + b"\0" + zlib.compress(attribute)))
with_orientation("xmp behind the data", after=chunk(b"iTXt", key + b"\0\0\0\0" + attribute))
with_orientation("xmp that is no UTF-8", chunk(b"iTXt", key + b"\0\0\0\0\xff" + attribute))
with_orientation("xmp in single quotes", chunk(b"iTXt", key + b"\0\0\0\0" + attribute.replace(b'"', b"'")))
with_orientation("exif before xmp", chunk(b"eXIf", tiff(3)) + chunk(b"iTXt", key + b"\0\0\0\0" + attribute))
with_orientation("exif without before xmp", chunk(b"eXIf", tiff(3, tag=0x0110)) + chunk(b"iTXt", key + b"\0\0\0\0" + attribute))
with_orientation("exif of 1 before xmp", chunk(b"eXIf", tiff(1)) + chunk(b"iTXt", key + b"\0\0\0\0" + attribute))

# JPEG: what programs write.
def smooth(height, width, channels):
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 90 * np.sin(x / (3.0 + c) + c) + 30 * (y > height // 2) - 3 * y for c in range(channels)]
    return np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8)


photo = smooth(12, 19, 3)


def cjpeg(array, *options):
    """A file as libjpeg-turbo's own program writes it."""
    height, width = array.shape[:2]
    portable = (b"P6" if array.ndim == 3 else b"P5") + b" %d %d 255\n" % (width, height) + array.tobytes()
    return subprocess.run(["cjpeg", *options], input=portable, capture_output=True, check=True).stdout


for sampling in ["1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "2x4", "3x1", "2x2,2x1,1x2", "1x1,2x2,2x2"]:
    add(f"jpeg sampling {sampling}", cjpeg(photo, "-optimize", "-sample", sampling))
for sampling in ["1x1", "2x2"]:
    for option in ["-progressive", "-arithmetic", "-rgb"]:
        add(f"jpeg sampling {sampling} {option}", cjpeg(photo, "-sample", sampling, option))
add("jpeg arithmetic progressive", cjpeg(photo, "-arithmetic", "-progressive"))
add("jpeg arithmetic restarts", cjpeg(photo, "-arithmetic", "-restart", "1B"))
for height, width in [(1, 1), (8, 8), (3, 17), (16, 1)]:
    add(f"jpeg {width}x{height}", cjpeg(smooth(height, width, 3), "-optimize"))
add("jpeg gray", cjpeg(photo[..., 0].copy(), "-optimize"))
add("jpeg gray sampled", cjpeg(photo[..., 0].copy(), "-optimize", "-sample", "2x2"))
add("jpeg gray progressive", cjpeg(photo[..., 0].copy(), "-progressive"))
cmyk = saved(smooth(9, 13, 4), "CMYK", format="JPEG", optimize=True)
adobe = cmyk.index(b"Adobe")
add("jpeg cmyk", cmyk)
add("jpeg ycck", cmyk[: adobe + 11] + b"\2" + cmyk[adobe + 12 :])
add("jpeg cmyk unknown colors", cmyk[: adobe + 11] + b"\1" + cmyk[adobe + 12 :])
add("jpeg cmyk without a word of Adobe", cmyk[: adobe - 4] + cmyk[adobe + 12 :])
restarts = cjpeg(photo, "-optimize", "-sample", "1x1", "-restart", "1B")
add("jpeg restarts", restarts)
add("jpeg restarts by rows", cjpeg(photo, "-restart", "1"))
add("jpeg quality 1", cjpeg(photo, "-quality", "1"))

# JPEG: orientation.
gray = cjpeg(smooth(9, 14, 1)[..., 0].copy(), "-optimize", "-quality", "30")
plain = cjpeg(smooth(9, 14, 3), "-optimize")
xmp_header = b"http://ns.adobe.com/xap/1.0/\0"


def app1(name, *contents):
    add("jpeg orientation " + name, behind_soi(gray, b"".join(segment(0xE1, content) for content in contents)))


for number in range(0, 10):
    app1(f"{number}", header + tiff(number))
app1("little-endian", header + tiff(6, "<"))
for kind, name in {1: "bytes", 4: "32 bits", 6: "signed byte", 8: "signed", 9: "signed 32 bits", 11: "fraction"}.items():
    app1(f"in {name}", header + tiff(6, kind=kind))
    app1(f"in {name} little-endian", header + tiff(6, "<", kind=kind))
app1("twice in its tag", header + tiff(6, count=2))
app1("many in its tag", header + tiff(6, count=5))
app1("none in its tag", header + tiff(6, count=1).replace(b"\1\x12\0\3\0\0\0\1", b"\1\x12\0\3\0\0\0\0"))
app1("swapped 42", header + tiff(6, header=b"MM*\0"))
app1("swapped 42 little-endian", header + tiff(6, "<", header=b"II\0*"))
app1("other byte order", header + tiff(6, header=b"XX\0*"))
app1("41", header + tiff(6, header=b"MM\0)"))
app1("after another tag", header + tiff(6, entries=2, before=struct.pack(">HHII", 0x0100, 4, 1, 9)))
app1("after itself", header + tiff(6, entries=2, before=struct.pack(">HHIHH", 0x0112, 3, 1, 3, 0)))
app1("after a tag of an unknown type", header + tiff(6, entries=2, before=struct.pack(">HHII", 0x0112, 99, 1, 3)))
app1("after a tag that lies elsewhere", header + tiff(6, entries=2, before=struct.pack(">HHII", 0x010F, 2, 8, 0)))
app1("after a tag that lies nowhere", header + tiff(6, entries=2, before=struct.pack(">HHII", 0x010F, 2, 8, 9999)))
app1("after a tag that is too long", header + tiff(6, entries=2, before=struct.pack(">HHII", 0x010F, 2, 9999, 0)))
app1("more tags than there are", header + tiff(6).replace(b"\0\0\0\x08\0\1", b"\0\0\0\x08\0\x09"))
app1("doubled header", header + header + tiff(6))
app1("tripled header", header + header + header + tiff(6))
app1("second segment", header + tiff(6)[:13], header + tiff(6)[13:])
app1("second segment after another one", header + tiff(3), header + tiff(6))
app1("empty segment first", header, header + tiff(6))
app1("segment of something else first", b"something", header + tiff(6))
app1("xmp attribute", xmp_header + attribute)
app1("xmp element", xmp_header + element)
app1("xmp twice", xmp_header + element, xmp_header + attribute)
app1("xmp no digit", xmp_header + b'tiff:Orientation="x" tiff:Orientation>7<')
app1("xmp of 9", xmp_header + b'tiff:Orientation="9" tiff:Orientation>7<')
app1("xmp extended", b"http://ns.adobe.com/xmp/extension/\0" + attribute)
app1("exif before xmp", xmp_header + attribute, header + tiff(3))
app1("exif without before xmp", xmp_header + attribute, header + tiff(3, tag=0x0110))
app1("exif empty before xmp", header, xmp_header + attribute)
app1("exif of bytes before xmp", xmp_header + attribute, header + tiff(6, kind=1))
oriented = segment(0xE1, header + tiff(6))
add("jpeg orientation in APP2", behind_soi(plain, oriented.replace(b"\xff\xe1", b"\xff\xe2")))
add("jpeg orientation fill bytes", behind_soi(plain, b"\xff\xff\xff" + oriented))
add("jpeg orientation comment before", behind_soi(plain, segment(0xFE, b"hello \xff\xe1") + oriented))
parts = segments(plain)
add("jpeg orientation behind the frame", b"".join(parts[:-2]) + oriented + b"".join(parts[-2:]))
add("jpeg orientation behind the scan", b"".join(parts[:-1]) + oriented + parts[-1])
add("jpeg orientation behind the end", plain + oriented)

# JPEG: damage of which libjpeg warns.
add("jpeg bytes before a segment", parts[0] + parts[1] + b"abc" + b"".join(parts[2:]))
add("jpeg zeros before a segment", parts[0] + parts[1] + bytes(5) + b"".join(parts[2:]))
add("jpeg escaped bytes before a segment", parts[0] + parts[1] + b"\xff\0\xff\0" + b"".join(parts[2:]))
add("jpeg bytes before exif", parts[0] + parts[1] + b"abc" + oriented + b"".join(parts[2:]))
add("jpeg bytes behind the start", parts[0] + b"abc" + b"".join(parts[1:]))
add("jpeg bytes before the end", b"".join(parts[:-1]) + b"\0\0\0" + parts[-1])
add("jpeg bytes behind the end", plain + b"abc")
add("jpeg another behind the end", plain + plain)
add("jpeg unknown JFIF", plain.replace(b"JFIF\0\1", b"JFIF\0\3"))
add("jpeg unknown Adobe colors", behind_soi(plain, segment(0xEE, b"Adobe\0\x64\0\0\0\0\7")))
add("jpeg broken profile", behind_soi(plain, segment(0xE2, b"ICC_PROFILE\0\2\1abc")))
# JPEG: what its three components are, without a word of JFIF.
bare = b"".join(piece for piece in segments(plain) if piece[1] != 0xE0)
frame = bare.index(b"\xff\xc0")
scan = bare.index(b"\xff\xda")
for numbers in [b"RGB", b"rgb", b"\0\1\2", b"\5\6\7"]:
    renamed = bytearray(bare)
    for i, number in enumerate(numbers):
        renamed[frame + 10 + 3 * i] = renamed[scan + 5 + 2 * i] = number
    add(f"jpeg components {numbers.hex()}", bytes(renamed))
for colors in (0, 1, 2, 9):
    add(f"jpeg Adobe colors {colors}", behind_soi(bare, segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([colors]))))
progressive = cjpeg(photo, "-progressive")
for name, source in {"baseline": plain, "progressive": progressive, "restarts": restarts, "arithmetic": cjpeg(photo, "-arithmetic")}.items():
    pieces = segments(source)
    scans = [i for i, piece in enumerate(pieces) if piece[1] == 0xDA]
    for number in dict.fromkeys([scans[0], scans[-1]]):
        scan = pieces[number]
        for kept in (0.9, 0.5):
            length = int((len(scan) - 14) * kept) + 14
            if scan[length - 1] == 0xFF:
                length -= 1
            add(f"jpeg {name} scan {number} ends at {kept}", b"".join(pieces[:number]) + scan[:length] + b"".join(pieces[number + 1 :]))
    last = pieces[scans[0]]
    middle = 14 + (len(last) - 14) // 2
    add(f"jpeg {name} bytes missing", b"".join(pieces[: scans[0]]) + last[:middle] + last[middle + 5 :] + b"".join(pieces[scans[0] + 1 :]))
    add(f"jpeg {name} bytes changed", b"".join(pieces[: scans[0]]) + last[:middle] + b"\x12\x34\x56" + last[middle + 3 :] + b"".join(pieces[scans[0] + 1 :]))
    add(f"jpeg {name} ones", b"".join(pieces[: scans[0]]) + last[:middle] + b"\xff\0" * 8 + last[middle:] + b"".join(pieces[scans[0] + 1 :]))
    for missing in [1, 2, 3, 40]:
        add(f"jpeg {name} cut off by {missing}", source[:-missing])
    add(f"jpeg {name} without its end", b"".join(pieces[:-1]))
    add(f"jpeg {name} without tables", b"".join(piece for piece in pieces if piece[1] != 0xC4))
    add(f"jpeg {name} without quantization", b"".join(piece for piece in pieces if piece[1] != 0xDB))
    add(f"jpeg {name} without a frame", b"".join(piece for piece in pieces if piece[1] not in (0xC0, 0xC2)))
    add(f"jpeg {name} without a scan", b"".join(piece for piece in pieces if piece[1] != 0xDA))
    add(f"jpeg {name} header alone", b"".join(pieces[: scans[0]]))
pieces = segments(progressive)
scans = [piece for piece in pieces if piece[1] == 0xDA]
add("jpeg scans in another order", b"".join(pieces[: pieces.index(scans[0])]) + b"".join(p for p in pieces[pieces.index(scans[0]) : -1][::-1]) + pieces[-1])
add("jpeg a scan missing", b"".join(piece for piece in pieces if piece is not scans[2]))
add("jpeg the last scan missing", b"".join(piece for piece in pieces if piece is not scans[-1]))
add("jpeg a scan twice", b"".join(pieces[:-1]) + scans[-1] + pieces[-1])
first, second = [i for i in range(len(restarts) - 1) if restarts[i] == 0xFF and 0xD0 <= restarts[i + 1] <= 0xD7][:2]
add("jpeg a restart missing", restarts[:first] + restarts[first + 2 :])
add("jpeg a wrong restart", restarts[: first + 1] + b"\xd5" + restarts[first + 2 :])
add("jpeg a segment between restarts missing", restarts[:first] + restarts[second:])
add("jpeg bytes before a restart", restarts[:first] + b"\0\1\2" + restarts[first:])
add("jpeg sizes too high", plain.replace(struct.pack(">HH", 9, 14), struct.pack(">HH", 90, 14)))
add("jpeg sizes too low", plain.replace(struct.pack(">HH", 9, 14), struct.pack(">HH", 2, 14)))
add("jpeg no height", plain.replace(struct.pack(">HH", 9, 14), struct.pack(">HH", 0, 14)))
add("jpeg 12 bits", plain.replace(b"\x08" + struct.pack(">HH", 9, 14), b"\x0c" + struct.pack(">HH", 9, 14)))
add("jpeg two channels", plain.replace(struct.pack(">HHB", 9, 14, 3), struct.pack(">HHB", 9, 14, 2)))
add("jpeg arithmetic marker", plain.replace(b"\xff\xc0", b"\xff\xc9"))
add("jpeg lossless marker", plain.replace(b"\xff\xc0", b"\xff\xc3"))
add("jpeg start alone", b"\xff\xd8\xff")

cases = []
for name, data in files.items():
    case = {"name": name, "file": data.hex()}
    image = read(data)
    if image is not None:
        case |= {"width": image.width, "height": image.height, "digest": hashlib.sha256(image.tobytes()).hexdigest()[:16]}
    cases.append(case)
lines = ",\n".join(json.dumps(case) for case in cases)
# With a fixed date, so that the same files make the same archive.
with zipfile.ZipFile(here / "picture_matrix.zip", "w") as archive:
    entry = zipfile.ZipInfo("picture_matrix.json")
    archive.writestr(entry, f"[\n{lines}\n]\n", zipfile.ZIP_DEFLATED, 9)
print(len(cases), "files,", sum("width" not in case for case in cases), "of which Pillow refuses")
