import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradFiles
import RetrogradTensors
import RetrogradTestSupport
import RetrogradWeightFiles
import Testing

@testable import RetrogradNeuralNetworks
@testable import RetrogradTraining

/// Small pictures in two colours, and a network that can tell them apart.
private struct Colors: LabelledPictures {
  let classes = ["red", "blue"]
  var labels = (0..<14).map { $0 % 2 }
  var isRepeatable = false
  /// One that cannot be read.
  var broken: Int?

  func picture(_ index: Int, epoch: Int) throws(FileError) -> Tensor {
    if index == broken { throw FileError(.malformed, file: "\(index).png", "is broken") }
    var random = RandomSource(
      seed: 5, at: [UInt64(isRepeatable ? 0 : epoch), UInt64(index)])
    let noise = Tensor.normal([3, 4, 4], standardDeviation: 0.3, using: &random)
    let color: [Double] = labels[index] == 0 ? [1, 0, 0] : [0, 0, 1]
    return noise + Tensor(color, shape: [3, 1, 1])
  }
}

private func makeNetwork() -> Sequential {
  var random = RandomSource(seed: 2)
  let network = Sequential(
    Conv2d(3, 4, kernel: 3, using: &random), ReLU(), Flatten(), Dropout(0.3, using: &random),
    Linear(16, 2, using: &random))
  network.freeze("0")
  return network
}

private func settings(
  _ method: TrainingSettings.Method = .adam, epochs: Int = 4
) -> TrainingSettings {
  var settings = TrainingSettings()
  settings.epochs = epochs
  settings.batchSize = 4
  settings.method = method
  settings.learningRate = 0.02
  settings.schedule = LearningRateSchedule(.cosine(to: 0.1), warmUp: 2)
  settings.weightDecay = 0.01
  settings.seed = 9
  return settings
}

@Suite("Trainer")
struct TrainerTests {
  @Test("learns, judges after each epoch, and leaves what is frozen as it is, bit for bit")
  func learns() throws {
    let network = makeNetwork()
    let trainer = Trainer(
      network, training: Colors(), validation: Colors(isRepeatable: true),
      settings: settings(epochs: 40))
    while try trainer.advance() {}
    #expect(trainer.step == trainer.stepCount && trainer.stepCount == 40 * 4)
    #expect(trainer.history.count == 40)
    let (first, last) = (trainer.history[0], trainer.history[39])
    #expect(last.trainingLoss < 0.7 * first.trainingLoss)
    #expect(last.validationAccuracy! >= 0.9)
    #expect(trainer.receipt.violations.isEmpty && trainer.receipt.withoutGradient.isEmpty)
    let lines = Dictionary(uniqueKeysWithValues: trainer.receipt.lines.map { ($0.name, $0) })
    #expect(lines["0.weight"]!.isUnchanged && !lines["0.weight"]!.isTrainable)
    #expect(!lines["4.weight"]!.isUnchanged && lines["4.weight"]!.largestChange > 0)
  }

  @Test("the frozen prefix is computed once where pictures stay the same, with the same result")
  func cache() throws {
    func trained(_ pictures: Colors) throws -> (Trainer, Sequential) {
      let network = makeNetwork()
      let trainer = Trainer(network, training: pictures, settings: settings())
      while try trainer.advance() {}
      return (trainer, network)
    }
    let (kept, _) = try trained(Colors(isRepeatable: true))
    #expect(kept.keepsFeatures)
    let (other, _) = try trained(Colors(isRepeatable: false))
    #expect(!other.keepsFeatures)
  }

  @Test("a frozen parameter that has changed is found, and so is one whose gradient is always zero")
  func receipt() throws {
    let network = makeNetwork()
    let trainer = Trainer(network, training: Colors(), settings: settings(epochs: 1))
    while try trainer.advance() {}
    let weight = network.namedParameters.first { $0.name == "0.weight" }!.variable
    weight.value = weight.value + 1e-3
    #expect(trainer.receipt.violations == ["0.weight"])
    #expect(trainer.receipt.description.contains("frozen"))

    let dead = Sequential(
      Flatten(), Linear(48, 3), ReLU(), Linear(3, 2))
    dead.namedParameters.first { $0.name == "1.bias" }!.variable.value = .zeros([3]) - 1e6
    let idle = Trainer(dead, training: Colors(), settings: settings(epochs: 1))
    while try idle.advance() {}
    #expect(idle.receipt.withoutGradient == ["1.weight", "1.bias", "3.weight"])
  }

  @Test(
    "after an interruption the same bits come out as without one",
    arguments: TrainingSettings.Method.allCases, [1, 3, 4, 7, 8])
  func resume(method: TrainingSettings.Method, interruption: Int) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    func trainer(_ network: Sequential) -> Trainer {
      Trainer(
        network, training: Colors(), validation: Colors(isRepeatable: true),
        settings: settings(method))
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
    #expect(resumed.step == interruption)
    while try resumed.advance() {}

    for (name, tensor) in whole.stateDict {
      #expect(network.stateDict[name]! == tensor, "\(name)")
    }
    #expect(resumed.history.map(\.validationLoss) == uninterrupted.history.map(\.validationLoss))
    #expect(resumed.history.map(\.trainingLoss) == uninterrupted.history.map(\.trainingLoss))
    #expect(resumed.best?.epoch == uninterrupted.best?.epoch)
    for (name, tensor) in uninterrupted.best!.state {
      #expect(resumed.best!.state[name]! == tensor)
    }
  }

  @Test("a checkpoint of a finished training has no state of the optimiser, an earlier one has")
  func finishedCheckpoint() throws {
    let trainer = Trainer(makeNetwork(), training: Colors(), settings: settings(epochs: 1))
    _ = try trainer.advance()
    #expect(trainer.checkpoint().tensors.keys.contains { $0.hasPrefix("optimizer.") })
    while try trainer.advance() {}
    let names = trainer.checkpoint().tensors.keys
    #expect(names.contains("model.4.weight") && !names.contains { $0.hasPrefix("optimizer.") })
  }

  @Test("a finished training that is taken up again gives the network of its best epoch")
  func finishedResume() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    // Steps so large that the last epoch is not the best one.
    var wild = settings(.sgd, epochs: 9)
    wild.learningRate = 2
    func trainer(_ network: Sequential) -> Trainer {
      Trainer(
        network, training: Colors(), validation: Colors(isRepeatable: true), settings: wild)
    }
    let first = trainer(makeNetwork())
    while try first.advance() {}
    let best = try #require(first.best)
    try #require(best.epoch < 8)
    try first.writeCheckpoint(to: file)

    let network = makeNetwork()
    let again = trainer(network)
    try again.resume(from: file)
    #expect(try again.isFinished && !again.advance())
    _ = try again.restoreBest()
    for (name, tensor) in best.state { #expect(network.stateDict[name]! == tensor, "\(name)") }
    #expect(again.bestEvaluation == nil)
    // What was said of the validation pictures then is what is said of them now.
    let (then, now) = (
      try #require(first.bestEvaluation), try #require(try again.evaluateValidation())
    )
    #expect(then.loss == now.loss && then.accuracy == now.accuracy)
  }

  @Test("a checkpoint that would take too much of the time is not even made, a demanded one is")
  func costly() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    let writer = CheckpointWriter(to: file)
    // Large enough that writing takes longer than what comes between the calls.
    func state(_ number: Double) -> TrainingCheckpoint {
      TrainingCheckpoint(tensors: ["a": .zeros([4 << 20]) + number], metadata: [:])
    }
    try writer.writeUnlessCostly(state(1))
    var isMade = false
    func late() -> TrainingCheckpoint {
      isMade = true
      return state(2)
    }
    try writer.writeUnlessCostly(late())
    #expect(!isMade)
    try writer.write(state(3))
    try writer.finish()
    #expect(try Safetensors.read(file)["a"]?[0] == 3)
  }

  @Test(
    "a training goes on with more epochs than it was begun with, and not with fewer",
    arguments: [5, 12])
  func longer(steps: Int) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    func trainer(_ network: Sequential, epochs: Int) -> Trainer {
      var settings = settings(epochs: epochs)
      settings.schedule = LearningRateSchedule()
      return Trainer(
        network, training: Colors(), validation: Colors(isRepeatable: true), settings: settings)
    }
    let whole = makeNetwork()
    let uninterrupted = trainer(whole, epochs: 5)
    while try uninterrupted.advance() {}
    let short = trainer(makeNetwork(), epochs: 3)
    for _ in 0..<steps { _ = try short.advance() }
    try short.writeCheckpoint(to: file)
    let network = makeNetwork()
    let longer = trainer(network, epochs: 5)
    try longer.resume(from: file)
    while try longer.advance() {}
    let (found, expected) = (longer.history, uninterrupted.history)
    #expect(found.count == 5)
    // One that had ended has no state of the optimizer any more.
    let same = steps == 12 ? 3 : 5
    #expect(
      found.prefix(same).map(\.validationLoss) == expected.prefix(same).map(\.validationLoss))
    if same == 5 { #expect(network.stateDict == whole.stateDict) }
    let error = #expect(throws: TrainingError.self) {
      try trainer(makeNetwork(), epochs: 2).resume(from: file)
    }
    #expect(error?.reason.contains("epochs: 3 before, 2 now") == true, "\(error as Any)")
  }

  @Test("a checkpoint of another training is refused, with what differs")
  func refuse() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    let first = Trainer(makeNetwork(), training: Colors(), settings: settings())
    _ = try first.advance()
    try first.writeCheckpoint(to: file)
    func reason(_ trainer: Trainer) throws -> String {
      let error = #expect(throws: TrainingError.self) { try trainer.resume(from: file) }
      return try #require(error).description
    }
    var other = settings()
    other.batchSize = 5
    #expect(
      try reason(Trainer(makeNetwork(), training: Colors(), settings: other))
        .contains("batch size: 4 before, 5 now"))
    #expect(
      try reason(
        Trainer(
          makeNetwork(), training: Colors(labels: [0, 1, 1, 0, 1]), settings: settings())
      ).contains("pictures"))
    let network = makeNetwork()
    network.namedParameters[0].variable.value = .zeros([4, 3, 3, 3])
    #expect(
      try reason(Trainer(network, training: Colors(), settings: settings()))
        .contains("the frozen part of the network has other parameters"))
    // Before there were versions, epochs were counted from 0.
    let tensors = try Safetensors.read(file)
    let metadata = try Safetensors.metadata(file).mapValues {
      $0.replacing("\"version\":2", with: "\"age\":2")
    }
    try Safetensors.write(tensors, metadata: metadata, to: file)
    #expect(
      try reason(Trainer(makeNetwork(), training: Colors(), settings: settings()))
        .contains("is a checkpoint of version 1; this program reads version 2"))
    try Safetensors.write(["a": Tensor(1)], to: file)
    #expect(
      try reason(Trainer(makeNetwork(), training: Colors(), settings: settings()))
        .contains("is not a training checkpoint"))
    try Data("nonsense".utf8).write(to: file)
    _ = try reason(Trainer(makeNetwork(), training: Colors(), settings: settings()))
  }

  @Test("a picture that cannot be read is left out and reported once", arguments: [true, false])
  func unreadable(isRepeatable: Bool) throws {
    let pictures = Colors(isRepeatable: isRepeatable, broken: 3)
    let trainer = Trainer(
      makeNetwork(), training: pictures, validation: pictures, settings: settings(epochs: 3))
    while try trainer.advance() {}
    #expect(trainer.unreadable.map(\.index) == [3])
    #expect(trainer.lastEvaluation?.predictions.count == 13)
  }

  @Test("stops when the validation loss has not fallen for long")
  func patience() throws {
    var settings = settings(epochs: 50)
    settings.learningRate = 0.5
    settings.patience = 2
    let trainer = Trainer(
      makeNetwork(), training: Colors(isRepeatable: true),
      validation: Colors(labels: [1, 0, 1, 0], isRepeatable: true), settings: settings)
    while try trainer.advance() {}
    #expect(trainer.hasStoppedEarly && trainer.history.count < 50)
    #expect(trainer.history.count == trainer.best!.epoch + 2)
  }

  @Test("what is frozen is frozen as a whole: its running statistics are used and stay as they are")
  func frozenStatistics() throws {
    func trained(_ frozen: String..., isRepeatable: Bool = false) throws -> Trainer {
      var random = RandomSource(seed: 2)
      let network = Sequential(
        Conv2d(3, 4, kernel: 3, using: &random), BatchNorm2d(4),
        Sequential(Conv2d(4, 4, kernel: 1, using: &random), BatchNorm2d(4, affine: false)),
        Flatten(), Linear(16, 2, using: &random))
      for name in frozen { network.freeze(name) }
      var settings = settings(epochs: 2)
      settings.averaging = 0.9
      let trainer = Trainer(
        network, training: Colors(isRepeatable: isRepeatable), settings: settings)
      while try trainer.advance() {}
      _ = try trainer.restoreBest()
      return trainer
    }
    let statistics = ["1.running_mean", "1.running_var", "1.num_batches_tracked"]
    let inner = ["2.1.running_mean", "2.1.running_var", "2.1.num_batches_tracked"]
    func changed(_ trainer: Trainer) -> Set<String> {
      #expect(trainer.receipt.violations.isEmpty && trainer.receipt.withoutGradient.isEmpty)
      return Set(trainer.receipt.lines.filter { !$0.isUnchanged }.map(\.name))
        .intersection(statistics + inner)
    }
    #expect(try changed(trained()) == Set(statistics + inner))
    #expect(try changed(trained("0")) == Set(statistics + inner))
    #expect(try changed(trained("0", "1")) == Set(inner))
    // A normalisation without parameters belongs to what is around it.
    #expect(try changed(trained("2")) == Set(statistics))
    let front = try trained("0", "1", "2", isRepeatable: true)
    #expect(changed(front).isEmpty && front.keepsFeatures)
    #expect(front.receipt.lines.first { $0.name == "2.1.running_var" }?.isTrainable == false)
    #expect(front.receipt.description.contains("1.running_mean"))
  }

  @Test("a buffer of a frozen layer that has changed all the same is found")
  func frozenBuffer() throws {
    let network = Sequential(BatchNorm2d(3), Flatten(), Linear(48, 2))
    network.freeze("0")
    let trainer = Trainer(network, training: Colors(), settings: settings(epochs: 1))
    while try trainer.advance() {}
    network[0].setBuffer("running_mean", to: [1, 2, 3])
    #expect(trainer.receipt.violations == ["0.running_mean"])
    // Unfrozen, it follows the pictures again.
    network.unfreeze("0")
    network.train()
    _ = network(Variable(.zeros([2, 3, 4, 4])))
    #expect(network.namedNumbers.first { $0.name == "0.num_batches_tracked" }?.tensor.item() == 1)
    network.freeze()
    _ = network(Variable(.zeros([2, 3, 4, 4])))
    #expect(network.namedNumbers.first { $0.name == "0.num_batches_tracked" }?.tensor.item() == 1)
  }

  @Test(
    "a checkpoint that contradicts itself is refused",
    arguments: [
      ("\"step\":6", "\"step\":2"), ("\"step\":6", "\"step\":8"), ("\"step\":6", "\"step\":-1"),
      ("\"step\":6", "\"step\":9223372036854775807"), ("\"epoch\":1", "\"epoch\":2"),
      ("\"stepsPerEpoch\":4", "\"stepsPerEpoch\":3"), ("\"stepsPerEpoch\":4,", ""),
      ("\"stepsPerEpoch\":4", "\"stepsPerEpoch\":0"), ("\"count\":8", "\"count\":9"),
      ("\"bestEpoch\":1", "\"bestEpoch\":-9223372036854775808"),
    ])
  func contradiction(old: String, new: String) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    func trainer() -> Trainer {
      Trainer(
        makeNetwork(), training: Colors(), validation: Colors(isRepeatable: true),
        settings: settings())
    }
    let first = trainer()
    for _ in 0..<6 { _ = try first.advance() }
    try first.writeCheckpoint(to: file)
    try trainer().resume(from: file)
    let text = try #require(try Safetensors.metadata(file)["retrograd.training"])
    #expect(text.contains(old), "\(text)")
    try Safetensors.write(
      Safetensors.read(file),
      metadata: ["retrograd.training": text.replacing(old, with: new)], to: file)
    if new.isEmpty {
      // Written before there was this number.
      try trainer().resume(from: file)
      return
    }
    let error = #expect(throws: TrainingError.self) { try trainer().resume(from: file) }
    #expect(error?.reason.contains("contradicts itself") == true, "\(error as Any)")
  }

  @Test("a checkpoint with numbers that are not finite, or of other readable pictures, is refused")
  func unusable() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    let few = Trainer(
      makeNetwork(),
      training: Colors(labels: (0..<9).map { $0 % 2 }, isRepeatable: true, broken: 3),
      settings: settings())
    _ = try few.advance()
    try few.writeCheckpoint(to: file)
    let more = Trainer(
      makeNetwork(), training: Colors(labels: (0..<9).map { $0 % 2 }, isRepeatable: true),
      settings: settings())
    try more.resume(from: file)
    let other = #expect(throws: TrainingError.self) { _ = try more.advance() }
    #expect(other?.reason.contains("an epoch had 2 steps") == true)
    var tensors = try Safetensors.read(file)
    tensors["model.4.bias"]![0] = .nan
    try Safetensors.write(tensors, metadata: Safetensors.metadata(file), to: file)
    let broken = #expect(throws: TrainingError.self) { try more.resume(from: file) }
    #expect(broken?.reason.contains("model.4.bias that are not finite") == true)
  }

  @Test("parts of a network have learning rates of their own, the longest path first")
  func rates() {
    var settings = settings()
    settings.layerRates = [.init(path: "4", rate: 1), .init(path: "4.bias", rate: 2)]
    let network = makeNetwork()
    network.unfreeze()
    #expect(settings.rate(of: "4.weight") == 1 && settings.rate(of: "4.bias") == 2)
    #expect(settings.rate(of: "0.weight") == 0.02 && settings.rate(of: "40.weight") == 0.02)
  }
}

@Suite("Evaluation")
struct EvaluationTests {
  @Test("counts what is right, what is wrong, and how sure it was")
  func counts() {
    var evaluation = Evaluation(classes: ["a", "b", "c"])
    evaluation.add(
      logits: [[3, 1, 0], [0, 1, 3], [2, 1, 0], [1, 1, 0]], indices: [0, 1, 2, 4],
      labels: [0, 2, 1, 1])
    #expect(evaluation.accuracy == 0.5)
    #expect(evaluation.accuracy(top: 2) == 1)
    #expect(evaluation.accuracy(ofClass: 1) == 0)
    #expect(evaluation.confusion == [[1, 0, 0], [2, 0, 0], [0, 0, 1]])
    // The first of equals is taken.
    #expect(evaluation.mistakes.map(\.index) == [2, 4])
    let expected = crossEntropy(
      Variable([[3, 1, 0], [0, 1, 3], [2, 1, 0], [1, 1, 0]]), [0, 2, 1, 1])
    #expect(abs(evaluation.loss - expected.item()) < 1e-6)
  }
}
