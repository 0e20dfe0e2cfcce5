import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradReports
import RetrogradTensors
import RetrogradText
import RetrogradTraining

/// The folder in which a training leaves what it found: numbers, curves, pictures, and a page that shows all.
public struct RunFolder {
  /// The folder.
  public let url: URL

  /// A folder, made where there is none.
  public init(_ url: URL) throws(FileError) {
    self.url = url
    try makeFolder(url)
    removeAbandonedFiles(in: url)
  }

  /// The file for checkpoints.
  public var checkpoint: URL { url.appending(path: "checkpoint.safetensors") }
  /// The file for the trained network.
  public var model: URL { url.appending(path: "model.safetensors") }
  /// The page that shows all.
  public var page: URL { url.appending(path: "index.html") }
  /// The record of the run, as JSON.
  public var record: URL { url.appending(path: "run.json") }

  /// The files that a run writes besides checkpoint and network.
  private static let results = [
    "run.json", "metrics.csv", "metrics.jsonl", "loss.svg", "accuracy.svg", "index.html",
    "confusion.csv", "confusion.svg", "reliability.csv", "reliability.svg", "mistakes.csv",
    "mistakes.png", "receipt.txt",
  ]

  /// The fate of a run that the folder already contains.
  public enum Earlier: Sendable {
    /// It stays, and there is no other: an error.
    case kept
    /// It goes on from its checkpoint.
    case resumed
    /// Another one takes its place.
    case replaced
  }

  /// Takes the folder for a run, until nobody holds the result any more.
  ///
  /// - Parameter earlier: The fate of a run that it already contains.
  /// - Throws: ``RunFolderError`` where there is one that is to be kept, ``FileError`` where another process has the
  ///   folder.
  public func claim(_ earlier: Earlier = .kept) throws -> FolderLock {
    let lock = try FolderLock(url)
    guard earlier == .kept, let sign = signsOfRun.first else { return lock }
    let record = try? RunRecord(from: record)
    throw RunFolderError(
      folder: url.relativePath, file: sign.lastPathComponent,
      canResume: FileManager.default.fileExists(atPath: checkpoint.path),
      progress: record.map {
        "\($0.state.rawValue) after \($0.history.count) of \($0.epochs) epochs"
      })
  }

  /// Removes what an earlier run left and what would be taken for the next one's: logs and results. Checkpoint and
  /// network stay until there are others.
  public func removeResults() throws(FileError) {
    for file in TensorBoardLog.logs(in: url) + Self.results.map({ url.appending(path: $0) })
    where FileManager.default.fileExists(atPath: file.path) {
      do {
        try FileManager.default.removeItem(at: file)
      } catch {
        throw FileError(
          .unwritable, file: file.path, "cannot be removed: \(error.localizedDescription)")
      }
    }
  }

  /// Files that only a run leaves.
  private var signsOfRun: [URL] {
    [record, checkpoint, model].filter { FileManager.default.fileExists(atPath: $0.path) }
      + TensorBoardLog.logs(in: url)
  }

  /// Writes a text; beside its target first.
  public func write(_ text: String, to name: String) throws(FileError) {
    try writeAtomically(Array(text.utf8), to: url.appending(path: name))
  }

  /// Writes how far a training has come: the record, its numbers as tables, its curves, and the page.
  public func update(_ record: RunRecord) throws(FileError) {
    try writeNumbers(record)
    try write(RunReport(record: record).page.html, to: "index.html")
  }

  /// Writes what came of a training: all of ``update(_:)``, and what went wrong.
  ///
  /// - Parameters:
  ///   - record: The record of the run.
  ///   - evaluation: The evaluation of the network on the validation set.
  ///   - graph: A drawing of the graph, as SVG.
  ///   - names: The names of the validation pictures.
  ///   - picture: A validation picture by its place; `nil` where it cannot be had.
  public func finish(
    _ record: RunRecord, evaluation: Evaluation?, graph: String? = nil, names: [String],
    picture: (Int) -> Picture?
  ) throws(FileError) {
    try writeNumbers(record)
    var report = RunReport(record: record)
    report.graph = graph
    if let evaluation {
      let shown = try write(evaluation, names: names, picture: picture)
      (report.samples, report.mistakes) = (shown.samples, shown.mistakes)
    }
    try write(report.page.html, to: "index.html")
  }

  private func writeNumbers(_ record: RunRecord) throws(FileError) {
    try write(record.json, to: "run.json")
    var table = MetricTable([
      "epoch", "training_loss", "training_accuracy", "validation_loss", "validation_accuracy",
      "learning_rate", "seconds",
    ])
    for epoch in record.history {
      table.add([
        Double(epoch.epoch), epoch.trainingLoss, epoch.trainingAccuracy, epoch.validationLoss,
        epoch.validationAccuracy, epoch.learningRate, epoch.seconds,
      ])
    }
    try write(table.csv, to: "metrics.csv")
    try write(table.jsonLines, to: "metrics.jsonl")
    try write(RunReport.lossChart(record.history).svg, to: "loss.svg")
    try write(RunReport.accuracyChart(record.history).svg, to: "accuracy.svg")
  }

  // MARK: Evaluation

  private static let mistakesShown = 36
  private static let samplesShown = 24
  private static let thumbnail = 144
  private static let noAnswer = "no answer"

  /// Writes the confusion matrix, how sure the network was, and the pictures that went wrong, the most
  /// confident mistakes first.
  ///
  /// - Returns: Some pictures for a page, and those that went wrong.
  @discardableResult
  public func write(
    _ evaluation: Evaluation, names: [String], picture: (Int) -> Picture?
  ) throws(FileError) -> (samples: [HTMLPage.Illustration], mistakes: [HTMLPage.Illustration]) {
    let table = ConfusionTable(classes: evaluation.classes, counts: evaluation.confusion)
    try write(table.csv, to: "confusion.csv")
    if evaluation.classes.count > 1 {
      try write(
        HeatMap(confusion: evaluation.confusion, classes: evaluation.classes).svg,
        to: "confusion.svg")
    }
    let reliability = evaluation.reliability()
    try write(reliability.csv, to: "reliability.csv")
    let before =
      evaluation.calibration.temperature == 1
      ? nil : evaluation.calibrated(by: .none).reliability()
    try write(SVGChart.reliability(reliability, before: before).svg, to: "reliability.svg")
    func number(_ probability: Double) -> String {
      probability.isNaN ? "" : String(format: "%.4f", probability)
    }
    var lines = ["file,class,taken_for,confidence,probability_of_class"]
    var sheet = ContactSheet(size: Self.thumbnail)
    var mistakes: [HTMLPage.Illustration] = []
    for (place, mistake) in evaluation.mistakes.enumerated() {
      let label = evaluation.classes[mistake.label]
      let predicted = mistake.predicted.map { evaluation.classes[$0] }
      lines.append(
        [
          quoted(names[mistake.index]), quoted(label), quoted(predicted ?? ""),
          number(mistake.confidence), number(mistake.probabilityOfLabel),
        ].joined(separator: ","))
      if place < Self.mistakesShown, let shown = picture(mistake.index) {
        let answer = predicted.map { $0 + " " + percent(mistake.confidence, decimals: 0) }
        let caption = [answer ?? Self.noAnswer, "is \(label)"]
        sheet.add(shown, caption, border: .wrong)
        if let illustration = illustrate(shown, mistake, evaluation.classes) {
          mistakes.append(illustration)
        }
      }
    }
    try write(lines.joined(separator: "\n") + "\n", to: "mistakes.csv")
    if !sheet.isEmpty {
      do {
        try sheet.picture.writePNG(to: url.appending(path: "mistakes.png"))
      } catch {
        throw FileError(.unwritable, file: error.file, error.reason)
      }
    }
    let every = max(1, evaluation.predictions.count / Self.samplesShown)
    let samples = stride(from: 0, to: evaluation.predictions.count, by: every)
      .prefix(Self.samplesShown).compactMap { place in
        let prediction = evaluation.predictions[place]
        return picture(prediction.index).flatMap {
          illustrate($0, prediction, evaluation.classes)
        }
      }
    return (samples, mistakes)
  }

  private func illustrate(
    _ picture: Picture, _ prediction: Evaluation.Prediction, _ classes: [String]
  ) -> HTMLPage.Illustration? {
    guard picture.width > 0, picture.height > 0 else { return nil }
    let small = CenterCrop(Size2D(Self.thumbnail))(Resize(Self.thumbnail)(picture))
    let label = classes[prediction.label]
    let predicted = prediction.predicted.map { classes[$0] }
    let answer = predicted.map { $0 + " " + percent(prediction.confidence) }
    let verdict =
      prediction.isRight ? "classified correctly" : predicted.map { "classified as \($0)" }
    return try? HTMLPage.Illustration(
      small,
      description: "Picture \(prediction.index) of class \(label), \(verdict ?? Self.noAnswer)",
      caption: [answer ?? Self.noAnswer, prediction.isRight ? "right" : "is \(label)"],
      isRight: prediction.isRight)
  }
}

/// A folder holds a run that would be lost.
public struct RunFolderError: ExplainedError {
  /// The folder.
  public let folder: String
  /// A file of that run.
  public let file: String
  /// Indicates whether there is a checkpoint to go on from.
  public let canResume: Bool
  /// The progress of the run, for people; `nil` where it is unknown.
  public let progress: String?

  /// The finding.
  public var finding: String {
    "\(folder) already contains a run: \(file)" + (progress.map { ", \($0)" } ?? "")
  }
  /// The finding, and the remedy.
  public var description: String {
    finding + ". " + (canResume ? "Resume it, replace it" : "Replace it")
      + ", or use another folder."
  }
}
