import ArgumentParser
import Foundation
import Retrograd
// Lessons check their own options, and begin, as all programs do.
@_exported import RetrogradCommandLine

/// What every lesson understands.
public struct LessonOptions: ParsableArguments {
  /// Where the random numbers begin.
  @Option(help: "Where the random numbers begin; the same seed prints the same text.")
  public var seed: UInt64 = 1

  /// Where pictures and pages go.
  @Option(
    name: [.short, .long], help: "A folder for pictures and pages; the current one by default.")
  public var output = "."

  /// Whether to do less.
  @Flag(help: "Do less, to see that all works: a few seconds.")
  public var fast = false

  /// Whether to leave out pictures.
  @Flag(help: "Neither write nor show pictures.")
  public var noPictures = false

  @Flag(help: "Check the exercises in Exercises.swift instead, and explain what is wrong.")
  var check = false

  @Option(help: "Check this exercise alone.")
  var exercise: Int?

  @Option(help: "Check with numbers and shapes of one's own: any text, such as a student's name.")
  var student: String?

  @Option(help: "How many seconds the check of one exercise may take.")
  var timeLimit = 20.0

  @Option(help: "Write the results of the check in Gradescope's format.")
  var json: String?

  @Option(
    help: ArgumentHelp("Check one exercise in this process.", visibility: .private))
  var runExercise: Int?

  @Option(help: ArgumentHelp("Where the result goes.", visibility: .private))
  var result: String?

  /// The defaults.
  public init() {}

  /// Refuses what makes no sense.
  public func validate() throws {
    try checkOption("--time-limit", timeLimit, .above(0, to: 1e6))
  }

  private var isChecking: Bool {
    check || exercise != nil || student != nil || json != nil || runExercise != nil
  }

  /// Checks the exercises and ends the program, if that is what was asked for.
  ///
  /// - Parameters:
  ///   - exercises: All exercises of the lesson, in their order.
  ///   - lesson: The lesson's number.
  @MainActor public func checkIfAsked(_ exercises: [Exercise], of lesson: Int) {
    if let runExercise, let result {
      ExerciseProcess.answer(exercises, runExercise, seed, student ?? "", to: result)
    }
    guard isChecking else { return }
    if let exercise, !exercises.contains(where: { $0.number == exercise }) {
      fail(
        "--exercise \(exercise): lesson \(lesson) has the exercises "
          + exercises.map { "\($0.number)" }.joined(separator: ", "))
    }
    let chosen = exercises.filter { exercise == nil || $0.number == exercise }
    title("Lesson \(lesson): the exercises")
    var results: [ExerciseResult] = []
    for exercise in chosen {
      let result = ExerciseProcess.run(
        exercise, seed: seed, student: student ?? "", timeLimit: timeLimit)
      say(result.text)
      results.append(result)
    }
    say("")
    say("Right: \(results.count { $0.outcome == .right }) of \(results.count) exercises.")
    if let json {
      do {
        try writeAtomically(
          Array(Gradescope.results(results, lesson: lesson).utf8), to: URL(filePath: json))
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
  ///   - caption: What there is to see.
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

/// What all lessons with a pre-trained network understand.
public struct NetworkOptions: ParsableArguments {
  /// Which network; the embedded one by default, so that everyone sees the same.
  @Option(help: ArgumentHelp(WeightChoice.help), transform: { try WeightChoice($0) })
  public var weights: WeightChoice?

  /// The defaults.
  public init() {}

  /// Loads the network and says which one it is; ends the lesson where it cannot be had.
  @MainActor public func loadNetwork() -> (model: AlexNet, pretrained: PretrainedNetwork) {
    do {
      let network = try WeightChoice.resolve(weights, default: .lessons)
      say(network.description)
      return (try network.alexNet(), network)
    } catch {
      fail(words(for: error))
    }
  }
}
