import ArgumentParser
import Foundation
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableArguments {
  @OptionGroup var network: NetworkOptions

  @Option(
    help: "The two things to tell apart, with a comma between; retrograd sketch --list names all.")
  var classes = "owl,cat"

  @Option(help: "How many pictures of each to learn from.")
  var count = 25

  @Option(help: "How many epochs to train.")
  var epochs = 20

  @Flag(help: "Fewer pictures and epochs: to see whether it runs.")
  var fast = false

  func validate() throws {
    let known = Sketchbook.classes + Sketchbook.unseenClasses
    guard names.count == 2, names[0] != names[1], names.allSatisfy(known.contains) else {
      throw ValidationError("--classes takes two of: \(known.joined(separator: ", ")).")
    }
    for (name, value) in [("count", count), ("epochs", epochs)] where value < 1 {
      throw ValidationError("--\(name) must be at least 1, got \(value).")
    }
  }

  /// The two things.
  var names: [String] {
    classes.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
