import ArgumentParser
import Foundation
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson8", abstract: "Lesson 8: fine-tuning beyond the head.",
    discussion: """
      Trains the last layer alone, the whole classifier, and the last convolution too, and compares; then lets a network \
      overfit, and shows what data augmentation does about it. Afterwards write the functions in \
      Lessons/08-FineTuning/Exercises.swift; --check explains what is wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions
  @OptionGroup var network: NetworkOptions

  @Option(
    help: """
      Your own pictures: a folder with one folder for each class, or slides (a PDF or PowerPoint file, a \
      Google Slides address). By default: pictures drawn by the lesson.
      """)
  var data: String?

  @Option(
    help: """
      Classes to draw, at least two, separated by commas; retrograd sketch --list names all. For slides, the \
      number in each class: 25,25 or ants=25,bees=25.
      """)
  var classes: String?

  @Option(help: "Number of training pictures per class.")
  var count = 6

  @Option(help: "Number of passes over the training set.")
  var epochs = 15

  @Option(help: "Number of repetitions, each with different pictures and a different random start.")
  var repetitions = 4

  func validate() throws {
    let known = Sketchbook.classes + Sketchbook.unseenClasses
    try checkOption("--count", count, .from(1, to: 100_000))
    try checkOption("--epochs", epochs, .from(1, to: 100_000))
    try checkOption("--repetitions", repetitions, .from(1, to: 10_000))
    if data != nil {
      _ = try counts()
      return
    }
    guard names.count >= 2, Set(names).count == names.count, names.allSatisfy(known.contains)
    else {
      throw ValidationError("--classes takes two or more of: \(known.joined(separator: ", ")).")
    }
  }

  /// The things to draw.
  var names: [String] {
    guard let classes else { return Sketchbook.unseenClasses }
    return classes.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// The number of slides in each class.
  func counts() throws -> ClassCounts? { try classes.map { try ClassCounts($0) } }
}
