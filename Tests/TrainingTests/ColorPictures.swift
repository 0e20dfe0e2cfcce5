import RetrogradDatasets
import RetrogradFiles
import RetrogradTensors

@testable import RetrogradNeuralNetworks
@testable import RetrogradTraining

/// Small pictures in two colors, and a network that can tell them apart.
struct Colors: LabeledPictures {
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

func colorNetwork() -> Sequential {
  var random = RandomSource(seed: 2)
  let network = Sequential(
    Conv2d(3, 4, kernel: 3, using: &random), ReLU(), Flatten(), Dropout(0.3, using: &random),
    Linear(16, 2, using: &random))
  network.freeze("0")
  return network
}

func colorSettings(
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
