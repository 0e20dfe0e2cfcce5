import ArgumentParser
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson9", abstract: "Lesson 9: is the gradient right?",
    discussion: """
      Checks gradients as coursework is checked: finds planted mistakes, lets a simple check and a thorough one compete \
      on functions with known mistakes, and shows what kinks, single precision and dropout do to a check. Afterwards \
      write the functions in Lessons/09-Verifying/Exercises.swift; --check explains what is wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions
}
