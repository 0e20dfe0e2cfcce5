import Foundation
import RetrogradReports
import RetrogradText
import RetrogradTraining

/// A run as a page.
struct RunReport {
  let record: RunRecord
  var samples: [HTMLPage.Illustration] = []
  var mistakes: [HTMLPage.Illustration] = []
  /// A drawing of the graph, as SVG.
  var graph: String?

  /// The interval at which a browser reloads the page during training, in seconds.
  private static let refresh = 5

  var page: HTMLPage {
    var page = HTMLPage(
      record.name, subtitle: subtitle, refresh: record.state == .running ? Self.refresh : nil)
    page.add("What went wrong", record.problem.map(HTMLPage.paragraph) ?? "")
    page.add("Result", HTMLPage.figures(figures))
    page.add("Learning curves", HTMLPage.charts(Self.charts(record)), epochTable)
    if let score = record.score, record.classes.count > 1 {
      page.add(
        "Confusion matrix",
        HTMLPage.charts([HeatMap(confusion: score.confusion, classes: record.classes).svg]),
        classTable(score))
    }
    if let reliability = record.score?.reliability {
      page.add(
        "Confidence", HTMLPage.charts([SVGChart.reliability(reliability).svg]),
        HTMLPage.paragraph(Self.aboutConfidence))
    }
    page.add("Worst mistakes", HTMLPage.gallery(mistakes))
    page.add("Samples", HTMLPage.gallery(samples))
    page.add("What was trained", receiptTable, parameterTable)
    page.add("Graph", graph.map { HTMLPage.details("Every operation of one step", $0) } ?? "")
    page.add(
      "How to repeat it", HTMLPage.code(record.command),
      table("Settings", record.settings), table("Machine", record.machine))
    return page
  }

  private static let aboutConfidence =
    "Of the answers with a confidence of 0.7, 0.7 should be right: bars should end at the line. The expected calibration "
    + "error is how far they miss it, weighted by the number of answers; a bar of few answers (reliability.csv counts "
    + "them) says little."

  private var subtitle: String {
    let progress = "\(record.history.count) of \(record.epochs) epochs"
    switch record.state {
    case .running: return "Training: \(progress). This page reloads itself."
    case .stopped: return "Stopped after \(progress); --resume continues."
    case .finished: return "Finished after \(progress)."
    case .failed: return "Failed after \(progress)."
    }
  }

  private var figures: [(value: String, meaning: String)] {
    var figures: [(String, String)] = []
    if let score = record.score {
      figures.append(
        HTMLPage.accuracy(
          score.accuracy, error: score.standardError, on: "\(score.count) unseen pictures"))
      figures.append((String(format: "%.4f", score.loss), "validation loss"))
      if let error = score.reliability?.expectedCalibrationError {
        figures.append((percent(error), "expected calibration error"))
      }
    } else if let last = record.history.last, let right = last.validationAccuracy {
      figures.append(
        (share(right, of: record.validationCounts), "validation accuracy, last epoch"))
    }
    if let best = record.bestEpoch { figures.append(("\(best)", "best epoch")) }
    let seconds = record.history.reduce(0) { $0 + $1.seconds }
    figures.append((String(format: "%.0f s", seconds), "training time"))
    figures.append(("\(record.trainingCounts.reduce(0, +))", "training pictures"))
    figures.append(("\(record.classes.count)", "classes"))
    return figures.map { (value: $0.0, meaning: $0.1) }
  }

  /// The curves of a run.
  static func charts(_ record: RunRecord) -> [String] {
    guard !record.history.isEmpty else { return [] }
    return [lossChart(record.history).svg, accuracyChart(record.history).svg]
      + (Set(record.history.map(\.learningRate)).count > 1
        ? [
          SVGChart(
            "Learning rate", x: "epoch", y: "learning rate",
            [.line("learning rate", points(record.history) { $0.learningRate })]
          ).svg
        ] : [])
  }

  /// Loss by epoch.
  static func lossChart(_ history: [EpochResult]) -> SVGChart {
    chart(
      "Loss", "cross-entropy", points(history) { $0.trainingLoss },
      points(history) { $0.validationLoss })
  }

  /// Accuracy by epoch.
  static func accuracyChart(_ history: [EpochResult]) -> SVGChart {
    chart(
      "Accuracy", "%", points(history) { 100 * $0.trainingAccuracy },
      points(history) { $0.validationAccuracy.map { 100 * $0 } }, range: 0...100)
  }

  private static func chart(
    _ title: String, _ unit: String, _ training: [(x: Double, y: Double)],
    _ validation: [(x: Double, y: Double)], range: ClosedRange<Double>? = nil
  ) -> SVGChart {
    let series = [SVGChart.Series.line("training", training), .line("validation", validation)]
    return SVGChart(
      title, x: "epoch", y: .init(unit, range: range), series.filter { !$0.isEmpty })
  }

  static func points(
    _ history: [EpochResult], _ value: (EpochResult) -> Double?
  ) -> [(x: Double, y: Double)] {
    history.compactMap { epoch in value(epoch).map { (Double(epoch.epoch), $0) } }
  }

  /// An accuracy with its standard error, `84.4 ± 4.1 %`.
  ///
  /// - Parameters:
  ///   - accuracy: The accuracy.
  ///   - counts: The numbers of pictures, by class.
  private func share(_ accuracy: Double, of counts: [Int]) -> String {
    let count = counts.reduce(0, +)
    return percent(accuracy, error: Evaluation.standardError(of: accuracy, count: count))
  }

  // MARK: Tables

  private var epochTable: String {
    let rows = record.history.map { epoch in
      [
        "\(epoch.epoch)", String(format: "%.4f", epoch.trainingLoss),
        share(epoch.trainingAccuracy, of: record.trainingCounts),
        epoch.validationLoss.map { String(format: "%.4f", $0) } ?? "",
        epoch.validationAccuracy.map { share($0, of: record.validationCounts) } ?? "",
        String(format: "%.3g", epoch.learningRate),
        String(format: "%.1f", epoch.seconds),
      ]
    }
    let table = HTMLPage.table(
      "Epochs; the best one is marked; accuracies ± one standard error",
      header: [
        "epoch", "training loss", "training accuracy", "validation loss", "validation accuracy",
        "learning rate", "seconds",
      ], rows
    ) { row, _ in record.history[row].epoch == record.bestEpoch }
    return record.history.count > 10 ? HTMLPage.details("All epochs as numbers", table) : table
  }

  private func classTable(_ score: RunRecord.Score) -> String {
    let rows = record.classes.enumerated().map { place, name in
      let all = score.confusion[place].reduce(0, +)
      let right = all == 0 ? nil : Double(score.confusion[place][place]) / Double(all)
      return [
        name, "\(record.trainingCounts[place])", "\(all)",
        right.map { share($0, of: [all]) } ?? "",
      ]
    }
    return HTMLPage.table(
      "Classes; accuracies ± one standard error",
      header: ["class", "training pictures", "validation pictures", "accuracy"], rows)
  }

  private var receiptTable: String {
    let rows = record.receipt.map { line in
      [
        line.name, line.shape.map(String.init).joined(separator: "\u{A0}×\u{A0}"),
        line.isTrainable ? "trained" : "frozen",
        line.isUnchanged ? "the same, bit for bit" : String(format: "%.3g", line.largestChange),
        line.hadGradient ? "" : "its gradient was always zero",
      ]
    }
    return HTMLPage.table(
      "Freeze receipt: the change of each parameter",
      header: ["parameter or buffer", "shape", "", "largest change", "note"], rows)
  }

  private var parameterTable: String {
    func short(_ number: Double) -> String { String(format: "%.3g", number) }
    let rows = record.parameters.map {
      [
        $0.name, short($0.mean), short($0.deviation), short($0.largest),
        $0.gradientNorm.map(short) ?? "",
      ]
    }
    return HTMLPage.table(
      "Parameters after training, and gradients at the last step",
      header: ["parameter", "mean", "standard deviation", "largest", "gradient norm"], rows)
  }

  private func table(_ caption: String, _ settings: [RunRecord.Setting]) -> String {
    HTMLPage.table(caption, header: ["name", "value"], settings.map { [$0.name, $0.value] })
  }
}
