import ArgumentParser
import Retrograd

/// The lesson's command line.
struct Options: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      WeightChoice.help + " Without its classifier the features before it are used."),
    transform: { try WeightChoice($0) })
  var weights: WeightChoice?

  @Option(
    help: """
      A folder with two folders of pictures, one for each class. By default: pictures drawn by the \
      lesson.
      """)
  var data: String?

  @Option(
    help: """
      A folder of the same form with pictures for the last question. By default: the pictures of \
      --data that were not learned from.
      """)
  var val: String?

  @Option(help: "How many pictures of each class to learn from.")
  var count = 25

  @Option(help: "How many steps to train.")
  var steps = 60

  @Option(help: "How many pictures to draw for each step.")
  var batch = 50

  @Option(help: "Where the random numbers begin.")
  var seed: UInt64 = 1

  @Flag(help: "Use the features before the classifier even if the weights have one.")
  var features = false

  func validate() throws {
    for (name, value) in [("count", count), ("steps", steps), ("batch", batch)] where value < 1 {
      throw ValidationError("--\(name) must be at least 1, got \(value).")
    }
    if val != nil && data == nil { throw ValidationError("--val needs --data.") }
  }
}
