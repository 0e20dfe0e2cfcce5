import ArgumentParser
import Foundation
import Retrograd
import RetrogradCProcesses
// Lessons check their own options, and begin, as all programs do.
@_exported import RetrogradCommandLine

/// The options of every lesson.
public struct LessonOptions: ParsableArguments {
  /// The random seed.
  @Option(help: "Random seed; the same seed prints the same text.")
  public var seed: UInt64 = 1

  /// The folder for pictures and pages.
  @Option(
    name: [.short, .long], help: "Output folder for pictures and pages; the current one by default."
  )
  public var output = "."

  /// Indicates whether to do less.
  @Flag(help: "Run a shorter version, in a few seconds, to see that everything works.")
  public var fast = false

  /// Indicates whether to leave out pictures.
  @Flag(help: "Do not write or show pictures.")
  public var noPictures = false

  /// The device on which it computes.
  @OptionGroup package var place: DeviceOptions

  @Flag(help: "Check your answers in Exercises.swift instead, and explain mistakes.")
  var check = false

  @Option(help: "Number of the only exercise to check.")
  var exercise: Int?

  @Option(help: "Student's name, or any text: check with numbers and shapes of their own.")
  var student: String?

  @Option(help: "Time limit for the check of one exercise, in seconds.")
  var timeLimit = 20.0

  @Option(help: "Output file for the results of the check, in Gradescope's format.")
  var json: String?

  @OptionGroup var grading: GradingOptions

  /// The defaults.
  public init() {}

  /// Refuses what makes no sense.
  public func validate() throws {
    try checkOption("--time-limit", timeLimit, .above(0, to: 1e6))
  }

  private var isChecking: Bool {
    check || exercise != nil || student != nil || json != nil || grading.areUsed
  }

  /// Checks the exercises and ends the program, if that is what was asked for; otherwise computes on `--device` from
  /// here on.
  ///
  /// - Parameters:
  ///   - exercises: All exercises of the lesson, in their order.
  ///   - lesson: The lesson's number.
  ///   - use: The use that the lesson makes of `--device`.
  @MainActor public func checkIfAsked(
    _ exercises: [Exercise], of lesson: Int, device use: DeviceUse = .everywhere
  ) {
    guard isChecking else { return use.begin(place) }
    func chosen(_ number: Int) -> Exercise {
      guard let found = exercises.first(where: { $0.number == number }) else {
        fail(
          "--exercise \(number): lesson \(lesson) has the exercises "
            + exercises.map { "\($0.number)" }.joined(separator: ", "))
      }
      return found
    }
    let process = ExerciseProcess(
      seed: seed, student: student ?? "", timeLimit: timeLimit,
      program: grading.answersFrom ?? ExerciseProcess.program, command: grading.answersThrough)
    if let number = grading.answerExercise { ExerciseProcess.answer(chosen(number)) }
    if let number = grading.judgeExercise { process.judge(chosen(number)) }
    if let folder = grading.summarize {
      Grades.summarize(folder, exercises.map { ($0.number, $0.title) }, lesson: lesson)
    }
    let asked = exercise.map { [chosen($0)] } ?? exercises
    title("Lesson \(lesson): the exercises")
    var results: [ExerciseResult] = []
    if let refused = grading.refused {
      say(refused)
      results = asked.map {
        ExerciseResult(number: $0.number, title: $0.title, outcome: .wrong("It was not checked."))
      }
    } else {
      Orphans.adopt()
      retrograd_refuse_tracing()
      for exercise in asked {
        results.append(process.run(exercise))
        say(results.last!.text)
      }
    }
    say("")
    if student == nil && results.contains(where: { $0.outcome == .right }) {
      say("These were the open numbers, the same for everyone; grading draws others.")
      say("To try some others: --check --student NAME, with any name.")
    }
    say("Right: \(results.count { $0.outcome == .right }) of \(results.count) exercises.")
    if let json {
      let text = Gradescope.results(results, lesson: lesson, refused: grading.refused)
      do {
        try writeAtomically(Array(text.utf8), to: URL(filePath: json))
      } catch {
        fail(words(for: error))
      }
    }
    Foundation.exit(results.allSatisfy { $0.outcome == .right } ? 0 : 1)
  }

  /// Writes a picture into the folder, and shows it where the terminal can.
  ///
  /// - Parameters:
  ///   - picture: The picture.
  ///   - name: Its file's name without extension.
  ///   - caption: A description of what can be seen.
  @MainActor public func show(_ picture: Picture, as name: String, _ caption: String) {
    if noPictures { return }
    if let text = TerminalPicture.automatic.text(picture, columns: 78) {
      say("")
      writeRawOutput(text + "\n")
    }
    let file = write("\(name).png") { try picture.writePNG(to: $0) }
    say("picture: \(file), \(caption)")
  }

  /// Writes a chart as SVG into the folder; see ``show(_:as:_:)``.
  @MainActor public func write(_ svg: String, as name: String, _ caption: String) {
    if noPictures { return }
    let file = write("\(name).svg") { try writeAtomically(Array(svg.utf8), to: $0) }
    say("chart: \(file), \(caption)")
  }

  /// Writes a file into the folder; ends the lesson where that is impossible.
  ///
  /// - Returns: Its path.
  @MainActor @discardableResult
  public func write(_ name: String, _ body: (URL) throws -> Void) -> String {
    let folder = URL(filePath: output)
    let file = folder.appending(path: name)
    do {
      try makeFolder(folder)
      try body(file)
    } catch {
      fail(words(for: error))
    }
    return output == "." ? name : file.relativePath
  }
}

/// The use that a lesson makes of `--device`.
public enum DeviceUse: Sendable {
  /// Everything is computed there.
  case everywhere
  /// The lesson decides what is computed there.
  case whereWanted
  /// Nothing is, for a reason.
  case nowhere(reason: String)

  @MainActor fileprivate func begin(_ options: DeviceOptions) {
    switch self {
    case .everywhere: options.useEverywhere()
    case .whereWanted: break
    case .nowhere(let reason): if options.device != nil { fail("--device: \(reason)") }
    }
  }
}

/// The options of all lessons with a pre-trained network.
public struct NetworkOptions: ParsableArguments {
  /// The network; the embedded one by default, so that everyone sees the same.
  @Option(help: ArgumentHelp(WeightChoice.help), transform: { try WeightChoice($0) })
  public var weights: WeightChoice?

  /// The dictionary of a checkpoint; by default, the one that looks like a model.
  @Option(help: ArgumentHelp(WeightChoice.keyHelp))
  public var key: String?

  /// The defaults.
  public init() {}

  /// Loads the network and says which one it is; ends the lesson where it cannot be had.
  @MainActor public func loadNetwork() -> (model: AlexNet, pretrained: PretrainedNetwork) {
    do {
      let network = try WeightChoice.resolve(weights, key: key, default: .lessons)
      say(network.description)
      return (try network.alexNet(), network)
    } catch {
      fail(words(for: error))
    }
  }
}
