import Foundation
import Retrograd

/// An exercise's outcome with what it belongs to.
struct ExerciseResult {
  let number: Int
  let title: String
  let outcome: ExerciseOutcome
  /// What the student's code has printed.
  var printed = ""

  /// How many lines of that are shown.
  private static let shownLines = 12

  /// A few lines for people.
  var text: String {
    func lines(_ mark: String, _ state: String, _ message: String? = nil) -> String {
      let first = "\(mark) \(number). \(title): \(state)"
      return ([first] + (message.map { [indented($0)] } ?? [])).joined(separator: "\n")
    }
    switch outcome {
    case .right: return lines("✓", "right")
    case .notWritten(let hint): return lines("…", "not written yet", hint)
    case .wrong(let message): return lines("✗", "wrong", message + printedText)
    }
  }

  private var printedText: String {
    let lines = printed.split(separator: "\n")
    if lines.isEmpty { return "" }
    return "\nYour code has printed:\n"
      + lines.prefix(Self.shownLines).map { "  \($0)" }.joined(separator: "\n")
      + (lines.count > Self.shownLines ? "\n  and \(lines.count - Self.shownLines) lines more" : "")
  }

  private func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .flatMap { wrapped(String($0), columns: 74).split(separator: "\n") }
      .map { "    " + $0 }.joined(separator: "\n")
  }
}

/// Each exercise runs in a process of its own: a crash or an endless loop stops that one alone.
enum ExerciseProcess {
  /// How much address space it may take.
  private static let memory = 8 << 30

  /// Starts this program again for one exercise, and waits for what comes of it.
  static func run(
    _ exercise: Exercise, seed: UInt64, student: String, timeLimit: Double
  )
    -> ExerciseResult
  {
    var printed = ""
    func result(_ outcome: ExerciseOutcome) -> ExerciseResult {
      ExerciseResult(
        number: exercise.number, title: exercise.title, outcome: outcome, printed: printed)
    }
    do {
      guard let program = Bundle.main.executablePath,
        let environment = ExternalProgram(named: "env")
      else { return result(exercise.outcome(seed: seed, student: student)) }
      let folder = try ScratchFolder()
      let file = folder.url.appending(path: "result.json")
      let outcome = try environment.run(
        [
          // A crash is told in one line; a list of addresses would not help.
          "SWIFT_BACKTRACE=enable=no", program, "--run-exercise", "\(exercise.number)", "--result",
          file.path, "--seed", "\(seed)",
        ] + (student.isEmpty ? [] : ["--student=\(student)"]), seconds: timeLimit,
        memoryLimit: memory)
      printed = outcome.output
      guard let status = outcome.status else {
        return result(
          .wrong(
            "It was stopped after \(String(format: "%.0f", timeLimit)) seconds. Does a loop never end, or is something done far more "
              + "often than it needs to be?"))
      }
      if status == 0, let data = try? Data(contentsOf: file),
        let answer = try? JSONDecoder().decode(ExerciseOutcome.self, from: data)
      {
        return result(answer)
      }
      return result(.wrong(crash(status, outcome.errors)))
    } catch {
      return result(.wrong("It could not be run: \(error)"))
    }
  }

  /// The other end of ``run(_:seed:student:timeLimit:)``: checks one exercise, writes what came of it, and ends the program.
  static func answer(
    _ exercises: [Exercise], _ number: Int, _ seed: UInt64, _ student: String, to file: String
  ) -> Never {
    guard let exercise = exercises.first(where: { $0.number == number }) else {
      fail("there is no exercise \(number)")
    }
    let outcome = exercise.outcome(seed: seed, student: student)
    do {
      try JSONEncoder().encode(outcome).write(to: URL(filePath: file))
    } catch {
      fail(words(for: error))
    }
    exit(0)
  }

  private static func crash(_ status: Int32, _ errors: String) -> String {
    let message = errors.split(separator: "\n").filter { !$0.contains("warning:") }.prefix(6)
      .joined(separator: "\n")
    if status == 0 { return "It ended the program itself, before it could be checked." }
    if status > 0 {
      return message.isEmpty
        ? "It stopped with status \(status)."
        : "Your code was stopped by a mistake in how it uses tensors:\n\(message)"
    }
    let reason =
      switch -status {
      // What a trap of Swift looks like; an optimised program does not say which one.
      case SIGILL, SIGTRAP:
        "Most often an array was asked for an element that it does not have (look at the bounds of the loops), a whole "
          + "number became too large, or something was nil."
      case SIGSEGV, SIGBUS: "Most often a function calls itself without end."
      default: "Most often too much memory is asked for: there are \(memory >> 30) GB."
      }
    return "It crashed (signal \(-status)). \(reason)" + (message.isEmpty ? "" : "\n\(message)")
  }
}
