import Foundation

/// Results in the form that Gradescope's autograder reads.
///
/// Source: Gradescope, *Autograder Specifications*, "Output Format".
enum Gradescope {
  private struct Results: Codable {
    var score: Double
    var output: String
    var tests: [Test]
  }

  private struct Test: Codable {
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

  /// One point for each exercise that is right.
  static func results(_ results: [ExerciseResult], lesson: Int) -> String {
    let tests = results.map { result in
      let isRight = result.outcome == .right
      return Test(
        number: "\(lesson).\(result.number)", name: result.title, score: isRight ? 1 : 0,
        largestScore: 1, status: isRight ? "passed" : "failed", output: result.text)
    }
    let right = tests.count { $0.score == 1 }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let all = Results(
      score: Double(right),
      output: "Lesson \(lesson): \(right) of \(tests.count) exercises right.", tests: tests)
    return String(decoding: try! encoder.encode(all), as: UTF8.self) + "\n"
  }
}
