import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Names for one thing")
struct GrammarTests {
  private let x = Variable([[0.5, -1.5, 2.25], [4, -0.25, 6]], requiresGrad: true)

  @Test("functions and methods of one name are one thing")
  func both() {
    #expect(relu(x).value == x.relu().value && sigmoid(x).value == x.sigmoid().value)
    #expect(gelu(x).value == x.gelu().value && silu(x).value == x.silu().value)
    #expect(softmax(x, axis: 1).value == x.softmax(axis: 1).value)
    #expect(logSoftmax(x, axis: 0).value == x.logSoftmax(axis: 0).value)
    #expect(x.softmax(axis: 1).value == x.value.softmax(axis: 1))
    let indices = IntTensor([2, 0], shape: [2, 1])
    #expect(x.gather(indices, axis: 1).value == gather(x, indices, axis: 1).value)
  }

  @Test("what a variable can do its numbers can, with the same result")
  func sameNames() {
    let t = x.value
    let pairs: [(String, Variable, Tensor)] = [
      ("relu", relu(x), relu(t)), ("sigmoid", sigmoid(x), sigmoid(t)),
      ("gelu", gelu(x, approximation: .tanh), gelu(t, approximation: .tanh)),
      ("silu", silu(x), silu(t)), ("softmax", softmax(x, axis: 1), softmax(t, axis: 1)),
      ("logSoftmax", logSoftmax(x, axis: 0), logSoftmax(t, axis: 0)),
      ("leakyReLU", x.leakyReLU(), t.leakyReLU()), ("elu", x.elu(), t.elu()),
      ("hardtanh", x.hardtanh(), t.hardtanh()), ("softplus", x.softplus(), t.softplus()),
      ("reciprocal", x.reciprocal(), t.reciprocal()), ("square", x.square(), t.square()),
      ("pow", pow(2, x), pow(2, t)), ("product", x.product(axis: 1), t.product(axis: 1)),
      ("product of nothing", x[0..<0].product(axis: 0), t[0..<0].product(axis: 0)),
      ("standardDeviation", x.standardDeviation(axes: [0]), t.standardDeviation(axes: [0])),
      ("topK", x.topK(2).values, t.topK(2).values),
      ("squeeze", x[0..<1].squeeze(), t[0..<1].squeeze()),
      ("unsqueeze", x.unsqueeze(axis: 1), t.unsqueeze(axis: 1)),
      ("expanded", x.expanded(to: [2, -1, -1]), t.expanded(to: [2, -1, -1])),
      ("repeated", x.repeated([2, 1, 2]), t.repeated([2, 1, 2])),
      ("split", x.split(2, axis: 1)[1], t.split(2, axis: 1)[1]),
      ("split(sizes:)", x.split(sizes: [1, 2], axis: 1)[1], t.split(sizes: [1, 2], axis: 1)[1]),
      ("chunk", x.chunk(2, axis: 1)[0], t.chunk(2, axis: 1)[0]),
      ("narrow", x.narrow(start: -2, count: 1, axis: 1), t.narrow(start: -2, count: 1, axis: 1)),
      ("select", x.select(-1, axis: 1), t.select(-1, axis: 1)),
      ("rolled", x.rolled(by: 2), t.rolled(by: 2)),
      ("padded", x.padded([(1, 1)], mode: .reflect), t.padded([(1, 1)], mode: .reflect)),
      ("padded by numbers", x.padded([(-1, 2)]), t.padded([(-1, 2)])),
      ("dot", dot(x[0], x[1]), dot(t.select(0, axis: 0), t.select(1, axis: 0))),
      ("outer", outer(x[0], x[1]), outer(t.select(0, axis: 0), t.select(1, axis: 0))),
      ("whole numbers", 3 - x * Int(2) / Int(4), 3 - t * Int(2) / Int(4)),
      ("clamped", x.clamped(min: Variable([0, 1, 2])), t.clamped(min: Tensor([0, 1, 2]))),
    ]
    for (name, variable, tensor) in pairs { #expect(variable.value == tensor, "\(name)") }
    let indices = IntTensor([2, 0], shape: [2, 1])
    #expect(x.gather(indices, axis: 1).value == t.gather(indices, axis: 1))
    #expect(x.argmax(axis: 1, keepDims: true) == t.argmax(axis: 1, keepDims: true))
    #expect(t.topK(1, largest: false).indices.scalars == [1, 1])
  }

  @Test("pictures and named axes, too")
  func pictures() {
    let t = Tensor.arange(0, 64).reshaped([1, 4, 4, 4])
    let x = Variable(t)
    let pairs: [(String, Variable, Tensor)] = [
      (
        "interpolate to", interpolate(x, to: 6, mode: .bicubic),
        interpolate(t, to: 6, mode: .bicubic)
      ),
      ("interpolate by", interpolate(x, scale: 1.7), interpolate(t, scale: 1.7)),
      (
        "interpolate by two", interpolate(x, scale: (2, 0.5), mode: .bilinear),
        interpolate(t, scale: (2, 0.5), mode: .bilinear)
      ),
      ("of one picture", interpolate(x[0], scale: 2), interpolate(t.select(0, axis: 0), scale: 2)),
      ("unfold", unfold(x, kernel: 2, padding: 1), unfold(t, kernel: 2, padding: 1)),
      (
        "fold", fold(unfold(x, kernel: 3), outputSize: 4, kernel: 3),
        fold(unfold(t, kernel: 3), outputSize: 4, kernel: 3)
      ),
      ("pixelShuffle", pixelShuffle(x, 2), pixelShuffle(t, 2)),
      ("pixelUnshuffle", pixelUnshuffle(x, 2), pixelUnshuffle(t, 2)),
      ("einsum", einsum("ncii->ni", x), einsum("ncii->ni", t)),
      ("einsum of two", einsum("nchw,ncvw->nhv", x, x), einsum("nchw,ncvw->nhv", t, t)),
    ]
    for (name, variable, tensor) in pairs { #expect(variable.value == tensor, "\(name)") }
    #expect(einsum("ij,j->i", Tensor([[1, 2], [3, 4]]), Tensor([1, 2])) == [5, 11])
  }

  @Test("a fraction that is written out is not divided as whole numbers")
  func fractions() {
    #expect((x.value * (1 / 2))[1, 0] == 2 && (x * (1 / 2)).value[1, 0] == 2)
  }

  @Test("a single number takes the axes 0 and -1, and no other")
  func singleNumber() async {
    let number = Tensor(2.5)
    #expect(number.sum(axes: [-1]) == number && number.softmax(axis: 0) == Tensor(1))
    #expect(number.argmax(axis: -1).shape == [] && number.max(axis: 0) == number)
    #expect(number.topK(0).values.shape == [0])
    #expect(number.indexSelect([0], axis: 0) == number && number.flipped(axes: [0]) == number)
    let beyond = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor(2.5).sum(axes: [1]) }
    #expect(beyond?.message.contains("sum: axis 1 is out of bounds for shape []") == true)
    let slice = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Tensor(2.5).slice(0..<1, axis: 0) }
    #expect(slice?.message.contains("slice: axis 0 is out of bounds for shape []") == true)
  }

  @Test("clamping by variables that broadcast in turn has the derivatives of finite differences")
  func clampedBroadcast() {
    let x = Tensor([-1.5, 0.25, 2.5], dtype: .float64)
    let min = Tensor([[-1], [0.5]], dtype: .float64)
    let max = Tensor([0.75, 0.9, -0.3, 2], shape: [4, 1, 1], dtype: .float64)
    #expect(
      gradientDisagreement(
        of: { $0[0].clamped(min: $0[1], max: $0[2]).square() }, at: [x, min, max], orders: 2)
        == nil)
  }

  @Test("an average cannot be divided by 0")
  func divisor() async {
    let zero = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = avgPool2d(Tensor.ones([1, 1, 2, 2]), kernel: 2, divisorOverride: 0) }
    #expect(zero?.message.contains("the sums cannot be divided by 0") == true)
  }

  @Test("operations are called in graphs what their functions are called")
  func graphNames() {
    let y = x.clamped(min: 0).flipped(axes: [0]).rolled(by: [1], axes: [1]).padded([(1, 1)])
      .reshaped([-1]).reshaped([2, 5]).permuted([1, 0]).transposed()
    #expect(
      y.operationsInGraph == [
        "clamped", "flipped", "rolled", "padded", "reshaped", "permuted", "transposed",
      ])
  }

  @Test("an index takes an axis away, and its gradient goes to where it came from")
  func subscripts() {
    #expect(x[0].shape == [3] && x[-1].value == [4, -0.25, 6])
    #expect(x[1, 2].shape == [] && x[1, 2].value.item() == 6)
    (x[0].sum() + x[1, 2] * 5).backward()
    #expect(x.grad == [[1, 1, 1], [0, 0, 5]])
  }

  @Test("floor and trunc are PyTorch's, and flat")
  func steps() {
    #expect(x.floor().value == [[0, -2, 2], [4, -1, 6]])
    #expect(x.trunc().value == [[0, -1, 2], [4, 0, 6]])
    #expect(Tensor([-0.5, .nan, -.infinity]).floor()[0] == -1)
    (x.floor() + x.trunc()).sum().backward()
    #expect(x.grad == Tensor.zeros([2, 3]))
  }

  @available(*, deprecated)
  @Test("old names still work")
  func deprecated() {
    #expect(x.flip(axes: [1]).value == x.flipped(axes: [1]).value)
    #expect(x.roll(by: [1], axes: [0]).value == x.rolled(by: [1], axes: [0]).value)
    #expect(x.roll(by: 1).value == x.rolled(by: 1).value)
    #expect(x.clamp(min: 0).value == x.clamped(min: 0).value)
    #expect(x.expand(to: [2, 2, 3]).value == x.expanded(to: [2, 2, 3]).value)
    #expect(x.value.flip(axes: [0]) == x.value.flipped(axes: [0]))
    #expect(x.value.clamp(max: 1) == x.value.clamped(max: 1))
    #expect(x.value.roll(by: [1], axes: [1]) == x.value.rolled(by: [1], axes: [1]))
    #expect(x.slice(axis: 1, 0..<3, step: 2).value == x.slice(0..<3, step: 2, axis: 1).value)
    #expect(x.value.slice(axis: 1, 0..<2) == x.value.slice(0..<2, axis: 1))
    #expect(x.narrow(axis: 1, start: 1, count: 2).value == x.value.slice(1..<3, axis: 1))
    #expect(x.select(axis: 0, index: 1).value == x[1].value)
    #expect(x.indexSelect(axis: 1, [2]).value == x.value.indexSelect(axis: 1, [2]))
    #expect(
      x.padded([(0, 1), (1, 0)], value: 2).value == x.value.padded([(0, 1), (1, 0)], value: 2))
    let places = IntTensor([0, 1, 1], shape: [1, 3])
    #expect(
      scatterAdd(x[0..<1], places, axis: 0, into: [2, 3]).value
        == scatterAdd(x.value[0..<1], places, axis: 0, into: [2, 3]))
    let pictures = Tensor.ones([1, 1, 2, 2])
    #expect(avgPool2dInputGradient(pictures, inputSize: 4, kernel: 2)[0, 0, 3, 3] == 0.25)
    #expect(adaptiveAvgPool2dInputGradient(pictures, inputSize: 4)[0, 0, 3, 3] == 0.25)
    #expect(Variable.GELUApproximation.tanh == .tanh)
  }
}
