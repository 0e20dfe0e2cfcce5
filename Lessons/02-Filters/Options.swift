import ArgumentParser
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson2", abstract: "Lesson 2: filters, and how to make pictures smaller.",
    discussion: """
      Convolves a picture with small kernels and shows what they find; then makes a picture smaller in four ways, and \
      shows the patterns that three of them invent. Afterwards write the functions in \
      Lessons/02-Filters/Exercises.swift; --check explains what is wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions

  @Option(
    help: """
      Your own picture: a file, or a folder or slides, of which the first one is taken. By default: one drawn by the \
      lesson.
      """)
  var data: String?
}
