import ArgumentParser
import Foundation

/// Options that `Lessons/grade.sh` and the processes of a check pass to each other.
struct GradingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Judge one exercise in this process.", visibility: .private))
  var judgeExercise: Int?

  @Option(help: ArgumentHelp("Answer for one exercise in this process.", visibility: .private))
  var answerExercise: Int?

  @Option(
    help: ArgumentHelp(
      "The program of this lesson that answers; what it answers is judged by this one.",
      visibility: .private))
  var answersFrom: String?

  @Option(
    help: ArgumentHelp(
      "Command to start that program with, which takes rights away from it.", visibility: .private))
  var answersThrough = ""

  @Option(
    help: ArgumentHelp(
      "Check nothing: write results for a submission that could not be used, and why.",
      visibility: .private))
  var refused: String?

  @Option(
    help: ArgumentHelp(
      "Write results.csv and summary.md into a folder of results, for the students in standard input.",
      visibility: .private))
  var summarize: String?

  init() {}

  /// Indicates whether anything is asked for.
  var areUsed: Bool {
    judgeExercise != nil || answerExercise != nil || refused != nil || summarize != nil
  }
}
