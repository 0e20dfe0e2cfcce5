import Foundation
import RetrogradReports
import RetrogradText
import RetrogradTraining

/// Several runs on one page: their results, their curves over each other, and what differs in their settings.
///
/// Results are shares of a number of pictures and have a standard error; the best is marked only where all runs
/// were judged by the same pictures.
public struct RunComparison {
  /// The runs.
  public let records: [RunRecord]

  /// A comparison.
  public init(_ records: [RunRecord]) { self.records = records }

  /// The page.
  public var page: HTMLPage {
    var page = HTMLPage(
      "Runs compared", subtitle: records.map(\.name).joined(separator: ", "))
    page.add(
      "Results", results,
      HTMLPage.paragraph(
        "A difference of less than about two standard errors may be due to chance."))
    page.add("Learning curves", HTMLPage.charts(charts.map(\.svg)))
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

  /// An accuracy, on the validation set for instance, and the number of its pictures.
  private struct Share {
    let count: Int
    let accuracy: Double

    /// An accuracy on so many pictures.
    init(_ count: Int, _ accuracy: Double) { (self.count, self.accuracy) = (count, accuracy) }

    /// The result of a run, or its state so far.
    init?(_ record: RunRecord) {
      if let score = record.score {
        (count, accuracy) = (score.count, score.accuracy)
      } else if let accuracy = record.history.last?.validationAccuracy {
        (count, self.accuracy) = (record.validationCounts.reduce(0, +), accuracy)
      } else {
        return nil
      }
    }

    /// `84.4 ± 4.1 %`.
    var text: String {
      percent(accuracy, error: Evaluation.standardError(of: accuracy, count: count))
    }
  }

  /// Indicates whether the runs that were judged were judged by the same pictures, as far as is known.
  private var haveOneJudge: Bool {
    let judges = records.filter { Share($0) != nil }.map(\.judge?.digest)
    return !judges.contains(nil) && Set(judges).count == 1
  }

  private var results: String {
    let shares = records.map(Share.init)
    let best = haveOneJudge ? shares.compactMap { $0?.accuracy }.max() : nil
    let names = names
    let rows = records.indices.map { place -> [String] in
      let (record, share) = (records[place], shares[place])
      return [
        names[place], record.state.rawValue, "\(record.history.count)",
        share?.text ?? "", share.map { "\($0.count)" } ?? "", record.judge?.source ?? "nothing",
        record.score.map { String(format: "%.4f", $0.loss) } ?? "",
        record.history.last.map {
          Share(record.trainingCounts.reduce(0, +), $0.trainingAccuracy).text
        } ?? "",
        String(format: "%.1f", record.history.reduce(0) { $0 + $1.seconds }),
      ]
    }
    let marked =
      best != nil
      ? "the best is marked"
      : "none is marked as the best: the runs are not known to have the same validation set"
    return HTMLPage.table(
      "Results on unseen pictures, ± one standard error; \(marked)",
      header: [
        "run", "state", "epochs", "accuracy", "pictures", "validation set", "loss",
        "training accuracy", "seconds",
      ], rows
    ) { row, column in column == 3 && best != nil && shares[row]?.accuracy == best }
  }

  private var charts: [SVGChart] {
    func chart(
      _ title: String, _ unit: String, range: ClosedRange<Double>? = nil,
      _ value: @escaping (EpochResult) -> Double?
    ) -> SVGChart {
      let series = zip(names, records).map {
        SVGChart.Series.line($0, RunReport.points($1.history, value))
      }
      return SVGChart(
        title, x: "epoch", y: .init(unit, range: range), series.filter { !$0.isEmpty })
    }
    return [
      chart("Validation accuracy", "%", range: 0...100) { $0.validationAccuracy.map { 100 * $0 } },
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
