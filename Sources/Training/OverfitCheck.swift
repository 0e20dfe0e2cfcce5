import RetrogradDatasets
import RetrogradFiles
import RetrogradNeuralNetworks
import RetrogradTensors

/// A check of whether a network can overfit a few pictures: one that cannot will not learn many either, and something
/// is wrong with the data, the learning rate, what is frozen, or the network.
///
/// Source of the advice: A. Karpathy, "A Recipe for Training Neural Networks", 2019, "overfit one batch".
public struct OverfitCheck: Equatable, Sendable {
  /// The number of pictures.
  public let count: Int
  /// The loss of each step, before it.
  public let losses: [Double]
  /// The accuracy on the same pictures afterwards.
  public let accuracy: Double
  /// The mean loss on them afterwards, in evaluation mode.
  public let loss: Double

  /// The loss below which pictures count as learned by heart.
  public static let lossLimit = 0.1

  /// Indicates whether all pictures are classified correctly, and surely: the mean loss is below ``lossLimit``.
  public var passes: Bool { accuracy == 1 && loss < Self.lossLimit }
}

/// Trains on a few pictures alone until they are learned by heart, and gives the network the parameters back that it
/// had.
///
/// - Parameters:
///   - network: The network; what is frozen stays so. Best without dropout.
///   - pictures: The training set, best without augmentation; pictures are taken from its classes in turn.
///   - settings: The settings of the training. One batch is one step; schedule, patience, moving average, mixing, label
///     smoothing and weight decay play no part, which hinder learning by heart.
///   - count: The number of pictures.
///   - steps: The most steps.
///   - progress: Called after each step with their number and the loss.
/// - Throws: ``DivergenceError`` where the training comes to numbers that are not finite.
public func checkOverfitting(
  of network: any StagedLayer, on pictures: any LabeledPictures, settings: TrainingSettings,
  count: Int = 8, steps: Int = 200, progress: (Int, Double) -> Void = { _, _ in }
) throws -> OverfitCheck {
  require(
    count > 0 && steps > 0,
    "checkOverfitting: needs at least one picture and one step, got \(count) and \(steps)")
  let few = SomePictures(of: pictures, count: count)
  var tried = settings
  (tried.batchSize, tried.accumulation, tried.epochs) = (few.count, 1, steps)
  tried.schedule = LearningRateSchedule()
  (tried.patience, tried.averaging, tried.mixing) = (nil, nil, nil)
  (tried.labelSmoothing, tried.weightDecay) = (0, 0)
  tried.layerRates = settings.layerRates.map { .init(path: $0.path, rate: $0.rate) }
  return try network.keepingState {
    let trainer = Trainer(network, training: few, settings: tried)
    var losses: [Double] = []
    while try trainer.advance() {
      losses.append(trainer.lastLoss)
      progress(trainer.step, trainer.lastLoss)
      if trainer.lastLoss < OverfitCheck.lossLimit / 10 { break }
    }
    network.eval()
    defer { network.train() }
    let evaluation = evaluate(network, on: few, batchSize: few.count)
    return OverfitCheck(
      count: evaluation.predictions.count, losses: losses, accuracy: evaluation.accuracy,
      loss: evaluation.loss)
  }
}

/// Some of other pictures: of each class in turn, the first ones.
struct SomePictures: LabeledPictures {
  private let all: any LabeledPictures
  private let indices: [Int]

  init(of all: any LabeledPictures, count: Int) {
    self.all = all
    let labels = all.labels
    var seen = [Int](repeating: 0, count: all.classes.count)
    // The place of each picture in its class decides.
    let turns = labels.map { label in
      defer { seen[label] += 1 }
      return seen[label]
    }
    let order = labels.indices.sorted { (turns[$0], labels[$0]) < (turns[$1], labels[$1]) }
    indices = Array(order.prefix(count))
  }

  var classes: [String] { all.classes }
  var labels: [Int] { indices.map { all.labels[$0] } }
  var isRepeatable: Bool { all.isRepeatable }
  var source: String { "\(indices.count) pictures of \(all.source)" }

  func picture(_ index: Int, epoch: Int) throws(FileError) -> Tensor {
    try all.picture(indices[index], epoch: epoch)
  }
  func label(_ index: Int, epoch: Int) -> Int { all.label(indices[index], epoch: epoch) }
  func name(_ index: Int) -> String { all.name(indices[index]) }
}
