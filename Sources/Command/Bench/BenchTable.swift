import Foundation

/// The figures as a table of at most 80 columns, printed line by line as they come.
struct BenchTable {
  /// The width of the first column.
  private let nameColumns: Int

  /// A table for cases and peers with these names.
  init(names: [String]) {
    nameColumns = (names.map(\.count).max() ?? 0) + 2
  }

  /// The machine, and the names of the columns.
  func head(_ machine: BenchReport.Machine) -> String {
    let titles = row("", ["median", "quartiles", "GFLOP/s", "", "GB/s", "", "MB", "ratio"])
    return """
      \(machine.cpu), \(machine.threads) thread\(machine.threads == 1 ? "" : "s"), \
      \(machine.instructionSet)
      at best \(Self.number(machine.peakGigaflops)) GFLOP/s in registers, \
      \(Self.number(machine.readGigabytesPerSecond)) GB/s read, \
      \(Self.number(machine.triadGigabytesPerSecond)) GB/s in a triad

      \(titles)
      """
  }

  /// A case, and its peers below it.
  func lines(_ result: BenchReport.Case) -> String {
    let ours = row(
      result.name,
      [
        Self.duration(result.seconds), Self.range(result.spread),
        result.gigaflops.map(Self.number), result.shareOfPeakGigaflops.map(Self.percentage),
        result.gigabytesPerSecond.map(Self.number),
        result.shareOfPeakBandwidth.map(Self.percentage),
        result.peakMegabytes.map { String(format: "%.0f", $0) },
      ])
    // A dictionary has no order of its own.
    let peers = BenchPeer.allCases.map(\.rawValue).compactMap { name -> String? in
      if let reason = result.absentPeers[name] { return "  \(name): absent, \(reason)" }
      guard let seconds = result.peers[name], let details = result.peerDetails[name] else {
        return nil
      }
      return row(
        "  " + name,
        [
          Self.duration(seconds), Self.range(details.spread), nil, nil, nil, nil,
          details.peakMegabytes.map { String(format: "%.0f", $0) },
          result.ratios[name].map { String(format: "%.2f", $0) },
        ])
    }
    return ([ours] + peers).joined(separator: "\n")
  }

  /// An explanation of the table.
  static let foot = """
    GFLOP/s: multiplications and additions of the direct algorithm; Winograd's needs
    fewer, so its share of the peak can exceed 100 %. GB/s: what must be read or
    written at least. Shares are of arithmetic in registers, and of reading memory.
    MB: the most memory that the process has held. ratio: the peer's time by ours in
    the same turn, median; above 1 we are faster.
    """

  /// The peers' versions, as far as they are known.
  static func versions(_ cases: [BenchReport.Case]) -> String? {
    let versions = Set(cases.flatMap { $0.peerDetails.values.compactMap(\.version) })
    return versions.isEmpty ? nil : "Compared with " + versions.sorted().joined(separator: "; ")
  }

  // MARK: - Text

  private static let columns = [8, 18, 8, 5, 6, 5, 6, 6]

  private func row(_ name: String, _ cells: [String?]) -> String {
    let first = name + spaces(nameColumns - name.count)
    let rest = zip(cells, Self.columns).map { cell, width in
      spaces(width - (cell?.count ?? 0)) + (cell ?? "")
    }
    var line = first + rest.joined()
    while line.last == " " { line.removeLast() }
    return line
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

  private static let units: [(name: String, seconds: Double)] = [
    ("s", 1), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9),
  ]

  private static func unit(of seconds: Double) -> (name: String, seconds: Double) {
    units.first { seconds >= 0.9995 * $0.seconds } ?? units[units.count - 1]
  }

  /// `12.3 ms`.
  static func duration(_ seconds: Double) -> String {
    let unit = unit(of: seconds)
    return "\(number(seconds / unit.seconds)) \(unit.name)"
  }

  /// `12.0–12.9 ms`.
  private static func range(_ spread: BenchStatistics.Spread) -> String {
    let unit = unit(of: spread.lowerQuartile)
    let (low, high) = (spread.lowerQuartile / unit.seconds, spread.upperQuartile / unit.seconds)
    return "\(number(low))–\(number(high)) \(unit.name)"
  }

  /// Three digits that mean something.
  private static func number(_ x: Double) -> String {
    String(format: x < 9.995 ? "%.2f" : x < 99.95 ? "%.1f" : "%.0f", x)
  }

  private static func percentage(_ share: Double) -> String {
    String(format: "%.0f%%", 100 * share)
  }
}
