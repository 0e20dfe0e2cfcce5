import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import RetrogradWeightFiles
import Testing

/// What Tests/Fixtures/norms.py says of PyTorch's BatchNorm2d and BatchNorm1d.
private struct NormFixture: Decodable {
  struct Grid: Decodable {
    let shape: [Int]
    let scalars: [Double]
    var tensor: Tensor { Tensor(scalars, shape: shape, dtype: .float64) }
  }
  struct Step: Decodable {
    let training: Bool
    let x: Grid
    let cotangent: Grid
    let y: Grid
    let dx: Grid
    let gradients: [String: Grid]
    let state: [String: Grid]
  }
  struct Case: Decodable {
    let name: String
    let channels: Int
    let epsilon: Double
    let momentum: Double?
    let affine: Bool
    let tracks: Bool
    let state: [String: Grid]
    let steps: [Step]
  }
  struct Checkpoint: Decodable {
    let x: Grid
    let y: Grid
  }
  let cases: [Case]
  let checkpoint: Checkpoint
  /// Those of BatchNorm1d.
  let rows: [Case]

  static let all: NormFixture = Fixtures.json("norms.json")
}

@Suite("BatchNorm2d")
struct BatchNorm2dTests {
  @Test(
    "goes through training and evaluation as PyTorch's does: values, gradients, running statistics",
    arguments: NormFixture.all.cases.map(\.name))
  func steps(name: String) throws {
    let example = try #require(NormFixture.all.cases.first { $0.name == name })
    let layer = BatchNorm2d(
      example.channels, epsilon: example.epsilon, momentum: example.momentum,
      affine: example.affine, trackRunningStatistics: example.tracks, dtype: .float64)
    try check(layer, example)
  }

  @Test("loads a checkpoint that PyTorch wrote, and its evaluation agrees")
  func checkpoint() throws {
    let network = Sequential(Conv2d(2, 3, kernel: 3), BatchNorm2d(3), ReLU())
    try network.load(PyTorchCheckpoint.read(Fixtures.url("norms.pt")))
    network.eval()
    let fixture = NormFixture.all.checkpoint
    let y = network(Variable(fixture.x.tensor.converted(to: .float32))).value
    #expect(
      disagreement(y.converted(to: .float64), fixture.y.tensor, tolerance: 1e-6) == nil)
    #expect(network.stateDict["1.num_batches_tracked"]?.item() == 3)
  }

  @Test("begins as PyTorch's does, in the order of its state dictionary")
  func fresh() {
    let layer = BatchNorm2d(2)
    #expect(layer.parameters.map(\.name) == ["weight", "bias"])
    #expect(
      layer.buffers.map(\.name) == ["running_mean", "running_var", "num_batches_tracked"])
    #expect(
      layer.stateDict == [
        "weight": [1, 1], "bias": [0, 0], "running_mean": [0, 0], "running_var": [1, 1],
        "num_batches_tracked": Tensor(0, dtype: .float64),
      ])
    #expect(layer.isTraining && layer.epsilon == 1e-5 && layer.momentum == 0.1)
    #expect(BatchNorm2d(2, affine: false, trackRunningStatistics: false).stateDict.isEmpty)
  }

  @Test("changes its running statistics without recorded gradients too, and in evaluation not")
  func withoutRecording() {
    let layer = BatchNorm2d(1)
    let x = Variable(Tensor([1, 3], shape: [2, 1, 1, 1]))
    withoutGradients { _ = layer(x) }
    // 0.9 · 0 + 0.1 · 2 and 0.9 · 1 + 0.1 · 2, whose 2 is divided by n − 1.
    #expect(abs(layer.runningMean!.item() - 0.2) < 1e-7)
    #expect(abs(layer.runningVariance!.item() - 1.1) < 1e-7)
    let state = layer.stateDict
    layer.eval()
    _ = layer(x)
    #expect(layer.stateDict == state)
  }

  @Test("is converted and back, with its buffers")
  func convert() {
    let layer = BatchNorm2d(2)
    _ = layer(Variable(Tensor.arange(0, 8).reshaped([1, 2, 2, 2])))
    let state = layer.stateDict
    layer.convert(to: .float64)
    #expect(layer.stateDict.values.allSatisfy { $0.dtype == .float64 })
    _ = layer(Variable(.zeros([1, 2, 2, 2], dtype: .float64)))
    layer.convert(to: .float32)
    #expect(layer.batchCount == 2)
    #expect(layer.runningMean!.dtype == .float32)
    #expect(Set(layer.stateDict.keys) == Set(state.keys))
  }

  @Test("in a network, says which layer got the wrong channels or too few numbers")
  func mistakes() async {
    let channels = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Sequential(ReLU(), BatchNorm2d(3))(Variable(.zeros([2, 4, 5, 5])))
    }
    #expect(
      channels?.message.contains("1 (BatchNorm2d): expects [N, 3, H, W], got [2, 4, 5, 5]") == true)
    let single = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = BatchNorm2d(3)(Variable(.zeros([1, 3, 1, 1])))
    }
    #expect(single?.message.contains("more than one number") == true)
    let buffer = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      BatchNorm2d(3).setBuffer("running_std", to: [1, 1, 1])
    }
    #expect(buffer?.message.contains("running_mean [3], running_var [3]") == true)
  }
}

/// Takes a layer through the steps of an example.
private func check(_ layer: any ModeDependentLayer, _ example: NormFixture.Case) throws {
  try layer.load(example.state.mapValues(\.tensor))
  for (index, step) in example.steps.enumerated() {
    if step.training { layer.train() } else { layer.eval() }
    layer.zeroGrad()
    let x = Variable(step.x.tensor, requiresGrad: true)
    let y = layer(x)
    y.backward(step.cotangent.tensor)
    expect(y.value, step.y, "step \(index), output")
    expect(x.grad!, step.dx, "step \(index), gradient of the input")
    #expect(Set(layer.namedParameters.map(\.name)) == Set(step.gradients.keys))
    for (name, parameter) in layer.namedParameters {
      expect(parameter.grad!, step.gradients[name]!, "step \(index), gradient of \(name)")
    }
    let state = layer.stateDict
    #expect(Set(state.keys) == Set(step.state.keys))
    for (name, expected) in step.state {
      expect(state[name]!, expected, "step \(index), \(name) afterwards")
    }
  }
}

private func expect(_ actual: Tensor, _ expected: NormFixture.Grid, _ what: String) {
  if let problem = disagreement(actual, expected.tensor) { Issue.record("\(what) \(problem)") }
}

@Suite("BatchNorm1d")
struct BatchNorm1dTests {
  @Test(
    "goes through training and evaluation as PyTorch's does, with rows and with sequences",
    arguments: NormFixture.all.rows.map(\.name))
  func steps(name: String) throws {
    let example = try #require(NormFixture.all.rows.first { $0.name == name })
    let layer = BatchNorm1d(
      example.channels, epsilon: example.epsilon, momentum: example.momentum,
      affine: example.affine, trackRunningStatistics: example.tracks, dtype: .float64)
    try check(layer, example)
  }

  @Test("begins as BatchNorm2d does")
  func fresh() {
    let layer = BatchNorm1d(2)
    #expect(layer.stateDict == BatchNorm2d(2).stateDict)
    #expect(layer.isTraining && layer.epsilon == 1e-5 && layer.momentum == 0.1)
    #expect(layer.features == 2 && !layer.isRepeatable)
    layer.eval()
    #expect(layer.isRepeatable)
    #expect(BatchNorm1d(2, affine: false, trackRunningStatistics: false).stateDict.isEmpty)
  }

  @Test("says which layer got the wrong features or too few numbers")
  func mistakes() async {
    let features = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Sequential(ReLU(), BatchNorm1d(3))(Variable(.zeros([2, 4])))
    }
    #expect(
      features?.message.contains("1 (BatchNorm1d): expects [N, 3] or [N, 3, length], got [2, 4]")
        == true)
    let pictures = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = BatchNorm1d(3)(Variable(.zeros([2, 3, 1, 1])))
    }
    #expect(pictures?.message.contains("got [2, 3, 1, 1]") == true)
    let single = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = BatchNorm1d(3)(Variable(.zeros([1, 3])))
    }
    #expect(single?.message.contains("BatchNorm1d: in training a feature needs more") == true)
  }

  @Test("a number of batches that cannot be one is taken as none")
  func nonsense() throws {
    let layer = BatchNorm1d(1)
    for count in [Double.nan, .infinity, 1e300] {
      var state = layer.stateDict
      state["num_batches_tracked"] = Tensor(count, dtype: .float64)
      try layer.load(state)
      #expect(layer.batchCount == 0)
    }
  }
}

@Suite("LayerNorm, LocalResponseNorm and layers that resample")
struct PictureLayerTests {
  let picture: Variable = {
    var random = RandomSource(seed: 3)
    return Variable(.normal([2, 4, 4, 6], using: &random))
  }()

  @Test("LayerNorm has PyTorch's parameters and passes them on")
  func layerNormLayer() {
    let layer = LayerNorm([4, 6], epsilon: 0.1)
    #expect(layer.stateDict == ["weight": .ones([4, 6]), "bias": .zeros([4, 6])])
    layer.weight!.value = layer.weight!.value * 2
    layer.bias!.value = layer.bias!.value + 1
    #expect(
      layer(picture).value
        == layerNorm(
          picture, normalizedShape: [4, 6], weight: layer.weight, bias: layer.bias, epsilon: 0.1
        ).value)
    #expect(LayerNorm(6, bias: false).parameters.map(\.name) == ["weight"])
    #expect(LayerNorm(6, affine: false).parameters.isEmpty)
    let rows = LayerNorm(6, affine: false)(picture).value
    #expect(rows.mean(axes: [3]).abs().max().item() < 1e-6)
  }

  @Test("layers without parameters do what their function does")
  func functions() {
    let x = picture
    #expect(
      LocalResponseNorm(3, alpha: 0.1, beta: 0.5, k: 2)(x).value
        == localResponseNorm(x, size: 3, alpha: 0.1, beta: 0.5, k: 2).value)
    #expect(LocalResponseNorm(5)(x).value == localResponseNorm(x, size: 5).value)
    #expect(AdaptiveMaxPool2d([3, 2])(x).value == adaptiveMaxPool2d(x, to: [3, 2]).value)
    #expect(Upsample(to: [5, 7])(x).value == interpolate(x, to: [5, 7]).value)
    #expect(
      Upsample(scale: 1.5, mode: .bilinear, alignCorners: true)(x).value
        == interpolate(x, scale: 1.5, mode: .bilinear, alignCorners: true).value)
    #expect(Upsample(scale: (2, 0.5))(x).shape == [2, 4, 8, 3])
    #expect(PixelShuffle(2)(x).value == pixelShuffle(x, 2).value)
    #expect(PixelUnshuffle(2)(PixelShuffle(2)(x)).value == x.value)
    #expect(
      Pad2d(rows: (1, 0), columns: (2, 3), mode: .reflect)(x).value
        == x.padded([(1, 0), (2, 3)], mode: .reflect).value)
    #expect(Pad2d(2)(x).shape == [2, 4, 8, 10])
  }

  @Test("a convolution is a matrix product with the unfolded picture")
  func unfolding() {
    var random = RandomSource(seed: 4)
    let weight = Variable(.normal([3, 4, 3, 2], dtype: .float64, using: &random))
    let x = picture.converted(to: .float64)
    let columns = unfold(x, kernel: [3, 2], padding: 1, stride: 2)
    let product = matmul(weight.reshaped([3, -1]), columns)
    let expected = conv2d(x, weight, stride: 2, padding: 1).value
    #expect(disagreement(product.value.reshaped(expected.shape), expected) == nil)
  }

  @Test("an empty batch is shuffled and unshuffled like any other, and so are its gradients")
  func emptyShuffles() {
    let x = Variable(.zeros([0, 4, 2, 3]), requiresGrad: true)
    let y = pixelShuffle(x, 2)
    #expect(y.shape == [0, 1, 4, 6])
    #expect(pixelUnshuffle(y, 2).shape == x.shape)
    pixelUnshuffle(y, 2).sum().backward()
    #expect(x.grad?.shape == x.shape)
  }

  @Test("max-unpooling puts the maxima back where they were")
  func unpooling() {
    let (values, indices) = maxPool2dWithIndices(picture, kernel: 2)
    let back = maxUnpool2d(values, indices, outputSize: [4, 6])
    #expect(maxPool2d(back.relu(), kernel: 2).value == values.relu().value)
    #expect((back.value * picture.value).sum() == (values.value * values.value).sum())
  }

  @Test("borders and sizes that do not fit say why")
  func mistakes() async {
    let border = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Variable(.zeros([1, 1, 3, 3])).padded([(0, 0), (3, 0)], mode: .reflect)
    }
    #expect(
      border?.message.contains("widths (3, 0) of axis 3 do not fit shape [1, 1, 3, 3]") == true)
    #expect(border?.message.contains("narrower than the axis") == true)
    let corners = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = interpolate(Variable(.zeros([1, 1, 3, 3])), to: 6, alignCorners: true)
    }
    #expect(corners?.message.contains("alignCorners is for bilinear") == true)
    let columns = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = fold(Variable(.zeros([1, 8, 5])), outputSize: 3, kernel: 2)
    }
    #expect(columns?.message.contains("expects [N, C·4, 4], got [1, 8, 5]") == true)
  }
}
