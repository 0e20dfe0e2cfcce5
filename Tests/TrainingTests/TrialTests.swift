import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradFiles
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradNeuralNetworks
@testable import RetrogradTraining

/// Pictures of one color with some noise, red or blue.
private struct NoisyColors: LabeledPictures {
  let classes = ["red", "blue"]
  var labels = (0..<12).map { $0 / 6 }
  let isRepeatable = true
  /// Whether all pictures are the same, whatever their class.
  var areEqual = false

  func picture(_ index: Int, epoch: Int) -> Tensor {
    var random = RandomSource(seed: 5, at: [areEqual ? 0 : UInt64(index)])
    let noise = Tensor.normal([3, 4, 4], standardDeviation: 0.3, using: &random)
    let color: [Double] = areEqual || labels[index] == 0 ? [1, 0, 0] : [0, 0, 1]
    return noise + Tensor(color, shape: [3, 1, 1])
  }
}

private func makeNetwork(batchNorm: Bool = false) -> Sequential {
  var random = RandomSource(seed: 2)
  return Sequential(
    [Conv2d(3, 4, kernel: 3, using: &random)] + (batchNorm ? [BatchNorm2d(4)] : [])
      + [ReLU(), Flatten(), Linear(16, 2, using: &random)])
}

private func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
  var settings = TrainingSettings()
  settings.batchSize = 4
  settings.learningRate = 0.01
  settings.seed = 9
  change(&settings)
  return settings
}

@Suite("Trials before a training")
struct TrialTests {
  @Test("a search tries rates in equal ratios, and leaves the network as it was")
  func search() throws {
    let network = makeNetwork(batchNorm: true)
    let before = network.stateDict
    var steps: [Int] = []
    let search = try searchLearningRate(
      of: network, on: NoisyColors(), settings: settings(), rates: 1e-5...100, steps: 50
    ) { step, total in
      steps.append(step)
      #expect(total == 51)
    }
    #expect(network.stateDict == before)
    #expect(search.points.first?.rate == 1e-5 && steps.count >= search.points.count)
    let ratios = zip(search.points.dropFirst(), search.points).map { $0.rate / $1.rate }
    let expected = pow(1e7, 1 / 51.0)
    #expect(ratios.count > 20 && ratios.allSatisfy { abs($0 / expected - 1) < 1e-9 })
    let suggestion = try #require(search.suggestion)
    // Trained with it, the network learns.
    let trainer = Trainer(
      network, training: NoisyColors(),
      settings: settings {
        ($0.learningRate, $0.epochs) = (suggestion, 30)
      })
    while try trainer.advance() {}
    #expect(trainer.history[29].trainingLoss < 0.5 * trainer.history[0].trainingLoss)
  }

  @Test("rates of parts keep their ratio, and a part with the rate 0 to 1 of nothing stays")
  func parts() throws {
    // With a first epoch far away the part never learns; the search still has losses.
    let tried = settings { $0.layerRates = [.init(path: "0", rate: 1e-3, firstEpoch: 1000)] }
    let search = try searchLearningRate(of: makeNetwork(), on: NoisyColors(), settings: tried)
    #expect(search.points.count > 30 && search.suggestion != nil)
  }

  @Test("the suggestion is a tenth of the rate with the lowest mean loss, with one digit")
  func suggestion() {
    // Falls to step 59, then rises.
    let rates = (0..<100).map { 1e-6 * pow(10, Double($0) / 16) }
    let losses = (0..<100).map { 1 + abs(Double($0) - 59) / 59 }
    let search = LearningRateSearch(Array(zip(rates, losses)))
    let lowest = search.points.min { $0.smoothedLoss < $1.smoothedLoss }!
    #expect((59...68).contains(rates.firstIndex(of: lowest.rate)!))
    let suggestion = search.suggestion!
    #expect(abs(suggestion - lowest.rate / 10) <= 0.5 * lowest.rate / 10)
    #expect(String(format: "%.1g", suggestion) == String(format: "%.6g", suggestion))
    // The first mean is the first loss.
    #expect(search.points[0].smoothedLoss == losses[0])
    #expect(abs(search.points[1].smoothedLoss - (0.9 * losses[0] + losses[1]) / 1.9) < 1e-12)
  }

  @Test(
    "a search ends where the loss is not finite or far above its lowest, and suggests nothing without a fall"
  )
  func ends() {
    func points(_ losses: [Double]) -> Int {
      LearningRateSearch(losses.enumerated().map { (Double($0.offset + 1), $0.element) }).points
        .count
    }
    #expect(points([1, 0.5, .nan, 0.5]) == 2 && points([.infinity]) == 0)
    #expect(points([1, 1, 100, 1, 1]) == 3)
    let flat = LearningRateSearch((1...50).map { (Double($0), 1.0) })
    #expect(flat.points.count == 50 && flat.suggestion == nil)
    #expect(LearningRateSearch([]).suggestion == nil)
  }

  @Test("a network that can learn a few pictures by heart passes, and is left as it was")
  func overfit() throws {
    let network = makeNetwork(batchNorm: true)
    let before = network.stateDict
    let check = try checkOverfitting(
      of: network, on: NoisyColors(), settings: settings { $0.labelSmoothing = 0.5 }, count: 8)
    #expect(check.passes && check.count == 8 && check.accuracy == 1, "\(check)")
    #expect(check.losses.count < 200 && check.losses.last! < 0.01)
    #expect(network.stateDict == before)
  }

  @Test("equal pictures of two classes cannot be learned, nor can too small a rate")
  func cannot() throws {
    let equal = try checkOverfitting(
      of: makeNetwork(), on: NoisyColors(areEqual: true), settings: settings())
    #expect(!equal.passes && equal.losses.count == 200 && equal.loss > 0.6)
    let slow = try checkOverfitting(
      of: makeNetwork(), on: NoisyColors(), settings: settings { $0.learningRate = 1e-8 }, steps: 5)
    #expect(!slow.passes && slow.losses.count == 5)
  }

  @Test("pictures to learn by heart come from the classes in turn")
  func inTurn() {
    let few = SomePictures(of: NoisyColors(labels: [0, 0, 0, 0, 1, 1]), count: 5)
    #expect(few.labels == [0, 1, 0, 1, 0])
    #expect((0..<5).map(few.name) == [0, 4, 1, 5, 2].map { "picture \($0)" })
    #expect(SomePictures(of: NoisyColors(), count: 100).count == 12)
  }
}

@Suite("Parts that begin to learn later")
struct FirstEpochTests {
  private func late(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
    settings {
      $0.epochs = 4
      $0.layerRates = [
        .init(path: "0", rate: 0.01, firstEpoch: 3), .init(path: "1", rate: 0.01, firstEpoch: 3),
      ]
      change(&$0)
    }
  }

  @Test("a part stays as it is, bit for bit, up to its first epoch, and learns from then on")
  func waits() throws {
    let network = makeNetwork(batchNorm: true)
    let before = network.stateDict
    let trainer = Trainer(network, training: NoisyColors(), settings: late())
    while trainer.history.count < 2 { _ = try trainer.advance() }
    for name in ["0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var"] {
      #expect(network.stateDict[name] == before[name], "\(name)")
    }
    #expect(network.stateDict["4.weight"] != before["4.weight"])
    #expect(network.namedParameters.allSatisfy { $0.variable.requiresGrad })
    _ = try trainer.advance()
    for name in ["0.weight", "1.weight", "1.running_mean"] {
      #expect(network.stateDict[name] != before[name], "\(name)")
    }
    while try trainer.advance() {}
    #expect(trainer.receipt.violations.isEmpty && trainer.receipt.withoutGradient.isEmpty)
  }

  @Test("the first epochs are those of a training in which the part is frozen")
  func same() throws {
    let network = makeNetwork()
    let trainer = Trainer(
      network, training: NoisyColors(), settings: late { $0.layerRates.removeLast() })
    while trainer.history.count < 2 { _ = try trainer.advance() }
    let other = makeNetwork()
    other.freeze("0")
    let frozen = Trainer(other, training: NoisyColors(), settings: settings { $0.epochs = 2 })
    while try frozen.advance() {}
    #expect(network.stateDict == other.stateDict)
  }

  @Test("the best epoch has all parts, those too that began later", arguments: [1, 2, 7, 8])
  func resume(interruption: Int) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    func trainer(_ network: Sequential) -> Trainer {
      Trainer(network, training: NoisyColors(), validation: NoisyColors(), settings: late())
    }
    let whole = makeNetwork(batchNorm: true)
    let uninterrupted = trainer(whole)
    while try uninterrupted.advance() {}
    #expect(uninterrupted.best?.state.keys.contains("0.weight") == true)
    let begun = trainer(makeNetwork(batchNorm: true))
    for _ in 0..<interruption { _ = try begun.advance() }
    try begun.writeCheckpoint(to: file)
    let network = makeNetwork(batchNorm: true)
    let resumed = trainer(network)
    try resumed.resume(from: file)
    while try resumed.advance() {}
    #expect(network.stateDict == whole.stateDict)
  }

  @Test("the rates are written with their first epochs, and read where there is none")
  func codable() throws {
    let rate = TrainingSettings.LayerRate(path: "features.0", rate: 1e-5, firstEpoch: 2)
    #expect(rate.description == "features.0=1e-05 from epoch 2")
    let old = try JSONDecoder().decode(
      TrainingSettings.LayerRate.self, from: Data(#"{"path":"a","rate":0.5}"#.utf8))
    #expect(old == .init(path: "a", rate: 0.5))
  }

  @Test("an exponential schedule multiplies by the same factor at each step")
  func exponential() {
    let schedule = LearningRateSchedule(.exponential(to: 100), warmUp: 2)
    #expect(schedule.factor(at: 0, of: 12) == 0.5 && schedule.factor(at: 2, of: 12) == 1)
    #expect(abs(schedule.factor(at: 7, of: 12) - 10) < 1e-12)
    #expect(abs(schedule.factor(at: 12, of: 12) - 100) < 1e-12)
  }
}
