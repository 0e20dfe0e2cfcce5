import ArgumentParser
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson7", abstract: "Lesson 7: retraining on fifty pictures.",
    discussion: """
      Keeps a trained network as it is and trains one small layer on what it says of 25 + 25 pictures of two new kinds: \
      batches, softmax, cross-entropy, Adam, curves, and an honest look at what so few pictures can show. Afterwards \
      write the functions in Lessons/07-Retraining/Exercises.swift; --check explains what is wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions

  @Option(
    help: ArgumentHelp(
      WeightChoice.help + " Without its classifier the features before it are used."),
    transform: { try WeightChoice($0) })
  var weights: WeightChoice?

  @Option(help: ArgumentHelp(WeightChoice.keyHelp))
  var key: String?

  @Option(
    help: """
      A folder with two folders of pictures, one for each class; or slides: an address at Google Slides, a \
      PDF or PowerPoint file. By default: pictures drawn by the lesson.
      """)
  var data: String?

  @Option(
    help: "How many slides belong to each class: 25,25 or ants=25,bees=25; the halves by default.",
    transform: { try ClassCounts($0) })
  var classes: ClassCounts?

  @Option(
    help: """
      A folder of the same form with pictures for the last question. By default: the pictures of \
      --data that were not learned from.
      """)
  var val: String?

  @Option(
    help: """
      How many pictures of each class to learn from: 25 by default, and of slides four fifths, so that \
      there are some to be asked about.
      """)
  var count: Int?

  @Option(help: "How many steps to train.")
  var steps = 60

  @Option(help: "How many pictures to draw for each step.")
  var batch = 50

  @Flag(help: "Use the features before the classifier even if the weights have one.")
  var features = false

  func validate() throws {
    try checkOption("--count", count, .from(1, to: 100_000))
    try checkOption("--steps", steps, .from(1, to: 1_000_000))
    try checkOption("--batch", batch, .from(1, to: 65_536))
    if val != nil && data == nil { throw ValidationError("--val needs --data.") }
    if classes != nil && data == nil { throw ValidationError("--classes needs --data.") }
  }

  /// How many pictures of each class to learn from where nothing else is known.
  var usualCount: Int { count ?? 25 }
}
