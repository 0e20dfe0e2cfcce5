import Foundation
import RetrogradReports
import RetrogradTraining

/// Several runs on one page: their results, their curves over each other, and what differs in their settings.
public struct RunComparison {
  /// The runs.
  public let records: [RunRecord]

  /// A comparison.
  public init(_ records: [RunRecord]) { self.records = records }

  /// The page.
  public var page: HTMLPage {
    var page = HTMLPage(
      "Runs compared", subtitle: records.map(\.name).joined(separator: ", "))
    page.add("Results", results)
    page.add("Curves", HTMLPage.charts(charts.map(\.svg)))
    page.add("What differs", differences)
    page.add(
      "How to repeat them",
      records.map { HTMLPage.paragraph($0.name) + HTMLPage.code($0.command) }.joined())
    return page
  }

  /// Names that tell the runs apart, also where two are called the same.
  private var names: [String] {
    records.enumerated().map { place, record in
      records.count { $0.name == record.name } > 1 ? "\(record.name) (\(place + 1))" : record.name
    }
  }

  private var results: String {
    let best = records.indices.max {
      (accuracy(records[$0]) ?? -1) < (accuracy(records[$1]) ?? -1)
    }
    let rows = zip(names, records).map { name, record in
      [
        name, record.state.rawValue, "\(record.history.count)",
        accuracy(record).map(percent) ?? "",
        record.score.map { String(format: "%.4f", $0.loss) } ?? "",
        record.history.last.map { percent($0.trainingAccuracy) } ?? "",
        String(format: "%.1f", record.history.reduce(0) { $0 + $1.seconds }),
      ]
    }
    return HTMLPage.table(
      "Results on unseen pictures; the best is marked",
      header: ["run", "state", "epochs", "right", "loss", "right in training", "seconds"], rows
    ) { row, column in row == best && column == 3 }
  }

  private func accuracy(_ record: RunRecord) -> Double? {
    record.score?.accuracy ?? record.history.last?.validationAccuracy
  }

  private var charts: [Chart] {
    func chart(
      _ title: String, _ unit: String, _ value: @escaping (EpochResult) -> Double?
    ) -> Chart {
      let series = zip(names, records).map {
        Chart.Series.line($0, RunReport.points($1.history, value))
      }
      return Chart(title, x: Axis("epoch"), y: Axis(unit), series.filter { !$0.isEmpty })
    }
    return [
      chart("Right, unseen pictures", "%") { $0.validationAccuracy.map { 100 * $0 } },
      chart("Validation loss", "cross-entropy") { $0.validationLoss },
      chart("Training loss", "cross-entropy") { $0.trainingLoss },
    ].filter { !$0.series.isEmpty }
  }

  private var differences: String {
    var order: [String] = []
    for record in records {
      for setting in record.settings where !order.contains(setting.name) {
        order.append(setting.name)
      }
    }
    let rows = order.compactMap { name -> [String]? in
      let values = records.map { record in
        record.settings.first { $0.name == name }?.value ?? "–"
      }
      return Set(values).count > 1 ? [name] + values : nil
    }
    return rows.isEmpty
      ? HTMLPage.paragraph("All settings are the same.")
      : HTMLPage.table("Settings that are not the same", header: ["setting"] + names, rows)
  }
}
