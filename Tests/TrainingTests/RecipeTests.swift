import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradTraining

/// Twelve small pictures of three classes.
private struct Noise: LabeledPictures {
  let classes = ["a", "b", "c"]
  let labels = (0..<12).map { $0 % 3 }
  let isRepeatable = true

  func picture(_ index: Int, epoch: Int) -> Tensor {
    var random = RandomSource(seed: 3, at: [UInt64(index)])
    return .normal([3, 4, 4], mean: Double(labels[index]), using: &random)
  }
}

private func makeNetwork() -> Sequential {
  var random = RandomSource(seed: 2)
  return Sequential(
    Conv2d(3, 4, kernel: 3, bias: false, using: &random), BatchNorm2d(4), ReLU(), Flatten(),
    Linear(16, 3, using: &random))
}

/// Without normalization, whose statistics are those of a batch.
private func makePlainNetwork() -> Sequential {
  var random = RandomSource(seed: 2)
  return Sequential(Flatten(), Linear(48, 5, using: &random), Tanh(), Linear(5, 3, using: &random))
}

private func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
  var settings = TrainingSettings()
  settings.epochs = 3
  settings.batchSize = 4
  settings.method = .sgd
  settings.learningRate = 0.05
  settings.seed = 7
  change(&settings)
  return settings
}

private func trained(
  _ network: Sequential, _ settings: TrainingSettings, distillation: Distillation? = nil
) throws -> Trainer {
  let trainer = Trainer(
    network, training: Noise(), validation: Noise(), settings: settings,
    distillation: distillation)
  while try trainer.advance() {}
  return trainer
}

@Suite("Recipes of a training")
struct RecipeTests {
  @Test("accumulated batches make the step of one large batch")
  func accumulation() throws {
    let (large, small) = (makePlainNetwork(), makePlainNetwork())
    let whole = try trained(large, settings { $0.batchSize = 6 })
    let parts = try trained(
      small,
      settings {
        $0.batchSize = 2
        $0.accumulation = 3
      })
    #expect(whole.stepCount == 6 && parts.stepCount == 6)
    for (a, b) in zip(large.namedParameters, small.namedParameters) {
      #expect(disagreement(b.variable.value, a.variable.value, tolerance: 1e-5) == nil)
    }
    #expect(abs(whole.history[2].trainingLoss - parts.history[2].trainingLoss) < 1e-5)
  }

  @Test("a limit for the gradients' length holds at every step")
  func clipping() throws {
    let limit = 1e-3
    let network = makePlainNetwork()
    let trainer = Trainer(
      network, training: Noise(),
      settings: settings {
        $0.clipNorm = limit
        $0.momentum = 0
      })
    while try trainer.advance() {
      let squares = network.namedParameters.map { pow($0.variable.grad!.norm().item(), 2) }
      #expect(squares.reduce(0, +).squareRoot() <= limit * 1.001)
    }
  }

  @Test("weight decay can spare biases and normalizations")
  func sparing() {
    let network = makeNetwork()
    let optimizer = settings {
      $0.weightDecay = 0.1
      $0.sparesVectors = true
    }.optimizer(for: network)
    #expect(optimizer.groups.map(\.weightDecay) == [0.1, 0])
    #expect(optimizer.groups[0].parameters.allSatisfy { $0.rank > 1 })
    #expect(optimizer.groups[1].parameters.allSatisfy { $0.rank == 1 })
  }

  @Test("the moving average is judged and kept, and the parameters go their own way")
  func averaging() throws {
    let (averaged, plain) = (makeNetwork(), makeNetwork())
    let trainer = try trained(averaged, settings { $0.averaging = 0.9 })
    _ = try trained(plain, settings())
    // Until the best is taken, the network has the parameters that training without an average gives.
    #expect(averaged.stateDict == plain.stateDict)
    let kept = try #require(trainer.best)
    _ = try trainer.restoreBest()
    #expect(averaged.stateDict != plain.stateDict)
    averaged.eval()
    let evaluation = evaluate(averaged, on: Noise())
    #expect(abs(evaluation.loss - trainer.history[kept.epoch - 1].validationLoss!) < 1e-6)
  }

  @Test("targets of a teacher who says what the labels say change nothing")
  func agreeingTeacher() throws {
    var rows = [Double](repeating: 0, count: 12 * 3)
    for (index, label) in Noise().labels.enumerated() { rows[index * 3 + label] = 1 }
    let (taught, plain) = (makePlainNetwork(), makePlainNetwork())
    _ = try trained(
      taught, settings(),
      distillation: Distillation(probabilities: Tensor(rows, shape: [12, 3]), share: 0.7))
    _ = try trained(plain, settings())
    for (a, b) in zip(taught.namedParameters, plain.namedParameters) {
      #expect(disagreement(a.variable.value, b.variable.value, tolerance: 1e-5) == nil)
    }
  }

  @Test("a teacher is asked about each picture once, and its answers are learned")
  func teacher() throws {
    // A teacher who takes every picture for the class after the right one.
    final class Contrary: Layer {
      func forward(_ x: Variable) -> Variable {
        let means = x.value.mean(axes: [1, 2, 3]).scalars
        let rows = means.flatMap { mean in
          (0..<3).map { $0 == (Int(mean.rounded()) + 1) % 3 ? 50.0 : 0 }
        }
        return Variable(Tensor(rows, shape: [means.count, 3]))
      }
    }
    var asked = 0
    let distillation = Distillation(
      asking: Contrary(), about: Noise(), temperature: 1, share: 1, batchSize: 5
    ) { asked += $0 }
    #expect(asked == 12 && distillation.probabilities.shape == [12, 3])
    let said = distillation.probabilities.argmax(axis: 1).scalars
    #expect(said == Noise().labels.map { ($0 + 1) % 3 })
    let network = makePlainNetwork()
    _ = try trained(network, settings { $0.epochs = 60 }, distillation: distillation)
    let evaluation = evaluate(network, on: Noise())
    #expect(evaluation.accuracy < 0.2)
  }

  @Test("what a teacher's layer sees is learned beside the classes, and judged by nobody")
  func features() throws {
    let teacher = makeNetwork()
    let distillation = Distillation(
      asking: teacher, about: Noise(), share: 0, featuresOf: "0", weight: 2, batchSize: 5)
    let features = try #require(distillation.features)
    let maps = teacher.activations(
      of: Variable(stack((0..<12).map { Noise().picture($0, epoch: 0) })), at: ["0"])
    let means = maps["0"]!.value.mean(axes: [2, 3])
    let centered = means - means.mean(axes: [0])
    let expected = centered / (centered * centered).mean(axes: [0]).sqrt()
    #expect(disagreement(features.values, expected, tolerance: 1e-3) == nil)

    var random = RandomSource(seed: 2)
    let network = Sequential(Flatten(), Linear(48, 3 + 4, using: &random))
    let trainer = try trained(
      network,
      settings {
        $0.epochs = 200
        $0.learningRate = 0.005
      }, distillation: distillation)
    // The first loss is the mean of three batches: cross-entropy and twice the mean squared error, which is about 1
    // where nothing is known of features of variance 1.
    #expect(trainer.history[0].trainingLoss > 2)
    #expect(trainer.history[199].trainingLoss < 0.2)
    let evaluation = try #require(try trainer.evaluateValidation())
    #expect(evaluation.logits.shape == [12, 3] && evaluation.accuracy == 1)
  }

  @Test(
    "with all of it an interrupted training gives the same bits as one that was not",
    arguments: [1, 3, 4])
  func resume(interruption: Int) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    let recipe = settings {
      $0.averaging = 0.8
      $0.clipNorm = 1
      $0.accumulation = 2
      $0.mixing = BatchMixing(mixUp: MixUp(alpha: 0.4), cutMix: CutMix(), probability: 0.8)
      $0.nesterov = true
    }
    let rows = Tensor(repeating: 1.0 / 3, shape: [12, 3])
    func trainer(_ network: Sequential) -> Trainer {
      Trainer(
        network, training: Noise(), validation: Noise(), settings: recipe,
        distillation: Distillation(probabilities: rows, share: 0.2))
    }
    let whole = makeNetwork()
    let uninterrupted = trainer(whole)
    while try uninterrupted.advance() {}
    let begun = trainer(makeNetwork())
    for _ in 0..<interruption { _ = try begun.advance() }
    try begun.writeCheckpoint(to: file)
    let network = makeNetwork()
    let resumed = trainer(network)
    try resumed.resume(from: file)
    while try resumed.advance() {}
    _ = try uninterrupted.restoreBest()
    _ = try resumed.restoreBest()
    for (name, tensor) in whole.stateDict {
      #expect(network.stateDict[name] == tensor, "\(name)")
    }
    #expect(resumed.history.map(\.validationLoss) == uninterrupted.history.map(\.validationLoss))
  }

  @Test("a single picture left over at the end of an epoch stops no normalized training")
  func leftOver() throws {
    var random = RandomSource(seed: 2)
    let network = Sequential(
      Flatten(), Linear(48, 5, using: &random), BatchNorm1d(5), ReLU(),
      Linear(5, 3, using: &random))
    let trainer = try trained(network, settings { $0.batchSize = 11 })
    #expect(trainer.history.count == 3 && trainer.history[2].trainingLoss.isFinite)
  }
}
