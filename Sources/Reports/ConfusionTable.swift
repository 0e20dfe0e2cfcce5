import RetrogradText

/// A confusion matrix, the number of pictures of each class that were classified as each class, as text.
public struct ConfusionTable {
  /// The names of the classes.
  public let classes: [String]
  /// A row for each class, with what its pictures were classified as.
  public let counts: [[Int]]

  /// A table.
  public init(classes: [String], counts: [[Int]]) {
    self.classes = classes
    self.counts = counts
  }

  /// The table for a terminal, where it fits; otherwise the most frequent mistakes, one a line.
  ///
  /// - Parameter columns: The width of the terminal.
  public func text(columns: Int = 80) -> String {
    let width = max(4, counts.joined().map { "\($0)".count }.max() ?? 1) + 1
    let longest = min(20, classes.map(\.count).max() ?? 0)
    if longest + 5 + width * classes.count > columns { return mistakes }
    let numbers = classes.indices.map { aligned("\($0)", width) }.joined()
    let title = padded("", longest + 5) + numbers + "   predicted"
    let rows = classes.indices.map { row in
      aligned("\(row)", 3) + "  " + padded(String(classes[row].prefix(longest)), longest)
        + counts[row].map { aligned($0 == 0 ? "·" : "\($0)", width) }.joined()
    }
    return ([title] + rows).joined(separator: "\n")
  }

  /// The most frequent mistakes.
  private var mistakes: String {
    let pairs = classes.indices.flatMap { row in
      classes.indices.filter { $0 != row && counts[row][$0] > 0 }.map { (row, $0) }
    }
    let worst = pairs.sorted {
      (counts[$1.0][$1.1], $0.0, $0.1) < (counts[$0.0][$0.1], $1.0, $1.1)
    }
    if worst.isEmpty { return "no mistakes" }
    return worst.prefix(12).map {
      "\(aligned("\(counts[$0.0][$0.1])", 4)) × \(classes[$0.0]) classified as \(classes[$0.1])"
    }.joined(separator: "\n")
  }

  /// The table as comma-separated values, with names in the first row and column.
  public var csv: String {
    let header = ([""] + classes).map(quoted).joined(separator: ",")
    let rows = classes.indices.map { row in
      ([quoted(classes[row])] + counts[row].map { "\($0)" }).joined(separator: ",")
    }
    return ([header] + rows).joined(separator: "\n") + "\n"
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
