import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradReports
import RetrogradTensors
import RetrogradText
import RetrogradTraining

/// The folder in which a training leaves what it found: numbers, curves, pictures, and a page that shows all.
public struct RunFolder {
  /// Where it is.
  public let url: URL

  /// A folder, made where there is none.
  public init(_ url: URL) throws(FileError) {
    self.url = url
    try makeFolder(url)
    removeAbandonedFiles(in: url)
  }

  /// Where checkpoints go.
  public var checkpoint: URL { url.appending(path: "checkpoint.safetensors") }
  /// Where the trained network goes.
  public var model: URL { url.appending(path: "model.safetensors") }
  /// The page that shows all.
  public var page: URL { url.appending(path: "index.html") }
  /// What there is to know about the run, as JSON.
  public var record: URL { url.appending(path: "run.json") }

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
  ///   - record: What there is to know about the run.
  ///   - evaluation: What the network says of the validation pictures.
  ///   - graph: A drawing of the graph, as SVG.
  ///   - names: What the validation pictures are called.
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

  /// Writes who was taken for whom, how sure the network was, and the pictures that went wrong, the most
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
    try write(Chart.reliability(reliability, before: before).svg, to: "reliability.svg")
    var lines = ["file,class,taken_for,confidence,probability_of_class"]
    var sheet = ContactSheet(size: Self.thumbnail)
    var mistakes: [HTMLPage.Illustration] = []
    for (place, mistake) in evaluation.mistakes.enumerated() {
      let label = evaluation.classes[mistake.label]
      let predicted = evaluation.classes[mistake.predicted]
      lines.append(
        [
          quoted(names[mistake.index]), quoted(label), quoted(predicted),
          String(format: "%.4f,%.4f", mistake.confidence, mistake.probabilityOfLabel),
        ].joined(separator: ","))
      if place < Self.mistakesShown, let shown = picture(mistake.index) {
        let caption = [
          predicted + String(format: " %.0f %%", 100 * mistake.confidence), "is \(label)",
        ]
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
    let (label, predicted) = (classes[prediction.label], classes[prediction.predicted])
    let share = String(format: "%.1f %%", 100 * prediction.confidence)
    return try? HTMLPage.Illustration(
      small,
      description: "Picture \(prediction.index) of class \(label), "
        + (prediction.isRight ? "told right" : "taken for \(predicted)"),
      caption: ["\(predicted) \(share)", prediction.isRight ? "right" : "is \(label)"],
      isRight: prediction.isRight)
  }
}
