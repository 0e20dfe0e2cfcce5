import Foundation
import RetrogradDatasets
import RetrogradTensors
import RetrogradTestSupport
import RetrogradWeightFiles
import Testing

@testable import RetrogradNeuralNetworks
@testable import RetrogradTraining

@Suite("Checkpoints of a training")
struct CheckpointTests {
  @Test(
    "after an interruption the same bits come out as without one",
    arguments: TrainingSettings.Method.allCases, [1, 3, 4, 7, 8])
  func resume(method: TrainingSettings.Method, interruption: Int) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    func trainer(_ network: Sequential) -> Trainer {
      Trainer(
        network, training: Colors(), validation: Colors(isRepeatable: true),
        settings: colorSettings(method))
    }
    let whole = colorNetwork()
    let uninterrupted = trainer(whole)
    while try uninterrupted.advance() {}

    let begun = trainer(colorNetwork())
    for _ in 0..<interruption { _ = try begun.advance() }
    try begun.writeCheckpoint(to: file)
    let network = colorNetwork()
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

  @Test("a checkpoint of a finished training has no state of the optimizer, an earlier one has")
  func finishedCheckpoint() throws {
    let trainer = Trainer(colorNetwork(), training: Colors(), settings: colorSettings(epochs: 1))
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
    var wild = colorSettings(.sgd, epochs: 9)
    wild.learningRate = 2
    func trainer(_ network: Sequential) -> Trainer {
      Trainer(
        network, training: Colors(), validation: Colors(isRepeatable: true), settings: wild)
    }
    let first = trainer(colorNetwork())
    while try first.advance() {}
    let best = try #require(first.best)
    try #require(best.epoch < 8)
    try first.writeCheckpoint(to: file)

    let network = colorNetwork()
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
      var settings = colorSettings(epochs: epochs)
      settings.schedule = LearningRateSchedule()
      return Trainer(
        network, training: Colors(), validation: Colors(isRepeatable: true), settings: settings)
    }
    let whole = colorNetwork()
    let uninterrupted = trainer(whole, epochs: 5)
    while try uninterrupted.advance() {}
    let short = trainer(colorNetwork(), epochs: 3)
    for _ in 0..<steps { _ = try short.advance() }
    try short.writeCheckpoint(to: file)
    let network = colorNetwork()
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
      try trainer(colorNetwork(), epochs: 2).resume(from: file)
    }
    #expect(error?.reason.contains("epochs: 3 before, 2 now") == true, "\(error as Any)")
  }

  @Test("a checkpoint of another training is refused, with what differs")
  func refuse() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    let first = Trainer(colorNetwork(), training: Colors(), settings: colorSettings())
    _ = try first.advance()
    try first.writeCheckpoint(to: file)
    func reason(_ trainer: Trainer) throws -> String {
      let error = #expect(throws: TrainingError.self) { try trainer.resume(from: file) }
      return try #require(error).description
    }
    var other = colorSettings()
    other.batchSize = 5
    #expect(
      try reason(Trainer(colorNetwork(), training: Colors(), settings: other))
        .contains("batch size: 4 before, 5 now"))
    #expect(
      try reason(
        Trainer(
          colorNetwork(), training: Colors(labels: [0, 1, 1, 0, 1]), settings: colorSettings())
      ).contains("pictures"))
    let network = colorNetwork()
    network.namedParameters[0].variable.value = .zeros([4, 3, 3, 3])
    #expect(
      try reason(Trainer(network, training: Colors(), settings: colorSettings()))
        .contains("the frozen part of the network has other parameters"))
    // Before there were versions, epochs were counted from 0.
    let tensors = try Safetensors.read(file)
    let metadata = try Safetensors.metadata(file).mapValues {
      $0.replacing("\"version\":2", with: "\"age\":2")
    }
    try Safetensors.write(tensors, metadata: metadata, to: file)
    #expect(
      try reason(Trainer(colorNetwork(), training: Colors(), settings: colorSettings()))
        .contains("is a checkpoint of version 1; this program reads version 2"))
    try Safetensors.write(["a": Tensor(1)], to: file)
    #expect(
      try reason(Trainer(colorNetwork(), training: Colors(), settings: colorSettings()))
        .contains("is not a training checkpoint"))
    try Data("nonsense".utf8).write(to: file)
    _ = try reason(Trainer(colorNetwork(), training: Colors(), settings: colorSettings()))
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
        colorNetwork(), training: Colors(), validation: Colors(isRepeatable: true),
        settings: colorSettings())
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
      colorNetwork(),
      training: Colors(labels: (0..<9).map { $0 % 2 }, isRepeatable: true, broken: 3),
      settings: colorSettings())
    _ = try few.advance()
    try few.writeCheckpoint(to: file)
    let more = Trainer(
      colorNetwork(), training: Colors(labels: (0..<9).map { $0 % 2 }, isRepeatable: true),
      settings: colorSettings())
    try more.resume(from: file)
    let other = #expect(throws: TrainingError.self) { _ = try more.advance() }
    #expect(other?.reason.contains("an epoch had 2 steps") == true)
    var tensors = try Safetensors.read(file)
    tensors["model.4.bias"]![0] = .nan
    try Safetensors.write(tensors, metadata: Safetensors.metadata(file), to: file)
    let broken = #expect(throws: TrainingError.self) { try more.resume(from: file) }
    #expect(broken?.reason.contains("model.4.bias that are not finite") == true)
  }
}
