import Foundation
import LessonKit
import Retrograd
import RetrogradTestSupport
import Testing

// One after the other: the attacks look for processes that they have left behind.
@Suite("What all lessons share", .serialized)
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
    #expect(result.lines.last == "Right: 3 of 19 exercises.")
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
    #expect(try text(9).contains("Right again: right"))
    #expect(result.lines.allSatisfy { $0.count <= 80 })

    let json = try JSONDecoder().decode(
      Results.self, from: Data(contentsOf: folder.url.appending(path: "out.json")))
    #expect(json.score == 3 && json.tests.count == 19)
    #expect(json.tests[2].status == "failed" && json.tests[2].output.contains("2 is not 3."))
    #expect(json.tests[8].status == "passed" && json.tests[8].largestScore == 1)
    #expect(json.tests.map(\.number) == (1...19).map { "0.\($0)" })
  }

  /// What the fixture's attacks end with, as `Attacks.swift` numbers them.
  static let attacks: [(number: Int, words: String)] = [
    (10, "twice is"), (11, "stopped after 2 seconds"), (12, "ended from outside"),
    (13, "A verdict instead of an answer: wrong"), (14, "stopped after 2 seconds"),
    (15, "far too large"),
    (16, "ended from outside"), (17, "\\u{1B}[31m"), (18, "stopped answering"), (19, "right"),
  ]

  @Test(
    "what a student's code tries against the check is no right answer, and leaves nothing behind",
    arguments: attacks)
  func attack(number: Int, words: String) throws {
    let folder = try TemporaryFolder()
    let result = try runProgram(
      "lessonfixture", ["--exercise", "\(number)", "--time-limit", "2", "--json", "out.json"],
      in: folder.url)
    let text = result.output.replacing(/\n */, with: " ")
    #expect(text.contains(words), "\(text)")
    #expect(result.status == (number == 19 ? 0 : 1) && result.errors.isEmpty)
    #expect(result.lines.last == "Right: \(number == 19 ? 1 : 0) of 1 exercises.")
    #expect(result.output.utf8.count < 10_000)
    #expect(!result.output.contains("\u{1B}") && !result.output.contains("\u{202E}"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["out.json"])
    // The attacks sleep for 300 seconds and a few more.
    let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc")
    for process in processes.filter({ Int($0) != nil }) {
      let command = (try? Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline"))) ?? Data()
      let words = String(decoding: command, as: UTF8.self).split(separator: "\u{0}")
      #expect(!(words.first == "sleep" && ["300", "301", "302"].contains(words.last)))
    }
  }

  @Test("answers come from another program where there is one, and that program judges nothing")
  func anotherProgram() throws {
    let result = try runProgram(
      "lessonfixture", ["--exercise", "9", "--answers-from", "/bin/true"])
    #expect(result.status == 1 && result.output.contains("ended the program itself"))
    let command = "env SOME=thing"
    let through = try runProgram(
      "lessonfixture", ["--exercise", "1", "--answers-through", command])
    #expect(through.status == 0)
  }

  @Test("a class's results become a table, and a list of what was wrong most often")
  func grades() throws {
    let folder = try TemporaryFolder()
    for name in ["ada", "=1+1"] {
      _ = try runProgram(
        "lessonfixture", ["--exercise", "3", "--json", "\(name).json"], in: folder.url)
    }
    // Everybody has other numbers.
    for (name, student) in [("bob", "--student=1"), ("eve", "--student=2"), ("joe", "--student=3")]
    {
      _ = try runProgram(
        "lessonfixture", ["--exercise", "10", student, "--json", "\(name).json"], in: folder.url)
    }
    let refusal = "It does not compile:\nline 1"
    let refused = try runProgram(
      "lessonfixture", ["--refused", refusal, "--json", "li \"n\".json"], in: folder.url)
    #expect(refused.status == 1 && refused.output.contains("It does not compile:\nline 1"))
    #expect(refused.lines.last == "Right: 0 of 19 exercises.")
    let json = try JSONDecoder().decode(
      Results.self, from: Data(contentsOf: folder.url.appending(path: "li \"n\".json")))
    #expect(json.output == refusal && json.score == 0 && json.tests.count == 19)
    let names = #"printf '%s\0' ada '=1+1' 'li "n"' nobody bob eve joe"#
    let summary = try run(
      URL(filePath: "/bin/sh"),
      ["-c", "\(names) | '\(programURL("lessonfixture").path)' --summarize ."], in: folder.url)
    #expect(summary.status == 0, "\(summary.errors)")
    func lines(_ file: String) throws -> [String] {
      try String(contentsOf: folder.url.appending(path: file), encoding: .utf8)
        .split(separator: "\n").map(String.init)
    }
    let table = try lines("results.csv")
    let zeros = String(repeating: ",0", count: 19)
    #expect(table[0].hasPrefix(#"student,right,exercises,"1 Right","2 Still to be written""#))
    #expect(table[0].hasSuffix(",note"))
    #expect(
      table[1...4] == [
        #""ada",0,19\#(zeros),"""#, #""'=1+1",0,19\#(zeros),"""#,
        #""li ""n""",0,19\#(zeros),"It does not compile:""#,
        #""nobody",0,19\#(zeros),"no results""#,
      ])
    let page = try lines("summary.html").joined(separator: "\n")
    #expect(page.contains("7 students, 5 submissions checked"))
    #expect(page.contains("bob, eve, joe") && page.contains("li &quot;n&quot;"))
    let text = try lines("summary.md").joined(separator: "\n")
    #expect(text.contains("7 students, 5 submissions checked"))
    #expect(text.contains("1 not checked: no results"))
    #expect(text.contains("3. Wrong: 0 right, 2 wrong, 0 not written\n   2 × 2 is not 3."))
    #expect(text.contains("10. A child that keeps the pipe open: 0 right, 3 wrong, 0 not written"))
    #expect(text.contains("   3 × twice is …, expected …."))
    #expect(text.contains("9. Right again: 0 right, 0 wrong"))
  }

  @Test("one exercise can be checked alone, with status 0 when it is right")
  func one() throws {
    let result = try runProgram("lessonfixture", ["--exercise", "9"])
    #expect(result.status == 0 && result.output.contains("Right: 1 of 1 exercises."))
    let odd = try runProgram("lessonfixture", ["--student=-x, \"y\"", "--exercise", "9"])
    #expect(odd.status == 0)
    let none = try runProgram("lessonfixture", ["--check", "--exercise", "99"])
    #expect(none.status == 1 && none.errors.contains("1, 2, 3, 4, 5, 6, 7, 8, 9, 10"))
  }

  @Test("without a name everyone gets the open numbers, and hears so when something is right")
  func openNumbers() throws {
    let right = try runProgram("lessonfixture", ["--exercise", "9"])
    #expect(
      right.output.contains(
        """
        These were the open numbers, the same for everyone; grading draws others.
        To try some others: --check --student NAME, with any name.
        """))
    let named = try runProgram("lessonfixture", ["--exercise", "9", "--student", "Ada"])
    #expect(named.status == 0 && !named.output.contains("open numbers"))
    let wrong = try runProgram("lessonfixture", ["--exercise", "10"])
    #expect(wrong.status == 1 && !wrong.output.contains("open numbers"))
    #expect(try runProgram("lessonfixture", ["--exercise", "10"]).output == wrong.output)
    let other = try runProgram("lessonfixture", ["--exercise", "10", "--student", "Ada"])
    #expect(other.status == 1 && other.output != wrong.output)
  }

  @Test("text is broken at 80 columns, pictures go where they are asked to, or nowhere", .needsPNG)
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
        == """
        x has the shape [4], expected [2, 2]: [rows, columns].
        Why: the numbers are right and in the right order; only the shape is not.
        """)
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
      message { try compare([1, 2], with: [1, 2, 3], "x") }
        == "x is [1, 2], expected [1, 2, 3].\nWhy: something is missing at the end; the rest is right."
    )
    #expect(message { try compare(1e-9, with: 0, "x") }.isEmpty)
  }

  /// Wrong results beside `[[1, 2, 4], [3, 5, 9]]`, and what kind of mistake they look like.
  static let kinds: [(wrong: Tensor, words: String)] = [
    ([[-1, -2, -4], [-3, -5, -9]], "the sign is wrong"),
    ([[1, 3], [2, 5], [4, 9]], "rows and columns are exchanged"),
    ([[3, 5, 9], [1, 2, 4]], "axis 0 runs the other way round"),
    ([[4, 2, 1], [9, 5, 3]], "axis 1 runs the other way round"),
    ([[[1, 2, 4], [3, 5, 9]]], "an axis of length 1 is too many"),
    ([1, 2, 4, 3, 5, 9], "only the shape is not"),
    ([[2, 3, 5], [4, 6, 10]], "too large by the same, 1"),
    ([[3, 6, 12], [9, 15, 27]], "3 times what they should be"),
    ([[1, 2], [3, 5]], "something is missing at the end of axis 1"),
    ([[3, 5, 9]], "something is missing at the beginning of axis 0"),
    ([[1, 2, 4, 8], [3, 5, 9, 17]], "there is too much at the end of axis 1"),
    ([[1, 4, 16], [9, 25, 81]], "the square of it"),
    (Tensor([1, 0.5, 0.25, 1.0 / 3, 0.2, 1.0 / 9], shape: [2, 3]), "the reciprocal"),
  ]

  @MainActor
  @Test("a mistake that nobody foresaw is named by its kind, if it has one", arguments: kinds)
  func kind(wrong: Tensor, words: String) throws {
    let right: Tensor = [[1, 2, 4], [3, 5, 9]]
    func message(_ wrong: Tensor, _ suspects: [Suspect] = []) -> String {
      do {
        try compare(wrong, with: right, "x", suspects: suspects)
      } catch { return (error as? Mistake)?.text ?? "\(error)" }
      return ""
    }
    #expect(message(wrong).contains("\nWhy: ") && message(wrong).contains(words))
    // The exercise's own explanation is the better one.
    #expect(message(wrong, [Suspect("known.", wrong)]).hasSuffix("Why: known."))
    var numbers = wrong.scalars
    numbers[0] += 0.1
    #expect(!message(Tensor(numbers, shape: wrong.shape)).contains(words))
  }

  @MainActor
  @Test("a whole number that is off by one is called that, another one is not")
  func offByOne() {
    #expect(throws: Mistake.self) { try compare(4, with: 5, "x") }
    func text(_ number: Int) -> String {
      do { try compare(number, with: 5, "x") } catch { return (error as? Mistake)?.text ?? "" }
      return ""
    }
    #expect(text(4) == "x is 4, expected 5.\nWhy: that is one too few.")
    #expect(text(6) == "x is 6, expected 5.\nWhy: that is one too many.")
    #expect(text(10) == "x is 10, expected 5." && text(5).isEmpty)
  }

  @Test("where an explanation is known, the gradient check gives no second opinion")
  @MainActor func oneExplanation() {
    let x = Tensor([0.5, -1, 2], shape: [3], dtype: .float64)
    let wrong = DifferentiableFunction { x in
      record("cube", x, value: x.value * x.value * x.value, keep: .inputs) { saved, dy in
        dy * saved.inputs[0] * saved.inputs[0]
      }
    }
    func text(_ suspects: [Suspect]) -> String {
      do { try compareGradient(of: "cube", wrong, at: x, suspects: suspects) } catch {
        return (error as? Mistake)?.text ?? ""
      }
      return ""
    }
    #expect(text([]).contains("The check says: "))
    let known = text([Suspect("the factor 3 is missing.", x * x)])
    #expect(known.contains("Why: the factor 3 is missing.") && !known.contains("The check says"))
  }
}
