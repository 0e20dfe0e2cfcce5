import Foundation
import RetrogradText

/// Results in the form that Gradescope's autograder reads.
///
/// Source: Gradescope, *Autograder Specifications*, "Output Format".
enum Gradescope {
  /// The whole file.
  struct Results: Codable {
    var score: Double
    var output: String
    var tests: [Test]
    var details: Details

    enum CodingKeys: String, CodingKey {
      case score, output, tests
      case details = "extra_data"
    }
  }

  /// One exercise.
  struct Test: Codable {
    var number: String
    var name: String
    var score: Double
    var largestScore: Double
    var status: String
    var output: String

    enum CodingKeys: String, CodingKey {
      case number, name, score, status, output
      case largestScore = "max_score"
    }
  }

  /// Data that Gradescope stores without looking at it: for tables of a whole class.
  struct Details: Codable {
    /// The reason why nothing could be checked.
    var refused: String?
    /// The exercises that were checked.
    var exercises: [Exercise]

    /// The outcome of one of them.
    struct Exercise: Codable {
      var number: Int
      var isRight: Bool
      var isWritten: Bool
      /// The reason why it is wrong.
      var explanation: String?
    }
  }

  /// One point for each exercise that is right.
  ///
  /// - Parameters:
  ///   - results: The result of each exercise.
  ///   - lesson: The lesson's number.
  ///   - refused: The reason why nothing could be checked.
  static func results(
    _ results: [ExerciseResult], lesson: Int, refused: String? = nil
  ) -> String {
    let tests = results.map { result in
      let isRight = result.outcome == .right
      return Test(
        number: "\(lesson).\(result.number)", name: result.title, score: isRight ? 1 : 0,
        largestScore: 1, status: isRight ? "passed" : "failed", output: result.text)
    }
    let right = tests.count { $0.score == 1 }
    let refused = refused.map { visible($0, keepsLines: true) }
    let all = Results(
      score: Double(right),
      output: refused
        ?? "Lesson \(lesson): \(right) of \(tests.count) exercises right.", tests: tests,
      details: Details(
        refused: refused, exercises: refused == nil ? results.map(\.detail) : []))
    return json(all, isPretty: true) + "\n"
  }

  /// Reads a file of results.
  static func read(_ file: URL) throws -> Results {
    try JSONDecoder().decode(Results.self, from: Data(contentsOf: file))
  }
}

extension ExerciseResult {
  fileprivate var detail: Gradescope.Details.Exercise {
    var isWritten = true
    if case .notWritten = outcome { isWritten = false }
    return .init(
      number: number, isRight: outcome == .right, isWritten: isWritten, explanation: explanation)
  }
}
