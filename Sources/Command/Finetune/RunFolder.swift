import Foundation
import Retrograd

/// The folder in which a training leaves what it found.
struct RunFolder {
  let url: URL

  init(_ url: URL) throws {
    self.url = url
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  var checkpoint: URL { url.appending(path: "checkpoint.safetensors") }
  var model: URL { url.appending(path: "model.safetensors") }

  /// Writes a text; beside its target first.
  func write(_ text: String, to name: String) throws {
    try writeAtomically(Array(text.utf8), to: url.appending(path: name))
  }

  /// The numbers of all epochs: as a table, as JSON lines, and as curves.
  func writeMetrics(_ history: [EpochResult]) throws {
    func field(_ number: Double?) -> String { number.map { String(format: "%.6g", $0) } ?? "" }
    let header =
      "epoch,training_loss,training_accuracy,validation_loss,validation_accuracy,learning_rate,seconds"
    let rows = history.map {
      "\($0.epoch + 1),"
        + [
          $0.trainingLoss, $0.trainingAccuracy, $0.validationLoss, $0.validationAccuracy,
          $0.learningRate, $0.seconds,
        ].map(field).joined(separator: ",")
    }
    try write(([header] + rows).joined(separator: "\n") + "\n", to: "metrics.csv")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let lines = try history.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
    try write(lines.joined(separator: "\n") + "\n", to: "metrics.jsonl")
    try writeCurves(history)
  }

  private func writeCurves(_ history: [EpochResult]) throws {
    func series(_ name: String, _ value: (EpochResult) -> Double?) -> LineChart.Series {
      LineChart.Series(
        name, history.compactMap { epoch in value(epoch).map { (Double(epoch.epoch + 1), $0) } })
    }
    func chart(_ title: String, _ unit: String, _ all: [LineChart.Series]) -> LineChart {
      LineChart(title, xLabel: "epoch", yLabel: unit, all.filter { !$0.points.isEmpty })
    }
    let loss = chart(
      "Loss", "cross-entropy",
      [series("training") { $0.trainingLoss }, series("validation") { $0.validationLoss }])
    let accuracy = chart(
      "Right", "%",
      [
        series("training") { 100 * $0.trainingAccuracy },
        series("validation") { $0.validationAccuracy.map { 100 * $0 } },
      ])
    try write(loss.svg, to: "loss.svg")
    try write(accuracy.svg, to: "accuracy.svg")
  }

  /// What went wrong: who was taken for whom, and the pictures, the most confident mistakes first.
  func writeEvaluation(_ evaluation: Evaluation, files: [URL]) throws {
    let table = ConfusionTable(classes: evaluation.classes, counts: evaluation.confusion)
    try write(table.csv, to: "confusion.csv")
    var lines = ["file,class,taken_for,confidence,probability_of_class"]
    var sheet = ContactSheet(size: 144)
    for (place, mistake) in evaluation.mistakes.enumerated() {
      let (file, label) = (files[mistake.index], evaluation.classes[mistake.label])
      let predicted = evaluation.classes[mistake.predicted]
      lines.append(
        [
          quoted(file.relativePath), quoted(label), quoted(predicted),
          String(format: "%.4f,%.4f", mistake.confidence, mistake.probabilityOfLabel),
        ].joined(separator: ","))
      if place < 36, let picture = try? Picture.read(file) {
        sheet.add(
          picture,
          ["\(predicted) \(Int((100 * mistake.confidence).rounded())) %", "is \(label)"],
          border: .wrong)
      }
    }
    try write(lines.joined(separator: "\n") + "\n", to: "mistakes.csv")
    if !sheet.isEmpty {
      try sheet.picture.writePNG(to: url.appending(path: "mistakes.png"))
    }
  }
}
