import Foundation
import RetrogradText

/// The figures as a table of at most 80 columns, printed line by line as they come.
struct BenchTable {
  /// The width of the first column.
  private let nameColumns: Int
  /// The widths of the others; 0 for one that is left out.
  private let columns: [Int]

  /// A table for cases and peers with these names.
  ///
  /// - Parameters:
  ///   - names: The names.
  ///   - hasBandwidth: Whether any of them has a figure in GB/s.
  ///   - isOnDevice: Whether there is a roof to reach, in place of the host's memory to watch.
  init(names: [String], hasBandwidth: Bool = true, isOnDevice: Bool = false) {
    nameColumns = (names.map(\.count).max() ?? 0) + 2
    columns =
      [8, 7, 8, 5] + (hasBandwidth ? [6, 5] : [0, 0])
      + (isOnDevice ? [0, 0, 0, 12, 5] : [5, 7, 5, 0, 0]) + [6]
  }

  /// The machine, and the names of the columns.
  func head(_ machine: BenchReport.Machine) -> String {
    return """
      \(machine.cpu), \(machine.threads) thread\(machine.threads == 1 ? "" : "s"), \
      \(machine.instructionSet)
      at best \(Self.number(machine.peakGigaflops)) GFLOP/s in registers, \
      \(Self.number(machine.readGigabytesPerSecond)) GB/s read, \
      \(Self.number(machine.triadGigabytesPerSecond)) GB/s in a triad

      \(titles)
      """
  }

  /// The device, and the names of the columns.
  func head(_ device: BenchDevice) -> String {
    """
    \(device.name), \(device.computeUnits) compute units, \(device.platform)
    \(device.caution.map { wrapped($0) + "\n" } ?? "")\
    at best \(Self.number(device.peakGigaflops)) GFLOP/s in registers, \
    \(Self.number(device.copyGigabytesPerSecond)) GB/s in a copy,
    \(Self.number(device.uploadGigabytesPerSecond)) GB/s from the host, \
    \(Self.number(device.downloadGigabytesPerSecond)) GB/s to it

    \(titles)
    """
  }

  private var titles: String {
    row(
      "",
      [
        "median", "spread", "GFLOP/s", "", "GB/s", "", "MB", "faults", "sys", "bound", "roof",
        "ratio",
      ])
  }

  /// A case, and its peers below it.
  func lines(_ result: BenchReport.Case) -> String {
    let ours = row(
      result.name,
      [
        Self.duration(result.seconds), Self.spread(result.spread, of: result.seconds),
        result.gigaflops.map(Self.number), result.shareOfPeakGigaflops.map(Self.percentage),
        result.gigabytesPerSecond.map(Self.number),
        result.shareOfPeakBandwidth.map(Self.percentage),
      ] + memory(result.peakMegabytes, result.pageFaults, result.systemSeconds, result.seconds)
        + [result.bound?.rawValue, result.shareOfRoof.map(Self.percentage)])
    // A dictionary has no order of its own: other builds first, by name.
    let libraries = BenchPeer.allCases.map(\.rawValue)
    let named = Set(result.peers.keys).union(result.absentPeers.keys)
    let builds = named.subtracting(libraries).sorted()
    let peers = (builds + libraries.filter(named.contains)).compactMap { name -> String? in
      if let reason = result.absentPeers[name] { return "  \(name): absent, \(reason)" }
      guard let seconds = result.peers[name], let details = result.peerDetails[name] else {
        return nil
      }
      return row(
        "  " + name,
        [
          Self.duration(seconds), Self.spread(details.spread, of: seconds), nil, nil, nil, nil,
        ] + memory(details.peakMegabytes, details.pageFaults, details.systemSeconds, seconds) + [
          nil, nil, result.ratios[name].map(Self.ratio),
        ])
    }
    return ([ours] + peers).joined(separator: "\n")
  }

  /// An explanation of the table.
  static let foot = """
    GFLOP/s: multiplications and additions of the direct algorithm; Winograd's needs
    fewer, so its share of the peak can exceed 100 %. GB/s: what must be read or
    written at least. Shares are of arithmetic in registers, and of reading memory.
    MB: the most memory that the process has held. faults, sys: pages that the
    system had to hand out in one repetition after the second, and the share of time
    spent in the system, of all threads together. ratio: the peer's time by ours in
    the same turn, median; above 1 we are faster. spread: half of what lies between
    the quartiles, by the median.
    """

  /// An explanation of the table of a device.
  static let footOnDevice = """
    GFLOP/s: multiplications and additions of the direct algorithm. GB/s: what must
    be read or written at least, or moved between host and device. Shares are of the
    peaks above. bound: what a case waits for most at these peaks; roof: its share
    of the pace at which it would wait for nothing else. ratio: the peer's time by
    ours in the same turn, median; above 1 we are faster. spread: half of what lies
    between the quartiles, by the median. Each run ends with the device's work.
    """

  /// The comparisons with their quartiles, the worst first; `nil` where the table says it all.
  func worstFirst(_ comparisons: [BenchReport.Comparison]) -> String? {
    guard comparisons.count > 1 || comparisons.first?.spread != nil else { return nil }
    return "The worst ratios first, between their quartiles:\n"
      + comparisons.map { comparison in
        let quartiles = comparison.spread.map {
          "\(Self.ratio($0.lowerQuartile)) < \(Self.ratio(comparison.ratio)) < \(Self.ratio($0.upperQuartile))"
        }
        return "  \(quartiles ?? Self.ratio(comparison.ratio))  \(comparison.name)"
          + "\(spaces(nameColumns - comparison.name.count))\(comparison.peer)"
      }.joined(separator: "\n")
  }

  /// The peers' versions, as far as they are known.
  static func versions(_ cases: [BenchReport.Case]) -> String? {
    let versions = Set(cases.flatMap { $0.peerDetails.values.compactMap(\.version) })
    return versions.isEmpty ? nil : "Compared with " + versions.sorted().joined(separator: "; ")
  }

  // MARK: - Text

  private func row(_ name: String, _ cells: [String?]) -> String {
    let first = name + spaces(nameColumns - name.count)
    let rest = zip(cells, columns).map { cell, width in
      width == 0 ? "" : spaces(width - (cell?.count ?? 0)) + (cell ?? "")
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

  /// `±3%`.
  private static func spread(_ spread: BenchStatistics.Spread, of median: Double) -> String {
    "±" + percentage((spread.upperQuartile - spread.lowerQuartile) / 2 / median)
  }

  private static func ratio(_ ratio: Double) -> String { String(format: "%.2f", ratio) }

  private func memory(
    _ peakMegabytes: Double?, _ pageFaults: Double?, _ systemSeconds: Double?, _ seconds: Double
  ) -> [String?] {
    [
      peakMegabytes.map { String(format: "%.0f", $0) },
      pageFaults.map { $0 < 0.05 ? "0" : String(format: $0 < 9.95 ? "%.1f" : "%.0f", $0) },
      systemSeconds.map { Self.percentage($0 / seconds) },
    ]
  }

  /// Three digits that mean something.
  private static func number(_ x: Double) -> String {
    String(format: x < 9.995 ? "%.2f" : x < 99.95 ? "%.1f" : "%.0f", x)
  }

  private static func percentage(_ share: Double) -> String {
    String(format: "%.0f%%", 100 * share)
  }
}
