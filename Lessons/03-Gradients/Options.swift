import ArgumentParser
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson3",
    abstract: "Lesson 3: gradients, from difference quotients to the chain rule.",
    discussion: """
      Measures slopes first, then follows them through a graph of operations by hand and by backward(), and \
      writes an operation with a derivative of its own. Afterwards write the functions in \
      Lessons/03-Gradients/Exercises.swift; --check explains what is wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions
}
