import ArgumentParser
import Foundation
import LessonKit
import Retrograd

/// The lesson's command line.
struct Options: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson5", abstract: "Lesson 5: AlexNet says what pictures show.",
    discussion: """
      Walks through the network layer by layer, with shapes, parameters and cost, and lets the pre-trained one \
      classify ten pictures. Afterwards write the functions in Lessons/05-AlexNet/Exercises.swift; --check explains \
      what is wrong with them.
      """)

  @OptionGroup var lesson: LessonOptions
  @OptionGroup var network: NetworkOptions

  @Option(
    help: """
      Your own pictures to classify, at most 50: a folder, or slides (a PDF or PowerPoint file, an address at \
      Google Slides). By default: ten that the lesson draws.
      """)
  var data: String?
}

/// A picture, and what it shows if that is known.
struct Example {
  let picture: Picture
  let name: String

  /// How many pictures can be looked at together.
  private static let most = 50

  /// The pictures that the options ask for; ends the lesson where there are none.
  static func load(_ options: Options) -> [Example] {
    guard let source = options.data else { return draw(seed: options.lesson.seed) }
    do {
      let list = try PictureSource(source).pictures()
      defer { withExtendedLifetime(list) {} }
      for note in list.notes { say(note) }
      let files = list.files.prefix(most)
      if list.files.count > most { say("only the first \(most) of \(list.files.count) files") }
      let examples = files.enumerated().compactMap { number, file -> Example? in
        do {
          return Example(picture: try Picture.read(file), name: list.name(number))
        } catch {
          say("left out: \(error)")
          return nil
        }
      }
      if examples.isEmpty { fail("\(source) holds no picture that can be read") }
      return examples
    } catch {
      fail("\(error)")
    }
  }

  /// Ten pictures of ten classes.
  private static func draw(seed: UInt64) -> [Example] {
    var random = RandomSource(seed: seed)
    let book = Sketchbook(seed: seed &+ 100)
    return random.permutation(Sketchbook.classes.count).prefix(10).map {
      let name = Sketchbook.classes[$0]
      return Example(picture: book.picture(of: name, number: 0), name: name)
    }
  }
}
