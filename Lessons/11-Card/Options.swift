import ArgumentParser
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson11", abstract: "Lesson 11: a convolution on a graphics card.",
    discussion: """
      Computes one convolution with three kernels, each for a reason, measures what a transfer costs, and says when a card \
      pays. Any device of OpenCL will do, also a processor with pocl (apt-get install pocl-opencl-icd). Times differ from \
      run to run. Without --device it is gpu. Afterwards write the functions and kernels in Lessons/11-Card/Exercises.swift; --check explains what is \
      wrong with them.
      """,
    version: retrogradVersion)

  @OptionGroup var lesson: LessonOptions
}
