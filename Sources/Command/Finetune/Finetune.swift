import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

struct Finetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Fine-tune AlexNet on your own pictures (transfer learning): the last layers, or any others.",
    discussion: """
      FOLDER contains one folder of pictures for each class; or it is a deck of slides (a PDF or PowerPoint \
      file, a Google Slides address, a folder of pictures) whose classes are given by --classes. The network \
      starts from pre-trained weights; only the layers in --layers change, and a receipt proves it. The output \
      of the frozen layers is computed once for each picture, unless --augment changes the pictures.

      The folder runs/NAME gets the network (model.safetensors, which PyTorch reads by name too), \
      metrics, learning curves, the confusion matrix and the worst mistakes. Ctrl-C writes a checkpoint; \
      the same command with --resume continues to the same result, bit for bit. An existing run is never \
      replaced without --overwrite.

      Example: retrograd finetune photographs --layers classifier --epochs 10 --augment crop,flip
      Example: retrograd finetune photographs --two-phases --epochs 8
      """)

  @Argument(
    help:
      "Training set: a folder with one folder of pictures for each class, or slides with --classes."
  )
  var folder: String

  @OptionGroup var classes: ClassOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var device: DeviceOptions
  @OptionGroup var options: FinetuneOptions

  @Option(help: "Validation set: a folder with one folder of pictures for each class.")
  var val: String?

  @Option(
    help:
      "Share of each class to hold out as the validation set, if --val is not given; 0 for none.")
  var validationShare = 0.2

  @Option(help: "Name of the run.")
  var name: String?

  @Option(name: [.short, .long], help: "Output folder; runs/NAME by default.")
  var output: String?

  @Option(help: "Number of steps between checkpoints, in addition to the one after each epoch.")
  var checkpointEvery: Int?

  @Option(
    help: """
      Corrected classes of single pictures or slides: mistakes.csv of an earlier run, with the right class in its \
      column class, or none to leave a picture out.
      """)
  var relabel: String?

  @OptionGroup var trial: TrialOptions
  @OptionGroup var earlier: RunOptions

  func validate() throws {
    try checkOption("--validation-share", validationShare, .from(0, below: 1))
    try checkOption("--checkpoint-every", checkpointEvery, .from(1, to: 1_000_000_000))
    if let name, !Self.isFolderName(name) {
      throw ValidationError("--name: \"\(name)\" is not a valid name for a folder in runs.")
    }
  }

  func run() throws { try device { try finetune() } }

  private func finetune() throws {
    let runName = name ?? URL(filePath: folder).deletingPathExtension().lastPathComponent
    let place = output ?? "runs/\(runName)"
    if !trial.isTrial { try earlier.check(place) }
    let start = try weights.load()
    let tuning: FineTuning
    do {
      let data = try readData(start)
      writeOutput(data.summary)
      if let warning = data.warning { writeProse("warning: \(warning)") }
      tuning = try FineTuning(start: start, data: data, options: tuningOptions(data))
    } catch FineTuningError.unfit(let reason) {
      throw Failure("\(FineTuningError.unfit(reason))")
    } catch let error as FineTuningError {
      throw ValidationError(options.explain(error))
    }
    writeOutput(
      "training \(grouped(tuning.trainedCount)) of \(grouped(tuning.network.parameterCount)) parameters: "
        + (options.twoPhases ? "all, after the head" : options.layers))
    if trial.isTrial { return try trial.run(for: tuning, folder: place) }
    let run = try RunFolder(URL(filePath: place))
    let interruption = Interruption()
    let printer = TrainingPrinter()
    let outcome = try reportingDivergence {
      defer { printer.finish() }
      return try tuning.run(
        in: run, name: runName, earlier: earlier.earlier, events: { printer.show($0) },
        shouldStop: { interruption.isRequested })
    }
    switch outcome {
    case .stopped(let step):
      writeOutput("stopped after step \(step); the same command with --resume continues")
      throw ExitCode(130)
    case .finished(let results): try show(results, of: tuning, in: run)
    }
  }

  /// Returns whether a run may be called so: its folder lies in `runs`, and nowhere else.
  private static func isFolderName(_ name: String) -> Bool {
    !name.utf8.contains(UInt8(ascii: "/")) && !["", ".", ".."].contains(name)
  }

  /// The default name of a run: that of its pictures.
  private static func usualName(of source: String) -> String {
    let name = URL(filePath: source).standardizedFileURL.deletingPathExtension().lastPathComponent
    return isFolderName(name) ? name : "pictures"
  }

  /// The training and validation set; pictures that cannot be read are named.
  private func readData(_ start: PretrainedNetwork) throws -> TrainingData {
    // The counts of --classes are those of the first source.
    let judging = try val.map { source in
      try showingDeckProgress { try PictureSource(source).dataset(report: $0) }
    }
    let (dataset, validation) = try corrected(classes.dataset(folder), judging)
    // What is to be learned by heart has to stay the same.
    let augmentation = trial.overfit == nil ? try options.augmentation() : .none
    var progress: ProgressBar?
    return try TrainingData(
      dataset, validation: validation, share: validationShare,
      preprocessing: start.preprocessing, augmentation: augmentation, seed: options.seed
    ) { event in
      switch event {
      case .read(0, let total): progress = ProgressBar("reading pictures", total: total)
      case .read(let count, let total):
        progress?.advance(to: count)
        if count == total { progress?.finish() }
      case .unreadable(let error): writeError("left out: \(error)")
      }
    }
  }

  /// The training and validation set with the classes of ``relabel``.
  private func corrected(
    _ dataset: PictureDataset, _ validation: PictureDataset?
  ) throws -> (PictureDataset, PictureDataset?) {
    guard let relabel else { return (dataset, validation) }
    let corrections = try LabelCorrections(URL(filePath: relabel))
    let training = try dataset.corrected(by: corrections)
    let judging = try validation?.corrected(by: corrections)
    let all = [training] + (judging.map { [$0] } ?? [])
    let (changed, leftOut) = (
      all.reduce(0) { $0 + $1.relabeledCount }, all.reduce(0) { $0 + $1.leftOutCount }
    )
    writeOutput("\(relabel): another class for \(changed), left out \(leftOut)")
    return (training.dataset, judging?.dataset)
  }

  private func tuningOptions(_ data: TrainingData) throws -> FineTuning.Options {
    var result = FineTuning.Options()
    result.layers = options.paths
    if options.twoPhases {
      result.phases = TwoPhases(headEpochs: options.headEpochs ?? max(1, options.epochs / 4))
    }
    result.dropout = trial.overfit == nil ? options.dropout : 0
    result.training = try options.settings(pictures: data.training.count)
    result.checkpointInterval = checkpointEvery
    result.notes =
      [.init("augmentation", options.augment)]
      + (relabel.map { [.init("relabeled by", $0)] } ?? [])
    return result
  }

  private func show(
    _ results: TrainingRun.Results, of tuning: FineTuning, in run: RunFolder
  ) throws {
    let trainer = tuning.trainer
    for picture in trainer.unreadable { writeError("left out: \(picture.error)") }
    if trainer.hasStoppedEarly && trainer.step < trainer.stepCount {
      writeOutput(
        "stopped early: the validation loss has not fallen for \(options.patience ?? 0) epochs")
    }
    if let best = trainer.best {
      writeOutput("best epoch: \(best.epoch), by validation loss; its network is kept")
    }
    writeOutput("\n" + results.receipt.description)
    if trainer.history.count > 1 {
      var curves = [("training loss", trainer.history.map(\.trainingLoss))]
      let judged = trainer.history.compactMap(\.validationLoss)
      if !judged.isEmpty { curves.append(("validation loss", judged)) }
      writeOutput("\n" + TerminalChart("Loss by epoch", curves).text(columns: 72, rows: 5))
    }
    if let evaluation = results.evaluation {
      writeOutput("\n" + evaluation.summary)
      if let line = evaluation.guessingLine(remedy: tuning.start.remedy) { writeProse(line) }
    }
    writeOutput(
      "\nresults in \(run.url.relativePath): index.html, model.safetensors, metrics.csv, …")
    for name in results.receipt.withoutGradient {
      writeError("warning: \(name) should have been trained, but its gradient was always zero")
    }
    if !results.receipt.violations.isEmpty {
      writeError(
        "error: frozen parameters have changed: "
          + results.receipt.violations.joined(separator: ", "))
      throw ExitCode(1)
    }
  }
}

extension TrainingData {
  /// The numbers of pictures, in one line.
  fileprivate var summary: String {
    let parts = zip(training.classes, counts).map { "\(visible($0)): \($1)" }.joined(
      separator: ", ")
    return "training set: \(training.count) pictures (\(parts))"
      + (validation.map { "; validation set: \($0.count) pictures" } ?? "; no validation set")
  }

  /// A warning about imbalanced classes.
  fileprivate var warning: String? {
    imbalance.map {
      "the classes are imbalanced, \($0.fewest) to \($0.most) pictures: the network may favor the "
        + "larger ones, and the overall accuracy says little about the smaller ones"
    }
  }
}
