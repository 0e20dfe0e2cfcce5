import Foundation
import RetrogradDatasets
import RetrogradFiles
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradText
import RetrogradTraining

/// The record of a training: its settings, its course and its results. It is kept as JSON
/// beside the results, so that runs can be compared later.
public struct RunRecord: Codable, Sendable {
  /// A name with what it was.
  public struct Setting: Codable, Equatable, Sendable {
    /// The name.
    public let name: String
    /// The value.
    public let value: String

    /// A name with a value.
    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  }

  /// The state of a run.
  public enum State: String, Codable, Sendable {
    /// It goes on, or was killed.
    case running
    /// It was stopped and can go on.
    case stopped
    /// It is done.
    case finished
    /// It came to numbers that are not finite, and cannot go on.
    case failed
  }

  /// The validation set of a run.
  public struct Judge: Codable, Equatable, Sendable {
    /// A description of their source, for people.
    public let source: String
    /// A digest that is the same only for the same pictures; `nil` where it is not known. See
    /// `LabeledPictures.digest`.
    public let digest: String?

    /// The pictures.
    public init(_ pictures: any LabeledPictures) {
      (source, digest) = (pictures.source, pictures.digest)
    }
  }

  /// The result on the validation set.
  public struct Score: Codable, Sendable {
    /// The number of pictures that were looked at.
    public let count: Int
    /// The accuracy.
    public let accuracy: Double
    /// The mean cross-entropy.
    public let loss: Double
    /// The confusion matrix: the number of pictures of each class (row) that were classified as each class (column).
    public let confusion: [[Int]]
    /// Confidence and accuracy; `nil` in records without it.
    public let reliability: Reliability?

    /// The standard error of the accuracy: how far chance alone moves it, from one choice of
    /// so many pictures to the next, `√(p (1 − p) / n)`.
    public var standardError: Double {
      Evaluation.standardError(of: accuracy, count: count)
    }

    /// The numbers of an evaluation.
    public init(_ evaluation: Evaluation) {
      count = evaluation.predictions.count
      accuracy = evaluation.accuracy
      loss = evaluation.loss
      confusion = evaluation.confusion
      reliability = evaluation.reliability()
    }
  }

  /// The numbers of one parameter after the training.
  public struct Parameter: Codable, Sendable {
    /// Its path.
    public let name: String
    /// Its shape.
    public let shape: [Int]
    /// The mean of its numbers.
    public let mean: Double
    /// Their standard deviation.
    public let deviation: Double
    /// The largest absolute value.
    public let largest: Double
    /// The length of its gradient at the last step; `nil` where it had none.
    public let gradientNorm: Double?
  }

  /// The version of the fields; before 2, epochs were counted from 0.
  public static let currentVersion = 2

  /// The version of the fields.
  public private(set) var version = RunRecord.currentVersion
  /// The name of the run.
  public var name: String
  /// The command that repeats it.
  public var command: String
  /// The run's state.
  public var state = State.running
  /// The problem that ended it early, for people; `nil` for none.
  public var problem: String?
  /// The settings.
  public var settings: [Setting]
  /// The machine that it ran on.
  public var machine = RunRecord.thisMachine
  /// The classes.
  public var classes: [String]
  /// The number of training pictures of each class.
  public var trainingCounts: [Int]
  /// The number of validation pictures of each class.
  public var validationCounts: [Int]
  /// The validation set; `nil` for none.
  public var judge: Judge?
  /// The epochs so far.
  public var history: [EpochResult] = []
  /// The planned number of epochs.
  public var epochs: Int
  /// The epoch with the lowest validation loss, from 1.
  public var bestEpoch: Int?
  /// The result.
  public var score: Score?
  /// The change of each parameter and buffer.
  public var receipt: [FreezeReceipt.Line] = []
  /// The numbers of the parameters.
  public var parameters: [Parameter] = []

  /// The record of a training before it begins.
  ///
  /// - Parameters:
  ///   - name: The name of the run.
  ///   - trainer: The training.
  ///   - settings: Settings besides the trainer's own: data, weights, layers.
  ///   - command: The command that repeats it; the one of this process by default.
  public init(
    _ name: String, _ trainer: Trainer, settings: [Setting] = [],
    command: String = RunRecord.thisCommand
  ) {
    self.name = name
    self.command = command
    self.settings = settings + trainer.settings.list
    classes = trainer.training.classes
    func counts(_ labels: [Int]) -> [Int] {
      labels.reduce(into: [Int](repeating: 0, count: trainer.training.classes.count)) {
        $0[$1] += 1
      }
    }
    trainingCounts = counts(trainer.training.labels)
    validationCounts = counts(trainer.validation?.labels ?? [])
    judge = trainer.validation.map { Judge($0) }
    epochs = trainer.settings.epochs
    update(from: trainer)
  }

  /// Takes over how far a training has come.
  public mutating func update(from trainer: Trainer) {
    history = trainer.history
    bestEpoch = trainer.best?.epoch
    if trainer.isFinished { state = .finished }
  }

  /// Takes over what came of a training.
  public mutating func finish(
    _ trainer: Trainer, receipt: FreezeReceipt, evaluation: Evaluation?
  ) {
    update(from: trainer)
    state = .finished
    score = evaluation.map(Score.init)
    self.receipt = receipt.lines
    parameters = trainer.network.namedParameters.map { name, variable in
      let value = variable.value
      let count = Double(max(value.count, 1))
      let (mean, length) = (value.sum().item() / count, value.norm().item())
      return Parameter(
        name: name, shape: variable.shape, mean: mean,
        // Means are near 0, so that little is lost, and nothing as large as the parameter is made for it.
        deviation: max(0, length * length / count - mean * mean).squareRoot(),
        largest: value.largestMagnitude,
        gradientNorm: variable.grad.map { $0.norm().item() })
    }
  }

  /// The command of this process, as a shell understands it.
  public static var thisCommand: String {
    let program = URL(filePath: CommandLine.arguments.first ?? "retrograd").lastPathComponent
    return ([program] + CommandLine.arguments.dropFirst()).map(shellQuoted).joined(separator: " ")
  }

  private static var thisMachine: [Setting] {
    let process = ProcessInfo.processInfo
    return [
      Setting("system", process.operatingSystemVersionString),
      Setting("processor cores", "\(process.activeProcessorCount)"),
      Setting("memory", "\(process.physicalMemory >> 30) GB"),
      Setting("began", Date().formatted(.iso8601)),
    ]
  }
}

extension RunRecord {
  /// A record as it was written beside the results.
  ///
  /// - Throws: ``TrainingError`` where there is none, or it cannot be understood.
  public init(from url: URL) throws(TrainingError) {
    let data: Data
    do throws(FileError) {
      data = Data(try BoundedFile(url).readAll(limit: Self.sizeLimit))
    } catch {
      throw TrainingError(
        url, "\(error.reason); expected the record in the folder of a run, such as runs/ants")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    struct Version: Decodable {
      var version: Int?
      var name: String
    }
    let written = try? decoder.decode(Version.self, from: data)
    if let written, written.version != Self.currentVersion {
      throw TrainingError(
        url,
        "is a record of version \(written.version ?? 1); this program reads version "
          + "\(Self.currentVersion)")
    }
    do {
      self = try decoder.decode(RunRecord.self, from: data)
    } catch {
      throw TrainingError(url, "is not a record of a run, or is damaged")
    }
    if let mistake { throw TrainingError(url, "contradicts itself: \(mistake)") }
  }

  /// The maximum size of a record, in bytes.
  private static let sizeLimit = 64 << 20
  /// No run has more epochs or pictures; sums of such numbers stay far from what an `Int` holds.
  private static let counts = 0...1_000_000_000

  /// The mistake in its numbers; `nil` where there is none. Losses may be any number or none.
  private var mistake: String? {
    func isCount(_ number: Int) -> Bool { Self.counts.contains(number) }
    if !isCount(epochs) { return "it has \(epochs) epochs" }
    if let epoch = history.first(where: { !isCount($0.epoch) })?.epoch {
      return "it has an epoch number \(epoch)"
    }
    for counts in [trainingCounts, validationCounts] {
      if counts.count != classes.count || !counts.allSatisfy(isCount) {
        return "the classes are \(classes.count), and their pictures \(counts.prefix(10))"
      }
    }
    guard let score else { return nil }
    let isTable =
      score.confusion.count == classes.count
      && score.confusion.allSatisfy { $0.count == classes.count && $0.allSatisfy(isCount) }
    if !isCount(score.count) || !isTable {
      return "its confusion matrix is not one of \(classes.count) classes"
    }
    if let reliability = score.reliability,
      !isCount(reliability.count) || !reliability.bins.allSatisfy({ isCount($0.count) })
    {
      return "it has \(reliability.count) answers"
    }
    return nil
  }

  /// The record as JSON.
  public var json: String { RetrogradText.json(self, isPretty: true) + "\n" }
}

extension TrainingSettings {
  /// All settings as names and values.
  var list: [RunRecord.Setting] {
    [
      .init("epochs", "\(epochs)"),
      .init("batch size", accumulation == 1 ? "\(batchSize)" : "\(accumulation) × \(batchSize)"),
      .init("optimizer", method.rawValue), .init("learning rate", "\(learningRate)"),
      .init(
        "learning rates of layers",
        layerRates.isEmpty
          ? "none" : layerRates.map(\.description).joined(separator: ", ")),
      .init("schedule", schedule.description), .init("momentum", "\(momentum)"),
      .init("Nesterov's momentum", "\(nesterov)"), .init("weight decay", "\(weightDecay)"),
      .init("vectors without weight decay", "\(sparesVectors)"),
      .init("largest gradient norm", clipNorm.map { "\($0)" } ?? "no limit"),
      .init("moving average", averaging.map { "\($0)" } ?? "none"),
      .init("label smoothing", "\(labelSmoothing)"),
      .init("mixing", mixing.map { "\($0)" } ?? "none"), .init("seed", "\(seed)"),
      .init("patience", patience.map { "\($0) epochs" } ?? "none"),
    ]
  }
}
