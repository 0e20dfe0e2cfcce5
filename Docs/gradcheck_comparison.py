#!/usr/bin/env python3
"""Prints what PyTorch's checker says of wrong gradients, and what ours says: the table of Docs/GradientCheckers.md.

    swift run -c release retrograd gradcheck --mistake all > mistakes.txt
    Docs/gradcheck_comparison.py mistakes.txt

Requires torch==2.13.0+cpu. A case is named as in `retrograd gradcheck --mistake list`, with the same function, shapes and
mistake; its numbers are PyTorch's, from a fixed seed. Cases of the group ADDED and the right functions are in no such list.
Each case is also compared with what PyTorch derives from the function itself, so that what is called wrong is wrong.
"""
import collections
import pathlib
import re
import sys
import warnings

import torch
import torch.nn.functional as F
from torch.autograd import gradcheck, gradgradcheck

assert torch.__version__.startswith("2.13.0"), torch.__version__
torch.set_num_threads(1)
warnings.simplefilter("ignore")

# How much of a message is shown.
THEIR_WIDTH, OUR_WIDTH = 60, 100
# Groups of cases.
LISTED, ADDED, RIGHT = "wrong, of our list", "wrong, added", "right"
MADE_RIGHT = "made right by PyTorch's engine"

Case = collections.namedtuple("Case", "name function right inputs group")
cases = []


def normal(*shape, seed=1):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def positive(*shape, seed=1):
    """From 0.5 to 2."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(shape, dtype=torch.float64, generator=generator) * 1.5 + 0.5


def spaced(*shape, seed=1):
    """Both signs, no nearer to 0 than 0.3, no two alike."""
    count = torch.Size(shape).numel()
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    return ((order.double() - count / 2 + 0.5) * 0.7).reshape(shape)


def operation(forward, backward):
    """`forward` of tensors, with `backward(x, y, dy)` as its derivative."""

    class Operation(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *x):
            y = forward(*x).clone()
            ctx.save_for_backward(*x, y)
            return y

        @staticmethod
        def backward(ctx, dy):
            *x, y = ctx.saved_tensors
            return backward(x if len(x) > 1 else x[0], y, dy)

    return Operation.apply


def wrong(name, inputs, forward, backward, group=LISTED):
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    cases.append(Case(name, operation(forward, backward), forward, inputs, group))


def composed(name, inputs, function, right):
    cases.append(Case(name, function, right, inputs, LISTED))


def elementwise():
    x, square = normal(3, 4), torch.square
    wrong("square: the 2 is missing", x, square, lambda x, y, dy: dy * x)
    wrong("square: the sign is wrong", x, square, lambda x, y, dy: -dy * x * 2)
    wrong("square: dy is left out", x, square, lambda x, y, dy: x * 2 + dy * 0)
    wrong("square: only the sign of dy", x, square, lambda x, y, dy: x * 2 * dy.sign())
    wrong("square: dy squared", x, square, lambda x, y, dy: dy * dy * x * 2)
    wrong("square: zero", x, square, lambda x, y, dy: dy * x * 0)
    composed("square: taken out of the graph", (normal(3),), lambda x: square(x.detach()), square)
    wrong("cube: one factor x missing", x, lambda x: x**3, lambda x, y, dy: dy * x * 3)
    wrong("tanh: 1 − x²", x, torch.tanh, lambda x, y, dy: dy * (1 - x * x))
    wrong("log: at x + 1", positive(3, 4), torch.log, lambda x, y, dy: dy / (x + 1))
    wrong("Gauss: the inner derivative is missing", x, lambda x: torch.exp(-x * x), lambda x, y, dy: dy * y)
    wrong("silu: the term with x is missing", x, F.silu, lambda x, y, dy: dy * x.sigmoid())
    off = torch.ones(3, 4, dtype=torch.float64)
    off[1, 2] = 1.01
    wrong("one element off by 1 %", x, torch.tanh, lambda x, y, dy: dy * (1 - y * y) * off)
    wrong("a small number is added", x, torch.tanh, lambda x, y, dy: dy * (1 - y * y) + 0.01)
    wrong("tanh: weight decay is added", x, torch.tanh, lambda x, y, dy: dy * (1 - y * y) + x * 0.01)
    wrong("tanh: the gradient is clipped", x, torch.tanh, lambda x, y, dy: (dy * (1 - y * y)).clamp(-0.5, 0.5))
    wrong("tanh: dy divided by its norm", x, torch.tanh, lambda x, y, dy: dy / dy.norm() * (1 - y * y))
    wrong("tanh: backward in single precision", x, torch.tanh,
          lambda x, y, dy: (dy.float() * (1 - y.float() * y.float())).double())


def masks():
    x = spaced(3, 4)
    wrong("relu: passes everything", x, torch.relu, lambda x, y, dy: dy)
    wrong("relu: the mask inverted", x, torch.relu, lambda x, y, dy: dy * (x < 0))
    wrong("maximum: to the smaller", (x, spaced(3, 4, seed=2) + 0.3), torch.maximum,
          lambda x, y, dy: (dy * (x[0] < x[1]), dy * (x[0] > x[1])))
    wrong("huber: not cut off", x, lambda x: torch.where(x.abs() <= 1, x * x / 2, x.abs() - 0.5), lambda x, y, dy: dy * x)
    mask, other = normal(4, 4, seed=3) > 0, normal(4, 4, seed=4) > 0
    wrong("dropout: another mask on the way back", normal(4, 4), lambda x: x * mask * 2, lambda x, y, dy: dy * other * 2)


def second_orders():
    x = normal(3, 4)
    wrong("square: the input as a constant", x, torch.square, lambda x, y, dy: dy * x.detach() * 2)
    wrong("tanh: half of the output as a constant", x, torch.tanh, lambda x, y, dy: dy * (1 - y.detach() * y))
    wrong("exp: dy as a constant", x, torch.exp, lambda x, y, dy: dy.detach() * y)
    wrong("softmax: the probabilities as constants", x, lambda x: x.softmax(1),
          lambda x, y, dy: y.detach() * (dy - (dy * y.detach()).sum(1, keepdim=True)))
    wrong("multiply: one factor as a constant", (normal(2, 3), normal(2, 3, seed=2)), torch.mul,
          lambda x, y, dy: (dy * x[1], dy * x[0].detach()))


def contracts():
    x, two = normal(3, 4), (normal(3), normal(3, seed=2))
    wrong("a gradient of another shape", x, lambda x: x * 2, lambda x, y, dy: (dy * 2).sum(0))
    wrong("a gradient of another dtype", x, lambda x: x * 2, lambda x, y, dy: (dy * 2).float())
    wrong("one gradient too few", two, torch.add, lambda x, y, dy: dy)
    wrong("no gradient for an input that needs one", two, torch.add, lambda x, y, dy: (dy, None))
    wrong("another gradient each time", normal(3), lambda x: x * 2, lambda x, y, dy: dy * (2 + torch.rand(()) * 1e-3))
    wrong("infinities on the way back", x, lambda x: x * 2, lambda x, y, dy: dy * 2 / (dy * 0))


def structures():
    batch, bias = normal(5, 4), normal(4, seed=2)
    wrong("bias: not summed over the batch", (batch, bias), torch.add, lambda x, y, dy: (dy, dy))
    wrong("bias: the mean over the batch", (batch, bias), torch.add, lambda x, y, dy: (dy, dy.mean(0)))
    wrong("column bias: summed over the wrong axis", (normal(4, 4), normal(4, 1, seed=2)), torch.add,
          lambda x, y, dy: (dy, dy.sum(0).reshape(4, 1)))
    wrong("subtract: the minus is missing", (normal(3, 4), positive(3, 4, seed=2)), torch.sub, lambda x, y, dy: (dy, dy))
    matrices = normal(3, 3), normal(3, 3, seed=2)
    wrong("matmul: b not transposed", matrices, torch.matmul, lambda x, y, dy: (dy @ x[1], x[0].T @ dy))
    wrong("matmul: the result transposed", matrices, torch.matmul, lambda x, y, dy: (dy @ x[1].T, (x[0].T @ dy).T))
    wrong("matmul: gradients exchanged", matrices, torch.matmul, lambda x, y, dy: (x[0].T @ dy, dy @ x[1].T))
    weight = normal(3, 4, seed=2)
    wrong("linear: divided by the batch", (batch, weight), F.linear, lambda x, y, dy: (dy @ x[1], dy.T @ x[0] / 5))
    wrong("linear: the weight's gradient transposed", (batch, weight), F.linear,
          lambda x, y, dy: (dy @ x[1], x[0].T @ dy))
    wrong("linear: only the first row of the batch", (batch, weight), F.linear,
          lambda x, y, dy: (dy @ x[1], dy[:1].T @ x[0][:1]))
    wrong("mean: the division is missing", normal(3, 4), lambda x: x.mean(1), lambda x, y, dy: dy[:, None].expand(3, 4))
    wrong("max: to the whole row", spaced(3, 4), lambda x: x.amax(1), lambda x, y, dy: dy[:, None].expand(3, 4))
    softmax = lambda x: x.softmax(1)
    wrong("softmax: the sum is missing", normal(3, 4), softmax, lambda x, y, dy: dy * y)
    wrong("softmax: the sum over the wrong axis", normal(4, 4), softmax,
          lambda x, y, dy: y * (dy - (dy * y).sum(0, keepdim=True)))
    wrong("roll: the same way back", normal(6), lambda x: x.roll(1), lambda x, y, dy: dy.roll(1))
    wrong("slice: one place off", normal(6), lambda x: x[2:5], lambda x, y, dy: F.pad(dy, (1, 2)))
    wrong("gather: written over instead of added", normal(4), lambda x: x[[2, 0, 2, 1, 2]],
          lambda x, y, dy: torch.stack([dy[1], dy[3], dy[4], dy[0] * 0]))
    wrong("concatenate: gradients exchanged", (normal(3), normal(3, seed=2)), lambda *x: torch.cat(x),
          lambda x, y, dy: (dy[3:], dy[:3]))
    wrong("repeat: only the first copy", normal(3), lambda x: torch.stack([x, x, x]), lambda x, y, dy: dy[0])
    self_product = operation(torch.mul, lambda x, y, dy: (dy * x[1], dy * 0))
    composed("one of two uses of an input is forgotten", (normal(3, 4),), lambda x: self_product(x, x), torch.square)


def conv_weight(x, dy, padding):
    """The gradient of a convolution's weight: a convolution with pictures and channels exchanged."""
    return F.conv2d(x.transpose(0, 1), dy.transpose(0, 1), padding=padding).transpose(0, 1)


def pictures():
    inputs = normal(2, 2, 5, 5), normal(3, 2, 3, 3, seed=2)
    convolved = lambda x, w: F.conv2d(x, w, padding=1)
    dx = lambda dy, w: F.conv_transpose2d(dy, w, padding=1)
    wrong("conv: the kernel flipped on the way back", inputs, convolved,
          lambda x, y, dy: (dx(dy, x[1].flip(2, 3)), conv_weight(x[0], dy, 1)))
    wrong("conv: the input's gradient one pixel off", inputs, convolved,
          lambda x, y, dy: (F.pad(dx(dy, x[1]), (1, 0, 1, 0))[:, :, :5, :5], conv_weight(x[0], dy, 1)))
    wrong("conv: the weight's gradient with other padding", inputs, convolved,
          lambda x, y, dy: (dx(dy, x[1]), conv_weight(x[0], dy, 2)[:, :, :3, :3]))
    wrong("conv: only the first picture of the batch", inputs, convolved,
          lambda x, y, dy: (dx(dy, x[1]), conv_weight(x[0][:1], dy[:1], 1)))
    wide = lambda dy: F.interpolate(dy, scale_factor=2)
    corner = torch.zeros(4, 4, dtype=torch.float64)
    corner[::2, ::2] = 1
    wrong("average pool: not divided", spaced(1, 1, 4, 4), lambda x: F.avg_pool2d(x, 2), lambda x, y, dy: wide(dy))
    wrong("max pool: to the window's first pixel", spaced(1, 1, 4, 4), lambda x: F.max_pool2d(x, 2),
          lambda x, y, dy: wide(dy) * corner)
    wrong("conv: the stride forgotten on the way back", inputs, lambda x, w: F.conv2d(x, w, stride=2, padding=1),
          lambda x, y, dy: (F.pad(dx(dy, x[1]), (0, 2, 0, 2)), torch.nn.grad.conv2d_weight(x[0], x[1].shape, dy, 2, 1)),
          ADDED)
    wrong("conv: the dilation forgotten on the way back", inputs, lambda x, w: F.conv2d(x, w, dilation=2, padding=2),
          lambda x, y, dy: (dx(dy, x[1]), torch.nn.grad.conv2d_weight(x[0], x[1].shape, dy, 1, 2, 2)), ADDED)


def normalizations():
    deviation = lambda x, axis: (x.var(axis, correction=0, keepdim=True) + 1e-5).sqrt()
    mean = lambda x, axis: x.mean(axis, keepdim=True)
    normalized = lambda x, axis: (x - mean(x, axis)) / deviation(x, axis)

    def layer(name, backward):
        wrong(name, normal(3, 5), lambda x: normalized(x, 1),
              lambda x, y, dy: backward(dy, normalized(x, 1)) / deviation(x, 1))

    layer("layer norm: the variance as a constant", lambda dy, z: dy - mean(dy, 1))
    layer("layer norm: the mean as a constant", lambda dy, z: dy - z * mean(dy * z, 1))
    layer("layer norm: the mean counts twice", lambda dy, z: dy - mean(dy, 1) * 2 - z * mean(dy * z, 1))
    wrong("batch norm: mean and variance as constants", normal(5, 3), lambda x: normalized(x, 0),
          lambda x, y, dy: dy / deviation(x, 0))

    def gained(x, y, dy):
        z, d = normalized(x[0], 0), dy * x[1]
        return (d - mean(d, 0) - z * mean(d * z, 0)) / deviation(x[0], 0), (dy * x[0]).sum(0)

    wrong("batch norm: the gain's gradient with x as it is", (normal(5, 3), normal(3, seed=2)),
          lambda x, gain: normalized(x, 0) * gain, gained)


def losses():
    logits, labels = normal(4, 3), torch.tensor([2, 0, 1, 1])
    hot = F.one_hot(labels, 3).double()
    wrong("cross-entropy: not divided by the batch", logits, lambda x: F.cross_entropy(x, labels),
          lambda x, y, dy: dy * (x.softmax(1) - hot))
    wrong("cross-entropy: dy is left out", logits, lambda x: F.cross_entropy(x, labels),
          lambda x, y, dy: (x.softmax(1) - hot) / 4 + dy * 0)
    wrong("nll: the next class", logits, lambda x: F.nll_loss(x, labels),
          lambda x, y, dy: dy * hot.roll(1, 1) / -4 + x * 0)


class Buffer:
    """A square whose derivative reads what the last call has left behind."""

    def __init__(self):
        self.kept = None
        self.recorded = operation(torch.square, lambda x, y, dy: dy * self.kept * 2)

    def square(self, x):
        self.kept = x.detach()
        return self.recorded(x)


def networks():
    x, square = normal(3, 4), normal(4, 4, seed=2)
    lacking = operation(lambda x: x.softmax(1), lambda x, y, dy: dy * y)

    def attention(softmax):
        def function(x, w):
            hidden = (x @ w).tanh()
            return (softmax(hidden) * hidden).sum(1)

        return function

    composed("network: the softmax in its middle lacks a term", (x, normal(4, 5, seed=2)), attention(lacking),
             attention(lambda x: x.softmax(1)))
    composed("network: the residual path is detached", (x, square), lambda x, w: (x @ w).relu() + x.detach(),
             lambda x, w: (x @ w).relu() + x)
    composed("a product with its own detached self", (x,), lambda x: x * x.detach(), torch.square)
    composed("a buffer that each call writes over", (normal(3),), Buffer().square, torch.square)

    def twice(x):
        buffer = Buffer()
        return buffer.square(x) * buffer.square(x * 2)

    composed("a buffer that a second use writes over", (normal(3),), twice, lambda x: x**2 * (x * 2) ** 2)


def added():
    x = normal(3, 4)
    wrong("tanh: dy clipped to ±1", x, torch.tanh, lambda x, y, dy: dy.clamp(-1, 1) * (1 - y * y), ADDED)
    wrong("tanh: wrong by one part in a million", x, torch.tanh, lambda x, y, dy: dy * (1 - y * y) * (1 + 1e-6), ADDED)
    wrong("tanh · 1e-6: twice too large", x, lambda x: x.tanh() * 1e-6, lambda x, y, dy: dy * (1 - (y * 1e6) ** 2) * 2e-6,
          ADDED)
    off = torch.ones(5000, dtype=torch.float64)
    off[3210] = 1.01
    wrong("sum of 5,000 squares: one element off by 1 %", positive(5000), lambda x: x.square().sum(),
          lambda x, y, dy: dy * x * 2 * off, ADDED)
    wrong("mean of 5,000 squares: one element off by 1 %", positive(5000), lambda x: x.square().mean(),
          lambda x, y, dy: dy * x * 2 / 5000 * off, ADDED)


def right_functions():
    at = lambda *numbers: torch.tensor(numbers, dtype=torch.float64)
    mask = torch.tensor([[0, -torch.inf, 0], [0, 0, -torch.inf]], dtype=torch.float64)
    for name, inputs, function in [
        ("log at 1e-6", at(1e-6), torch.log),
        ("x log x at 1e-6", at(1e-6, 0.5), lambda x: x * x.log()),
        ("sqrt at 1e-5", at(1e-5, 2), torch.sqrt),
        ("norm at 1e-6", at(1e-6, -2e-6, 1e-6), lambda x: x.norm()),
        ("tanh(1e5 x) at 1e-5", at(1e-5), lambda x: (x * 1e5).tanh()),
        ("sin(1e8 x) · 1e-8", at(0.3, 1.1), lambda x: (x * 1e8).sin() * 1e-8),
        ("a mask of -∞ before softmax", normal(2, 3), lambda x: (x + mask).softmax(1)),
        ("relu at 0", at(0, 0, 1), torch.relu),
    ]:
        cases.append(Case(name, function, function, (inputs,), RIGHT))


def derivatives(function, inputs, orders):
    """First, and second, derivatives for fixed cotangents, after another call of the same function."""
    x = [i.clone().requires_grad_() for i in inputs]
    y = function(*x)
    function(*(i + 1 for i in inputs))
    dy = normal(*y.shape, seed=7).requires_grad_()
    first = torch.autograd.grad(y, x, dy, create_graph=True)
    if orders == 1:
        return first
    total = sum((g * normal(*g.shape, seed=8)).sum() for g in first)
    return [*first, *torch.autograd.grad(total, [*x, dy], allow_unused=True, materialize_grads=True)]


def is_right(case, orders=2):
    """Whether what PyTorch's engine makes of a case is what it derives from the function itself."""
    try:
        found = derivatives(case.function, case.inputs, orders)
    except RuntimeError:
        return False
    wanted = derivatives(case.right, case.inputs, orders)
    return all(torch.allclose(a, b, rtol=1e-9, atol=0, equal_nan=True) for a, b in zip(found, wanted))


def complaint(check, case, **arguments):
    """What a checker of PyTorch's says against a case; None if it accepts it."""
    torch.manual_seed(1)
    try:
        check(case.function, [i.clone().requires_grad_() for i in case.inputs], **arguments)
    except (RuntimeError, TypeError, ValueError) as error:
        return str(error).split("\n")[0].rstrip(",")
    return None


def shortened(text, width):
    text = " ".join(text.split()).replace("|", "\\|")
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def first_sentence(report):
    """The first sentence that one of our reports says against a gradient, without its line breaks."""
    lines = report.split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith(("  ✗ ", "  Why: ", "  Seen: ")))
    # A broken rule's name is left out: the lines below it, which stand further in, say what has been found.
    indent, said = (4, []) if "✗" in lines[start] else (2, [lines[start].strip().removeprefix("Why: ")])
    for line in lines[start + 1 :]:
        if len(line) - len(line.lstrip()) != indent or line.startswith("  Also: "):
            break
        said.append(line.strip())
    return re.split(r"(?<=\.) (?=[A-Z])", " ".join(said))[0].rstrip(".")


def reports(text):
    """Our reports by name, from the output of `retrograd gradcheck --mistake all`."""
    parts = re.split(r"(?m)^(.+)\n\n(?=[✗✓?] )", text)
    return dict(zip(parts[1::2], parts[2::2]))


def print_arguments():
    """How often `gradcheck` is mistaken with other arguments than its own."""
    wrong_first = [c for c in cases if c.group != RIGHT and not is_right(c, orders=1)]
    ordinary = [c._replace(function=c.right) for c in wrong_first]
    nasty = [c for c in cases if c.group == RIGHT]
    print(f"\n## Other arguments\n| arguments | wrong in the first order: accepted, of {len(wrong_first)} | the same functions, right: "
          f"rejected, of {len(ordinary)} | the nasty ones, right: rejected, of {len(nasty)} |\n| --- | ---: | ---: | ---: |")
    for arguments in [{}, {"atol": 1e-9, "rtol": 1e-6}, {"eps": 1e-9}, {"eps": 1e-12}, {"fast_mode": True}]:
        name = "`" + ", ".join(f"{key}={value}" for key, value in arguments.items()) + "`" if arguments else "as they are"
        accepted = sum(complaint(gradcheck, c, **arguments) is None for c in wrong_first)
        rejected = [sum(complaint(gradcheck, c, **arguments) is not None for c in group) for group in (ordinary, nasty)]
        print(f"| {name} | {accepted} | {rejected[0]} | {rejected[1]} |")


def main(path):
    for add_cases in [elementwise, masks, second_orders, contracts, structures, pictures, normalizations, losses, networks,
                      added, right_functions]:
        add_cases()
    ours = reports(pathlib.Path(path).read_text())
    counts, rejected = collections.Counter(), collections.Counter()
    for title, groups in [("Wrong gradients", (LISTED, ADDED)), ("Right functions", (RIGHT,))]:
        print(f"\n## {title}\n| case | `gradcheck` | `gradgradcheck` | what PyTorch says | what Retrograd says |")
        print("| --- | --- | --- | --- | --- |")
        for case in (c for c in cases if c.group in groups):
            complaints = complaint(gradcheck, case), complaint(gradgradcheck, case)
            verdicts = ["accepts" if c is None else "rejects" for c in complaints]
            kind, said, own = case.group, shortened(complaints[0] or complaints[1] or "–", THEIR_WIDTH), "–"
            if case.group == LISTED:
                own = shortened(first_sentence(ours[case.name]), OUR_WIDTH)
            if case.group != RIGHT and is_right(case):
                kind, said = MADE_RIGHT, f"({MADE_RIGHT})"
            counts[kind, *verdicts] += 1
            rejected[kind, *verdicts] += case.group == LISTED and ours[case.name].startswith("✗")
            print(f"| {case.name} | {' | '.join(verdicts)} | {said} | {own} |")
    print("\n## Counts\n| gradients | `gradcheck` | `gradgradcheck` | cases | rejected by Retrograd |")
    print("| --- | --- | --- | ---: | ---: |")
    for key, count in sorted(counts.items()):
        print(f"| {' | '.join(key)} | {count} | {rejected[key] if key[0] in (LISTED, MADE_RIGHT) else '–'} |")
    print_arguments()


if __name__ == "__main__":
    main(*sys.argv[1:])
