import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradNeuralNetworks
import RetrogradRuns
import RetrogradTensors
import RetrogradText
import RetrogradTraining
import RetrogradWeights

/// AlexNet for one's own classes: it begins with what it has learned before, gets a new last layer, and some of its
/// layers learn.
///
/// ```swift
/// let data = try TrainingData(
///   PictureSource("photographs").dataset(), preprocessing: start.preprocessing, seed: 1)
/// let tuning = try FineTuning(start: start, data: data)
/// let outcome = try tuning.run(in: RunFolder(URL(filePath: "runs/photographs")))
/// ```
///
/// The folder of the run then has the network with its classes and its preprocessing (`model.safetensors`), a page
/// and everything else that a ``TrainingRun`` leaves. Without a folder, call ``trainer``'s `advance()`.
public struct FineTuning {
  /// The ways of fine-tuning.
  public struct Options: Sendable {
    /// Paths of the layers and parameters that learn, such as `classifier` or `features.10`; all where it is empty.
    public var layers = ["classifier.6"]
    /// Two phases, in which all layers learn, whatever ``layers`` says: at first the new ones alone, then the others too;
    /// `nil` for one.
    public var phases: TwoPhases?
    /// The probability of dropout before the first two fully connected layers, from 0 to below 1.
    public var dropout = 0.5
    /// The settings of the training. New layers and the order of pictures follow from its seed.
    public var training = TrainingSettings()
    /// After how many steps a checkpoint is written, besides those after epochs; `nil` for none.
    public var checkpointInterval: Int?
    /// Entries for the record of the run besides pictures, weights, layers and training.
    public var notes: [RunRecord.Setting] = []

    /// Five epochs of the last layer alone.
    public init() {}
  }

  /// The pre-trained network.
  public let start: PretrainedNetwork
  /// The training and validation set.
  public let data: TrainingData
  /// The options; with two phases, also what follows from them: all layers and their learning rates.
  public let options: Options
  /// The network.
  public let network: AlexNet
  /// The training of the network.
  public let trainer: Trainer

  /// Creates a fine-tuning, which begins with ``run(in:name:earlier:events:shouldStop:)``.
  ///
  /// - Parameters:
  ///   - start: The pre-trained network to start from.
  ///   - data: The training and validation set, with the ``PretrainedNetwork/preprocessing`` of the network.
  ///   - options: The options.
  /// - Throws: An error if a path leads nowhere, new layers would not learn, or the weights are not AlexNet's.
  public init(
    start: PretrainedNetwork, data: TrainingData, options: Options = .init()
  ) throws(FineTuningError) {
    var options = options
    (network, options.training.layerRates) = try Self.makeNetwork(
      start, classes: data.training.classes.count, options)
    if options.phases != nil { options.layers = [] }
    (self.start, self.data, self.options) = (start, data, options)
    trainer = Trainer(
      network, training: data.training, validation: data.validation, settings: options.training)
  }

  /// The number of parameters that learn.
  public var trainedCount: Int {
    network.trainableParameters.reduce(0) { $0 + $1.variable.count }
  }

  /// The paths of the layers that learn, for people.
  public var layerNames: String {
    options.layers.isEmpty ? "all" : options.layers.joined(separator: ",")
  }

  /// Trains until all is done or somebody asks to stop; see ``TrainingRun/run(_:events:shouldStop:)``.
  ///
  /// - Parameters:
  ///   - folder: The folder for the files.
  ///   - name: The name of the run; by default that of the folder.
  ///   - earlier: The fate of a run that the folder already contains.
  ///   - events: Called with the events of the run.
  ///   - shouldStop: Asked after each step.
  public func run(
    in folder: RunFolder, name: String? = nil, earlier: RunFolder.Earlier = .kept,
    events: (TrainingRun.Event) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> TrainingRun.Outcome {
    var run = TrainingRun(name ?? folder.url.lastPathComponent, trainer, in: folder)
    run.settings =
      [
        .init("pictures", data.training.source), .init("weights", start.description),
        .init("layers", layerNames), .init("dropout", "\(options.dropout)"),
      ] + options.notes
    run.checkpointInterval = options.checkpointInterval
    let metadata = NetworkMetadata(
      labels: data.training.classes, width: start.width, preprocessing: start.preprocessing,
      learnedFrom: start.learnedFrom?.followed(
        by: "\(data.training.count) pictures of \(data.training.classes.count) classes"))
    run.model = ModelFile(metadata: metadata.texts)
    return try run.run(earlier, events: events, shouldStop: shouldStop)
  }

  /// The network with a new last layer, and only what is to be trained not frozen; and the learning rates of its
  /// layers.
  private static func makeNetwork(
    _ start: PretrainedNetwork, classes: Int, _ options: Options
  ) throws(FineTuningError) -> (AlexNet, rates: [TrainingSettings.LayerRate]) {
    var random = RandomSource(seed: options.training.seed)
    let (model, newLayers): (AlexNet, [String])
    do {
      (model, newLayers) = try AlexNet.transferring(
        start.state, classes: classes, dropout: options.dropout, using: &random)
    } catch {
      throw .unfit(error)
    }
    if let phases = options.phases {
      return (model, try phases.rates(of: model, newLayers: newLayers, options.training))
    }
    let known = model.namedLayers.filter { !$0.layer.namedParameters.isEmpty }.map(\.path)
    let parameters = model.namedParameters.map(\.name)
    for path in options.layers where !known.contains(path) && !parameters.contains(path) {
      throw .unknownLayer(path, known: known.filter { !$0.isEmpty })
    }
    if !options.layers.isEmpty {
      model.freeze()
      for path in options.layers { model.unfreeze(path) }
    }
    let untrained = newLayers.filter { layer in
      model.namedParameters.contains {
        $0.name.hasPrefix(layer + ".") && !$0.variable.requiresGrad
      }
    }
    guard untrained.isEmpty else {
      throw .staysRandom(untrained, trained: options.layers)
    }
    for rate in options.training.layerRates
    where !parameters.contains(where: { $0 == rate.path || $0.hasPrefix(rate.path + ".") }) {
      throw .unknownRate(rate.path)
    }
    return (model, options.training.layerRates)
  }
}

/// The reason why a fine-tuning cannot begin.
public enum FineTuningError: ExplainedError {
  /// The weights are none of AlexNet.
  case unfit(StateDictError)
  /// Nothing with parameters has the path of a layer that is to learn; what has some.
  case unknownLayer(String, known: [String])
  /// New layers are not among those that are to learn.
  case staysRandom([String], trained: [String])
  /// Nothing has the path of a learning rate.
  case unknownRate(String)
  /// The first of two phases has no epoch, or leaves none for the second.
  case phases(first: Int, epochs: Int)

  /// The mistake, and the remedy.
  public var description: String {
    switch self {
    case .unfit(let error): "\(error)"
    case .unknownLayer(let path, let known):
      "no layer with parameters is called \"\(path)\". Available: \(known.joined(separator: ", "))."
    case .staysRandom(let layers, let trained):
      "\(layers.joined(separator: ", ")) would never be trained: new layers start from random numbers, and these are not among "
        + "the trained layers, \(trained.joined(separator: ", ")). "
        + (layers.count > 1
          ? "These weights have no classifier: train classifier." : "Add classifier.6.")
    case .unknownRate(let path):
      "there is a learning rate for \"\(path)\", but no layer of that name."
    case .phases(let first, let epochs):
      "of \(epochs) epochs the first phase would have \(first): each phase takes at least one."
    }
  }
}
