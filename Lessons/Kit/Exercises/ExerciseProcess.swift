import Foundation
import Retrograd
import RetrogradCProcesses
import RetrogradFiles

/// Each exercise is judged in a process of its own, and answered in another one: a crash or an endless loop stops that one alone,
/// and a student's code has nothing to say about what becomes of its answers.
///
/// This process starts one that judges, which starts one that answers. The last one alone runs what the student has written.
struct ExerciseProcess {
  let seed: UInt64
  let student: String
  /// The time limit for an exercise, in seconds.
  let timeLimit: Double
  /// The program that answers.
  let program: String
  /// The command that it is started through, in words with blanks between them.
  let command: String

  /// The limit on the address space of each process.
  private static let memory = 8 << 30
  /// The number of seconds more that the process that judges may take: for its start, and for waiting for what was printed.
  private static let patience = 10.0
  /// The maximum size of printed text that is kept, in bytes.
  private static let kept = 16 << 10
  /// The longest explanation that is kept, in Unicode scalars: it may come from the student's code.
  private static let keptScalars = 8 << 10
  /// The descriptors at which the process that answers is asked, and writes its answers.
  private static let (questions, answers) = (3 as Int32, 4 as Int32)

  /// The report of the process that judges.
  private struct Report: Codable {
    let outcome: ExerciseOutcome
    let printed: String
  }

  /// The path of this program.
  static var program: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }

  private static func environment() throws -> ExternalProgram {
    guard let environment = ExternalProgram(named: "env") else {
      throw AnswerError("there is no program \"env\"")
    }
    return environment
  }

  /// Starts the process that judges, and waits for what it says.
  func run(_ exercise: Exercise) -> ExerciseResult {
    var printed = ""
    func result(_ outcome: ExerciseOutcome) -> ExerciseResult {
      ExerciseResult(
        number: exercise.number, title: exercise.title, outcome: outcome, printed: printed)
    }
    do {
      let outcome = try Self.environment().run(
        [
          // A crash is told in one line; a list of addresses would not help.
          "SWIFT_BACKTRACE=enable=no", Self.program, "--judge-exercise", "\(exercise.number)",
          "--seed", "\(seed)", "--time-limit", "\(timeLimit)",
          "--answers-from=\(program)",
        ] + (command.isEmpty ? [] : ["--answers-through=\(command)"])
          + (student.isEmpty ? [] : ["--student=\(student)"]), seconds: timeLimit + Self.patience,
        memoryLimit: Self.memory)
      Orphans.end()
      guard let status = outcome.status else { return result(.wrong(late)) }
      if status == 0,
        let report = try? JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
      {
        printed = report.printed
        return result(report.outcome)
      }
      return result(.wrong(crash(status, outcome.errors)))
    } catch {
      return result(.wrong("It could not be run: \(error)"))
    }
  }

  /// Judges one exercise in this process, says what came of it, and ends the program.
  func judge(_ exercise: Exercise) -> Never {
    retrograd_refuse_tracing()
    // Whoever answers may be gone.
    signal(SIGPIPE, SIG_IGN)
    do {
      let report = try report(exercise)
      FileHandle.standardOutput.write(try JSONEncoder().encode(report))
    } catch {
      fail(words(for: error))
    }
    exit(0)
  }

  private func report(_ exercise: Exercise) throws -> Report {
    let (output, errors) = (
      try PrintedText(keeping: Self.kept), try PrintedText(keeping: Self.kept)
    )
    let (asked, asking) = try closedOnExec { pipe($0) }
    let (answered, answering) = try closedOnExec { pipe($0) }
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    // In the group of this process, which is ended as a whole.
    let process = try ChildProcess(
      Self.environment().path,
      command.split(separator: " ").map(String.init)
        + [program, "--answer-exercise", "\(exercise.number)"],
      descriptors: [nothing, output.writing, errors.writing, asked, answering], leadsGroup: false)
    output.closeWriting()
    errors.closeWriting()
    for descriptor in [asked, answering, nothing] { close(descriptor) }
    let connection = PipeLine(reading: answered, writing: asking, seconds: timeLimit)
    let result = Result {
      try exercise.outcome(seed: seed, student: student, asking: connection.line)
    }
    connection.close()
    let hasEnded = process.hasEnded(within: 1)
    let status = process.end()
    let (printed, complaints) = (output.end(within: 1), errors.end(within: 1))
    let outcome: ExerciseOutcome =
      switch result {
      case .success(.right): .right
      case .success(.wrong(let text)): .wrong(beginning(of: text))
      case .success(.notWritten(let hint)): .notWritten(beginning(of: hint))
      case .failure(LineError.late): .wrong(late)
      case .failure(LineError.tooLarge): .wrong("Its answer is far too large.")
      case .failure where !hasEnded: .wrong("It stopped answering.")
      case .failure: .wrong(crash(status, complaints))
      }
    return Report(outcome: outcome, printed: printed)
  }

  /// Answers for one exercise until nothing is asked any more, and ends the program.
  static func answer(_ exercise: Exercise) -> Never {
    let connection = PipeLine(reading: questions, writing: answers)
    exercise.offer(to: connection.line)
    connection.serve()
    exit(0)
  }

  private func beginning(of text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.keptScalars)))
  }

  private var late: String {
    "It was stopped after \(String(format: "%.0f", timeLimit)) seconds. Does a loop never end, or is something done far more "
      + "often than it needs to be?"
  }

  private func crash(_ status: Int32, _ errors: String) -> String {
    // What it was started through tells signals as the shell does.
    let status = !command.isEmpty && (129...159).contains(status) ? 128 - status : status
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
      // What a trap of Swift looks like; an optimized program does not say which one.
      case SIGILL, SIGTRAP:
        "Most often an array was asked for an element that it does not have (look at the bounds of the loops), a whole "
          + "number became too large, or something was nil."
      case SIGSEGV, SIGBUS:
        "Most often a function calls itself without end, or so often that the stack is full: use a loop. In a kernel a number is read or "
          + "written outside of its memory."
      case SIGPIPE: "It wrote to where nobody reads any more."
      case SIGKILL: "The process was ended from outside, or asked for too much memory."
      default: "Most often too much memory is asked for: there are \(Self.memory >> 30) GB."
      }
    return "It crashed (signal \(-status)). \(reason)" + (message.isEmpty ? "" : "\n\(message)")
  }
}
