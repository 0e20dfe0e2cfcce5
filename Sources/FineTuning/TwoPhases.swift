import Foundation
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTraining

/// Fine-tuning in two phases: at first only the new layers learn, then all do, and a layer the slower the deeper it
/// lies. New layers start from random numbers, and their first gradients would spoil what the others know; and what the
/// first layers know, edges and colors, is right for most pictures.
///
/// Source: J. Howard and S. Ruder, "Universal Language Model Fine-tuning for Text Classification", 2018, section 3.2,
/// *discriminative fine-tuning* and *gradual unfreezing*.
public struct TwoPhases: Equatable, Sendable {
  /// The number of epochs of the first phase.
  public var headEpochs: Int
  /// The learning rate of a layer as a share of that of the layer behind it, above 0 and at most 1. The new layers have
  /// the learning rate of the training.
  public var share: Double

  /// Two phases.
  ///
  /// - Parameters:
  ///   - headEpochs: The number of epochs of the first phase.
  ///   - share: The learning rate of a layer as a share of that of the layer behind it; 1/2.6 as in the source.
  public init(headEpochs: Int = 1, share: Double = 1 / 2.6) {
    require(
      share > 0 && share <= 1, "TwoPhases: the share must be above 0 and at most 1, got \(share)")
    (self.headEpochs, self.share) = (headEpochs, share)
  }

  /// The learning rates of the layers that are not new. A normalization has that of the layer before it.
  func rates(
    of network: AlexNet, newLayers: [String], _ settings: TrainingSettings
  ) throws(FineTuningError) -> [TrainingSettings.LayerRate] {
    guard headEpochs > 0, headEpochs < settings.epochs else {
      throw .phases(first: headEpochs, epochs: settings.epochs)
    }
    var depth = 0
    let rates = network.namedLayers.reversed().compactMap { path, layer in
      if layer.parameters.isEmpty || newLayers.contains(path) {
        return nil as TrainingSettings.LayerRate?
      }
      let isNorm = layer.parameters.allSatisfy { $0.variable.rank < 2 }
      let own = depth + 1
      if !isNorm { depth = own }
      return TrainingSettings.LayerRate(
        path: path, rate: settings.learningRate * pow(share, Double(own)),
        firstEpoch: headEpochs + 1)
    }
    return rates.reversed()
  }
}
