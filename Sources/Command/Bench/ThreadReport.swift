import Foundation

/// Everything that `retrograd bench threads` measures, as `--json` prints it. Times are medians, in seconds.
struct ThreadReport: Codable {
  let cpu: String
  /// The number of threads that is compared with one.
  let threads: Int
  /// The number of threads that the process runs.
  let running: Int
  let handingOut: HandingOut
  /// The smallest ratio first.
  var cases: [Case] = []

  /// The cost of work that does nothing.
  struct HandingOut: Codable {
    /// While the other threads wait for the next job.
    let secondsAwake: Double
    /// After they have gone to sleep.
    let secondsAsleep: Double
  }

  /// An operation on tensors of one size.
  struct Case: Codable {
    let operation: String
    let elements: Int
    /// With one thread.
    let secondsAlone: Double
    /// With several.
    let seconds: Double
    /// The median over turns of the time with one thread by that with several.
    let ratio: Double
  }
}

/// The ratios as a table, one operation a line.
struct ThreadTable {
  private let nameColumns: Int
  private let exponents: [Int]

  init(names: [String], exponents: [Int]) {
    nameColumns = names.map(\.count).max() ?? 0
    self.exponents = exponents
  }

  func head(_ report: ThreadReport) -> String {
    let titles = exponents.map { Self.cell("2^\($0)") }.joined()
    return """
      \(report.cpu), \(report.running) thread\(report.running == 1 ? "" : "s")
      handing out work costs \(BenchTable.duration(report.handingOut.secondsAwake)), and \
      \(BenchTable.duration(report.handingOut.secondsAsleep)) to threads that sleep
      time with one thread by the time with \(report.threads):

      \(padded(""))\(titles)
      """
  }

  /// The ratios of one operation, of the sizes that it has.
  func line(_ name: String, _ results: [ThreadReport.Case]) -> String {
    let ratios = Dictionary(uniqueKeysWithValues: results.map { ($0.elements, $0.ratio) })
    let cells = exponents.map { Self.cell(ratios[1 << $0].map(Self.ratio) ?? "") }
    return padded(name) + cells.joined()
  }

  /// The smallest ratios.
  func worst(_ report: ThreadReport) -> String {
    let lines = report.cases.prefix(10).map {
      "  \(Self.ratio($0.ratio))  \(padded($0.operation))  2^\($0.elements.trailingZeroBitCount)  "
        + "\(BenchTable.duration($0.secondsAlone)) with one thread, "
        + "\(BenchTable.duration($0.seconds)) with \(report.threads)"
    }
    return (["The smallest ratios:"] + lines).joined(separator: "\n")
  }

  /// Four figures at most, so that columns stay apart where a program is held up in the middle of a run.
  private static func ratio(_ ratio: Double) -> String {
    String(format: ratio < 9.995 ? "%.2f" : "%.0f", ratio)
  }

  private static func cell(_ text: String) -> String {
    String(repeating: " ", count: max(0, 5 - text.count)) + text
  }

  private func padded(_ name: String) -> String {
    name + String(repeating: " ", count: nameColumns - name.count)
  }
}
