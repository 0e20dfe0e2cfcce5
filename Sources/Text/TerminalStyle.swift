import Foundation

/// The style of text for people on a stream: a terminal gets colors and no lines that are wider than it is, a pipe or
/// a file gets the text as it is.
package struct TerminalStyle: Sendable, Equatable {
  /// Indicates whether marks and headings stand out.
  package let isColored: Bool
  /// The width at which lines are broken between words; `nil` where they are not.
  package let columns: Int?

  /// A style.
  package init(isColored: Bool = false, columns: Int? = nil) {
    (self.isColored, self.columns) = (isColored, columns)
  }

  /// That of standard output.
  package static let output = TerminalStyle(of: STDOUT_FILENO)
  /// That of standard error.
  package static let error = TerminalStyle(of: STDERR_FILENO)

  private init(of descriptor: Int32) {
    let isTerminal = isatty(descriptor) == 1
    self.init(
      isColored: hasColors(ProcessInfo.processInfo.environment, isTerminal: isTerminal),
      columns: isTerminal ? terminalColumns(descriptor) : nil)
  }

  /// A text with lines broken where they are too wide, and with ✓ in green and ✗ in red at their beginnings.
  ///
  /// - Parameter text: One or several lines, without control characters; see ``visible(_:keepsLines:limit:)``.
  package func styled(_ text: String) -> String {
    guard isColored || columns != nil else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let whole = columns.map { wrapped(String(line), columns: max(20, $0)) } ?? String(line)
      return isColored ? marked(whole) : whole
    }.joined(separator: "\n")
  }

  /// A heading as the terminal shows it: bold where there are colors.
  package func heading(_ text: String) -> String {
    isColored
      ? text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? "" : "\u{1B}[1m\($0)\u{1B}[0m" }.joined(separator: "\n")
      : text
  }

  private func marked(_ line: String) -> String {
    guard let place = line.firstIndex(where: { $0 != " " }),
      let color = ["✓": 32, "✗": 31, "✘": 31][line[place]]
    else { return line }
    let rest = line[line.index(after: place)...]
    return "\(line[..<place])\u{1B}[\(color)m\(line[place])\u{1B}[0m\(rest)"
  }
}

/// Returns whether colors are wanted: on a terminal that can show them, unless `NO_COLOR` (no-color.org) is set.
///
/// - Parameters:
///   - environment: The variables of the environment.
///   - isTerminal: Whether the text goes to a terminal.
package func hasColors(_ environment: [String: String], isTerminal: Bool) -> Bool {
  let isPlain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
  return isTerminal && !isPlain && environment["TERM"] != "dumb"
}

/// The width of a terminal; `nil` where it is unknown.
package func terminalColumns(_ descriptor: Int32) -> Int? {
  var size = winsize()
  guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
  return Int(size.ws_col)
}

/// A line with breaks between words, so that none of its parts is longer than `columns` if words are not.
///
/// - Parameters:
///   - line: One line.
///   - columns: The number of characters that have room.
package func wrapped(_ line: String, columns: Int = 80) -> String {
  if line.count <= columns { return line }
  var words = line.split(separator: " ", omittingEmptySubsequences: false)[...]
  var lines: [String] = []
  while var line = words.popFirst().map(String.init) {
    while let word = words.first, line.count + 1 + word.count <= columns {
      line += " " + word
      words.removeFirst()
    }
    lines.append(line)
  }
  return lines.joined(separator: "\n")
}
