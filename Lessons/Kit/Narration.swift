import Foundation
import Retrograd
import RetrogradText

// What a lesson says while it runs. Each line goes out at once, also into a pipe.

/// The title of a lesson.
public func title(_ text: String) {
  writeHeading(text + "\n" + String(repeating: "=", count: text.count))
  flushOutput()
}

/// The heading of a lesson's next part.
public func part(_ text: String) {
  writeHeading("\n" + text + "\n" + String(repeating: "-", count: text.count))
  flushOutput()
}

/// A paragraph; lines of more than 80 columns are broken between words.
public func say(_ text: String) {
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    writeOutput(wrapped(String(line)))
  }
  flushOutput()
}

/// The last words of a lesson: the file with its exercises, and the command that checks them on a line of its own.
///
/// - Parameters:
///   - lesson: The lesson's number.
///   - folder: The name of its folder.
public func yourTurn(_ lesson: Int, _ folder: String) {
  say("\nYour turn: Lessons/\(folder)/Exercises.swift, then")
  say("  swift run -c release lesson\(lesson) --check")
}

/// Ends the lesson with a message on standard error.
public func fail(_ message: String) -> Never {
  flushOutput()
  writeError(message)
  exit(1)
}

/// A number with a fixed count of decimals.
public func decimal(_ number: Double, _ digits: Int = 4) -> String {
  String(format: "%.\(digits)f", number)
}

/// The verdict of a gradient check: the first line of its report.
public func verdict(_ report: GradientReport) -> String {
  report.description.split(separator: "\n").first.map(String.init) ?? ""
}

/// A table of columns; see `TextTable`.
public func say(_ header: [String], _ rows: [[String]]) {
  var table = TextTable(header)
  for row in rows { table.add(row) }
  say(table.text(columns: 80))
}
