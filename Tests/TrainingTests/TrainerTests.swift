import RetrogradAutograd
import RetrogradDatasets
import RetrogradTensors
import Testing

@testable import RetrogradNeuralNetworks
@testable import RetrogradTraining

@Suite("Trainer")
struct TrainerTests {
  @Test("learns, judges after each epoch, and leaves what is frozen as it is, bit for bit")
  func learns() throws {
    let network = colorNetwork()
    let trainer = Trainer(
      network, training: Colors(), validation: Colors(isRepeatable: true),
      settings: colorSettings(epochs: 40))
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
      let network = colorNetwork()
      let trainer = Trainer(network, training: pictures, settings: colorSettings())
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
    let network = colorNetwork()
    let trainer = Trainer(network, training: Colors(), settings: colorSettings(epochs: 1))
    while try trainer.advance() {}
    let weight = network.namedParameters.first { $0.name == "0.weight" }!.variable
    weight.value = weight.value + 1e-3
    #expect(trainer.receipt.violations == ["0.weight"])
    #expect(trainer.receipt.description.contains("frozen"))

    let dead = Sequential(
      Flatten(), Linear(48, 3), ReLU(), Linear(3, 2))
    dead.namedParameters.first { $0.name == "1.bias" }!.variable.value = .zeros([3]) - 1e6
    let idle = Trainer(dead, training: Colors(), settings: colorSettings(epochs: 1))
    while try idle.advance() {}
    #expect(idle.receipt.withoutGradient == ["1.weight", "1.bias", "3.weight"])
  }

  @Test("a picture that cannot be read is left out and reported once", arguments: [true, false])
  func unreadable(isRepeatable: Bool) throws {
    let pictures = Colors(isRepeatable: isRepeatable, broken: 3)
    let trainer = Trainer(
      colorNetwork(), training: pictures, validation: pictures, settings: colorSettings(epochs: 3))
    while try trainer.advance() {}
    #expect(trainer.unreadable.map(\.index) == [3])
    #expect(trainer.lastEvaluation?.predictions.count == 13)
  }

  @Test("stops when the validation loss has not fallen for long")
  func patience() throws {
    var settings = colorSettings(epochs: 50)
    settings.learningRate = 0.5
    settings.patience = 2
    let trainer = Trainer(
      colorNetwork(), training: Colors(isRepeatable: true),
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
      var settings = colorSettings(epochs: 2)
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
    // A normalization without parameters belongs to what is around it.
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
    let trainer = Trainer(network, training: Colors(), settings: colorSettings(epochs: 1))
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

  @Test("parts of a network have learning rates of their own, the longest path first")
  func rates() {
    var settings = colorSettings()
    settings.layerRates = [.init(path: "4", rate: 1), .init(path: "4.bias", rate: 2)]
    let network = colorNetwork()
    network.unfreeze()
    #expect(settings.rate(of: "4.weight") == 1 && settings.rate(of: "4.bias") == 2)
    #expect(settings.rate(of: "0.weight") == 0.02 && settings.rate(of: "40.weight") == 0.02)
  }
}
