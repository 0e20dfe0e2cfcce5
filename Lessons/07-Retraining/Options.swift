import ArgumentParser
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson7", abstract: "Lesson 7: transfer learning with fifty pictures.",
    discussion: """
      Keeps a trained network as it is and trains one small layer on what it says of 25 + 25 pictures of two new kinds: \
      batches, softmax, cross-entropy, Adam, curves, and an honest look at what so few pictures can show. Afterwards \
      write the functions in Lessons/07-Retraining/Exercises.swift; --check explains what is wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions

  @Option(
    help: ArgumentHelp(
      WeightChoice.help + " If they have no classifier, the features before it are used."),
    transform: { try WeightChoice($0) })
  var weights: WeightChoice?

  @Option(help: ArgumentHelp(WeightChoice.keyHelp))
  var key: String?

  @Option(
    help: """
      A folder with two folders of pictures, one for each class; or slides: a Google Slides address, a \
      PDF or PowerPoint file. By default: pictures drawn by the lesson.
      """)
  var data: String?

  @Option(
    help:
      "Number of slides in each class: 25,25 or ants=25,bees=25; by default, each half is a class.",
    transform: { try ClassCounts($0) })
  var classes: ClassCounts?

  @Option(
    help: """
      Validation set: a folder of the same form. By default: the pictures of --data that are not in the \
      training set.
      """)
  var val: String?

  @Option(
    help: """
      Number of training pictures per class: 25 by default; of slides four fifths, so that some are left \
      for validation.
      """)
  var count: Int?

  @Option(help: "Number of training steps.")
  var steps = 60

  @Option(help: "Batch size (the pictures in one mini-batch).")
  var batch = 50

  @Flag(help: "Use the features before the classifier, even if the weights have one.")
  var features = false

  func validate() throws {
    try checkOption("--count", count, .from(1, to: 100_000))
    try checkOption("--steps", steps, .from(1, to: 1_000_000))
    try checkOption("--batch", batch, .from(1, to: 65_536))
    if val != nil && data == nil { throw ValidationError("--val needs --data.") }
    if classes != nil && data == nil { throw ValidationError("--classes needs --data.") }
  }

  /// The number of training pictures per class by default.
  var usualCount: Int { count ?? 25 }
}
