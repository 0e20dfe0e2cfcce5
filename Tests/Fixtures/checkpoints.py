"""Writes checkpoints/: small weight files of every kind, and checkpoints.json with the numbers in them.

The older form's files name storages by addresses: those change with every run.

Requires torch==2.13.0+cpu, safetensors (0.8 was used) and numpy.
"""
import collections
import json
import pathlib
import pickle
import struct
import warnings
import zipfile
import zlib

import numpy as np
import torch
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
here = pathlib.Path(__file__).parent
folder = here / "checkpoints"
folder.mkdir(exist_ok=True)
torch.manual_seed(11)

base = torch.randn(4, 6)
state = collections.OrderedDict()
for name in ["float64", "float32", "float16", "bfloat16"]:
    state[name] = torch.randn(3, 5).to(getattr(torch, name))
for name in ["int64", "int32", "int16", "int8", "uint8"]:
    state[name] = torch.randint(0, 100, [7]).to(getattr(torch, name))
state["special"] = torch.tensor([float("inf"), -float("inf"), 0.0, -0.0, 6e-8, 65504.0]).half()
state["bool"] = torch.tensor([True, False, True])
state["whole"] = base
state["part"] = base[1:3, 2:4]
state["transposed"] = base.t()
state["strided"] = base[::2, ::3]
state["expanded"] = torch.tensor([[1.0, 2.0, 3.0]]).expand(4, 3)
state["scalar"] = torch.tensor(2.5)
state["empty"] = torch.zeros(0, 3)
state["parameter"] = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))

old = {"_use_new_zipfile_serialization": False}
torch.save(state, folder / "state.pth")
torch.save(state, folder / "state-stream.pth", **old)
nested = {"epoch": 3, "state_dict": state, "optimizer": {"lr": 0.1, "betas": (0.9, 0.999)}, "note": "ü"}
torch.save(nested, folder / "nested.pth")
torch.save(nested, folder / "nested-stream.pth", **old)
# Types that have no storage of their own.
unsigned = {
    "uint16": torch.tensor([[0, 1], [2, 65535]], dtype=torch.uint16),
    "uint32": torch.tensor([0, 7, 2**32 - 1], dtype=torch.uint32),
    "uint64": torch.tensor([0, 7, 2**53], dtype=torch.uint64),
    "parameter": torch.nn.Parameter(torch.tensor([5, 6], dtype=torch.uint16), requires_grad=False),
}
unsigned["part"] = unsigned["uint32"][1:]
unsigned["transposed"] = unsigned["uint16"].t()
torch.save(unsigned, folder / "unsigned.pth")
torch.save(unsigned, folder / "unsigned-stream.pth", **old)
network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
torch.save(network.state_dict(), folder / "module.pth")
torch.save(network, folder / "whole-model.pth")
torch.save({"epoch": 3}, folder / "no-tensors.pth")
torch.save({}, folder / "no-parameters.pth")
torch.save({None: 1, 0.5: 2, False: "x"}, folder / "odd-keys.pth")
for protocol in [3, 4, 5]:
    torch.save(state, folder / f"protocol{protocol}.pth", pickle_protocol=protocol)
contiguous = {name: tensor.detach().contiguous().clone() for name, tensor in state.items()}
save_file(contiguous, folder / "state.safetensors", metadata={"made by": "a script", "ü": "\"\\"})

array = np.arange(24.0).reshape(2, 3, 4)
arrays = {
    "float64.npy": array,
    "float32.npy": array.astype(np.float32),
    "float16.npy": array.astype(np.float16),
    "big-endian.npy": array.astype(">f4"),
    "column-major.npy": np.asfortranarray(array),
    "int16.npy": array.astype(np.int16),
    "one-axis.npy": np.arange(5.0),
    "no-axes.npy": np.array(7.0),
    "bool.npy": np.array([True, False]),
}
for name, value in arrays.items():
    np.save(folder / name, value)
with open(folder / "version2.npy", "wb") as file:
    np.lib.format.write_array(file, array, version=(2, 0))
np.save(folder / "objects.npy", np.array([{}, []], dtype=object), allow_pickle=True)


# What must be refused: nothing of it can come from torch.save.
def archive(name, data_pickle, storages={}, **options):
    with zipfile.ZipFile(folder / name, "w") as z:
        # Of one date, so that the script always writes the same bytes.
        def write(path, data):
            entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
            z.writestr(entry, data, **options)

        write("archive/data.pkl", data_pickle)
        write("archive/version", "3\n")
        for key, data in storages.items():
            write(f"archive/data/{key}", data)


class Evil:
    def __reduce__(self):
        import os

        return (os.system, ("echo this was run",))


class EvilEval:
    def __reduce__(self):
        return (eval, ("1",))


archive("os-system.pth", pickle.dumps({"weight": Evil()}, protocol=2))
archive("eval.pth", pickle.dumps({"weight": EvilEval()}, protocol=2))
(folder / "os-system-stream.pth").write_bytes(
    pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2)
    + pickle.dumps(1001, protocol=2)
    + pickle.dumps({"little_endian": True}, protocol=2)
    + pickle.dumps({"weight": Evil()}, protocol=2)
)


def tensor_pickle(count, offset, shape, strides, repeats=1):
    """A dictionary of tensors over one storage, written instruction by instruction."""

    def integer(n):
        data = pickle.encode_long(n)
        return b"\x8a" + bytes([len(data)]) + data

    def tuple_of(numbers):
        return b"(" + b"".join(integer(n) for n in numbers) + b"t"

    out = b"\x80\x02}"
    for repeat in range(repeats):
        name = f"w{repeat}".encode()
        out += b"X" + struct.pack("<I", len(name)) + name
        out += b"ctorch._utils\n_rebuild_tensor_v2\n("
        out += b"(X" + struct.pack("<I", 7) + b"storage" + b"ctorch\nFloatStorage\n"
        out += b"X" + struct.pack("<I", 1) + b"0" + b"X" + struct.pack("<I", 3) + b"cpu"
        out += integer(count) + b"tQ"
        out += integer(offset + repeat) + tuple_of(shape) + tuple_of(strides)
        out += b"\x89ccollections\nOrderedDict\n)RtR" + b"s"
    return out + b"."


sixteen = {"0": bytes(64)}
archive("overflow-shape.pth", tensor_pickle(16, 0, [2**40, 2**40], [2**40, 1]), sixteen)
archive("overflow-offset.pth", tensor_pickle(16, 2**62, [2], [2**62]), sixteen)
archive("beyond-storage.pth", tensor_pickle(16, 8, [3, 3], [3, 1]), sixteen)
archive("beyond-file.pth", tensor_pickle(2**40, 0, [2**40], [1]), sixteen)
archive("negative-stride.pth", tensor_pickle(16, 8, [3], [-1]), sixteen)
archive("expanded-huge.pth", tensor_pickle(16, 0, [2**38], [0]), sixteen)
archive("many-views.pth", tensor_pickle(4096, 0, [2000, 2000], [0, 1], repeats=400), {"0": bytes(16384)})
archive("missing-storage.pth", tensor_pickle(16, 0, [4], [1]))
archive("recursive.pth", b"\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s.")
archive("recursive-list.pth", b"\x80\x02]q\x00h\x00a.")
archive("deep.pth", b"\x80\x02" + b"(" * 3 + b")" + b"\x85" * 200_000 + b".", compress_type=zipfile.ZIP_DEFLATED)
archive("doubling.pth", b"\x80\x02)" + b"2\x86" * 200 + b".")
archive("long-text.pth", b"\x80\x02X\xff\xff\xff\xff" + b"a.")
archive("long-number.pth", b"\x80\x02\x8b\xff\xff\xff\x7f.")
archive("negative-number.pth", b"\x80\x02\x8b\xff\xff\xff\xff.")
archive("empty-stack.pth", b"\x80\x02.")
archive("no-end.pth", b"\x80\x02}")
archive("unknown-instruction.pth", b"\x80\x02\xff.")

# Few bytes that ask for much memory or time.
packed = {"compress_type": zipfile.ZIP_DEFLATED}
pairs = b"ccollections\nOrderedDict\nq\x000NN\x86q\x010]q\x02(" + b"h\x01" * 20000 + b"e0h\x02\x85q\x030"
archive("copied-pairs.pth", b"\x80\x02" + pairs + b"h\x00h\x03R0" * 60 + b"N.", **packed)
archive("full-stack.pth", b"\x80\x02" + b"N" * 900_000 + b".", **packed)
archive("full-marks.pth", b"\x80\x02" + b"(" * 900_000 + b".", **packed)
archive("full-memo.pth", b"\x80\x04N" + b"\x94" * 900_000 + b".", **packed)
archive("far-memo.pth", b"\x80\x02Nr\xff\xff\xff\x7f.")
archive("long-pickle.pth", b"\x80\x02" + b"N0" * 2_000_000 + b".", **packed)
built = tensor_pickle(16, 0, [1] * 64, [1] * 64)
arguments = built[built.index(b"_v2\n") + 4 : -3]
rebuild = b"ctorch._utils\n_rebuild_tensor_v2\n"
archive(
    "tensors-of-64-axes.pth",
    b"\x80\x02" + rebuild + b"q\x000" + arguments + b"q\x010" + b"h\x00h\x01R0" * 20_000 + b"N.",
    {"0": bytes(64)},
    **packed,
)
archive("packed-zeros.pth", tensor_pickle(16, 0, [4], [1]), {"0": bytes(4 << 20)}, **packed)
archive("wide-strides.pth", tensor_pickle(2**14, 0, [2], [2**14 - 400], repeats=400), {"0": bytes(2**16)}, **packed)
archive("overflow-empty.pth", tensor_pickle(16, 0, [0, 2**62, 2**62], [1, 0, 0]), sixteen)
archive("axes-65.pth", tensor_pickle(16, 0, [1] * 65, [1] * 65), sixteen)


def shared_entry(name):
    """Two storages whose bytes are the same ones of the archive."""
    one = tensor_pickle(1024, 0, [1024], [1])
    two = one.replace(b"w0", b"w1").replace(b"X\x01\x00\x00\x000", b"X\x01\x00\x00\x001")
    archive(name, one[:-1] + two[3:], {"0": bytes(4096)})
    data = (folder / name).read_bytes()
    end = data.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack("<HII", data[end + 10 : end + 20])
    entry = data[data.rindex(b"PK\x01\x02") : end].replace(b"archive/data/0", b"archive/data/1")
    tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count + 1, count + 1, size + len(entry), start, 0)
    (folder / name).write_bytes(data[:end] + entry + tail)


shared_entry("shared-entry.pth")


def zip_entry(name, data, claimed, method):
    """A zip archive of one file that lies about its size."""
    crc = zlib.crc32(data)
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, method, 0, 0, crc, len(data), claimed, len(name), 0)
    central = struct.pack(
        "<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, method, 0, 0, crc, len(data), claimed, len(name), 0, 0, 0, 0, 0, 0
    )
    body = local + name + data
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central) + len(name), len(body), 0)
    return body + central + name + end


compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
bomb = compressor.compress(bytes(20_000_000)) + compressor.flush()
(folder / "claims-4gb-stored.pth").write_bytes(zip_entry(b"a/data.pkl", b"x" * 50, 0xFFFFFFF0, 0))
(folder / "claims-4gb-packed.pth").write_bytes(zip_entry(b"a/data.pkl", bomb, 0xFFFFFFF0, 8))
(folder / "unpacks-to-more.pth").write_bytes(zip_entry(b"a/data.pkl", bomb, 1000, 8))
extra = struct.pack("<HHQQ", 1, 16, 10 * 2**30, 50)
name = b"a/data.pkl"
local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra))
central = struct.pack(
    "<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 8, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra), 0, 0, 0, 0, 0
)
body = local + name + extra + b"x" * 50
directory = central + name + extra
(folder / "claims-10gb.pth").write_bytes(
    body + directory + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(directory), len(body), 0)
)


def safetensors(name, header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    (folder / name).write_bytes(struct.pack("<Q", len(text)) + text + data)


good = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
safetensors("overflow.safetensors", {"a": dict(good, shape=[2**40, 2**40])}, bytes(8))
safetensors("negative.safetensors", {"a": dict(good, shape=[-2])}, bytes(8))
safetensors("mismatch.safetensors", {"a": dict(good, shape=[3])}, bytes(8))
safetensors("outside.safetensors", {"a": dict(good, data_offsets=[0, 80])}, bytes(8))
safetensors("gap.safetensors", {"a": dict(good, data_offsets=[4, 12])}, bytes(12))
safetensors("overlap.safetensors", {"a": good, "b": good}, bytes(8))
safetensors("rest.safetensors", {"a": good}, bytes(12))
safetensors("type.safetensors", {"a": dict(good, dtype="F8_E4M3", data_offsets=[0, 2])}, bytes(2))
safetensors("overflow-empty.safetensors", {"a": dict(good, shape=[0, 2**63 - 1, 2**63 - 1], data_offsets=[0, 0])})
safetensors("axes-65.safetensors", {"a": dict(good, shape=[1] * 64 + [2])}, bytes(8))
safetensors("deep.safetensors", b'{"a":' + b"[" * 100_000)
safetensors("not-json.safetensors", b"{hello}")
safetensors("list.safetensors", b"{}{}[1]")
(folder / "long-header.safetensors").write_bytes(struct.pack("<Q", 2**62) + b"{}")


def numpy_file(name, shape, fortran_order):
    text = f"{{'descr': '<f4', 'fortran_order': {fortran_order}, 'shape': {shape}, }}\n".encode()
    (folder / name).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text)


numpy_file("overflow-empty.npy", "(0, 9223372036854775807, 9223372036854775807)", False)
numpy_file("overflow-column-major.npy", "(4611686018427387904, 4, 0)", True)
numpy_file("axes-65.npy", "(" + "1, " * 64 + "0)", False)
numpy_file("empty-column-major.npy", "(3, 0, 4)", True)

# JSON has no infinities; the test knows those of "special".
numbers = {
    name: tensor.detach().double().flatten().tolist()
    for name, tensor in state.items()
    if name != "special"
}
shapes = {name: list(tensor.shape) for name, tensor in state.items()}
module = {name: tensor.detach().double().flatten().tolist() for name, tensor in network.state_dict().items()}
report = {"numbers": numbers, "shapes": shapes, "module": module}
(here / "checkpoints.json").write_text(json.dumps(report, indent=1) + "\n")
