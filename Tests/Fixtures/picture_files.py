"""PNG and JPEG files byte by byte: what no program writes, but readers meet."""
import struct
import zlib

import numpy as np

signature = b"\x89PNG\r\n\x1a\n"
adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
channels_of = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def ihdr(width, height, depth, kind, interlaced=0, method=0, filtering=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, method, filtering, interlaced))


def packed_row(row, depth):
    """A row of samples as bytes."""
    row = np.asarray(row).reshape(-1)
    if depth == 16:
        return row.astype(">u2").tobytes()
    if depth == 8:
        return row.astype(np.uint8).tobytes()
    bits = "".join(f"{value:0{depth}b}" for value in row)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def paeth(a, b, c):
    p = a + b - c
    distances = [abs(p - a), abs(p - b), abs(p - c)]
    return [a, b, c][distances.index(min(distances))]


def filtered(row, above, step, method):
    result = bytearray([method])
    for i, value in enumerate(row):
        a = row[i - step] if i >= step else 0
        b = above[i]
        c = above[i - step] if i >= step else 0
        result.append((value - [0, a, b, (a + b) // 2, paeth(a, b, c)][method]) & 255)
    return bytes(result)


def raw_data(samples, depth, interlaced, methods=(0, 1, 2, 3, 4)):
    """Rows with their filters, one after the other; `samples` is [height, width, channels]."""
    step = max(1, samples.shape[2] * depth // 8)
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in adam7] if interlaced else [samples]
    result, number = b"", 0
    for part in parts:
        if part.size == 0:
            continue
        above = None
        for row in part:
            row = packed_row(row, depth)
            result += filtered(row, above or bytes(len(row)), step, methods[number % len(methods)])
            above, number = row, number + 1
    return result


def png(samples, depth, kind, interlaced=0, before=b"", after=b"", data=None, compressed=None):
    """A file of `samples`, with chunks before and behind its data."""
    height, width = samples.shape[:2]
    if data is None:
        data = raw_data(samples, depth, interlaced)
    if compressed is None:
        compressed = chunk(b"IDAT", zlib.compress(data))
    return signature + ihdr(width, height, depth, kind, interlaced) + before + compressed + after + chunk(b"IEND")


def tiff(orientation, order=">", kind=3, count=1, tag=0x0112, before=b"", entries=1, header=None):
    """EXIF data, without a header of its own, that says how a picture is turned."""
    mark = header or {">": b"MM\0*", "<": b"II*\0"}[order]
    number = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f"}[kind]
    values = struct.pack(order + number * count, *[orientation] + [1] * (count - 1))
    if len(values) > 4:
        offset = 8 + 2 + 12 * entries + 4
        stored, elsewhere = struct.pack(order + "I", offset), values
    else:
        stored, elsewhere = values.ljust(4, b"\0"), b""
    return (
        mark + struct.pack(order + "IH", 8, entries) + before
        + struct.pack(order + "HHI", tag, kind, count) + stored + struct.pack(order + "I", 0) + elsewhere
    )


def profile(data, name=b"exif"):
    """EXIF data as ImageMagick writes it into a text."""
    digits = data.hex().encode()
    lines = b"\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    return b"\n" + name + b"\n" + b"%8d" % len(data) + b"\n" + lines + b"\n"


def xmp(text):
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b"<rdf:Description " + text + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def behind_soi(jpeg, inserted):
    return jpeg[:2] + inserted + jpeg[2:]


def segments(jpeg):
    """The file as a list of its marker segments; the data of a scan belongs to its SOS."""
    result, place = [jpeg[:2]], 2
    while place < len(jpeg):
        marker = jpeg[place + 1]
        if marker == 0xD9:
            result.append(jpeg[place:])
            break
        end = place + 2 + struct.unpack(">H", jpeg[place + 2 : place + 4])[0]
        if marker == 0xDA:
            while not (jpeg[end] == 0xFF and jpeg[end + 1] not in {0, *range(0xD0, 0xD8)}):
                end += 1
        result.append(jpeg[place:end])
        place = end
    return result
