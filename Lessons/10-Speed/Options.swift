import ArgumentParser
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson10", abstract: "Lesson 10: the same convolution, seven times.",
    discussion: """
      Writes one convolution in seven ways, from six plain loops to Winograd's method, and holds each against what the \
      machine's arithmetic and memory allow. Times differ from run to run. Afterwards write the functions in \
      Lessons/10-Speed/Exercises.swift; --check explains what is wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions
}
