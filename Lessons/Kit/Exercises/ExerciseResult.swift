import Foundation
import RetrogradText

/// An exercise's outcome with what it belongs to.
struct ExerciseResult {
  let number: Int
  let title: String
  let outcome: ExerciseOutcome
  /// The text that the student's code has printed.
  var printed = ""

  /// The number of lines of it that are shown.
  private static let shownLines = 12
  /// The maximum length of a line.
  private static let shownColumns = 200
  /// The maximum length of a message.
  private static let shownLength = 4000

  /// A few lines for people.
  var text: String {
    func lines(_ mark: String, _ state: String, _ message: String? = nil) -> String {
      let first = "\(mark) \(number). \(title): \(state)"
      return ([first] + (message.map { [indented($0)] } ?? [])).joined(separator: "\n")
    }
    switch outcome {
    case .right: return lines("✓", "right")
    case .notWritten(let hint): return lines("…", "not written yet", shown(hint))
    case .wrong(let message): return lines("✗", "wrong", shown(message) + printedText)
    }
  }

  /// The reason why it is wrong, if that is known, or else what is wrong: the first line of it, without the numbers,
  /// which everybody has others of.
  var explanation: String? {
    guard case .wrong(let message) = outcome else { return nil }
    let lines = message.split(separator: "\n")
    if let why = lines.first(where: { $0.hasPrefix("Why: ") }) {
      return visible(why.dropFirst("Why: ".count), limit: Self.shownColumns)
    }
    return visible(lines.first ?? "", limit: Self.shownColumns)
      .replacing(/-?[0-9]+([.][0-9]+)?(e-?[0-9]+)?|\bnan\b|-?\binf\b/, with: "…")
  }

  /// A message, which a student's code may have made.
  private func shown(_ message: String) -> String {
    visible(message, keepsLines: true, limit: Self.shownLength)
  }

  private var printedText: String {
    let lines = printed.split(whereSeparator: \.isNewline)
    if lines.isEmpty { return "" }
    return "\nYour code has printed:\n"
      + lines.prefix(Self.shownLines).map { "  " + visible($0, limit: Self.shownColumns) }
      .joined(separator: "\n")
      + (lines.count > Self.shownLines ? "\n  and \(lines.count - Self.shownLines) lines more" : "")
  }

  private func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .flatMap { wrapped(String($0), columns: 74).split(separator: "\n") }
      .map { "    " + $0 }.joined(separator: "\n")
  }
}
