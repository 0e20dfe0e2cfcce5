import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// A layer with a buffer, and one that runs its child twice.
private final class RunningMean: Layer {
  private(set) var mean = Tensor.zeros([2])
  var buffers: [(name: String, tensor: Tensor)] { [("mean", mean)] }
  func setBuffer(_ name: String, to tensor: Tensor) { mean = tensor }
  func forward(_ x: Variable) -> Variable { x - Variable(mean) }
}

private final class Twice: Layer {
  let inner: any Layer
  init(_ inner: any Layer) { self.inner = inner }
  var children: [(name: String, layer: any Layer)] { [("inner", inner)] }
  func forward(_ x: Variable) -> Variable { inner(inner(x)) }
}

@Suite("Layers")
struct LayerTests {
  func model() -> Sequential {
    var random = RandomSource(seed: 1)
    return Sequential(named: [
      ("body", Sequential(Linear(2, 3, using: &random), Tanh(), Dropout(0.5, using: &random))),
      ("head", Linear(3, 2, using: &random)),
    ])
  }

  @Test("name their parameters by paths, as PyTorch does")
  func names() {
    let model = model()
    #expect(
      model.namedParameters.map(\.name)
        == ["body.0.weight", "body.0.bias", "head.weight", "head.bias"])
    #expect(model.parameterCount == 2 * 3 + 3 + 3 * 2 + 2)
    #expect(
      model.namedLayers.map(\.path) == ["", "body", "body.0", "body.1", "body.2", "head"])
    #expect(Set(model.stateDict.keys) == Set(model.namedParameters.map(\.name)))
  }

  @Test("a layer that stands in two places counts once and is loaded by either name")
  func shared() throws {
    let linear = Linear(2, 2)
    let model = Sequential(linear, linear)
    #expect(model.namedParameters.map(\.name) == ["0.weight", "0.bias"])
    #expect(model.parameterCount == 6)
    #expect(Set(model.stateDict.keys) == ["0.weight", "0.bias", "1.weight", "1.bias"])
    try model.load(model.stateDict)
  }

  @Test("train and eval reach every layer inside")
  func modes() {
    let model = model()
    let x = Variable(.ones([4, 2]))
    model.eval()
    #expect(model(x).value == model(x).value)
    model.train()
    #expect(model(x).value != model(x).value)
  }

  @Test("a Dropout's masks come from its own source, which can be put back")
  func dropoutReplayed() {
    let dropout = Dropout(0.5)
    let x = Variable(.ones([64]))
    let before = dropout.random
    let first = dropout(x).value
    #expect(dropout(x).value != first)
    dropout.random = before
    #expect(dropout(x).value == first)
  }

  @Test("freezing stops gradients by path, and a path is not a beginning of a name")
  func freezing() {
    let model = Sequential((0..<11).map { _ in Linear(2, 2) })
    model.freeze("1", "3.bias")
    let frozen = model.namedParameters.filter { !$0.variable.requiresGrad }.map(\.name)
    #expect(frozen == ["1.weight", "1.bias", "3.bias"])
    model(Variable(.ones([1, 2]))).sum().backward()
    let without = model.namedParameters.filter { $0.variable.grad == nil }.map(\.name)
    #expect(without == frozen)
    model.unfreeze("1.weight")
    #expect(model.trainableParameters.count == 20)
    model.freeze()
    #expect(model.trainableParameters.isEmpty)
    model.unfreeze()
    #expect(model.trainableParameters.count == 22)
  }

  @Test("convert changes parameters and buffers in place and back without loss")
  func convert() {
    let model = Sequential(Linear(2, 2), RunningMean())
    let before = model.stateDict
    let weight = model.namedParameters[0].variable
    model(Variable(.ones([1, 2]))).sum().backward()
    model.convert(to: .float64)
    #expect(model.namedParameters[0].variable === weight)
    #expect(model.stateDict.values.allSatisfy { $0.dtype == .float64 })
    #expect(weight.grad == nil && weight.requiresGrad)
    model(Variable(.ones([1, 2], dtype: .float64))).sum().backward()
    #expect(weight.grad?.dtype == .float64)
    model.convert(to: .float32)
    #expect(model.stateDict == before)
  }

  @Test("gradients flow through a layer that is used twice, and add up")
  func usedTwice() {
    let inner = Linear(1, 1, bias: false, initializer: .constant(3), dtype: .float64)
    let y = Twice(inner)(Variable(Tensor([[2]], dtype: .float64)))
    #expect(y.item() == 18)
    y.backward()
    // d(w²x)/dw = 2wx.
    #expect(inner.weight.grad?.scalars == [12])
  }

  @Test("activations are what the layers gave, in the graph")
  func activations() {
    let model = model()
    model.eval()
    let x = Variable(.ones([1, 2]))
    let found = model.activations(of: x, at: ["", "body.0", "body.1"])
    #expect(found[""]?.value == model(x).value)
    #expect(found["body.1"]?.value == found["body.0"]?.value.tanh())
    let gradient = gradients(of: found[""]!.sum(), withRespectTo: [found["body.1"]!])[0]
    let head = model.children[1].layer as! Linear
    #expect(gradient.value == head.weight.value.sum(axes: [0], keepDims: true))
  }

  @Test("nobody reads activations after the call that asked for them")
  func activationsEnd() {
    let model = Sequential(Twice(ReLU()), ReLU())
    let found = model.activations(of: Variable([-1, 2]), at: ["0.inner"])
    #expect(found.count == 1)
    #expect(model(Variable([-1, 2])).value == [0, 2])
  }

  @Test("a new head can be put in place of the old one")
  func replacing() {
    let model = Sequential(Linear(2, 3), ReLU(), Linear(3, 4))
    model[2] = Linear(3, 2)
    #expect(model(Variable(.ones([5, 2]))).shape == [5, 2])
    #expect(model.namedParameters.map(\.name).last == "2.bias")
  }

  @Test("layers without parameters do what their function does")
  func functions() {
    let x = Variable([[-1, 2], [3, -4]])
    #expect(ReLU()(x).value == x.relu().value)
    #expect(Tanh()(x).value == x.tanh().value)
    #expect(Sigmoid()(x).value == x.sigmoid().value)
    #expect(Softmax()(x).value == softmax(x, axis: 1).value)
    #expect(LogSoftmax(axis: 0)(x).value == logSoftmax(x, axis: 0).value)
    #expect(Flatten()(Variable(.zeros([2, 3, 4]))).shape == [2, 12])
    let picture = Variable(Tensor.arange(0, 32).reshaped([1, 2, 4, 4]))
    #expect(
      MaxPool2d(kernel: 3, stride: 2, padding: 1, ceilMode: true)(picture).value
        == maxPool2d(picture, kernel: 3, stride: 2, padding: 1, ceilMode: true).value)
    #expect(MaxPool2d(kernel: 2)(picture).shape == [1, 2, 2, 2])
    #expect(
      AvgPool2d(kernel: 3, stride: 1, padding: 1, countIncludesPadding: false)(picture).value
        == avgPool2d(
          picture, kernel: 3, stride: 1, padding: 1, countIncludesPadding: false
        ).value)
    #expect(
      AdaptiveAvgPool2d([3, 2])(picture).value == adaptiveAvgPool2d(picture, to: [3, 2]).value)
  }

  @Test("convolutions pass all their arguments on")
  func convolutions() {
    var random = RandomSource(seed: 2)
    let x = Variable(.normal([2, 4, 7, 8], using: &random))
    let convolution = Conv2d(
      4, 6, kernel: [3, 2], stride: [2, 1], padding: [1, 0], dilation: [1, 2], groups: 2,
      using: &random)
    #expect(
      convolution(x).value
        == conv2d(
          x, convolution.weight, bias: convolution.bias, stride: [2, 1], padding: [1, 0],
          dilation: [1, 2], groups: 2
        ).value)
    let transposed = ConvTranspose2d(
      4, 6, kernel: 3, stride: 2, padding: 1, outputPadding: 1, dilation: 2, groups: 2,
      bias: false, using: &random)
    #expect(
      transposed(x).value
        == convTranspose2d(
          x, transposed.weight, stride: 2, padding: 1, outputPadding: 1, dilation: 2, groups: 2
        ).value)
  }
}

@Suite("State dictionaries")
struct StateDictTests {
  let model = Sequential(Linear(2, 3), RunningMean(), Linear(3, 1))

  @Test("load back what was saved, buffers too")
  func roundTrip() throws {
    var state = model.stateDict.mapValues { $0 + 1 }
    state["1.mean"] = [5, 6]
    try model.load(state)
    #expect(model.stateDict == state)
  }

  @Test("everything that does not fit is reported at once, and nothing is changed")
  func misfits() throws {
    let before = model.stateDict
    var state = before.mapValues { $0 + 1 }
    state["0.bias"] = nil
    state["2.weight"] = .zeros([3, 1])
    state["extra"] = [1]
    let error = #expect(throws: StateDictError.self) { try model.load(state) }
    #expect(error?.missing == ["0.bias"])
    #expect(error?.unexpected == ["extra"])
    #expect(
      error?.misshapen.map { "\($0.name) \($0.expected) \($0.found)" }
        == ["2.weight [1, 3] [3, 1]"])
    for part in ["0.bias", "extra", "2.weight: expected shape [1, 3], found [3, 1]", "Sequential"] {
      #expect("\(error!)".contains(part))
    }
    #expect(model.stateDict == before)
  }

  @Test("without strictness names may differ, shapes may not")
  func lenient() throws {
    let state: [String: Tensor] = ["2.bias": [7], "extra": [1]]
    let (missing, unexpected) = try model.load(state, strict: false)
    #expect(missing == ["0.bias", "0.weight", "1.mean", "2.weight"])
    #expect(unexpected == ["extra"])
    #expect(model.stateDict["2.bias"] == [7])
    #expect(throws: StateDictError.self) {
      try model.load(["2.bias": [1, 2]], strict: false)
    }
  }

  @Test("tensors take the network's dtype")
  func dtypes() throws {
    try model.load(model.stateDict.mapValues { $0.converted(to: .float64) })
    #expect(model.stateDict.values.allSatisfy { $0.dtype == .float32 })
  }
}

@Suite("A mistake inside a network")
struct LayerMistakeTests {
  @Test("names the layer by its path, the shapes and a remedy")
  func path() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let model = Sequential(named: [("classifier", Sequential(Dropout(), Linear(9216, 4)))])
      _ = model(Variable(.zeros([4, 6400])))
    }
    #expect(
      result?.message.contains("classifier.1 (Linear): expects [N, 9216], got [4, 6400].") == true)
  }

  @Test("is named below layers of one's own, which need not list their children")
  func unlisted() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      final class Outer: Layer {
        let inner = Sequential(Conv2d(3, 4, kernel: 3))
        func forward(_ x: Variable) -> Variable { inner(x) }
      }
      _ = Outer()(Variable(.zeros([1, 2, 8, 8])))
    }
    #expect(
      result?.message.contains("Sequential.0 (Conv2d): expects [N, 3, H, W]") == true,
      "\(result?.message ?? "")")
  }

  @Test("freezing or reading what is not there lists what is")
  func unknownNames() async {
    let freeze = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      Sequential(Linear(1, 1), ReLU()).freeze("2")
    }
    #expect(freeze?.message.contains("is called \"2\"; there are 0.weight, 0.bias") == true)
    let read = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Sequential(Linear(1, 1), ReLU()).activations(of: Variable([[1]]), at: ["relu"])
    }
    #expect(read?.message.contains("is called \"relu\"; there are 0, 1") == true)
  }

  @Test("a layer that runs its children's forward itself cannot be read, and is told so")
  func bypassed() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      final class Outer: Layer {
        let inner = ReLU()
        var children: [(name: String, layer: any Layer)] { [("inner", inner)] }
        func forward(_ x: Variable) -> Variable { inner.forward(x) }
      }
      _ = Outer().activations(of: Variable([1]), at: ["inner"])
    }
    #expect(result?.message.contains("child(x), not child.forward(x)") == true)
  }
}
