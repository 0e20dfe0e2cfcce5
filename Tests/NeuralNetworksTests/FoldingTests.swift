import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradFiles
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import RetrogradTraining
import Synchronization
import Testing

@Suite("Folding normalizations")
struct FoldingTests {
  static let tolerances: [(DType, Double)] = [(.float32, 1e-5), (.float64, 1e-12)]

  /// A normalization that has seen batches, with parameters that are not 1 and 0.
  func used<Norm: ModeDependentLayer>(
    _ norm: Norm, on shape: [Int], _ dtype: DType, _ random: inout RandomSource
  ) -> Norm {
    for (_, variable) in norm.parameters {
      variable.value = .normal(variable.shape, mean: 0.5, dtype: dtype, using: &random)
    }
    for _ in 0..<3 {
      _ = norm(
        Variable(.normal(shape, mean: 1, standardDeviation: 3, dtype: dtype, using: &random)))
    }
    norm.eval()
    return norm
  }

  @Test(
    "a convolution gives the same with its normalization inside: groups, strides, no bias, no parameters",
    arguments: FoldingTests.tolerances)
  func convolutions(dtype: DType, tolerance: Double) {
    var random = RandomSource(seed: 1)
    for (inputs, outputs, groups, bias, affine, epsilon) in [
      (3, 5, 1, true, true, 1e-5), (4, 6, 2, false, true, 1e-3), (3, 9, 3, true, false, 1e-5),
      (1, 1, 1, false, false, 0.5),
    ] {
      let layer = Conv2d(
        inputs, outputs, kernel: [3, 2], stride: [2, 1], padding: [1, 0], dilation: [1, 2],
        groups: groups, bias: bias, dtype: dtype, using: &random)
      let norm = used(
        BatchNorm2d(outputs, epsilon: epsilon, affine: affine, dtype: dtype),
        on: [4, outputs, 3, 5], dtype, &random)
      let x = Variable(.normal([2, inputs, 7, 5], dtype: dtype, using: &random))
      let both = layer.folding(norm)
      #expect(both.weight.dtype == dtype && both.bias != nil)
      #expect(relativeError(both(x).value, norm(layer(x)).value) < tolerance)
    }
  }

  @Test(
    "so does a fully connected layer", arguments: FoldingTests.tolerances, [true, false])
  func connected(_ type: (dtype: DType, tolerance: Double), bias: Bool) {
    var random = RandomSource(seed: 2)
    for affine in [true, false] {
      let layer = Linear(7, 3, bias: bias, dtype: type.dtype, using: &random)
      let norm = used(
        BatchNorm1d(3, affine: affine, dtype: type.dtype), on: [5, 3], type.dtype, &random)
      let x = Variable(.normal([4, 7], dtype: type.dtype, using: &random))
      #expect(relativeError(layer.folding(norm)(x).value, norm(layer(x)).value) < type.tolerance)
    }
  }

  /// A convolution, a normalization that has seen batches, a rectifier, and a second convolution.
  private func normalized(dtype: DType = .float32) -> (model: Sequential, x: Variable) {
    var random = RandomSource(seed: 9)
    let model = Sequential(
      Conv2d(3, 16, kernel: 3, padding: 1, bias: false, dtype: dtype, using: &random),
      used(BatchNorm2d(16, dtype: dtype), on: [4, 16, 3, 5], dtype, &random), ReLU(),
      Conv2d(16, 5, kernel: 3, stride: 2, dtype: dtype, using: &random),
      used(BatchNorm2d(5, dtype: dtype), on: [4, 5, 3, 5], dtype, &random))
    model.eval()
    return (model, Variable(.normal([2, 3, 12, 12], dtype: dtype, using: &random)))
  }

  private func apart(_ model: Sequential, _ x: Variable) -> Tensor {
    withoutGradients { model.children.reduce(x) { $1.layer.forward($0) }.value }
  }

  @Test("a chain in evaluation computes a convolution and its normalization as one, up to rounding")
  func chainInEvaluation() {
    let (model, x) = normalized()
    let together = withoutGradients { model(x).value }
    let expected = apart(model, x)
    #expect(relativeError(together, expected) < 1e-5)
    // As one they round otherwise: that they do shows that it is done.
    #expect(together != expected)
    #expect(withoutGradients { model(x).value } == together)
    #expect(together == withoutGradients { model.folded()(x).value })
    // Where gradients are wanted, and in double precision, the layers run as they stand.
    #expect(model(x).value == expected)
    let exact = normalized(dtype: .float64)
    #expect(withoutGradients { exact.model(exact.x).value } == apart(exact.model, exact.x))
  }

  @Test("a chain that folds takes notice of every change of its numbers")
  func chainTakesNotice() throws {
    let (model, x) = normalized()
    func check(_ change: String) {
      let together = withoutGradients { model(x).value }
      #expect(relativeError(together, apart(model, x)) < 1e-5, "\(change)")
    }
    check("nothing")
    for (name, variable) in model.namedParameters {
      variable.value = variable.value * 1.5 + 0.1
      check(name)
    }
    try model.load(model.stateDict.mapValues { $0 * 1.25 })
    check("load")
    let optimizer = SGD(model.namedParameters, learningRate: 0.1)
    model.train()
    crossEntropy(model(x).mean(axes: [2, 3]), [1, 3]).backward()
    optimizer.step()
    model.eval()
    check("training")
    model[1] = BatchNorm2d(16)
    model.eval()
    check("another layer")
  }

  @Test("several threads may evaluate a chain that folds at once, also for the first time")
  func severalThreads() {
    let first = normalized()
    let expected = withoutGradients { first.model(first.x).value }
    for _ in 0..<200 {
      nonisolated(unsafe) let (model, x) = normalized()
      let different = Mutex(0)
      DispatchQueue.concurrentPerform(iterations: 8) { _ in
        let y = withoutGradients { model(x).value }
        if y != expected { different.withLock { $0 += 1 } }
      }
      #expect(different.withLock { $0 } == 0)
    }
  }

  @Test("a chain that folds shows what lies between to whoever reads it")
  func chainReaders() throws {
    let (model, x) = normalized()
    let expected = model.activations(of: x, at: ["0", "1", "2", "4"])
    for paths in [["0"], ["1"], ["2"], ["4"], ["0", "1", "2", "4"]] {
      let seen = withoutGradients { model.activations(of: x, at: paths) }
      for path in paths {
        let found = try #require(seen[path]).value
        #expect(relativeError(found, try #require(expected[path]).value) < 1e-5, "\(path)")
      }
    }
  }

  @Test("a chain keeps its names, and its other layers are the same objects")
  func chain() {
    var random = RandomSource(seed: 3)
    let rectifier = ReLU()
    let inner = Sequential(
      Conv2d(2, 3, kernel: 3, bias: false, using: &random),
      used(BatchNorm2d(3), on: [4, 3, 2, 2], .float32, &random))
    let model = Sequential(named: [
      ("inner", inner), ("relu", rectifier), ("flatten", Flatten()),
      ("last", Linear(27, 4, bias: false, using: &random)),
      ("norm", used(BatchNorm1d(4), on: [5, 4], .float32, &random)),
      // Again, and this time nothing comes before that could take it up.
      ("tanh", Tanh()), ("free", used(BatchNorm1d(4), on: [5, 4], .float32, &random)),
      // It goes by the batch in evaluation too.
      ("next", Linear(4, 4, using: &random)),
      ("batch", BatchNorm1d(4, trackRunningStatistics: false)),
    ])
    let folded = model.folded()
    #expect(
      folded.flattenedStages.map(\.path)
        == ["inner.0", "relu", "flatten", "last", "tanh", "free", "next", "batch"])
    #expect(folded[1] === rectifier)
    #expect(folded[6] === model[7])
    let x = Variable(.normal([6, 2, 5, 5], using: &random))
    #expect(relativeError(folded(x).value, model(x).value) < 1e-5)
    // What was folded has parameters of its own.
    let before = model(x).value
    for (_, variable) in (folded[3] as! Linear).parameters { variable.value = variable.value * 2 }
    #expect(model(x).value == before)
  }

  @Test("a normalization that does not fit, or keeps no statistics, is told so")
  func mistakes() async {
    let channels = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Conv2d(1, 2, kernel: 1).folding(BatchNorm2d(3))
    }
    #expect(
      channels?.message.contains("has 2 outputs, the normalization 3 channels") == true)
    let batch = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Linear(1, 2).folding(BatchNorm1d(2, trackRunningStatistics: false))
    }
    #expect(batch?.message.contains("keeps no running statistics") == true)
  }
}

@Suite("AlexNet with batch normalization")
struct NormalizedAlexNetTests {
  func model(_ dtype: DType = .float32, dropout: Double = 0.5) -> AlexNet {
    var random = RandomSource(seed: 4)
    return AlexNet(
      classes: 5, dropout: dropout, width: 0.1, hidden: 37, batchNorm: true, dtype: dtype,
      using: &random)
  }

  /// The same after some batches, in evaluation mode.
  func used(_ dtype: DType = .float32) -> AlexNet {
    let model = model(dtype)
    var random = RandomSource(seed: 5)
    for (name, variable) in model.namedParameters where name.contains("norm") {
      variable.value = .normal(
        variable.shape, mean: 1, standardDeviation: 0.3, dtype: dtype, using: &random)
    }
    for _ in 0..<3 {
      _ = model(Variable(.normal([4, 3, 80, 70], mean: 0.5, dtype: dtype, using: &random)))
    }
    model.eval()
    return model
  }

  @Test("has torchvision's names without biases before a normalization, and names of its own")
  func names() {
    let model = model()
    let plain = AlexNet(classes: 5, width: 0.1, hidden: 37).stateDict
    let state = model.stateDict
    let norms = [
      "features.norm0", "features.norm3", "features.norm6", "features.norm8", "features.norm10",
      "classifier.norm1", "classifier.norm4",
    ]
    let own = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    let replaced = norms.map { $0.replacing("norm", with: "") + ".bias" }
    #expect(
      Set(state.keys)
        == Set(plain.keys).subtracting(replaced)
        .union(norms.flatMap { norm in own.map { "\(norm).\($0)" } }))
    for (name, tensor) in state where plain[name] != nil {
      #expect(tensor.shape == plain[name]!.shape)
    }
    let stages = model.flattenedStages.map(\.path)
    #expect(stages.prefix(4) == ["features.0", "features.norm0", "features.1", "features.2"])
    #expect(
      stages.suffix(9) == [
        "classifier.0", "classifier.1", "classifier.norm1", "classifier.2", "classifier.3",
        "classifier.4", "classifier.norm4", "classifier.5", "classifier.6",
      ])
    #expect(stages.count == 22 + 7)
  }

  @Test(
    "folded, it is a plain AlexNet with the same outputs",
    arguments: FoldingTests.tolerances)
  func folded(dtype: DType, tolerance: Double) throws {
    let model = used(dtype)
    var random = RandomSource(seed: 6)
    let x = Variable(.normal([2, 3, 75, 97], dtype: dtype, using: &random))
    let folded = model.folded()
    #expect(!folded.hasBatchNorm && folded.dropout == 0.5)
    #expect(folded.stateDict.keys.sorted() == AlexNet(classes: 5).stateDict.keys.sorted())
    #expect(folded.stateDict.values.allSatisfy { $0.dtype == dtype })
    let expected = model(x).value
    #expect(relativeError(folded(x).value, expected) < tolerance)
    #expect(expected.variance(axes: [1]).min().item() > 1e-3)
    // The file of a folded network is one of a plain network.
    let loaded = try AlexNet(folded.stateDict)
    #expect(!loaded.hasBatchNorm)
    if dtype == .float32 { #expect(loaded(x).value == folded(x).value) }
    // Nothing to fold is left.
    #expect(folded.folded().stateDict == folded.stateDict)
  }

  @Test(
    "folded and unfolded again, it gives the same, in training mode nearly, and has new parameters",
    arguments: FoldingTests.tolerances)
  func unfolded(dtype: DType, tolerance: Double) throws {
    let folded = used(dtype).folded()
    var random = RandomSource(seed: 6)
    let x = Variable(.normal([16, 3, 75, 97], dtype: dtype, using: &random))
    let expected = folded(x).value
    let model = folded.unfolded(on: x, dropout: 0, using: &random)
    #expect(model.hasBatchNorm && model.dropout == 0 && !folded.hasBatchNorm)
    #expect(model.stateDict.mapValues(\.shape) == used(dtype).stateDict.mapValues(\.shape))
    model.eval()
    let other = Variable(.normal([2, 3, 64, 64], dtype: dtype, using: &random))
    #expect(relativeError(model(other).value, folded(other).value) < 100 * tolerance)
    // The very batch that the statistics are of: training mode differs by rounding alone.
    model.train()
    #expect(relativeError(model(x).value, expected) < 100 * tolerance)
    for (_, variable) in model.namedParameters { variable.value = variable.value * 2 }
    #expect(folded(x).value == expected)
  }

  @Test("unfolded with more outputs, the first ones stay, and the seed determines the others")
  func furtherOutputs() {
    let folded = used().folded()
    var random = RandomSource(seed: 6)
    let x = Variable(.normal([4, 3, 64, 64], using: &random))
    func unfolded() -> AlexNet {
      var random = RandomSource(seed: 9)
      return folded.unfolded(on: x, outputs: 8, using: &random)
    }
    let model = unfolded()
    #expect(model.classes == 8 && model.dropout == 0.5)
    #expect(model.stateDict == unfolded().stateDict)
    model.eval()
    let y = model(x).value
    #expect(relativeError(y.slice(0..<5, axis: 1), folded(x).value) < 1e-3)
    #expect(y.slice(5..<8, axis: 1).abs().min().item() > 0)
  }

  @Test("what cannot be unfolded is told so")
  func notUnfolded() async {
    let twice = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      var random = RandomSource(seed: 1)
      let model = AlexNet(classes: 2, width: 0.05, hidden: 3, batchNorm: true, using: &random)
      _ = model.unfolded(on: Variable(.zeros([1, 3, 63, 63])), using: &random)
    }
    #expect(twice?.message.contains("has batch normalization already") == true)
    let fewer = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      var random = RandomSource(seed: 1)
      let model = AlexNet(classes: 2, width: 0.05, hidden: 3, using: &random)
      _ = model.unfolded(on: Variable(.zeros([1, 3, 63, 63])), outputs: 1, using: &random)
    }
    #expect(fewer?.message.contains("1 outputs are fewer than the 2 classes") == true)
  }

  @Test("is recognized by its tensors, running statistics included")
  func loaded() throws {
    let model = used()
    let loaded = try AlexNet(model.stateDict, dropout: 0.2)
    #expect(loaded.hasBatchNorm && loaded.classes == 5 && loaded.dropout == 0.2)
    #expect(loaded.stateDict == model.stateDict)
    var random = RandomSource(seed: 7)
    let x = Variable(.normal([2, 3, 64, 64], using: &random))
    #expect(loaded(x).value == model(x).value)
  }

  @Test("what is missing of a normalization is named, and so is a bias before one")
  func misfits() {
    var state = model().stateDict
    state["features.norm8.running_var"] = nil
    state["classifier.1.bias"] = .zeros([37])
    state["features.norm0.weight"] = .zeros([7])
    let error = #expect(throws: StateDictError.self) { try AlexNet(state) }
    #expect(error?.missing == ["features.norm8.running_var"])
    #expect(error?.unexpected == ["classifier.1.bias"])
    #expect(error?.misshapen.map(\.name) == ["features.norm0.weight"])
  }

  @Test("hands on what it has learned, its normalizations too")
  func transferred() throws {
    let model = used()
    var random = RandomSource(seed: 8)
    let (next, new) = try AlexNet.transferring(model.stateDict, classes: 2, using: &random)
    #expect(new == ["classifier.6"])
    #expect(next.hasBatchNorm && next.classes == 2)
    let (old, now) = (model.stateDict, next.stateDict)
    #expect(now.allSatisfy { $0.key.hasPrefix("classifier.6.") || $0.value == old[$0.key] })
    let convolutions = old.filter { $0.key.hasPrefix("features.") }
    let (wide, layers) = try AlexNet.transferring(convolutions, classes: 2, using: &random)
    #expect(
      layers == [
        "classifier.1", "classifier.norm1", "classifier.4", "classifier.norm4", "classifier.6",
      ])
    #expect(wide.namedParameters.first { $0.name == "classifier.4.weight" }!.variable.shape[0] > 37)
  }

  @Test("is trained by Trainer, and its running statistics survive an interruption, bit for bit")
  func trained() throws {
    var settings = TrainingSettings()
    settings.epochs = 2
    settings.batchSize = 4
    settings.learningRate = 0.01
    settings.method = .sgd
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint")
    func trainer() -> Trainer {
      Trainer(
        model(dropout: 0.1), training: Noise(), validation: Noise(), settings: settings)
    }
    let whole = trainer()
    while try whole.advance() {}
    let first = trainer()
    for _ in 0..<3 { _ = try first.advance() }
    try first.writeCheckpoint(to: file)
    let second = trainer()
    try second.resume(from: file)
    while try second.advance() {}
    #expect(second.network.stateDict == whole.network.stateDict)
    let state = whole.network.stateDict
    #expect(state["features.norm0.num_batches_tracked"]?.item() == 4)
    #expect(whole.receipt.withoutGradient.isEmpty)
    #expect(whole.history.map(\.validationLoss) == second.history.map(\.validationLoss))
  }

  /// Pictures without a meaning.
  struct Noise: LabeledPictures {
    let classes = ["a", "b", "c", "d", "e"]
    let labels = (0..<8).map { $0 % 5 }
    let isRepeatable = true

    func picture(_ index: Int, epoch: Int) throws(FileError) -> Tensor {
      var random = RandomSource(seed: 9, at: [UInt64(index)])
      return .normal([3, 64, 64], using: &random)
    }
  }
}
