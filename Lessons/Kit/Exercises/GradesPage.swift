import Foundation
import Retrograd

/// A page for teachers to look at before class: the number of students who solved each exercise, and which
/// explanation was given how often, and to whom.
struct GradesPage {
  let rows: [Grades.Row]
  let exercises: [(number: Int, title: String)]
  let lesson: Int

  private typealias Result = Gradescope.Details.Exercise

  /// The submissions that were checked.
  private var checked: [Grades.Row] { rows.filter { $0.note.isEmpty } }

  /// The page.
  var html: String {
    var page = HTMLPage(
      "Lesson \(lesson): the class",
      subtitle: "\(rows.count) students, \(checked.count) submissions checked")
    page.add(
      "Exercises",
      HTMLPage.table(
        "Number of students", header: ["exercise", "right", "wrong", "not written"],
        exercises.map { exercise in
          let results = checked.compactMap { $0.result(of: exercise.number) }
          return [
            title(exercise), "\(results.count(where: \.isRight))",
            "\(results.count(where: isWrong))", "\(results.count { !$0.isWritten })",
          ]
        }))
    for exercise in exercises { page.add(title(exercise), explanations(exercise.number)) }
    page.add(
      "Not checked",
      HTMLPage.table(
        "Submissions that were not checked", header: ["student", "why"],
        rows.filter { !$0.note.isEmpty }.map { [$0.student, $0.note] }))
    return page.html
  }

  private func title(_ exercise: (number: Int, title: String)) -> String {
    "\(exercise.number). \(exercise.title)"
  }

  private func isWrong(_ result: Result) -> Bool { result.isWritten && !result.isRight }

  /// Each explanation with the students who got it, the most frequent first; nothing where nobody got any.
  private func explanations(_ exercise: Int) -> String {
    var students: [String: [String]] = [:]
    for row in checked {
      guard let result = row.result(of: exercise), isWrong(result) else { continue }
      students[result.explanation ?? "", default: []].append(row.student)
    }
    let sorted = students.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    return HTMLPage.table(
      "What was explained", header: ["times", "explanation", "students"],
      sorted.map { ["\($0.value.count)", $0.key, $0.value.joined(separator: ", ")] })
  }
}
