import ArgumentParser
import Foundation
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson5", abstract: "Lesson 5: AlexNet classifies pictures.",
    discussion: """
      Walks through the network layer by layer, with shapes, parameters and cost, and lets the pre-trained one \
      classify eighteen photographs, some of which show what it does not know. Afterwards write the functions in \
      Lessons/05-AlexNet/Exercises.swift; --check explains what is wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions
  @OptionGroup var network: NetworkOptions

  @Option(
    help: """
      Your own pictures to classify, at most 50: a folder, or slides (a PDF or PowerPoint file, a Google \
      Slides address). By default: the lesson's photographs.
      """)
  var data: String?

  @Flag(help: "Classify ten pictures drawn by the lesson, instead of photographs.")
  var drawn = false

  /// Refuses two kinds of pictures at once.
  func validate() throws {
    if drawn && data != nil {
      throw ValidationError("--drawn and --data exclude each other: pass one of them.")
    }
  }

  /// The kind of pictures to look at; `nil` where only their owner knows it.
  var kind: LearnedPictures.Kind? { data == nil ? (drawn ? .drawings : .photographs) : nil }
}
