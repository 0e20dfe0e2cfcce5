import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

/// The ways of training that the command line offers.
struct FinetuneOptions: ParsableArguments {
  enum ScheduleName: String, ExpressibleByArgument, CaseIterable { case constant, step, cosine }

  @Option(
    help: ArgumentHelp(
      "Layers to train, by path: classifier.6, classifier, features.10,classifier, or all. The others are frozen.",
      valueName: "paths"))
  var layers = "classifier.6"

  @Flag(
    help: """
      Train all layers in two phases, in place of --layers: the new last layer alone at first, then all, with a \
      smaller learning rate the deeper a layer lies.
      """)
  var twoPhases = false

  @Option(
    help: "Number of epochs of the first of two phases; by default a quarter of all, at least 1.")
  var headEpochs: Int?

  @Option(help: "Number of passes over the training set.")
  var epochs = 5

  @Option(help: "Batch size (the pictures in one mini-batch).")
  var batch = 16

  @Option(
    help: """
      Learning rate, for all layers or for each part (features.10=1e-5,classifier=1e-4). \
      By default 1e-3 if only the last layer is trained or with --two-phases, otherwise 1e-4.
      """)
  var learningRate: String?

  @Option(
    help:
      "Learning-rate schedule (\(ScheduleName.allCases.map(\.rawValue).joined(separator: ", ")))."
  )
  var schedule = ScheduleName.constant

  @Option(help: "Number of warm-up steps, in which the learning rate grows to its full value.")
  var warmUp = 0

  @Option(
    help:
      "Optimizer (\(TrainingSettings.Method.allCases.map(\.rawValue).joined(separator: ", ")))."
  )
  var optimizer = TrainingSettings.Method.adam

  @Option(help: "Weight decay (L2 penalty; decoupled with adamw).")
  var weightDecay = 0.0

  @Option(help: "Dropout probability before the first two fully connected layers.")
  var dropout = 0.5

  @Option(
    help: """
      Data augmentation, random changes to the training pictures: \(Augmentation.known); several are \
      separated by commas, with optional strengths (crop=0.25,flip,color,erase=0.25).
      """)
  var augment = "none"

  @OptionGroup var steps: StepOptions

  @Option(help: "Label smoothing: the share of the target that is spread over all classes.")
  var labelSmoothing = 0.0

  @Option(
    help: "Early stopping: number of epochs without a lower validation loss before training stops.")
  var patience: Int?

  @Option(
    help: "Random seed for the split, new layers, the order of pictures, dropout and augmentation.")
  var seed: UInt64 = 1

  func validate() throws {
    try checkOption("--epochs", epochs, .from(1, to: 1_000_000))
    try checkOption("--batch", batch, .from(1, to: 65_536))
    try checkOption("--patience", patience, .from(1, to: 1_000_000))
    try checkOption("--label-smoothing", labelSmoothing, .from(0, below: 1))
    try checkOption("--warm-up", warmUp, .from(0, to: 1_000_000_000))
    try checkOption("--weight-decay", weightDecay, .from(0, to: 1e6))
    try checkOption("--dropout", dropout, .from(0, below: 1))
    _ = try splitNames("--layers", layers)
    _ = try augmentation()
    let parts = try rates().parts
    if twoPhases {
      try checkOption("--epochs", epochs, .from(2, to: 1_000_000))
      try checkOption("--head-epochs", headEpochs, .from(1, to: epochs - 1))
      if layers != "classifier.6" || !parts.isEmpty {
        throw ValidationError(
          "--two-phases trains all layers at rates of its own: leave out --layers, and give one --learning-rate."
        )
      }
    } else if headEpochs != nil {
      throw ValidationError("--head-epochs goes with --two-phases.")
    }
  }

  /// The paths of ``layers``; empty for all.
  var paths: [String] {
    layers == "all"
      ? [] : layers.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// The augmentation that ``augment`` describes.
  func augmentation() throws -> Augmentation {
    do throws(AugmentationError) {
      return try Augmentation(augment)
    } catch {
      throw ValidationError("--augment: \(error).")
    }
  }

  /// The rates that ``learningRate`` describes: one for all, and those of parts.
  func rates() throws -> (all: Double, parts: [TrainingSettings.LayerRate]) {
    let usual = twoPhases || paths == ["classifier.6"] ? 1e-3 : 1e-4
    guard let learningRate else { return (usual, []) }
    func number(_ text: some StringProtocol) throws -> Double {
      guard let number = Double(text) else {
        throw ValidationError("--learning-rate: \"\(text)\" is not a number above 0.")
      }
      try checkOption("--learning-rate", number, .above(0, to: 1e6))
      return number
    }
    if !learningRate.contains("=") { return (try number(learningRate), []) }
    let parts = try splitNames("--learning-rate", learningRate).map { part in
      let sides = part.split(separator: "=", maxSplits: 1)
      guard sides.count == 2 else {
        throw ValidationError("--learning-rate: \"\(part)\" is not of the form path=number.")
      }
      return TrainingSettings.LayerRate(path: String(sides[0]), rate: try number(sides[1]))
    }
    return (usual, parts)
  }

  /// The settings of a training with so many pictures.
  func settings(pictures: Int) throws -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = epochs
    settings.batchSize = batch
    settings.method = optimizer
    (settings.learningRate, settings.layerRates) = try rates()
    let seen = batch * steps.accumulate
    let stepCount = (pictures + seen - 1) / seen
    let course: LearningRateSchedule.Course =
      switch schedule {
      case .constant: .constant
      case .step: .step(every: max(1, stepCount * max(1, epochs / 3)), factor: 0.1)
      case .cosine: .cosine(to: 0)
      }
    settings.schedule = LearningRateSchedule(course, warmUp: warmUp)
    settings.weightDecay = weightDecay
    settings.seed = seed
    settings.patience = patience
    settings.labelSmoothing = labelSmoothing
    steps.apply(to: &settings)
    return settings
  }
}

extension FinetuneOptions {
  /// The mistake, in the words of the command line.
  func explain(_ error: FineTuningError) -> String {
    switch error {
    case .unfit: "\(error)"
    case .unknownLayer(let path, let known):
      "--layers: no layer with parameters is called \"\(path)\". Available: all, "
        + known.joined(separator: ", ") + "."
    case .staysRandom(let new, _):
      "\(new.joined(separator: ", ")) would never be trained: new layers start from random numbers, and these are not in "
        + "--layers \(layers). "
        + (new.count > 1
          ? "These weights have no classifier; use --layers classifier."
          : "Add classifier.6.")
    case .unknownRate(let path): "--learning-rate: no layer is called \"\(path)\"."
    case .phases: "\(error)"
    }
  }
}

extension TrainingSettings.Method: ExpressibleByArgument {}
