import Foundation
import Retrograd
import RetrogradText

/// The results of a whole class: a table for spreadsheets, what was wrong most often, and a page with who it was.
enum Grades {
  /// One student.
  struct Row {
    let student: String
    /// Nothing where there are no results.
    let results: Gradescope.Results?

    /// The reason why nothing could be checked: the first line of it.
    var note: String {
      guard let results else { return "no results" }
      return results.details.refused?.split(separator: "\n").first.map(String.init) ?? ""
    }

    func result(of exercise: Int) -> Gradescope.Details.Exercise? {
      results?.details.exercises.first { $0.number == exercise }
    }
  }

  /// The number of explanations listed for each exercise.
  private static let shown = 3

  /// Writes `results.csv`, `summary.md` and `summary.html`, and ends the program.
  ///
  /// - Parameters:
  ///   - folder: The folder with the `NAME.json` of each student.
  ///   - exercises: All exercises of the lesson.
  ///   - lesson: The lesson's number.
  ///
  /// The students' names are read from standard input, with a zero behind each.
  static func summarize(
    _ folder: String, _ exercises: [(number: Int, title: String)], lesson: Int
  ) -> Never {
    let folder = URL(filePath: folder)
    let names = FileHandle.standardInput.readDataToEndOfFile().split(separator: 0)
      .map { String(decoding: $0, as: UTF8.self) }
    let rows = names.map { name in
      Row(student: name, results: try? Gradescope.read(folder.appending(path: "\(name).json")))
    }
    do {
      for (name, text) in [
        ("results.csv", table(rows, exercises)), ("summary.md", summary(rows, exercises, lesson)),
        ("summary.html", GradesPage(rows: rows, exercises: exercises, lesson: lesson).html),
      ] {
        try writeAtomically(Array(text.utf8), to: folder.appending(path: name))
      }
    } catch {
      fail("\(error)")
    }
    exit(0)
  }

  private static func table(_ rows: [Row], _ exercises: [(number: Int, title: String)]) -> String {
    let header =
      ["student", "right", "exercises"] + exercises.map { cell("\($0.number) \($0.title)") }
      + ["note"]
    let lines = rows.map { row in
      let points = exercises.map { row.result(of: $0.number)?.isRight == true ? 1 : 0 }
      return [cell(row.student), "\(points.reduce(0, +))", "\(exercises.count)"]
        + points.map { "\($0)" } + [cell(row.note)]
    }
    return ([header] + lines).map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// A text as one cell.
  private static func cell(_ text: String) -> String {
    let field = quoted(visible(text, keepsLines: true))
    return field.hasPrefix("\"") ? field : "\"\(field)\""
  }

  private static func summary(
    _ rows: [Row], _ exercises: [(number: Int, title: String)], _ lesson: Int
  ) -> String {
    let checked = rows.filter { $0.note.isEmpty }
    var lines = ["Lesson \(lesson): \(rows.count) students, \(checked.count) submissions checked"]
    for (note, count) in counted(rows.map(\.note).filter { !$0.isEmpty }) {
      lines.append("\(count) not checked: \(note)")
    }
    for exercise in exercises {
      let results = checked.compactMap { $0.result(of: exercise.number) }
      let wrong = results.filter { $0.isWritten && !$0.isRight }
      lines += [
        "",
        "\(exercise.number). \(exercise.title): \(results.count(where: \.isRight)) right, "
          + "\(wrong.count) wrong, \(results.count { !$0.isWritten }) not written",
      ]
      for (why, count) in counted(wrong.compactMap(\.explanation)).prefix(shown) {
        lines.append("   \(count) × \(why)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Texts with how often each occurs, the most frequent first.
  private static func counted(_ texts: [String]) -> [(text: String, count: Int)] {
    Dictionary(texts.map { ($0, 1) }, uniquingKeysWith: +)
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }
}
