"""Writes small seeds for the targets whose inputs can be said in a few lines; the others use fixtures."""
import pathlib
import pickle

folder = pathlib.Path(__file__).parent / "Seeds"


def seed(target, name, content):
    (folder / target).mkdir(parents=True, exist_ok=True)
    (folder / target / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def opcodes(shape, stride):
    """A dictionary of one tensor of float32 as torch.save writes it, without need of torch."""
    numbers = lambda values: "".join(f"K{chr(v)}" for v in values)
    return (
        "\x80\x02}q\x00X\x01\x00\x00\x00wq\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02(("
        "X\x07\x00\x00\x00storageq\x03ctorch\nFloatStorage\nq\x04X\x01\x00\x00\x000q\x05"
        "X\x03\x00\x00\x00cpuq\x06K\x06tq\x07QK\x00"
        f"({numbers(shape)}tq\x08({numbers(stride)}tq\x09\x89ccollections\nOrderedDict\nq\x0a)Rq\x0b"
        "tq\x0cRq\x0ds."
    ).encode("latin-1")


seed("pickle", "tensor", opcodes([2, 3], [3, 1]))
seed("pickle", "transposed", opcodes([3, 2], [1, 3]))
seed("pickle", "dictionary", pickle.dumps({"epoch": 1, "names": ["a", (1.5, None, True)], "n": -(1 << 40)}, 2))
seed("pickle", "protocol-4", pickle.dumps({"b": b"\x00\x01", "s": {1, 2}, "l": [[], {}]}, 4))

drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
slide = (
    "<p:sld xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main' xmlns:a='{a}' "
    "xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'><p:cSld><p:spTree>{body}"
    "</p:spTree></p:cSld></p:sld>"
)
picture = "<p:pic><p:blipFill><a:blip r:embed='rId2'/></p:blipFill></p:pic>"
seed("slide", "picture", slide.format(a=drawing, body=picture))
seed("slide", "hidden", slide.format(a=drawing, body=picture.replace("<p:pic>", "<p:pic hidden='1'>")))
seed("slide", "text", "<?xml version='1.0'?><!-- c -->" + slide.format(a=drawing, body="<![CDATA[x]]>&lt;&#65;"))

seed("slide", "instruction", "<?x?>" + slide.format(a=drawing, body=picture))
seed("slide", "attributes", slide.format(a=drawing, body="<p:x" + "".join(f" a{i}='{i}'" for i in range(200)) + "/>"))

seed("labels", "list", "a.png\tcat\r\nb/c.jpg\tdog\n")
seed("labels", "header", "# comment\nfile\tclass\na b.png\tcat, gray\n\n")
seed("metadata", "network", "architecture=alexnet\nclasses=cat\\ndog\nwidth=0.25\ninput=96\nversion=1\n")
for number, text in enumerate(["crop", "none", "crop=0.3,flip,color=0.4,gray=0.1", "erase=0.25", "resolution=0.5"]):
    seed("augmentation", str(number), text)
seed("address", "page", "https://docs.google.com/presentation/d/1aB-c_D/edit#slide=id.g1_2")
seed("address", "account", "https://docs.google.com/a/x.org/presentation/u/0/d/1aB/")
names = [b"cat", b"<script>", b"it's", b"a,b", b"two\r\nlines", b"=1+1", b"'\xcc\x81", b"\"\xe2\x80\x8d", b"&amp;", b"$(x) `y`"]
for target in ["page", "table", "command"]:
    seed(target, "names", b"\0".join(names[:5]))
    seed(target, "awkward", b"\0".join(names[5:]))
