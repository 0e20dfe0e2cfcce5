"""Writes nested_checkpoints/: checkpoints as training programs write them, each with one model to be found, and
nested_checkpoints.json with the key that leads to it, its names and its sums; and tensors of kinds that cannot
be read.

Requires torch==2.13.0+cpu and safetensors (0.8 was used).
"""
import argparse
import collections
import inspect
import json
import pathlib
import types
import warnings
import zipfile

import numpy
import torch
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
here = pathlib.Path(__file__).parent
folder = here / "nested_checkpoints"
folder.mkdir(exist_ok=True)
torch.manual_seed(5)


def network():
    return torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU(), torch.nn.Linear(2, 2))


def train(model, optimizer):
    """One step, after which the optimizer keeps tensors."""
    sum(p.square().sum() for p in model.parameters()).backward()
    optimizer.step()


model = network()
adam = torch.optim.Adam(model.parameters())
train(model, adam)
state, kept = model.state_dict(), adam.state_dict()
other = network().state_dict()
schedule = {"milestones": collections.Counter({30: 1, 60: 1}), "gamma": 0.1, "last_epoch": 3}
sgd = torch.optim.SGD(network().parameters(), 0.1, momentum=0.9)
report = {}


def write(name, content, key, expected=state, **options):
    torch.save(content, folder / name, **options)
    sums = {k: float(v.double().sum()) for k, v in expected.items()}
    report[name] = {"key": key, "sums": sums}


accuracy = torch.tensor(71.3)
write("imagenet-example.pth", {"epoch": 1, "arch": "alexnet", "state_dict": state, "best_acc1": accuracy, "optimizer": kept, "scheduler": schedule}, "state_dict")
write("model-state.pth", {"model_state": state, "optim_state": kept, "losses": torch.rand(20)}, "model_state")
write("params-ema.pth", {"params_ema": other, "params": state}, "params")
write("only-ema.pth", {"params_ema": state, "iter": 7}, "params_ema")
write("generator.pth", {"generator": state, "discriminator": other, "optim_g": kept, "optim_d": kept}, "generator")
write("model-in-model.pth", {"model": {"state_dict": state, "config": {"width": 2}}, "optimizer": kept}, "model.state_dict")
write("timm.pth", {"epoch": 3, "arch": "x", "state_dict": state, "optimizer": kept, "version": 2, "args": argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("a/b")), "amp_scaler": {"scale": 65536.0}, "state_dict_ema": other, "metric": accuracy}, "state_dict")
write("lightning.ckpt", {"epoch": 0, "global_step": 1, "pytorch-lightning_version": "2.5.0", "state_dict": collections.OrderedDict((f"net.{k}", v) for k, v in state.items()), "loops": {"fit_loop": {"state_dict": {}}}, "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_score": accuracy, "best_k_models": {}}}, "optimizer_states": [kept], "lr_schedulers": [schedule], "hyper_parameters": {"lr": 0.1}}, "state_dict", {f"net.{k}": v for k, v in state.items()})
write("own-name.pth", {"segmenter": state, "opt": kept, "rng": torch.random.get_rng_state(), "mean": torch.rand(3), "std": torch.rand(3)}, "segmenter")
write("optimizer-first.pth", {"adam": kept["state"], "history": [torch.tensor(0.5), torch.tensor(0.4)], "net": state}, "net")
write("list.pth", [state, kept, 5], "0")
write("beside-plain-names.pth", {"state_dict": {"a": torch.rand(3), "b": torch.rand(2)}, "best": accuracy}, "state_dict", {})
report["beside-plain-names.pth"]["sums"] = None
write("root-and-optimizer.pth", {**state, "optimizer": kept}, "")
write("defaults.pth", {"model": state, "stats": collections.defaultdict(list, {"loss": [1.0, 2.0]}), "numpy_accuracy": accuracy.double().numpy()[()], "version": torch.__version__, "seen": {1, 2}, "options": types.SimpleNamespace(a=1), "device": torch.device("cpu")}, "model")
write("stream.pth", {"epoch": 1, "model_state_dict": state, "optimizer_state_dict": kept, "best": accuracy}, "model_state_dict", _use_new_zipfile_serialization=False)
write("dotted-keys.pth", {"run.1": {"model.last": state}, "run.2": {"optimizer": kept}}, "run.1.model.last")
# Optimizers that keep what they know under the parameters' names.
write("optimizer-names.pth", {"segmenter": state, "adam_m": other, "my_optim": {"weights": other}, "fsdp": {"state": {k: {"weight": v} for k, v in other.items()}, "param_groups": []}}, "segmenter")

# Refused unless somebody says which.
torch.save({"encoder": state, "decoder": other, "optimizer": kept}, folder / "several.pth")
parts = {"backbone": torch.nn.Linear(1, 1).state_dict(), "head": torch.nn.Linear(20, 2).state_dict()}
torch.save(parts, folder / "head-and-backbone.pth")
torch.save({"epoch": 3, "optimizer": kept}, folder / "optimizer-only.pth")
torch.save({"state": kept["state"], "param_groups": kept["param_groups"]}, folder / "optimizer-alone.pth")

# Signs that are not yet applied, and kinds that cannot be read.
base = torch.arange(1.0, 7).reshape(2, 3)
signs = {
    "float32": base._neg_view(),
    "float64": base.double()._neg_view(),
    "float16": base.half()._neg_view(),
    "bfloat16": base.bfloat16()._neg_view(),
    "transposed": base._neg_view().t(),
    "part": base._neg_view()[1:, ::2],
    "parameter": torch.nn.Parameter(base._neg_view()),
    "imaginary": torch.complex(base, base).conj().imag,
    "plain": base,
}
signs["attribute"] = base._neg_view()
signs["attribute"].note = "x"
torch.save(signs, folder / "signs.pth")
torch.save(signs, folder / "signs-stream.pth", _use_new_zipfile_serialization=False)


class Own(torch.Tensor):
    pass


def unreadable():
    values = {
        "complex32": base.to(torch.complex32),
        "complex64": base.to(torch.complex64),
        "complex128": base.to(torch.complex128).conj(),
        "quantized": torch.quantize_per_tensor(base, 0.1, 0, torch.qint8),
        "channels": torch.quantize_per_channel(base, torch.tensor([0.1, 0.2]), torch.tensor([0, 0]), 0, torch.quint8),
        "sparse": base.to_sparse(),
        "rows": base.to_sparse_csr(),
        "own": base.as_subclass(Own),
        "negative": base.int()._neg_view(),
        "meta": torch.ones(2, 3, device="meta"),
        "nested": torch.nested.nested_tensor([base[0], base[1, :2]]),
        "lazy": torch.nn.LazyLinear(3).weight,
    }
    for name in ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"]:
        values[name] = base.to(getattr(torch, name))
    return {"good": base, "other.weight": torch.nn.Parameter(base), **values}


torch.save(unreadable(), folder / "unreadable.pth")
torch.save(unreadable(), folder / "unreadable-stream.pth", _use_new_zipfile_serialization=False)
torch.save({"a": base.to(torch.complex64)}, folder / "only-complex.pth")
save_file({"good": base, "bad": base.to(torch.float8_e4m3fn), "odd": base.to(torch.complex64)}, folder / "unreadable.safetensors")
report["unreadable"] = sorted(k for k in unreadable() if k not in ["good", "other.weight"])


# Forms that are none of ours.
class Wrapped(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(2, 2)

    def forward(self, x):
        return self.net(x)


torch.save(Wrapped(), folder / "module.pth")
torch.save({"epoch": 1, "model": Wrapped()}, folder / "module-inside.pth")
# The older form has each layer's source beside it, and where that stood.
inspect.getsourcefile, inspect.getsourcelines = lambda _: "linear.py", lambda _: (["source"], 1)
torch.save(torch.nn.Linear(2, 2), folder / "module-stream.pth", _use_new_zipfile_serialization=False)
torch.jit.trace(Wrapped(), torch.ones(1, 2)).save(folder / "script.pt")
torch.export.save(torch.export.export(Wrapped(), (torch.ones(1, 2),)), folder / "exported.pt2")


def without_places(path):
    """The archive without what says where on which machine it was made."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith(".debug_pkl")}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            if name.endswith("models/model.json"):
                data = b"{}"
            archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), data)


without_places(folder / "script.pt")
without_places(folder / "exported.pt2")

numpy.savez(folder / "arrays.npz", weight=numpy.ones((2, 2)), bias=numpy.ones(2))
(here / "nested_checkpoints.json").write_text(json.dumps(report, indent=1) + "\n")
