import Foundation
import RetrogradText

/// Numbers by name, a row for each step: for spreadsheets and other programs.
///
/// ```swift
/// var table = MetricTable(["epoch", "loss"])
/// table.add([1, 0.59])
/// try Data(table.csv.utf8).write(to: url)
/// ```
public struct MetricTable: Sendable {
  /// The names.
  public let columns: [String]
  /// The numbers; `nil` where there is none.
  public private(set) var rows: [[Double?]] = []

  /// A table without rows.
  public init(_ columns: [String]) { self.columns = columns }

  /// Adds a row; numbers that are missing at its end are none.
  public mutating func add(_ numbers: [Double?]) {
    let missing = max(0, columns.count - numbers.count)
    rows.append(Array((numbers + [Double?](repeating: nil, count: missing)).prefix(columns.count)))
  }

  /// Comma-separated values with the names in the first row (RFC 4180).
  public var csv: String {
    let header = columns.map(quoted).joined(separator: ",")
    let lines = rows.map { $0.map { $0.map(Self.text) ?? "" }.joined(separator: ",") }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }

  /// One JSON object a line; JSON has no infinities, so what is not finite is a string.
  public var jsonLines: String {
    rows.map { row in
      let fields = zip(columns, row).compactMap { name, number in
        number.map {
          "\(json(name)):" + ($0.isFinite ? Self.text($0) : "\"\(Self.text($0))\"")
        }
      }
      return "{" + fields.joined(separator: ",") + "}\n"
    }.joined()
  }

  private static func text(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number > 0 ? "Infinity" : "-Infinity" }
    return String(format: "%.7g", number)
  }
}
