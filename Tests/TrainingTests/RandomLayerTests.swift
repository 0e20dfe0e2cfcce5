import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradFiles
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import RetrogradTraining
import Testing

/// Noise that is added in training: a random layer that this package does not know.
private final class Noise: ModeDependentLayer, RandomLayer {
  var random: RandomSource
  var isTraining = true

  init(using random: inout RandomSource) { self.random = random.split() }

  func forward(_ x: Variable) -> Variable {
    isTraining ? x + Variable(.normal(x.shape, standardDeviation: 0.1, using: &random)) : x
  }
}

/// Points above and below a line.
private struct Points: LabeledPictures {
  let classes = ["below", "above"]
  let labels = (0..<10).map { $0 % 2 }
  let isRepeatable = true

  func picture(_ index: Int, epoch: Int) throws(FileError) -> Tensor {
    var random = RandomSource(seed: 3, at: [UInt64(index)])
    return .normal([4], using: &random) + Double(labels[index])
  }
}

@Suite("Random layers of one's own")
struct RandomLayerTests {
  private func trainer() -> Trainer {
    var random = RandomSource(seed: 4)
    let network = Sequential(
      Noise(using: &random), Linear(4, 6, using: &random), Tanh(),
      // One inside another layer.
      Sequential(Noise(using: &random)), Linear(6, 2, using: &random))
    var settings = TrainingSettings()
    settings.epochs = 3
    settings.batchSize = 4
    settings.seed = 6
    return Trainer(network, training: Points(), validation: Points(), settings: settings)
  }

  @Test("draw the same after an interruption as without one", arguments: [1, 3, 5])
  func resumed(interruption: Int) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "checkpoint.safetensors")
    let whole = trainer()
    while try whole.advance() {}
    let begun = trainer()
    for _ in 0..<interruption { _ = try begun.advance() }
    try begun.writeCheckpoint(to: file)
    let again = trainer()
    try again.resume(from: file)
    while try again.advance() {}
    #expect(again.network.stateDict == whole.network.stateDict)
    #expect(again.history.map(\.trainingLoss) == whole.history.map(\.trainingLoss))
  }

  @Test("end the frozen prefix where they draw: in training, or always if they know no modes")
  func prefix() {
    final class Jitter: RandomLayer {
      var random = RandomSource(seed: 1)
      func forward(_ x: Variable) -> Variable { x * random.uniform(0.9, 1.1) }
    }
    var random = RandomSource(seed: 2)
    let noise = Sequential(Tanh(), Noise(using: &random))
    #expect(FrozenPrefix(of: noise).count == 1)
    noise.eval()
    #expect(FrozenPrefix(of: noise).count == 2)
    let jitter = Sequential(Tanh(), Jitter())
    jitter.eval()
    #expect(FrozenPrefix(of: jitter).count == 1)
  }
}
