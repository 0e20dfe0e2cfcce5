import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradImages
import RetrogradRuns
import RetrogradTensors
import RetrogradTestSupport
import RetrogradTraining
import Testing

@testable import RetrogradNeuralNetworks

/// Small pictures in two colors; from an epoch on they may be no numbers.
private struct Patches: LabeledPictures {
  let classes = ["dark", "light"]
  let labels = (0..<12).map { $0 % 2 }
  var isRepeatable = false
  /// From which epoch on, counted from 0, pictures are multiplied by something.
  var factor: (epoch: Int, value: Double) = (.max, 1)

  func picture(_ index: Int, epoch: Int) -> Tensor {
    var random = RandomSource(seed: 5, at: [UInt64(index)])
    let picture = Tensor.normal([3, 4, 4], using: &random) + Double(labels[index])
    return epoch < factor.epoch ? picture : picture * factor.value
  }
}

/// The square root of nothing: it is 0, and its slope no number.
private final class Root: Layer {
  func forward(_ x: Variable) -> Variable { x + (x * 0).sqrt() }
}

private func makeNetwork(_ more: any Layer...) -> Sequential {
  var random = RandomSource(seed: 2)
  let network = Sequential(
    [Conv2d(3, 4, kernel: 3, using: &random), ReLU(), Flatten()] + more
      + [Linear(16, 8, using: &random), ReLU(), Linear(8, 2, using: &random)])
  network.freeze("0")
  return network
}

private func settings(
  rate: Double, epochs: Int = 4, batch: Int = 4,
  _ change: (inout TrainingSettings) -> Void = { _ in }
) -> TrainingSettings {
  var settings = TrainingSettings()
  settings.method = .sgd
  settings.learningRate = rate
  settings.epochs = epochs
  settings.batchSize = batch
  change(&settings)
  return settings
}

/// Trains until the training fails.
private func failure(_ trainer: Trainer) throws -> DivergenceError {
  try #require(#expect(throws: DivergenceError.self) { while try trainer.advance() {} })
}

@Suite("A training that comes to numbers that are not finite")
struct DivergenceTests {
  @Test(
    "stops at once, says where, and gives the network back what it was",
    arguments: [true, false], [true, false])
  func loss(isRepeatable: Bool, isJudged: Bool) throws {
    let network = makeNetwork()
    let before = network.stateDict
    let trainer = Trainer(
      network, training: Patches(isRepeatable: isRepeatable),
      validation: isJudged ? Patches(isRepeatable: true) : nil, settings: settings(rate: 1e25))
    let error = try failure(trainer)
    #expect(trainer.keepsFeatures == isRepeatable)
    #expect(error.quantity == .loss && error.step == 2 && error.epoch == 1)
    #expect(error.stepCount == 12 && error.learningRate == 1e25 && error.keptEpoch == nil)
    #expect(error.place == "5 (Linear)" || error.place == "3 (Linear)")
    #expect(
      error.description.contains("step 2 of 12, epoch 1, learning rate 1e+25: the loss is not"))
    #expect(error.description.contains("learning rate of 1e+24 or less"))
    #expect(network.stateDict == before)
    // It stays so.
    #expect(try failure(trainer) == error)
    #expect(trainer.divergence == error && trainer.history.isEmpty)
  }

  @Test(
    "a gradient that is not finite is found although the loss is, and never becomes a parameter")
  func gradient() throws {
    let network = makeNetwork(Linear(16, 16), Root())
    let before = network.stateDict
    let error = try failure(
      Trainer(network, training: Patches(), settings: settings(rate: 1e-3) { $0.clipNorm = 1 }))
    #expect(error.quantity == .gradient && error.place == "3.bias" && error.step == 1)
    #expect(network.stateDict == before)
  }

  @Test("a step that makes a parameter infinite is found, also where it is the last one")
  func parameters() throws {
    let network = makeNetwork()
    let before = network.stateDict
    let error = try failure(
      Trainer(
        network, training: Patches(), settings: settings(rate: 1e300, epochs: 1, batch: 12)))
    #expect(error.quantity == .parameters && error.place == "3.weight" && error.step == 1)
    #expect(network.stateDict == before)
  }

  @Test("so is a network that gives no numbers after the last step")
  func lastStep() throws {
    let network = makeNetwork()
    let before = network.stateDict
    func train(_ validation: Patches?) throws -> DivergenceError {
      try failure(
        Trainer(
          network, training: Patches(), validation: validation,
          settings: settings(rate: 1e25, epochs: 1, batch: 12)))
    }
    let error = try train(nil)
    #expect(error.quantity == .loss && error.step == 1 && error.stepCount == 1)
    #expect(network.stateDict == before)
    #expect(try train(Patches(isRepeatable: true)).quantity == .validation)
    #expect(network.stateDict == before)
  }

  @Test(
    "the network of the last epoch, or of the best one, is kept",
    arguments: [true, false], [nil, 0.5])
  func kept(isJudged: Bool, averaging: Double?) throws {
    func trainer(_ network: Sequential, epochs: Int, _ pictures: Patches) -> Trainer {
      Trainer(
        network, training: pictures, validation: isJudged ? Patches(isRepeatable: true) : nil,
        settings: settings(rate: 1e-3, epochs: epochs) {
          $0.averaging = averaging
          $0.schedule = LearningRateSchedule(.constant)
        })
    }
    let network = makeNetwork()
    let error = try failure(
      trainer(network, epochs: 4, Patches(factor: (epoch: 2, value: .nan))))
    #expect(error.quantity == .pictures && error.step == 7 && error.keptEpoch == 2)
    #expect(error.description.contains("The network is that of epoch 2 again."))
    let two = makeNetwork()
    let good = trainer(two, epochs: 2, Patches())
    while try good.advance() {}
    _ = try good.restoreBest()
    #expect(network.stateDict == two.stateDict)
  }

  @Test("resumed, a training that diverges before its next epoch is done keeps what it resumed")
  func resumed() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    let pictures = Patches(factor: (epoch: 1, value: .infinity))
    let first = Trainer(makeNetwork(), training: pictures, settings: settings(rate: 1e-3))
    for _ in 0..<3 { _ = try first.advance() }
    try first.writeCheckpoint(to: file)
    let network = makeNetwork()
    let second = Trainer(network, training: pictures, settings: settings(rate: 1e-3))
    try second.resume(from: file)
    let error = try failure(second)
    #expect(error.keptEpoch == 1 && network.stateDict == first.network.stateDict)
  }

  @Test("a network that is not finite when the training begins is named, and so are its pictures")
  func start() throws {
    let network = makeNetwork()
    network.namedParameters[0].variable.value = .zeros([4, 3, 3, 3]) + .nan
    let error = try failure(
      Trainer(network, training: Patches(), settings: settings(rate: 1e-3)))
    #expect(error.quantity == .start && error.place == "0.weight")
    #expect(error.description.contains("Start from other weights"))
    let pictures = try failure(
      Trainer(
        makeNetwork(), training: Patches(isRepeatable: true, factor: (epoch: 0, value: .nan)),
        settings: settings(rate: 1e-3)))
    #expect(pictures.quantity == .pictures)
  }

  @Test("the layer is found where it lies inside others")
  func innerLayer() throws {
    let inner = Sequential(Linear(2, 2), ReLU(), Linear(2, 2))
    let network = Sequential(Linear(2, 2), inner, Linear(2, 2))
    for (_, variable) in inner.children[2].layer.namedParameters {
      variable.value = variable.value * 0 + 3e38
    }
    inner.children[0].layer.namedParameters[1].variable.value = [4, 4]
    #expect(
      network.firstLayerNotFinite { network(Variable([[1, 1]])) } == "1.2 (Linear)")
    #expect(network.firstNumbersNotFinite == nil)
  }
}

@Suite("Scores that are no numbers")
struct NoAnswerTests {
  @Test("are no answer: wrong in accuracy and in every count, never class 0", .needsPNG)
  func noAnswer() throws {
    var evaluation = Evaluation(classes: ["a", "b"])
    evaluation.add(
      logits: Tensor([.nan, 1, 3, 1, 1, .nan, .infinity, 0, .nan, .nan, 0, 1], shape: [6, 2]),
      indices: Array(0..<6), labels: [0, 0, 0, 0, 1, 0])
    #expect(evaluation.accuracy == 1.0 / 6 && evaluation.accuracy(top: 2) == 2.0 / 6)
    #expect(evaluation.confusion == [[1, 1], [0, 0]])
    #expect(evaluation.unansweredCount == 4)
    #expect(evaluation.predictions[0].predicted == nil && evaluation.predictions[1].isRight)
    #expect(evaluation.mistakes.map(\.index) == [5, 0, 2, 3, 4])
    #expect(evaluation.classResults.map(\.right) == [1, 0])
    #expect(evaluation.loss.isNaN && evaluation.reliability().expectedCalibrationError.isNaN)
    // A mistake without an answer has a row and a picture without a number.
    let folder = try TemporaryFolder()
    try RunFolder(folder.url).write(evaluation, names: (0..<6).map { "\($0).png" }) { _ in
      Picture(width: 4, height: 4)
    }
    let csv = try String(
      contentsOf: folder.url.appending(path: "mistakes.csv"), encoding: .utf8)
    #expect(csv.contains("\n0.png,a,,,\n"), "\(csv)")
  }

  @Test("never count as right in accuracy(_:_:)")
  func accuracyOfScores() {
    let scores = Tensor([.nan, 1, 3, 1, 1, .nan, 1, .infinity], shape: [4, 2])
    #expect(accuracy(scores, [0, 0, 0, 1]) == 0.5)
    #expect(accuracy(scores.converted(to: .float64), [1, 0, 1, 1]) == 0.5)
  }
}
