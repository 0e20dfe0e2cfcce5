import Foundation
import LessonKit
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("What all lessons share")
struct LessonKitTests {
  struct Results: Codable {
    struct Test: Codable {
      let number: String
      let name: String
      let score: Double
      let largestScore: Double
      let status: String
      let output: String

      enum CodingKeys: String, CodingKey {
        case number, name, score, status, output
        case largestScore = "max_score"
      }
    }
    let score: Double
    let output: String
    let tests: [Test]
  }

  @Test("an exercise that crashes, loops or takes all memory is told, and does not hide the others")
  func endings() throws {
    let folder = try TemporaryFolder()
    let result = try runProgram(
      "lessonfixture", ["--check", "--time-limit", "2", "--json", "out.json"], in: folder.url)
    #expect(result.status == 1 && result.errors.isEmpty)
    func text(_ number: Int) throws -> String {
      let start = try #require(result.output.firstRange(of: " \(number). "))
      let rest = result.output[start.upperBound...]
      return String(rest[..<(rest.firstRange(of: " \(number + 1). ")?.lowerBound ?? rest.endIndex)])
        .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        .joined(separator: " ")
    }
    #expect(try text(1).contains("right"))
    #expect(try text(3).contains("Your code has printed: looked at"))
    #expect(try text(2).contains("not written yet") && text(2).contains("Write a line."))
    #expect(
      try text(3).contains("numbers is [1, 2], expected [1, 3].")
        && text(3).contains("Why: 2 is not 3."))
    #expect(try text(4).contains("crashed") && text(4).contains("does not have"))
    #expect(try text(5).contains("how it uses tensors") && text(5).contains("matmul"))
    #expect(try text(6).contains("stopped after 2 seconds") && text(6).contains("loop"))
    #expect(try text(7).contains("memory") || text(7).contains("stopped after 2 seconds"))
    #expect(try text(8).contains("ended the program"))
    #expect(try text(9).contains("right") && text(9).contains("Right: 2 of 9 exercises."))
    #expect(result.lines.allSatisfy { $0.count <= 80 })

    let json = try JSONDecoder().decode(
      Results.self, from: Data(contentsOf: folder.url.appending(path: "out.json")))
    #expect(json.score == 2 && json.tests.count == 9)
    #expect(json.tests[2].status == "failed" && json.tests[2].output.contains("2 is not 3."))
    #expect(json.tests[8].status == "passed" && json.tests[8].largestScore == 1)
    #expect(json.tests.map(\.number) == (1...9).map { "0.\($0)" })
  }

  @Test("one exercise can be checked alone, with status 0 when it is right")
  func one() throws {
    let result = try runProgram("lessonfixture", ["--exercise", "9"])
    #expect(result.status == 0 && result.output.contains("Right: 1 of 1 exercises."))
    let odd = try runProgram("lessonfixture", ["--student=-x, \"y\"", "--exercise", "9"])
    #expect(odd.status == 0)
    let none = try runProgram("lessonfixture", ["--check", "--exercise", "12"])
    #expect(none.status == 1 && none.errors.contains("1, 2, 3, 4, 5, 6, 7, 8, 9"))
  }

  @Test("text is broken at 80 columns, pictures go where they are asked to, or nowhere")
  func narration() throws {
    let folder = try TemporaryFolder()
    let result = try runProgram("lessonfixture", ["-o", "some/place"], in: folder.url)
    #expect(result.lines.allSatisfy { $0.count <= 80 } && !result.output.contains("\u{1B}"))
    #expect(result.output.contains("picture: some/place/red.png, a red picture"))
    #expect(try Picture.read(folder.url.appending(path: "some/place/red.png")).width == 4)
    let bare = try TemporaryFolder()
    let without = try runProgram("lessonfixture", ["--no-pictures"], in: bare.url)
    #expect(!without.output.contains("red.png"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: bare.url.path).isEmpty)
    let nowhere = try runProgram("lessonfixture", ["-o", "/proc/none"])
    #expect(nowhere.status == 1 && nowhere.errors.contains("/proc/none"))
  }

  @MainActor
  @Test("a comparison names the shape, the first number that differs, and all mistakes that fit")
  func comparisons() {
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return ""
      } catch let mistake as Mistake {
        return mistake.text
      } catch {
        return "\(error)"
      }
    }
    let right: Tensor = [[1, 2], [3, 4]]
    #expect(message { try compare(right, with: right, "x") }.isEmpty)
    #expect(
      message { try compare(Tensor([1, 2, 3, 4]), with: right, "x", axes: "[rows, columns]") }
        == "x has the shape [4], expected [2, 2]: [rows, columns].")
    #expect(
      message {
        try compare(
          right + [[0, 0], [0, 1]], with: right, "x",
          suspects: [
            Suspect("one.", right + [[0, 0], [0, 1]]), Suspect("another.", right),
            Suspect("two.", right + [[0, 0], [0, 1]]),
          ])
      } == "x[1, 1] is 5, expected 4; 1 of 4 numbers are wrong.\nWhy: one.\nOr: two.")
    let none = Tensor([Double.nan], shape: [1])
    #expect(
      message { try compare(none, with: [1], "x", suspects: [Suspect("nan.", none)]) }.hasSuffix(
        "Why: nan."))
    #expect(message { try compare(Double.infinity, with: 1, "x") } == "x is inf, expected 1.")
    #expect(
      message { try compare([1, 2], with: [1, 2, 3], "x") } == "x is [1, 2], expected [1, 2, 3].")
    #expect(message { try compare(1e-9, with: 0, "x") }.isEmpty)
  }
}
