/// A table of text that fits a terminal: columns of numbers to the right, what is too long cut off.
public struct TextTable: Sendable {
  /// The names of the columns.
  public let header: [String]
  /// The fields.
  public private(set) var rows: [[String]] = []

  /// A table without rows.
  public init(_ header: [String]) { self.header = header }

  /// Adds a row; fields that are missing at its end are empty.
  public mutating func add(_ fields: [String]) {
    let missing = max(0, header.count - fields.count)
    rows.append(
      Array((fields + [String](repeating: "", count: missing)).prefix(header.count)))
  }

  private static let gap = 2

  /// The table as lines.
  ///
  /// - Parameter columns: The width of the terminal, in characters.
  public func text(columns: Int = 80) -> String {
    var widths = header.indices.map { column in
      max(header[column].count, rows.map { $0[column].count }.max() ?? 0)
    }
    // The widest columns give way first.
    while widths.reduce(0, +) + Self.gap * (widths.count - 1) > columns,
      let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 4
    {
      widths[widest] -= 1
    }
    let isNumber = header.indices.map { column in
      !rows.isEmpty && rows.allSatisfy { looksLikeNumber($0[column]) }
    }
    func line(_ fields: [String]) -> String {
      let parts = fields.enumerated().map { column, field in
        let width = widths[column]
        let short = field.count > width ? String(field.prefix(width - 1)) + "…" : field
        let space = String(repeating: " ", count: width - short.count)
        return isNumber[column] ? space + short : short + space
      }
      var text = parts.joined(separator: String(repeating: " ", count: Self.gap))
      while text.last == " " { text.removeLast() }
      return text
    }
    return ([line(header)] + rows.map(line)).joined(separator: "\n")
  }
}

/// Returns whether a field belongs into a column that is aligned to the right; an empty one does.
func looksLikeNumber(_ field: String) -> Bool {
  field.allSatisfy { $0.isNumber || "+-−±.,e% ".contains($0) }
}
