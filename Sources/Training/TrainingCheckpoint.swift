import Dispatch
import Foundation
import RetrogradDatasets
import RetrogradFiles
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradText
import RetrogradWeightFiles
import Synchronization

// A training in a file: the parameters that change, the best ones so far, what the optimizer remembers, and
// how far it has come. Chance needs no place: it follows from the seed and the number of the step. Frozen
// parameters are those of the network that the training began with; their hash tells when they are not. When the
// training is finished, only the parameters that are kept are left.

extension Trainer {
  /// The data written besides tensors.
  private struct Position: Codable {
    /// The version of the fields; before 2, epochs were counted from 0.
    static let version = 2

    var version = Position.version
    var settings: TrainingSettings
    var classes: [String]
    var pictureCount: Int
    var labelCounts: [Int]
    /// Number of steps per epoch, which tells where epochs end; as many as there are pictures where it is not told.
    var stepsPerEpoch: Int?
    var step: Int
    var running: RunningMeans
    var history: [EpochResult]
    var bestEpoch: Int?
    var frozenHash: UInt64
    var hadGradient: [String]
  }

  private struct Version: Decodable { var version: Int? }

  private static let key = "retrograd.training"

  /// Writes all that is needed to go on; beside the file first, then renamed.
  ///
  /// - Parameter url: The file; a checkpoint that is there already survives a failure.
  /// - Throws: An error if the file cannot be written: the disk may be full.
  public func writeCheckpoint(to url: URL) throws(FileError) {
    try checkpoint().write(to: url)
  }

  /// All that is needed to go on, as it is now.
  public func checkpoint() -> TrainingCheckpoint {
    var tensors: [String: Tensor] = [:]
    func add(_ state: [String: Tensor], as part: String) {
      for (name, tensor) in state { tensors["\(part).\(name)"] = tensor }
    }
    if isFinished {
      add(best?.state ?? average?.state ?? changingState, as: "model")
    } else {
      add(changingState, as: "model")
      if let best, !isBestNow { add(best.state, as: "best") }
      add(optimizer.state, as: "optimizer")
      if let average { add(average.state, as: "average") }
    }
    let position = Position(
      settings: settings, classes: training.classes, pictureCount: training.count,
      labelCounts: labelCounts, stepsPerEpoch: stepsPerEpoch, step: step, running: running,
      history: history, bestEpoch: best?.epoch, frozenHash: frozenHash,
      hadGradient: record.hadGradient.sorted())
    return TrainingCheckpoint(tensors: tensors, metadata: [Self.key: json(position)])
  }

  /// Indicates whether the parameters are those of the best epoch: then they are written once.
  private var isBestNow: Bool {
    average == nil
      && best.map { $0.epoch == history.count && step.isMultiple(of: stepsPerEpoch) } ?? false
  }

  /// Goes on from a checkpoint, to the same bits as if there had been no interruption.
  ///
  /// The network, the pictures and the settings must be those that the training began with. Only the number of epochs may be
  /// larger: then the schedule of the learning rate is that of the larger number from here on (a warm restart, where it had
  /// fallen already: Loshchilov and Hutter, *SGDR*, 2017). A training that had ended begins with an optimizer without a
  /// past.
  ///
  /// - Throws: ``TrainingError`` where they are not, or where the file is no checkpoint.
  public func resume(from url: URL) throws(TrainingError) {
    let (position, tensors) = try Self.read(url)
    var differences = settings.differences(from: position.settings)
    if position.classes != training.classes {
      differences.append("classes: \(position.classes) before, \(training.classes) now")
    }
    if position.pictureCount != training.count || position.labelCounts != labelCounts {
      differences.append(
        "pictures: \(position.labelCounts) in the classes before, \(labelCounts) now")
    }
    if position.frozenHash != frozenHash {
      differences.append("the frozen part of the network has other parameters")
    }
    if !differences.isEmpty {
      throw TrainingError(
        url, "belongs to another training: " + differences.joined(separator: "; "))
    }
    func part(_ prefix: String) -> [String: Tensor] {
      Dictionary(
        uniqueKeysWithValues: tensors.compactMap { name, tensor in
          name.hasPrefix(prefix) ? (String(name.dropFirst(prefix.count)), tensor) : nil
        })
    }
    let (model, stored, averages) = (part("model."), part("best."), part("average."))
    let best = stored.isEmpty ? model : stored
    let epochsWithoutGain = position.bestEpoch.map { position.history.count &- $0 } ?? 0
    let isOver =
      position.history.count == position.settings.epochs
      || epochsWithoutGain >= settings.patience ?? .max
    guard
      isConsistent(position),
      position.running.isPossible(of: training.count),
      position.bestEpoch.map({ $0 >= 1 && $0 <= position.history.count }) ?? stored.isEmpty,
      Set(best.keys) == Set(model.keys),
      average == nil || averages.isEmpty && isOver || Set(averages.keys) == Set(model.keys)
    else {
      throw TrainingError(
        url,
        "contradicts itself: it ends at step \(position.step), with \(position.history.count) of "
          + "\(settings.epochs) epochs done")
    }
    for (name, tensor) in tensors where !name.hasPrefix("optimizer.") && !tensor.isFinite {
      throw TrainingError(url, "has numbers in \(name) that are not finite")
    }
    do throws(StateDictError) {
      try optimizer.load(state: part("optimizer."))
      try network.load(network.stateDict.merging(model) { $1 })
      try average?.load(averages.isEmpty ? model : averages, updates: position.step)
    } catch {
      throw TrainingError(url, "\(error)")
    }
    step = position.step
    resumed = position.stepsPerEpoch.map { (url, $0) }
    running = position.running
    history = position.history
    self.best = position.bestEpoch.map { ($0, best) }
    if validation == nil && !history.isEmpty {
      lastGood = (history.count, averages.isEmpty ? model : averages)
    }
    record.noteGradients(of: position.hadGradient)
  }

  /// Returns whether a step is where the epochs before it end: each has all of its steps.
  private func isConsistent(_ position: Position) -> Bool {
    // Pictures that cannot be read make epochs shorter, never longer.
    let steps = position.stepsPerEpoch ?? stepsPerEpoch
    guard (1...stepsPerEpoch).contains(steps),
      (0...(steps * settings.epochs)).contains(position.step)
    else { return false }
    let (epochs, place) = position.step.quotientAndRemainder(dividingBy: steps)
    return position.history.map(\.epoch) == Array(1..<(epochs + 1))
      && (0...(place * stepSize)).contains(position.running.count)
  }

  /// Stops where other pictures can be read than before the interruption: the order would be another one.
  func checkResumed() throws(TrainingError) {
    if let resumed, resumed.stepsPerEpoch != stepsPerEpoch {
      throw TrainingError(
        resumed.file,
        "belongs to other pictures: an epoch had \(resumed.stepsPerEpoch) steps of those that could be "
          + "read, and now has \(stepsPerEpoch)")
    }
  }

  private static func read(
    _ url: URL
  ) throws(TrainingError) -> (Position, [String: Tensor]) {
    let file: SafetensorsFile
    let tensors: [String: Tensor]
    do throws(FileError) {
      file = try SafetensorsFile(url)
      tensors = try Safetensors.read(url)
    } catch {
      throw TrainingError(url, error.reason)
    }
    guard let text = file.metadata[key] else {
      throw TrainingError(url, "is not a training checkpoint: it has no \"\(key)\"")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let written = try? decoder.decode(Version.self, from: Data(text.utf8))
    if let written, written.version != Position.version {
      throw TrainingError(
        url,
        "is a checkpoint of version \(written.version ?? 1); this program reads version "
          + "\(Position.version)")
    }
    do {
      return (try decoder.decode(Position.self, from: Data(text.utf8)), tensors)
    } catch {
      throw TrainingError(url, "has a \"\(key)\" that cannot be understood")
    }
  }

  /// Parameters that are trained, and what layers remember besides.
  var changingState: [String: Tensor] {
    let frozen = network.frozenNames
    return network.stateDict.filter { !frozen.contains($0.key) }
  }

  private var frozenHash: UInt64 {
    let frozen = network.frozenNames
    return network.namedNumbers.filter { frozen.contains($0.name) }
      .reduce(0) { $0 &* 31 &+ $1.tensor.bitHash }
  }

  private var labelCounts: [Int] {
    training.labels.reduce(into: [Int](repeating: 0, count: training.classes.count)) {
      $0[$1] += 1
    }
  }
}

/// Tensors as they were at one moment, such as a training's.
public struct TrainingCheckpoint: Sendable {
  let tensors: [String: Tensor]
  let metadata: [String: String]

  /// Tensors with texts.
  public init(tensors: [String: Tensor], metadata: [String: String]) {
    (self.tensors, self.metadata) = (tensors, metadata)
  }

  /// Writes it; beside the file first, then renamed.
  public func write(to url: URL) throws(FileError) {
    try Safetensors.write(tensors, metadata: metadata, to: url)
  }
}

/// Writes checkpoints, and lets the training go on while the disk is still busy with them.
///
/// Tensors are handed to the system at once: were they kept to be written later, the next step would have to copy
/// all that it changes, which takes longer.
public final class CheckpointWriter: Sendable {
  private let url: URL
  private let queue = DispatchQueue(label: "retrograd.checkpoints")
  private let failure = Mutex<FileError?>(nil)
  private let last = Mutex(LastWrite())

  private struct LastWrite {
    var began = -Double.infinity
    /// The time that the disk was busy with it; `nil` while it is.
    var seconds: Double? = 0
  }

  /// Writing may take this share of the time at most; see ``writeUnlessCostly(_:)``.
  private static let share = 0.1

  /// A writer of one file.
  public init(to url: URL) { self.url = url }

  /// Writes, unless that would take more than a tenth of the time: where epochs are short and the
  /// network is large, it is not written after each of them, and little is lost.
  ///
  /// - Parameter checkpoint: The checkpoint to write; not asked for when it is not written.
  /// - Throws: The error of an earlier checkpoint.
  public func writeUnlessCostly(
    _ checkpoint: @autoclosure () -> TrainingCheckpoint
  ) throws(FileError) {
    let isCheap = last.withLock { last in
      last.seconds.map { $0 <= Self.share * (Self.now - last.began) } ?? false
    }
    if isCheap { try write(checkpoint()) }
  }

  private static var now: Double { ProcessInfo.processInfo.systemUptime }

  /// Writes, once an earlier checkpoint is done; it has the file's name only after ``finish()``.
  ///
  /// - Parameters:
  ///   - checkpoint: The tensors.
  ///   - half: The half precision to round `float32` tensors to; see `Safetensors.write`.
  /// - Throws: The error of this or an earlier checkpoint.
  public func write(
    _ checkpoint: TrainingCheckpoint, half: HalfPrecision? = nil
  ) throws(FileError) {
    try finish()
    last.withLock { $0 = LastWrite(began: Self.now, seconds: nil) }
    // Handed over: nobody else has it.
    nonisolated(unsafe) let written = try Safetensors.unnamed(
      checkpoint.tensors, metadata: checkpoint.metadata, half: half, for: url)
    queue.async { [self] in
      defer { last.withLock { $0.seconds = Self.now - $0.began } }
      do throws(FileError) {
        try written.finish()
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }

  /// Waits until all is written.
  ///
  /// - Throws: The error of the last checkpoint; the one before is intact.
  public func finish() throws(FileError) {
    queue.sync {}
    if let error = failure.withLock({ $0 }) { throw error }
  }
}

/// The reason why a training cannot go on from a file.
public struct TrainingError: ExplainedError {
  /// The checkpoint's path.
  public let file: String
  /// The problem.
  public let reason: String

  package init(_ url: URL, _ reason: String) { (file, self.reason) = (url.path, reason) }

  /// `path: reason`.
  public var description: String { "\(visible(file)): \(reason)" }
}
