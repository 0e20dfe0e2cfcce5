import Foundation
import RetrogradAutograd
import RetrogradFiles
import RetrogradNeuralNetworks
import RetrogradReports
import RetrogradRuns
import RetrogradTensors
import RetrogradTraining
import RetrogradWeightFiles

/// A training from its first step to the files that it leaves: what fine-tuning and pre-training have in common.
///
/// Writes the folder of the run: a page from the first moment on, numbers and curves after each epoch, checkpoints;
/// and in the end the network, the receipt, and what it says of the pictures that it is judged by. When somebody asks
/// it to stop, or when something fails, the page says so, and a run that resumes goes on from the checkpoint.
///
/// With a validation set, the network of the epoch with the lowest validation loss is kept. It is in
/// evaluation mode then.
///
/// A network that begins with nothing is trained like this:
///
/// ```swift
/// let trainer = Trainer(network, training: pictures, validation: others, settings: settings)
/// var run = TrainingRun("mini", trainer, in: folder)
/// run.model = ModelFile("mini.safetensors", metadata: metadata.texts, half: .float16)
/// let outcome = try run.run { print($0) }
/// ```
public struct TrainingRun {
  /// The name of the run.
  public let name: String
  /// The training.
  public let trainer: Trainer
  /// The folder for the files.
  public let folder: RunFolder
  /// Entries for the record besides the trainer's own settings: pictures, weights, layers.
  public var settings: [RunRecord.Setting] = []
  /// The command that repeats the run; that of this process by default.
  public var command = RunRecord.thisCommand
  /// After how many steps a checkpoint is written, besides those after epochs; `nil` for none.
  public var checkpointInterval: Int?
  /// The file of the trained network.
  public var model = ModelFile()

  /// Creates a run, which begins with ``run(_:events:shouldStop:)``.
  ///
  /// - Parameters:
  ///   - name: The name of the run.
  ///   - trainer: The training; before its first step.
  ///   - folder: The folder for the files.
  public init(_ name: String, _ trainer: Trainer, in folder: RunFolder) {
    (self.name, self.trainer, self.folder) = (name, trainer, folder)
  }

  /// The events of a run, in this order.
  public enum Event: Sendable {
    /// It goes on after so many steps that were made before.
    case resumed(step: Int)
    /// The page is there.
    case began(page: URL)
    /// The frozen layers have seen so many pictures of so many; see `Trainer.prepare(progress:)`.
    case prepared(Int, of: Int)
    /// All is ready; so many steps of so many have been made before.
    case started(step: Int, of: Int)
    /// A step is made: how many there are now, the epoch it belongs to, from 1, and its loss.
    case stepped(Int, epoch: Int, loss: Double)
    /// An epoch is done.
    case finishedEpoch(EpochResult)
  }

  /// The outcome of a run.
  public enum Outcome {
    /// Somebody asked it to stop; there is a checkpoint after so many steps.
    case stopped(step: Int)
    /// It is done.
    case finished(Results)
  }

  /// The results of a run.
  public struct Results {
    /// The record, as in `run.json`.
    public let record: RunRecord
    /// The changes.
    public let receipt: FreezeReceipt
    /// The evaluation of the network on the validation set; `nil` without one.
    public let evaluation: Evaluation?
    /// The file of the network.
    public let model: URL
  }

  /// Trains until all is done or somebody asks to stop.
  ///
  /// No other process can run in the folder meanwhile.
  ///
  /// - Parameters:
  ///   - earlier: The fate of a run that the folder already contains: by default it stays, which is an error;
  ///     resumed, it goes on from its checkpoint, to the same bits as without an interruption; or this one takes its
  ///     place.
  ///   - events: Called with the events of the run.
  ///   - shouldStop: Asked after each step.
  /// - Throws: ``RunFolderError`` where the folder holds a run that is to be kept, ``TrainingError`` where the
  ///   checkpoint is none of this training, ``DivergenceError`` where the training comes to numbers that are not
  ///   finite, ``FileError`` where a file cannot be written, or another process has the folder.
  public func run(
    _ earlier: RunFolder.Earlier = .kept, events: (Event) -> Void = { _ in },
    shouldStop: () -> Bool = { false }
  ) throws -> Outcome {
    let lock = try folder.claim(earlier)
    defer { withExtendedLifetime(lock) {} }
    switch earlier {
    case .kept: break
    case .replaced: try folder.removeResults()
    case .resumed:
      try trainer.resume(from: folder.checkpoint)
      events(.resumed(step: trainer.step))
    }
    var record = RunRecord(name, trainer, settings: settings, command: command)
    let checkpoints = CheckpointWriter(to: folder.checkpoint)
    do {
      return try run(&record, checkpoints, events, shouldStop)
    } catch var error as DivergenceError {
      try? checkpoints.finish()
      error.outcome += " " + keep(error)
      record.state = .failed
      record.problem = error.description
      try? folder.update(record)
      throw error
    } catch {
      try? checkpoints.finish()
      // Whoever looks at the page should not wait for what does not come.
      record.state = .stopped
      record.problem = "\(error)"
      try? folder.update(record)
      throw error
    }
  }

  /// Writes the network of the last good epoch, unless there is one in the folder: that may be better.
  ///
  /// - Returns: A description of what is in the folder now, for people.
  private func keep(_ error: DivergenceError) -> String {
    let file = folder.url.appending(path: model.name)
    if FileManager.default.fileExists(atPath: file.path) {
      return "\(file.relativePath) is what it was before the run."
    }
    guard error.keptEpoch != nil else { return "There is no \(file.relativePath)." }
    do {
      let writer = CheckpointWriter(to: file)
      try writeModel(by: writer)
      try writer.finish()
      return "It is in \(file.relativePath)."
    } catch {
      return "It could not be written: \(error)."
    }
  }

  /// Writes the network; what is not finite never replaces what is there.
  private func writeModel(by writer: CheckpointWriter) throws {
    let tensors = model.tensors(trainer.network)
    for (name, tensor) in tensors where !tensor.isFinite {
      throw TrainingError(
        folder.url.appending(path: model.name), "is not written: \(name) would not be finite")
    }
    try writer.write(
      TrainingCheckpoint(tensors: tensors, metadata: model.metadata), half: model.half)
  }

  private func run(
    _ record: inout RunRecord, _ checkpoints: CheckpointWriter,
    _ events: (Event) -> Void, _ shouldStop: () -> Bool
  ) throws -> Outcome {
    try folder.update(record)
    events(.began(page: folder.page))
    // What a finished run that goes on has to tell, it tells of its last epoch.
    let told = trainer.isFinished ? trainer.history.last : nil
    let log = try RunLog(in: folder, from: told?.epoch ?? trainer.history.count + 1)
    if let told { try log.add(told) }
    try prepare(events)
    events(.started(step: trainer.step, of: trainer.stepCount))
    while try trainer.advance() {
      events(
        .stepped(
          trainer.step, epoch: (trainer.step - 1) / trainer.stepsPerEpoch + 1,
          loss: trainer.lastLoss))
      if let epoch = trainer.finishedEpoch {
        events(.finishedEpoch(epoch))
        record.update(from: trainer)
        // The last page comes with the results. Small files first: they would wait for the disk behind a large one.
        if !trainer.isFinished { try folder.update(record) }
        try log.add(epoch)
        if trainer.isFinished {
          try checkpoints.write(trainer.checkpoint())
        } else {
          try checkpoints.writeUnlessCostly(trainer.checkpoint())
        }
      } else if let checkpointInterval, trainer.step.isMultiple(of: checkpointInterval) {
        try checkpoints.write(trainer.checkpoint())
      }
      if !trainer.isFinished && shouldStop() {
        try checkpoints.write(trainer.checkpoint())
        try checkpoints.finish()
        record.state = .stopped
        try folder.update(record)
        return .stopped(step: trainer.step)
      }
    }
    let results = try finish(&record)
    try log.finish(trainer, in: folder)
    try checkpoints.finish()
    return .finished(results)
  }

  private func prepare(_ events: (Event) -> Void) throws {
    let count = trainer.training.count + (trainer.validation?.count ?? 0)
    var seen = 0
    try trainer.prepare {
      seen += $0
      events(.prepared(seen, of: count))
    }
  }

  /// Writes what came of it.
  private func finish(_ record: inout RunRecord) throws -> Results {
    let network = trainer.network
    let receipt = try trainer.restoreBest()
    let file = folder.url.appending(path: model.name)
    let writer = CheckpointWriter(to: file)
    try writeModel(by: writer)
    try folder.write(receipt.description + "\n", to: "receipt.txt")
    let evaluation = try trainer.bestEvaluation ?? trainer.evaluateValidation()
    record.finish(trainer, receipt: receipt, evaluation: evaluation)
    let judging = trainer.validation
    try folder.finish(
      record, evaluation: evaluation, graph: graph,
      names: judging.map { pictures in (0..<pictures.count).map { pictures.name($0) } } ?? []
    ) { judging?.original($0) }
    try writer.finish()
    network.eval()
    return Results(record: record, receipt: receipt, evaluation: evaluation, model: file)
  }

  /// The graph of one picture's loss as SVG, where Graphviz is installed.
  private var graph: String? {
    guard let picture = try? trainer.training.picture(0, epoch: 0) else { return nil }
    let network = trainer.network
    // One picture has no statistics.
    if network.namedLayers.contains(where: { !$0.layer.buffers.isEmpty }) { network.eval() }
    let x = Variable(.zeros([1] + picture.shape, dtype: picture.dtype))
    let loss = crossEntropy(network(x), IntTensor([0]))
    let names = network.namedParameters.map { ($0.variable, $0.name) }
    // What stands before the drawing makes a document of it, but not a part of a page.
    return loss.graphSVG(names: names).flatMap { svg in
      svg.range(of: "<svg").map { String(svg[$0.lowerBound...]) }
    }
  }
}

/// The file that a trained network is written to.
public struct ModelFile {
  /// Its name in the folder of the run.
  public let name: String
  /// The metadata written beside the tensors; see `NetworkMetadata`.
  public let metadata: [String: String]
  /// The half precision that tensors are rounded to; `nil` for none.
  public let half: HalfPrecision?
  /// The tensors to write of the network: all by default.
  public let tensors: (any StagedLayer) -> [String: Tensor]

  /// A file.
  ///
  /// - Parameters:
  ///   - name: Its name in the folder of the run.
  ///   - metadata: The metadata that is written beside the tensors.
  ///   - half: The half precision that tensors are rounded to.
  ///   - tensors: The tensors to write, of the network as it is kept; to write others than it has, such as those of
  ///     layers that were folded together.
  public init(
    _ name: String = "model.safetensors", metadata: [String: String] = [:],
    half: HalfPrecision? = nil,
    tensors: @escaping (any StagedLayer) -> [String: Tensor] = { $0.stateDict }
  ) {
    (self.name, self.metadata, self.half, self.tensors) = (name, metadata, half, tensors)
  }
}
