import ArgumentParser
import LessonKit
import Retrograd

/// The program's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "script", abstract: "The lessons as one script: from slides to a report.",
    discussion: """
      Classifies the slides with a pre-trained AlexNet, trains a linear model on its outputs to tell two classes \
      apart, filters and downsamples the first slide, shows its feature maps, and writes all of it to script.html. \
      Docs/Script.md shows the same steps in Python. Without a deck, the program draws one.

      Example: swift run -c release script talk.pdf --classes ants=25,bees=25
      """,
    version: retrogradVersion)

  @Argument(
    help: """
      A PDF or PowerPoint file, a Google Slides address, or a folder with two folders of pictures, one \
      for each class. By default: fifty slides drawn by the program.
      """)
  var deck: String?

  @Option(
    help:
      "Number of slides in each of two classes: 25,25 or ants=25,bees=25; by default, each half is a class.",
    transform: { try ClassCounts($0) })
  var classes: ClassCounts?

  @OptionGroup var network: NetworkOptions
  @OptionGroup var place: DeviceOptions

  @Option(help: "Number of training steps, with one batch each.")
  var epochs = 100

  @Option(help: "Learning rate.")
  var learningRate = 1e-3

  @Option(help: "Batch size.")
  var batch = 20

  @Option(help: "Random seed; the same seed prints the same text.")
  var seed: UInt64 = 1

  @Option(
    name: [.short, .long], help: "Output folder for script.html; the current one by default.")
  var output = "."

  func validate() throws {
    try checkOption("--epochs", epochs, .from(1, to: 1_000_000))
    try checkOption("--learning-rate", learningRate, .above(0, to: 100))
    try checkOption("--batch", batch, .from(1, to: 65_536))
    if let classes, classes.parts.count != 2 {
      throw ValidationError("--classes \(classes): two classes are expected.")
    }
    if classes != nil && deck == nil { throw ValidationError("--classes needs a deck.") }
  }
}
