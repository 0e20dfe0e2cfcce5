"""The other side of `retrograd bench`: the same work with another library.

    peer.py NAME CASE [--operation JSON] [--threads N] [--repetitions N] [--data FOLDER]
                      [--device CARD]

Prepares the case, prints {"ready": true, "version": …}, or {"missing": "PACKAGE"}, or {"error": "…"}, and then for every
line `run` that it reads does the work N times and prints {"seconds": …, "peakMegabytes": …,
"pageFaults": …, "systemSeconds": …}: the time of one repetition, the most memory that the process has
held, and what one repetition asked of the system. It ends with its input.

A single operation comes as JSON: {"operation": "convolution", "shapes": [[…], […]], "options":
{"stride": 2}, "withGradients": true}.

    NAME          what it needs                CASE
    torch         torch (pillow too for        all but decode-*
                  finetune-244*)
    torch-tf32    torch with CUDA              all but decode-* and photographs: with --device
    torch-fused   torch                        train-b*, finetune-b*, finetune-244*: Adam(fused=True)
    onnxruntime   onnxruntime, torch           forward-b*
    openvino      openvino, torch              forward-b*
    openblas      numpy                        sgemm-*
    pillow        pillow, numpy, torch         decode-244

With --device the names beginning with torch compute on the card of that name, with CUDA and nowhere else, and each
run ends when the card's work does: torch-tf32 with torch.backends' allow_tf32 on, the others with it off.
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import resource
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("name")
parser.add_argument("case")
parser.add_argument("--operation", type=json.loads)
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--repetitions", type=int, default=1)
parser.add_argument("--data", type=pathlib.Path)
parser.add_argument("--device")
options = parser.parse_args()

for variable in "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS":
    os.environ[variable] = str(options.threads)

# Answers go to standard output; what libraries print there goes to standard error.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def answer(**content):
    print(json.dumps(content), file=answers, flush=True)


def peak_megabytes():
    """The most memory that this process has held.

    What getrusage says on Linux begins with what the parent process held.
    """
    try:
        for line in pathlib.Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def number_in_case(prefix):
    """The 16 of train-b16."""
    return int(options.case.removeprefix(prefix))


def photographs():
    """The files in the folders inside the folder, and the number of the folder of each."""
    folders = sorted(path for path in options.data.iterdir() if path.is_dir())
    return [
        (file, label) for label, folder in enumerate(folders) for file in sorted(folder.iterdir())
        if file.suffix.lower() in (".jpg", ".jpeg") and not file.name.startswith(".")]


# PyTorch

class Refusal(Exception):
    pass


def torch_with_threads():
    import torch

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    return torch


def use_card(torch, tf32):
    """Makes and computes everything on the card, if PyTorch has it with CUDA."""
    if not torch.cuda.is_available():
        raise Refusal(
            f"PyTorch {torch.__version__} has no CUDA here, and its processor is no peer of "
            f"{options.device}")
    names = [torch.cuda.get_device_name(card) for card in range(torch.cuda.device_count())]
    if options.device not in names:
        raise Refusal(
            f"PyTorch {torch.__version__} finds {', '.join(names)} with CUDA, not {options.device}")
    torch.set_default_device(f"cuda:{names.index(options.device)}")
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    return f" on {options.device} with allow_tf32 {'on' if tf32 else 'off'}"


def make_alexnet(classes=1000):
    """torchvision's AlexNet with fresh weights."""
    from torch import nn

    class AlexNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(inplace=True),
                nn.MaxPool2d(3, stride=2),
                nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, stride=2),
                nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(inplace=True),
                nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(inplace=True),
                nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(inplace=True),
                nn.MaxPool2d(3, stride=2))
            self.avgpool = nn.AdaptiveAvgPool2d(6)
            self.classifier = nn.Sequential(
                nn.Dropout(0.5), nn.Linear(9216, 4096), nn.ReLU(inplace=True),
                nn.Dropout(0.5), nn.Linear(4096, 4096), nn.ReLU(inplace=True),
                nn.Linear(4096, classes))

        def forward(self, x):
            return self.classifier(self.avgpool(self.features(x)).flatten(1))

    return AlexNet()


def forward(torch):
    model = make_alexnet().eval()
    pictures = torch.randn(number_in_case("forward-b"), 3, 224, 224)

    @torch.inference_mode()
    def run():
        model(pictures)

    return run


def make_step(torch, model, optimizer):
    def step(inputs, labels):
        optimizer.zero_grad()
        outputs = model(inputs)
        # Maps of outputs have no labels here: half of their squares is a loss as well.
        loss = torch.nn.functional.cross_entropy(outputs, labels) if outputs.dim() == 2 \
            else (outputs * outputs).mean() * 0.5
        loss.backward()
        optimizer.step()

    return step


def make_adam(torch, parameters, fused, **settings):
    return torch.optim.Adam(parameters, **settings, **({"fused": True} if fused else {}))


def train(torch, fused, batch, frozen):
    model = make_alexnet().train()
    if frozen:
        model.features.requires_grad_(False)
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    step = make_step(torch, model, make_adam(torch, trainable, fused))
    pictures = torch.randn(batch, 3, 224, 224)
    labels = torch.arange(batch) * 37 % 1000
    return lambda: step(pictures, labels)


def finetune_photographs(torch, fused, trained_features):
    """Each photograph is decoded once, and what the frozen part makes of it is computed once."""
    files = photographs()
    labels = torch.tensor([label for _, label in files])
    model = make_alexnet(classes=int(labels.max()) + 1).train()
    cut = len(model.features) - trained_features
    frozen = model.features[:cut].requires_grad_(False)
    rest = torch.nn.Sequential(
        *model.features[cut:], model.avgpool, torch.nn.Flatten(), model.classifier)
    make_tensor = make_decoder(torch)

    def run():
        pictures = torch.stack([make_tensor(file) for file, _ in files])
        with torch.no_grad():
            kept = torch.cat([frozen(part) for part in pictures.split(16)])
        step = make_step(torch, rest, make_adam(torch, rest.parameters(), fused, lr=1e-4))
        for _ in range(5):
            for chosen in torch.randperm(len(files)).split(16):
                step(kept[chosen], labels[chosen])

    return run


def tiny_step(torch):
    from torch import nn

    model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 2))
    step = make_step(torch, model, torch.optim.Adam(model.parameters()))
    inputs, labels = torch.randn(8, 16), torch.arange(8) % 2
    return lambda: step(inputs, labels)


def chain(torch):
    def run():
        x = torch.tensor(1.0, requires_grad=True)
        y = x
        for _ in range(1_000_000):
            y = y * 1.0000001
        y.backward()

    return run


def device_work(torch):
    kind, megabytes = options.case.split("-")
    count = int(megabytes) * 250_000
    if kind == "upload":
        x, card = torch.ones(count, device="cpu"), torch.get_default_device()
        return lambda: x.to(card)
    x = torch.ones(count)
    return x.abs if kind == "map" else lambda: x.abs().cpu()


def torch_product(torch):
    size = number_in_case("sgemm-")
    a, b = torch.randn(size, size), torch.randn(size, size)
    return lambda: torch.matmul(a, b)


# Single operations, from their inputs and their options

def picked_rows(torch, rows, picked):
    indices = torch.arange(picked) * 7919 % rows
    return lambda table: table.index_select(0, indices)


def make_operation(torch, name, settings):
    functional = torch.nn.functional
    operations = {
        "add": lambda x: x + x,
        "products": lambda x: (x * x + x) * x - x,
        "broadcastProduct": lambda x, factors: x * factors,
        "relu": lambda x: x.relu(),
        "gelu": functional.gelu,
        "sigmoid": lambda x: x.sigmoid(),
        "tanh": lambda x: x.tanh(),
        "exp": lambda x: x.exp(),
        "sumOfChannels": lambda x: x.sum((0, 2, 3)),
        "meanOverChannels": lambda x: x.mean(1),
        "maxOverChannels": lambda x: x.max(1)[0],
        "cumulativeSum": lambda x: x.cumsum(1),
        "softmax": lambda x: x.softmax(-1),
        "logSoftmax": lambda x: x.log_softmax(1),
        "layerNorm": lambda x, weight, bias: functional.layer_norm(x, weight.shape, weight, bias),
        "batchNorm": lambda x, weight, bias: functional.batch_norm(
            x, None, None, weight, bias, training=True),
        "channelsLast": lambda x: x.permute(0, 2, 3, 1).contiguous(),
        "maxPool": lambda x: functional.max_pool2d(x, 3, 2, 1),
        "averagePool": lambda x: functional.avg_pool2d(x, 2),
        "enlarged": lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear"),
        "convolution": lambda x, weight: functional.conv2d(x, weight, **settings),
        "transposedConvolution": lambda x, weight: functional.conv_transpose2d(
            x, weight, stride=2, padding=1),
        "linear": functional.linear,
        "matrixProduct": torch.matmul,
    }
    return picked_rows(torch, **settings) if name == "pickedRows" else operations[name]


def operation(torch, work):
    inputs = [torch.randn(shape, requires_grad=True) for shape in work["shapes"]]
    function = make_operation(torch, work["operation"], work["options"])
    if not work["withGradients"]:
        @torch.no_grad()
        def forward():
            function(*inputs)

        return forward
    seed = torch.randn_like(function(*inputs))

    def run():
        for x in inputs:
            x.grad = None
        function(*inputs).backward(seed)

    return run


# Networks

def perceptron(torch):
    from torch import nn

    model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    step = make_step(torch, model, torch.optim.Adam(model.parameters()))
    inputs, labels = torch.randn(64, 784), torch.arange(64) % 10
    return lambda: step(inputs, labels)


def lstm(torch):
    weight = torch.randn(512, 256, requires_grad=True)
    bias = torch.randn(512, requires_grad=True)
    inputs = [torch.randn(32, 128) for _ in range(50)]

    def run():
        weight.grad = bias.grad = None
        output, memory = torch.zeros(32, 128), torch.zeros(32, 128)
        for x in inputs:
            gates = torch.nn.functional.linear(torch.cat([x, output], 1), weight, bias).chunk(4, 1)
            memory = gates[1].sigmoid() * memory + gates[0].sigmoid() * gates[2].tanh()
            output = gates[3].sigmoid() * memory.tanh()
        output.sum().backward()

    return run


def attention(torch):
    inputs = [torch.randn(8, 8, 256, 64, requires_grad=True) for _ in range(3)]
    seed = torch.randn(8, 8, 256, 64)

    def run():
        for x in inputs:
            x.grad = None
        queries, keys, values = inputs
        (((queries @ keys.transpose(-1, -2)) / 8).softmax(3) @ values).backward(seed)

    return run


def make_resnet():
    from torch import nn

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.norm1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.norm2 = nn.BatchNorm2d(outputs)
            same = stride == 1 and inputs == outputs
            self.shortcut = nn.Identity() if same else nn.Conv2d(
                inputs, outputs, 1, stride, bias=False)

        def forward(self, x):
            y = self.norm2(self.conv2(self.norm1(self.conv1(x)).relu()))
            return (y + self.shortcut(x)).relu()

    shapes = (16, 16, 1), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1)
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        *(Block(*shape) for shape in shapes),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def make_lenet():
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 6, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84),
        nn.ReLU(), nn.Linear(84, 10))


def make_vgg():
    from torch import nn

    layers = []
    for inputs, outputs in (3, 64), (64, 128), (128, 256):
        layers += [
            nn.Conv2d(inputs, outputs, 3, 1, 1), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))


def make_mobilenet():
    from torch import nn

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            hidden = 6 * inputs
            self.inner = nn.Sequential(
                nn.Conv2d(inputs, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(),
                nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
                nn.BatchNorm2d(hidden), nn.ReLU6(),
                nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
            self.residual = stride == 1 and inputs == outputs

        def forward(self, x):
            return x + self.inner(x) if self.residual else self.inner(x)

    return nn.Sequential(
        nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), Block(24, 24, 1),
        Block(24, 32, 2), Block(32, 32, 1), Block(32, 64, 2), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Linear(64, 10))


def make_unet():
    import torch
    from torch import nn

    def pair(inputs, outputs):
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, 1, 1), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1), nn.ReLU())

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down = nn.ModuleList([pair(3, 32), pair(32, 64), pair(64, 128)])
            self.rise = nn.ModuleList(
                [nn.ConvTranspose2d(128, 64, 2, 2), nn.ConvTranspose2d(64, 32, 2, 2)])
            self.up = nn.ModuleList([pair(128, 64), pair(64, 32)])
            self.last = nn.Conv2d(32, 2, 1)

        def forward(self, x):
            pool = nn.functional.max_pool2d
            first = self.down[0](x)
            second = self.down[1](pool(first, 2))
            y = self.down[2](pool(second, 2))
            y = self.up[0](torch.cat([second, self.rise[0](y)], 1))
            y = self.up[1](torch.cat([first, self.rise[1](y)], 1))
            return self.last(y)

    return UNet()


def training(torch, model, *shape):
    model.train()
    step = make_step(torch, model, torch.optim.SGD(model.parameters(), 0.01, momentum=0.9))
    pictures, labels = torch.randn(*shape), torch.arange(shape[0]) % 10
    return lambda: step(pictures, labels)


def evaluation(torch, model, *shape):
    model.eval()
    pictures = torch.randn(*shape)

    @torch.no_grad()
    def run():
        model(pictures)

    return run


NETWORKS = {
    "tiny-step": tiny_step,
    "chain-1m": chain,
    "perceptron": perceptron,
    "lstm": lstm,
    "attention": attention,
    "resnet14-train": lambda torch: training(torch, make_resnet(), 64, 3, 32, 32),
    "resnet14-eval": lambda torch: evaluation(torch, make_resnet(), 64, 3, 32, 32),
    "lenet-train": lambda torch: training(torch, make_lenet(), 64, 1, 28, 28),
    "lenet-eval": lambda torch: evaluation(torch, make_lenet(), 64, 1, 28, 28),
    "vgg-train": lambda torch: training(torch, make_vgg(), 4, 3, 112, 112),
    "vgg-eval": lambda torch: evaluation(torch, make_vgg(), 4, 3, 112, 112),
    "mobilenet-train": lambda torch: training(torch, make_mobilenet(), 16, 3, 112, 112),
    "mobilenet-eval": lambda torch: evaluation(torch, make_mobilenet(), 16, 3, 112, 112),
    "unet-train": lambda torch: training(torch, make_unet(), 4, 3, 96, 96),
    "unet-eval": lambda torch: evaluation(torch, make_unet(), 4, 3, 96, 96),
}


def torch_peer(fused=False, tf32=False):
    torch = torch_with_threads()
    place = use_card(torch, tf32) if options.device else ""
    case = options.case
    if options.operation:
        run = operation(torch, options.operation)
    elif case == "finetune-244":
        run = finetune_photographs(torch, fused, trained_features=0)
    elif case == "finetune-244-conv5":
        # The convolution, its ReLU and the pooling behind it.
        run = finetune_photographs(torch, fused, trained_features=3)
    elif case.startswith("forward-b"):
        run = forward(torch)
    elif case.startswith("train-b"):
        run = train(torch, fused, number_in_case("train-b"), frozen=False)
    elif case.startswith("finetune-b"):
        run = train(torch, fused, number_in_case("finetune-b"), frozen=True)
    elif case.startswith("sgemm-"):
        run = torch_product(torch)
    elif case.startswith(("map-", "upload-", "download-")):
        run = device_work(torch)
    else:
        run = NETWORKS[case](torch)
    return run, f"PyTorch {torch.__version__}{place}"


# Engines that run a network in the form of ONNX

def write_onnx(path, batch):
    import torch

    torch.onnx.export(make_alexnet().eval(), torch.randn(batch, 3, 224, 224), path, dynamo=False)


def with_onnx(load):
    """What `load` makes of AlexNet's file.

    Another process writes it, so that PyTorch's memory does not count. It is forked before anything has
    started threads.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "alexnet.onnx")
        writer = multiprocessing.get_context("fork").Process(
            target=write_onnx, args=(path, number_in_case("forward-b")))
        writer.start()
        writer.join()
        if writer.exitcode != 0:
            sys.exit("AlexNet could not be written as ONNX")
        return load(path)


def require_modules(*names):
    import importlib.util

    for name in names:
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(name=name)


def onnxruntime_peer():
    require_modules("onnxruntime", "torch", "onnx", "numpy")

    def load(path):
        import onnxruntime

        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
        return session, f"ONNX Runtime {onnxruntime.__version__}"

    session, version = with_onnx(load)
    pictures = random_pictures()
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: pictures}), version


def openvino_peer():
    require_modules("openvino", "torch", "onnx", "numpy")

    def load(path):
        import openvino

        settings = {
            "INFERENCE_NUM_THREADS": options.threads, "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY"}
        core = openvino.Core()
        compiled = core.compile_model(core.read_model(path), "CPU", settings)
        return compiled, f"OpenVINO {openvino.__version__.split('-')[0]}"

    compiled, version = with_onnx(load)
    pictures = random_pictures()
    return lambda: compiled([pictures]), version


def random_pictures():
    import numpy

    shape = (number_in_case("forward-b"), 3, 224, 224)
    return numpy.random.default_rng(1).standard_normal(shape, dtype=numpy.float32)


# Others

def openblas_peer():
    import numpy

    size = number_in_case("sgemm-")
    random = numpy.random.default_rng(1)
    a, b = (random.standard_normal((size, size), dtype=numpy.float32) for _ in range(2))
    library = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
    if "openblas" not in library["name"].lower():
        sys.exit(f"numpy computes with {library['name']}, not with OpenBLAS")
    return lambda: numpy.matmul(a, b), f"OpenBLAS {library['version']}, numpy {numpy.__version__}"


def make_decoder(torch):
    """A function from a file to what a network trained on ImageNet expects, as a plain script does it."""
    import numpy
    from PIL import Image

    mean = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)

    def make_tensor(file):
        picture = Image.open(file).convert("RGB")
        shorter = min(picture.size)
        width, height = (224 * extent // shorter for extent in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
        left, top = round((width - 224) / 2), round((height - 224) / 2)
        picture = picture.crop((left, top, left + 224, top + 224))
        tensor = torch.from_numpy(numpy.array(picture)).permute(2, 0, 1).contiguous()
        return (tensor.float().div(255) - mean) / deviation

    return make_tensor


def pillow_peer():
    torch = torch_with_threads()
    make_tensor = make_decoder(torch)
    import PIL

    files = [file for file, _ in photographs()]
    return lambda: [make_tensor(file) for file in files], f"Pillow {PIL.__version__}"


PEERS = {
    "torch": torch_peer,
    "torch-fused": lambda: torch_peer(fused=True),
    "torch-tf32": lambda: torch_peer(tf32=True),
    "onnxruntime": onnxruntime_peer,
    "openvino": openvino_peer,
    "openblas": openblas_peer,
    "pillow": pillow_peer,
}


def wait_for_card():
    if options.device:
        sys.modules["torch"].cuda.synchronize()


def main():
    if options.device and not options.name.startswith("torch"):
        sys.exit(f"{options.name} does not compute on a device")
    try:
        run, version = PEERS[options.name]()
    except ModuleNotFoundError as error:
        module = (error.name or "").split(".")[0]
        answer(missing={"PIL": "pillow"}.get(module, module))
        return
    except Refusal as refusal:
        answer(error=str(refusal))
        return
    answer(ready=True, version=version)
    for line in sys.stdin:
        if line.strip() != "run":
            sys.exit(f"expected `run`, got {line!r}")
        wait_for_card()
        before = resource.getrusage(resource.RUSAGE_SELF)
        start = time.perf_counter()
        for _ in range(options.repetitions):
            run()
        wait_for_card()
        seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_SELF)
        answer(
            seconds=seconds / options.repetitions, peakMegabytes=peak_megabytes(),
            pageFaults=(after.ru_minflt - before.ru_minflt) / options.repetitions,
            systemSeconds=(after.ru_stime - before.ru_stime) / options.repetitions)


main()
