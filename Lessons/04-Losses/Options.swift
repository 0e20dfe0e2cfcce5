import ArgumentParser
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson4", abstract: "Lesson 4: softmax and cross-entropy.",
    discussion: """
      Makes probabilities of scores and a loss of probabilities, shows where the plain formulas overflow, derives \
      the gradient p − y and checks it, and shows what softmax does when it is applied twice. Afterwards write the \
      functions in Lessons/04-Losses/Exercises.swift; --check explains what is wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions
}
