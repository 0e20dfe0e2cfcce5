import ArgumentParser
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson1", abstract: "Lesson 1: pictures are tensors.",
    discussion: """
      Reads slides as pictures, looks at their numbers, and brings them to the size and range that a network \
      takes. Afterwards write the functions in Lessons/01-Pictures/Exercises.swift; --check explains what is \
      wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions

  @Option(
    help: """
      Your own slides: a PDF or PowerPoint file, a Google Slides address, a folder of pictures. By default: \
      five drawn by the lesson.
      """)
  var data: String?

  /// The number of slides to look at.
  var most: Int { lesson.fast ? 3 : 10 }
}

/// Keeps the drawn slides as long as the lesson runs.
var drawn: ScratchFolder?
