import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine
import RetrogradText

struct Pretrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a narrow AlexNet from scratch, on a folder of labeled photographs.",
    discussion: """
      Each folder contains one folder of pictures for each class. The network starts from random parameters; \
      batch normalization helps it learn and is folded into the convolutions and fully connected layers at the \
      end, so that the file (model.safetensors, half precision) is an AlexNet with torchvision's names. With \
      --weights, a network that was trained before learns on. The seed determines everything random. Ctrl-C writes a checkpoint; the same command with --resume continues \
      from it to the same result, bit for bit. An existing run is never replaced without --overwrite.

      Example: retrograd pretrain photographs/train --val photographs/val --width 0.5 --size 112
      """)

  @Argument(
    help: "Training set: folders with one folder of pictures for each class; several are mixed.")
  var folders: [String] = []

  @Option(help: "Validation set: a folder with one folder of pictures for each class.")
  var val: String?

  @Option(
    name: [.short, .long],
    help: "Output folder for the checkpoint, the learning curves and the network.")
  var output = "runs/pretrained"

  @Option(help: "Name of the run; by default that of its folder.")
  var name: String?

  @OptionGroup var device: DeviceOptions
  @OptionGroup var sources: PretrainSources
  @OptionGroup var shape: PretrainShape
  @OptionGroup var recipe: PretrainRecipe
  @OptionGroup var teacher: TeacherOptions

  @OptionGroup var earlier: RunOptions

  func validate() throws {
    if folders.isEmpty && sources.sketches == nil {
      throw ValidationError("pass a folder of training photographs, or --sketches.")
    }
    try sources.check(count: folders.count)
    if teacher.teacher != nil, folders.count != 1 || sources.sketches != nil {
      throw ValidationError("--teacher works with the pictures of one folder, not with a mixture.")
    }
  }

  func run() throws { try device { try pretrain() } }

  private func pretrain() throws {
    try earlier.check(output)
    let folder = try RunFolder(URL(filePath: output))
    var learned = try folders.map { try sources.dataset($0) }
    let judged: PictureDataset?
    if let val {
      judged = try sources.dataset(val)
    } else if let first = learned.first {
      let (kept, aside) = first.split(share: sources.validationShare, seed: recipe.seed)
      learned[0] = kept
      judged = aside.files.isEmpty ? nil : aside
    } else {
      judged = nil
    }
    let training = try sources.training(learned, shape, recipe)
    let distillation = try learned.first.flatMap {
      try teacher.distillation(for: $0, sources.labels, in: folder, isKept: earlier.resume)
    }
    let classes = training.classes.count
    let start = try shape.start(classes: training.classes)
    let network = try shape.network(
      start, outputs: classes + (distillation?.features?.count ?? 0), learning: training, recipe)
    let trainer = Trainer(
      network, training: training,
      validation: try sources.validation(judged, training.classes, shape, recipe),
      settings: recipe.settings(pictures: training.count),
      distillation: distillation)
    writeOutput(
      "\(network.parameterCount) parameters, \(classes) classes, "
        + "\(trainer.stepCount) steps of \(recipe.batch * recipe.steps.accumulate) pictures")
    let metadata = NetworkMetadata(
      labels: training.classes, width: start?.width ?? shape.drawnWidth,
      preprocessing: shape.preprocessing,
      learnedFrom: sources.description(of: folders))
    var run = TrainingRun(
      name ?? URL(filePath: output).lastPathComponent, trainer, in: folder)
    run.settings = settings(network, metadata)
    run.model = ModelFile(metadata: metadata.texts, half: .float16) { _ in
      var state = network.folded().stateDict
      // Without the outputs that learned what the teacher sees.
      for name in ["classifier.6.weight", "classifier.6.bias"] {
        state[name] = state[name].map { $0[0..<classes] }
      }
      return state
    }
    let interruption = Interruption()
    let printer = TrainingPrinter()
    let outcome = try reportingDivergence {
      defer { printer.finish() }
      return try run.run(
        earlier.earlier, events: { printer.show($0) }, shouldStop: { interruption.isRequested })
    }
    switch outcome {
    case .stopped(let step):
      writeOutput("stopped after step \(step); the same command with --resume continues")
      throw ExitCode(130)
    case .finished(let results): try show(results, of: trainer, metadata)
    }
  }

  private func settings(_ network: AlexNet, _ metadata: NetworkMetadata) -> [RunRecord.Setting] {
    [
      .init("pictures", folders.joined(separator: ", ")),
      .init("weights", shape.weights ?? "random"),
      .init("width", "\(metadata.width ?? 1)"),
      .init("hidden units", "\(network.stateDict["classifier.4.weight"]?.shape[0] ?? 0)"),
      .init("size", "\(shape.size)"),
      .init("detail", shape.detail.map { "\($0)" } ?? "all"),
      .init("first size", recipe.firstSize.map { "\($0)" } ?? "\(shape.size)"),
      .init("dropout", "\(recipe.dropout)"), .init("augmentation", recipe.augment),
      .init("teacher", teacher.description),
    ]
  }

  /// Prints what came of it, and calibrates the network's confidence where there are pictures to judge by.
  private func show(
    _ results: TrainingRun.Results, of trainer: Trainer, _ metadata: NetworkMetadata
  ) throws {
    for picture in trainer.unreadable { writeError("left out: \(picture.error)") }
    if let evaluation = results.evaluation {
      writeOutput("\n" + evaluation.summary)
      do {
        var calibrated = metadata
        let calibration = try Calibration(fitting: evaluation.logits, evaluation.labels)
        calibrated.calibration = calibration
        try Safetensors.copy(results.model, metadata: calibrated.texts, to: results.model)
        writeOutput(evaluation.calibrated(by: calibration).calibrationLine)
      } catch let error as CalibrationError {
        writeError("not calibrated: \(error)")
      }
    }
    writeOutput("\nwrote \(results.model.relativePath)")
  }
}

/// The recipe for training a network from scratch.
struct PretrainRecipe: ParsableArguments {
  @Option(help: "Number of passes over the training set.")
  var epochs = 20

  @Option(help: "Batch size (the pictures in one mini-batch).")
  var batch = 128

  @OptionGroup var steps: StepOptions

  @Option(
    help:
      "Optimizer (\(TrainingSettings.Method.allCases.map(\.rawValue).joined(separator: ", ")))."
  )
  var optimizer = TrainingSettings.Method.sgd

  @Option(help: "Maximum learning rate; it falls to 0 along a cosine.")
  var learningRate = 0.1

  @Option(help: "Number of warm-up epochs, in which the learning rate grows to its maximum.")
  var warmUp = 1.0

  @Option(help: "Momentum of sgd.")
  var momentum = 0.9

  @Option(
    help:
      "Weight decay (L2 penalty; decoupled with adamw); biases and normalization layers are exempt."
  )
  var weightDecay = 5e-4

  @Option(help: "Dropout probability before the two hidden fully connected layers.")
  var dropout = 0.2

  @Option(help: "Label smoothing: the share of the target that is spread over all classes.")
  var labelSmoothing = 0.1

  @Option(
    help:
      "Data augmentation, random changes to the training pictures: crop, flip, color, …, separated by commas, or none."
  )
  var augment = "crop,flip"

  @Option(
    help:
      "Input width and height in the first epoch, in pixels; they grow to --size over three quarters of the epochs."
  )
  var firstSize: Int?

  @Option(help: "Random seed.")
  var seed: UInt64 = 1

  /// The augmentation that ``augment`` describes.
  func augmentation() throws -> Augmentation { try Augmentation(augment) }

  /// Sizes that grow, where ``firstSize`` asks for them.
  var resizing: ProgressiveResizing? {
    firstSize.map { ProgressiveResizing(from: $0, epochs: max(1, epochs * 3 / 4)) }
  }

  func validate() throws {
    try checkOption("--epochs", epochs, .from(1, to: 100_000))
    try checkOption("--batch", batch, .from(2, to: 65_536))
    try checkOption("--first-size", firstSize, .from(63, to: 1024))
    try checkOption("--learning-rate", learningRate, .above(0, to: 1e6))
    try checkOption("--dropout", dropout, .from(0, below: 1))
    try checkOption("--momentum", momentum, .from(0, below: 1))
    try checkOption("--label-smoothing", labelSmoothing, .from(0, below: 1))
    try checkOption("--warm-up", warmUp, .from(0, to: 1000))
    try checkOption("--weight-decay", weightDecay, .from(0, to: 1e6))
    _ = try augmentation()
  }

  /// The settings of a training with so many pictures.
  func settings(pictures: Int) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = epochs
    settings.batchSize = batch
    settings.method = optimizer
    settings.learningRate = learningRate
    settings.momentum = momentum
    settings.nesterov = momentum > 0
    let seen = batch * steps.accumulate
    let stepCount = (pictures + seen - 1) / seen
    settings.schedule = LearningRateSchedule(
      .cosine(to: 0), warmUp: Int((warmUp * Double(stepCount)).rounded()))
    settings.weightDecay = weightDecay
    settings.sparesVectors = true
    settings.labelSmoothing = labelSmoothing
    steps.apply(to: &settings)
    settings.seed = seed
    return settings
  }
}

extension EpochResult {
  /// One line for people.
  var line: String {
    var line =
      String(format: "epoch %3d   loss %.4f   accuracy ", epoch, trainingLoss)
      + aligned(percent(trainingAccuracy), 7)
    if let validationLoss, let validationAccuracy {
      line +=
        String(format: "   validation: %.4f, ", validationLoss)
        + aligned(percent(validationAccuracy), 7)
    }
    return line + String(format: "  %.0f s", seconds)
  }
}

/// A network to learn from beside the labels.
struct TeacherOptions: ParsableArguments {
  @Option(help: "Teacher for knowledge distillation: weights of a network with the same classes.")
  var teacher: String?

  @Option(help: "Share of the target that comes from the teacher; the rest comes from the label.")
  var teacherShare = 0.5

  @Option(help: "Distillation temperature: the divisor of the teacher's logits.")
  var teacherTemperature = 2.0

  @Option(
    help:
      "Weight of the loss on the teacher's features, the output of its convolutions; 0 for none.")
  var teacherFeatures = 0.0

  func validate() throws {
    try checkOption("--teacher-features", teacherFeatures, .from(0, to: 1000))
    try checkOption("--teacher-share", teacherShare, .from(0, to: 1))
    try checkOption("--teacher-temperature", teacherTemperature, .above(0, to: 100))
  }

  /// The teacher in a few words, for the record of the run.
  var description: String {
    teacher.map {
      "\($0), share \(teacherShare), temperature \(teacherTemperature), features \(teacherFeatures)"
    } ?? "none"
  }

  /// The teacher's answers for the pictures; kept in the folder, so that a resumed training need not ask again.
  ///
  /// - Parameter isKept: Whether answers in the folder are those of this training.
  func distillation(
    for pictures: PictureDataset, _ labels: LabelOptions, in folder: RunFolder, isKept: Bool
  ) throws -> Distillation? {
    guard let teacher else { return nil }
    let kept = folder.url.appending(path: "teacher.safetensors")
    if isKept, let answers = try? Safetensors.read(kept),
      let result = distillation(answers, for: pictures)
    {
      return result
    }
    let start = try WeightChoice.resolve(WeightChoice(teacher), default: .tool)
    let table = try labels.table()
    guard start.labels.map({ table?.labels[$0] ?? $0 }) == pictures.classes else {
      throw Failure(
        "the teacher has \(start.labels.count) classes, and they are not those of the pictures."
      )
    }
    let progress = ProgressBar("asking the teacher", total: pictures.files.count)
    let result = Distillation(
      asking: try start.alexNet(),
      about: PictureFiles(pictures, preprocessing: start.preprocessing),
      temperature: teacherTemperature, share: teacherShare,
      featuresOf: teacherFeatures > 0 ? "features" : nil, weight: teacherFeatures
    ) { progress.advance(by: $0) }
    progress.finish()
    var answers = ["probabilities": result.probabilities]
    answers["features"] = result.features?.values
    try Safetensors.write(answers, to: kept)
    return result
  }

  /// Answers that were kept, if they are those to these pictures.
  private func distillation(
    _ answers: [String: Tensor], for pictures: PictureDataset
  ) -> Distillation? {
    let count = pictures.files.count
    guard let probabilities = answers["probabilities"],
      probabilities.shape == [count, pictures.classes.count]
    else { return nil }
    if teacherFeatures == 0 {
      return Distillation(probabilities: probabilities, share: teacherShare)
    }
    guard let features = answers["features"], features.rank == 2, features.shape[0] == count else {
      return nil
    }
    return Distillation(
      probabilities: probabilities, share: teacherShare,
      features: .init(features, weight: teacherFeatures))
  }
}
