import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors

/// The settings of a training.
public struct TrainingSettings: Codable, Equatable, Sendable {
  /// The optimizer.
  public enum Method: String, Codable, CaseIterable, Sendable {
    /// Gradient descent with ``TrainingSettings/momentum``.
    case sgd
    /// See ``Adam``.
    case adam
    /// See ``AdamW``.
    case adamw
    /// See ``RMSprop``.
    case rmsprop
    /// See ``NAdam``.
    case nadam
  }

  /// A learning rate for a part of the network.
  public struct LayerRate: Codable, Equatable, Sendable, CustomStringConvertible {
    /// The path of a layer or a parameter, such as `features.10`.
    public let path: String
    /// The learning rate of what is inside.
    public let rate: Double
    /// The epoch, from 1, in which the part begins to learn; before, it is frozen. `nil` for the first one.
    public let firstEpoch: Int?

    /// A learning rate for a part.
    public init(path: String, rate: Double, firstEpoch: Int? = nil) {
      (self.path, self.rate, self.firstEpoch) = (path, rate, firstEpoch)
    }

    /// `features.10=0.0001`, and from when on.
    public var description: String {
      "\(path)=\(String(format: "%g", rate))" + (firstEpoch.map { " from epoch \($0)" } ?? "")
    }
  }

  /// The number of passes over the training set.
  public var epochs = 5
  /// The number of pictures that go through the network at once.
  public var batchSize = 16
  /// The number of batches whose gradients make one step: a step sees `batchSize · accumulation` pictures
  /// in the memory that `batchSize` take.
  public var accumulation = 1
  /// The optimizer.
  public var method = Method.adam
  /// The learning rate.
  public var learningRate = 1e-3
  /// Learning rates of parts; where several match, the longest path counts.
  public var layerRates: [LayerRate] = []
  /// The learning-rate schedule.
  public var schedule = LearningRateSchedule()
  /// The momentum of ``Method/sgd``.
  public var momentum = 0.9
  /// Indicates whether ``Method/sgd`` looks ahead, as Nesterov does.
  public var nesterov = false
  /// The pull towards 0.
  public var weightDecay = 0.0
  /// Indicates whether ``weightDecay`` leaves vectors alone: biases, and the scales and shifts of normalizations.
  public var sparesVectors = false
  /// The largest length of all gradients together; `nil` for no limit. See
  /// ``clipGradientNorm(_:to:infinityNorm:)``.
  public var clipNorm: Double?
  /// The decay of the moving average of all parameters that is judged and kept in their place; `nil` for the
  /// parameters themselves. See ``MovingAverage``.
  public var averaging: Double?
  /// The share of the target that is spread over all classes; see `crossEntropy`.
  public var labelSmoothing = 0.0
  /// Pictures and targets blended within a batch; `nil` for none.
  public var mixing: BatchMixing?
  /// The random seed for the order of pictures and for dropout.
  public var seed: UInt64 = 0
  /// The number of epochs without a lower validation loss after which to stop (early stopping); `nil` for never.
  public var patience: Int?

  /// Five epochs of Adam in batches of 16.
  public init() {}

  /// An optimizer for the trainable parameters of a network, one group for each learning rate.
  func optimizer(for network: any Layer) -> any Optimizer {
    var groups: [(rate: Double, decay: Double, parameters: [(name: String, variable: Variable)])] =
      []
    for parameter in network.trainableParameters {
      let rate = rate(of: parameter.name)
      let decay = sparesVectors && parameter.variable.rank < 2 ? 0 : weightDecay
      if let index = groups.firstIndex(where: { $0.rate == rate && $0.decay == decay }) {
        groups[index].parameters.append(parameter)
      } else {
        groups.append((rate, decay, [parameter]))
      }
    }
    let all = groups.map {
      ParameterGroup($0.parameters, learningRate: $0.rate, weightDecay: $0.decay)
    }
    switch method {
    case .sgd:
      return SGD(
        all, learningRate: learningRate, momentum: momentum, nesterov: nesterov,
        weightDecay: weightDecay)
    case .adam: return Adam(all, learningRate: learningRate, weightDecay: weightDecay)
    case .adamw: return AdamW(all, learningRate: learningRate, weightDecay: weightDecay)
    case .rmsprop: return RMSprop(all, learningRate: learningRate, weightDecay: weightDecay)
    case .nadam: return NAdam(all, learningRate: learningRate, weightDecay: weightDecay)
    }
  }

  /// The learning rate of a parameter.
  func rate(of name: String) -> Double { layerRate(of: name)?.rate ?? learningRate }

  /// Returns whether a parameter learns in an epoch, from 1.
  func learns(_ name: String, inEpoch epoch: Int) -> Bool {
    epoch >= layerRate(of: name)?.firstEpoch ?? 1
  }

  private func layerRate(of name: String) -> LayerRate? {
    let matching = layerRates.filter { name == $0.path || name.hasPrefix($0.path + ".") }
    return matching.max { $0.path.count < $1.path.count }
  }

  /// The names of the settings that differ from others, with both values. More epochs are no difference: a training may
  /// be made longer.
  func differences(from other: TrainingSettings) -> [String] {
    func differs<T: Equatable>(_ name: String, _ value: (TrainingSettings) -> T) -> String? {
      value(self) == value(other) ? nil : "\(name): \(value(other)) before, \(value(self)) now"
    }
    return [
      epochs > other.epochs ? nil : differs("epochs") { $0.epochs },
      differs("batch size") { $0.batchSize },
      differs("accumulation") { $0.accumulation },
      differs("method") { $0.method }, differs("learning rate") { $0.learningRate },
      differs("learning rates of layers") { $0.layerRates },
      differs("schedule") { $0.schedule }, differs("momentum") { $0.momentum },
      differs("Nesterov's momentum") { $0.nesterov }, differs("weight decay") { $0.weightDecay },
      differs("vectors without weight decay") { $0.sparesVectors },
      differs("clipping") { $0.clipNorm }, differs("averaging") { $0.averaging },
      differs("label smoothing") { $0.labelSmoothing }, differs("mixing") { $0.mixing },
      differs("seed") { $0.seed },
      differs("patience") { $0.patience },
    ].compactMap { $0 }
  }
}
