import ArgumentParser
import Foundation
import Retrograd

struct Finetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train the last layers of AlexNet, or any others, on your own pictures.",
    discussion: """
      DIR holds one folder of pictures for each class; or it is a deck of slides (a PDF or PowerPoint \
      file, an address at Google Slides, a folder of pictures) whose classes --classes names. The network begins with what it has learned \
      before; only --layers change, and a receipt shows it. What is frozen is computed once for each \
      picture as long as --augment changes nothing.

      The folder runs/NAME gets the network (model.safetensors, which PyTorch reads by name too), \
      metrics, curves, the confusion table and the most wrong pictures. Ctrl-C writes a checkpoint; \
      the same command with --resume goes on to the same bits.

      Example: retrograd finetune photographs --layers classifier --epochs 10 --augment crop,flip
      """)

  @Argument(help: "A folder with one folder of pictures for each class, or slides with --classes.")
  var folder: String

  @OptionGroup var classes: ClassOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var options: FinetuneOptions

  @Option(help: "A folder with one folder of pictures for each class, to be judged by.")
  var val: String?

  @Option(help: "Without --val, how much of each class to set aside for that; 0 for nothing.")
  var validationShare = 0.2

  @Option(help: "The name of the run.")
  var name: String?

  @Option(name: [.short, .long], help: "The folder for the results; runs/NAME by default.")
  var output: String?

  @Option(help: "Write a checkpoint after so many steps too, not only after each epoch.")
  var checkpointEvery: Int?

  @Flag(help: "Go on from the checkpoint in the folder.")
  var resume = false

  func validate() throws {
    guard (0..<1).contains(validationShare) else {
      throw ValidationError(
        "--validation-share must lie from 0 to below 1, got \(validationShare).")
    }
    if let checkpointEvery, checkpointEvery < 1 {
      throw ValidationError("--checkpoint-every must be at least 1, got \(checkpointEvery).")
    }
  }

  func run() throws {
    let start = try weights.load()
    let data = try FinetuneData(
      folder: folder, classes: classes, validation: val, share: validationShare,
      preprocessing: start.preprocessing,
      augmentation: options.augmentation(), seed: options.seed)
    let network = try makeNetwork(start, classes: data.training.classes)
    let trainer = Trainer(
      network, training: data.training, validation: data.validation,
      settings: try options.settings(pictures: data.training.count))
    let runName =
      name ?? URL(filePath: folder).deletingPathExtension().lastPathComponent
    let run = try RunFolder(URL(filePath: output ?? "runs/\(runName)"))
    if resume {
      try trainer.resume(from: run.checkpoint)
      print("going on after step \(trainer.step)")
    }
    var record = RunRecord(runName, trainer, settings: description(of: start))
    try run.update(record)
    print("the run as a page: \(run.page.relativePath)")
    let log = try RunLog(in: run)
    let checkpoints = CheckpointWriter(to: run.checkpoint)
    try train(trainer, &record, in: run, checkpoints, log)
    try finish(trainer, network, start, data, &record, in: run)
    try log.finish(trainer, in: run)
    try checkpoints.finish()
  }

  /// What the record of the run should tell besides the settings of the trainer.
  private func description(of start: PretrainedNetwork) -> [RunRecord.Setting] {
    [
      .init("pictures", folder), .init("weights", start.description),
      .init("layers", options.layers), .init("dropout", "\(options.dropout)"),
      .init("augmentation", options.augment),
    ]
  }

  /// The network with a new last layer, and only what is to be trained not frozen.
  private func makeNetwork(
    _ start: PretrainedNetwork, classes: [String]
  ) throws -> AlexNet {
    var random = RandomSource(seed: options.seed)
    let (model, newLayers) = try AlexNet.transferring(
      start.state, classes: classes.count, dropout: options.dropout, using: &random)
    let known = model.namedLayers.filter { !$0.layer.namedParameters.isEmpty }.map(\.path)
    let parameters = model.namedParameters.map(\.name)
    for path in options.paths where !known.contains(path) && !parameters.contains(path) {
      throw ValidationError(
        "--layers: nothing with parameters is called \"\(path)\". There are all, "
          + known.filter { !$0.isEmpty }.joined(separator: ", ") + ".")
    }
    if !options.paths.isEmpty {
      model.freeze()
      for path in options.paths { model.unfreeze(path) }
    }
    let untrained = newLayers.filter { layer in
      model.namedParameters.contains { $0.name.hasPrefix(layer + ".") && !$0.variable.requiresGrad }
    }
    guard untrained.isEmpty else {
      throw ValidationError(
        "\(untrained.joined(separator: ", ")) would stay as random as new layers are: they are not in "
          + "--layers \(options.layers). "
          + (untrained.count > 1
            ? "These weights have no classifier; use --layers classifier."
            : "Add classifier.6."))
    }
    for rate in try options.rates().parts
    where !parameters.contains(where: { $0 == rate.path || $0.hasPrefix(rate.path + ".") }) {
      throw ValidationError("--learning-rate: nothing is called \"\(rate.path)\".")
    }
    let trained = model.trainableParameters.reduce(0) { $0 + $1.variable.count }
    print("training \(trained) of \(model.parameterCount) parameters: \(options.layers)")
    return model
  }

  private func train(
    _ trainer: Trainer, _ record: inout RunRecord, in run: RunFolder,
    _ checkpoints: CheckpointWriter, _ log: RunLog
  ) throws {
    let interruption = Interruption()
    let reading = ProgressBar(
      "frozen layers", total: trainer.training.count + (trainer.validation?.count ?? 0))
    try trainer.prepare { reading.advance(by: $0) }
    reading.finish()
    let progress = ProgressBar("training", total: trainer.stepCount)
    progress.advance(by: trainer.step)
    while try trainer.advance() {
      progress.advance(
        note: String(
          format: "epoch %d  loss %.3f", (trainer.step - 1) / trainer.stepsPerEpoch + 1,
          trainer.lastLoss))
      if let epoch = trainer.finishedEpoch {
        progress.clear()
        print(epoch.line)
        fflush(nil)
        record.update(from: trainer)
        // The last page comes with the results. Small files first: they would wait for the disk behind a large one.
        if !trainer.isFinished { try run.update(record) }
        try log.add(epoch)
        if trainer.isFinished {
          try checkpoints.write(trainer.checkpoint())
        } else {
          try checkpoints.writeUnlessCostly(trainer.checkpoint())
        }
      } else if let checkpointEvery, trainer.step.isMultiple(of: checkpointEvery) {
        try checkpoints.write(trainer.checkpoint())
      }
      if interruption.isAsked && !trainer.isFinished {
        try checkpoints.write(trainer.checkpoint())
        try checkpoints.finish()
        progress.finish()
        record.state = .stopped
        try run.update(record)
        print("stopped after step \(trainer.step); the same command with --resume goes on")
        throw ExitCode(130)
      }
    }
    progress.finish()
    for picture in trainer.unreadable { writeError("left out: \(picture.error)") }
    if trainer.hasLostPatience && trainer.step < trainer.stepCount {
      print("stopped: the validation loss has not fallen for \(options.patience ?? 0) epochs")
    }
  }

  private func finish(
    _ trainer: Trainer, _ network: AlexNet, _ start: PretrainedNetwork, _ data: FinetuneData,
    _ record: inout RunRecord, in run: RunFolder
  ) throws {
    if let best = trainer.best {
      print("best epoch: \(best.epoch + 1), by validation loss; that one is kept")
    }
    let receipt = try trainer.useBest()
    let metadata = NetworkMetadata(
      labels: data.training.classes, width: start.width, preprocessing: start.preprocessing,
      learnedFrom: start.learnedFrom?.followed(
        by: "\(data.training.count) pictures of \(data.training.classes.count) classes"))
    let model = CheckpointWriter(to: run.model)
    try model.write(TrainingCheckpoint(tensors: network.stateDict, metadata: metadata.texts))
    try run.write(receipt.description + "\n", to: "receipt.txt")
    print("\n" + receipt.description)
    if trainer.history.count > 1 {
      var curves = [("loss in training", trainer.history.map(\.trainingLoss))]
      let judged = trainer.history.compactMap(\.validationLoss)
      if !judged.isEmpty { curves.append(("validation loss", judged)) }
      print("\n" + TerminalChart("Loss, epoch by epoch", curves).text(columns: 72, rows: 5))
    }
    let evaluation = try trainer.bestEvaluation ?? trainer.evaluateValidation()
    if let evaluation {
      print("\n" + evaluation.summary)
      if let line = evaluation.guessingLine(remedy: start.remedy) { writeError(line) }
    }
    let files = data.validation?.dataset.files ?? []
    record.finish(trainer, receipt: receipt, evaluation: evaluation)
    try run.finish(
      record, evaluation: evaluation, graph: graph(of: network, data, start),
      names: files.map(\.relativePath)
    ) { try? Picture.read(files[$0]) }
    try model.finish()
    print("\nresults in \(run.url.relativePath): index.html, model.safetensors, metrics.csv, …")
    for name in receipt.withoutGradient {
      writeError("warning: \(name) was to be trained, but its gradient was always zero")
    }
    if !receipt.violations.isEmpty {
      writeError(
        "error: frozen parameters have changed: \(receipt.violations.joined(separator: ", "))")
      throw ExitCode(1)
    }
  }

  /// The graph of one picture's loss as SVG, where Graphviz is installed.
  private func graph(
    of network: AlexNet, _ data: FinetuneData, _ start: PretrainedNetwork
  ) -> String? {
    let side = start.preprocessing.crop
    let loss = crossEntropy(network(Variable(.zeros([1, 3, side, side]))), IntTensor([0]))
    let names = network.namedParameters.map { ($0.variable, $0.name) }
    // What stands before the drawing makes a document of it, but not a part of a page.
    return loss.graphSVG(names: names).flatMap { svg in
      svg.range(of: "<svg").map { String(svg[$0.lowerBound...]) }
    }
  }
}
