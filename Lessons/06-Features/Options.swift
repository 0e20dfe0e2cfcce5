import ArgumentParser
import Foundation
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson6", abstract: "Lesson 6: what a network has learned to see.",
    discussion: """
      Shows the filters of the first convolution, the feature maps of all five, where in a picture the network looks, \
      and pictures that excite single maps. Afterwards write the functions in Lessons/06-Features/Exercises.swift; \
      --check explains what is wrong with them.
      """)

  @OptionGroup var lesson: LessonOptions
  @OptionGroup var network: NetworkOptions

  @Option(help: "Your own picture. By default: one that the lesson draws.")
  var data: String?

  /// The picture, and what it is called.
  func picture() -> (picture: Picture, name: String) {
    guard let data else {
      return (Sketchbook(seed: lesson.seed &+ 60).picture(of: "bicycle", number: 1), "bicycle")
    }
    do {
      let file = URL(filePath: data)
      return (try Picture.read(file), file.lastPathComponent)
    } catch {
      fail("\(error)")
    }
  }
}
