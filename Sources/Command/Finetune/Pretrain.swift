import ArgumentParser
import Foundation
import Retrograd

struct Pretrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train the embedded network: a narrow AlexNet on drawn pictures.",
    discussion: """
      Draws new pictures for every step and judges the network on others after each epoch. All is \
      seeded: the same command gives the same network. Ctrl-C writes a checkpoint; the same command \
      with --resume goes on from it.

      Example: retrograd pretrain -o runs/mini
      """)

  @Option(name: [.short, .long], help: "The folder for checkpoint, curves and network.")
  var output = "runs/mini"

  @Option(help: "A factor for the number of channels and hidden units of AlexNet.")
  var width = 0.25

  @Option(help: "How many epochs to train.")
  var epochs = 40

  @Option(help: "How many pictures of each class an epoch has.")
  var pictures = 200

  @Option(help: "How many pictures of each class to judge by.")
  var validation = 10

  @Option(help: "How many pictures make a step.")
  var batch = 64

  @Option(help: "The largest learning rate.")
  var learningRate = 1e-3

  @Option(help: "The probability of dropout before the first two fully connected layers.")
  var dropout = 0.3

  @Option(help: "Where chance begins.")
  var seed: UInt64 = 1

  @Flag(help: "Go on from the checkpoint in the folder.")
  var resume = false

  func validate() throws {
    for (name, value) in [
      ("epochs", epochs), ("pictures", pictures), ("validation", validation), ("batch", batch),
    ] where value < 1 {
      throw ValidationError("--\(name) must be at least 1, got \(value).")
    }
    guard width > 0 && width <= 4 else {
      throw ValidationError("--width must be above 0 and up to 4, got \(width).")
    }
    guard learningRate > 0, (0..<1).contains(dropout) else {
      throw ValidationError("--learning-rate must be above 0, and --dropout from 0 to below 1.")
    }
  }

  func run() throws {
    let folder = try RunFolder(URL(filePath: output))
    var random = RandomSource(seed: seed)
    let network = AlexNet(
      classes: Sketchbook.classes.count, dropout: dropout, width: width, using: &random)
    // Other pictures to learn from than to be judged by.
    let training = DrawnPictures(
      Sketchbook(seed: seed), numbers: 0..<pictures, isRepeatable: false)
    let judged = DrawnPictures(
      Sketchbook(seed: seed &+ 1), numbers: 0..<validation, isRepeatable: true)
    let trainer = Trainer(
      network, training: training, validation: judged, settings: settings)
    print(
      "\(network.parameterCount) parameters, \(training.classes.count) classes, "
        + "\(trainer.stepCount) steps of \(batch) pictures")
    try train(network, with: trainer, in: folder)
  }

  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = epochs
    settings.batchSize = batch
    settings.method = .adamw
    settings.learningRate = learningRate
    let steps = (pictures * Sketchbook.classes.count + batch - 1) / batch
    settings.schedule = LearningRateSchedule(.cosine(to: 0.005), warmUp: min(200, steps))
    settings.weightDecay = 0.02
    settings.seed = seed
    return settings
  }

  private func train(_ network: AlexNet, with trainer: Trainer, in folder: RunFolder) throws {
    let checkpoints = CheckpointWriter(to: folder.checkpoint)
    var record = RunRecord("mini-alexnet", trainer, settings: [.init("width", "\(width)")])
    if resume {
      try trainer.resume(from: folder.checkpoint)
      print("going on at step \(trainer.step) of \(trainer.stepCount)")
    }
    let interruption = Interruption()
    let progress = ProgressBar("training", total: trainer.stepCount)
    progress.advance(by: trainer.step)
    while try trainer.advance() {
      progress.advance(note: String(format: "loss %.3f", trainer.lastLoss))
      if let epoch = trainer.finishedEpoch {
        progress.clear()
        print(epoch.line)
        fflush(nil)
        if trainer.isFinished {
          try checkpoints.write(trainer.checkpoint())
        } else {
          try checkpoints.writeUnlessCostly(trainer.checkpoint())
        }
        record.update(from: trainer)
        try folder.update(record)
      }
      if interruption.isAsked && !trainer.isFinished {
        try checkpoints.write(trainer.checkpoint())
        try checkpoints.finish()
        progress.finish()
        print("stopped at step \(trainer.step); go on with --resume")
        throw ExitCode(130)
      }
    }
    progress.finish()
    try checkpoints.finish()
    let file = folder.url.appending(path: "mini-alexnet.safetensors")
    let metadata = NetworkMetadata(
      labels: trainer.training.classes, width: width, preprocessing: .imageNet)
    try Safetensors.write(network.stateDict, metadata: metadata.texts, half: .float16, to: file)
    print("wrote \(file.relativePath)")
  }
}

extension EpochResult {
  /// One line for people.
  var line: String {
    var line = String(
      format: "epoch %3d   loss %.4f   right %5.1f %%", epoch, trainingLoss,
      100 * trainingAccuracy)
    if let validationLoss, let validationAccuracy {
      line += String(
        format: "   validation: loss %.4f   right %5.1f %%", validationLoss,
        100 * validationAccuracy)
    }
    return line + String(format: "   %.0f s", seconds)
  }
}
