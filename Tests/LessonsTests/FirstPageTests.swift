import Foundation
import Retrograd
import Testing

@testable import LessonKit
@testable import lesson3

@Suite("The first page")
@MainActor struct FirstPageTests {
  @Test("shows what a lesson says of that mistake")
  func mistake() throws {
    func softsign(_ x: Variable) throws -> Variable {
      record("softsign", x, value: x.value / (1 + x.value.abs()), keep: .inputs) { saved, dy in
        dy / (1 + saved.inputs[0].abs())
      }
    }
    let exercise = softsignExercise(softsign)
    let result = ExerciseResult(
      number: exercise.number, title: exercise.title, outcome: exercise.outcome())
    let page = try String(
      contentsOf: GuideTests.root.appending(path: "README.md"), encoding: .utf8)
    let shown = try #require(page.firstMatch(of: /```\n(✗[^`]+)\n```/))
    #expect(shown.1.contains("Why: ") && result.text.hasPrefix(shown.1), "\(result.text)")
  }
}
