import Foundation
import LessonKit
import Retrograd

/// A picture, and what it shows if that is known.
struct Example {
  let picture: Picture
  /// The name of its subject, or of its file.
  let name: String
  /// The network's label for the thing on it; `nil` where that is not known, or not one of its labels.
  let label: String?

  /// The maximum number of pictures.
  private static let most = 50

  /// The pictures that the options ask for; ends the lesson where there are none.
  ///
  /// - Parameters:
  ///   - options: The command line.
  ///   - labels: Everything that the network tells apart.
  static func load(_ options: Options, labels: [String]) -> [Example] {
    do {
      if let source = options.data { return try read(source) }
      if options.drawn { return draw(seed: options.lesson.seed, labels: labels) }
      return try Photograph.all.map {
        Example(
          picture: try $0.picture(), name: $0.subject, label: $0.label(among: labels))
      }
    } catch {
      // Only photographs need what a machine may lack: something that reads JPEG.
      fail(options.data == nil ? "\(error); --drawn takes drawings instead" : "\(error)")
    }
  }

  /// A person's own pictures.
  private static func read(_ source: String) throws -> [Example] {
    let deck = Deck.isDocument(source) ? try Deck.withProgress([source]) : nil
    defer { withExtendedLifetime(deck) {} }
    for note in deck?.notes ?? [] { say(note) }
    let all = try deck?.files ?? PictureFolder.files(in: URL(filePath: source), recursive: true)
    let files = all.prefix(most)
    if all.count > most { say("only the first \(most) of \(all.count) files") }
    let examples = files.enumerated().compactMap { number, file -> Example? in
      do {
        return Example(
          picture: try Picture.read(file),
          name: deck == nil ? file.lastPathComponent : "slide \(number)", label: nil)
      } catch {
        say("left out: \(error)")
        return nil
      }
    }
    if examples.isEmpty { fail("\(source) contains no picture that can be read") }
    return examples
  }

  /// Ten pictures of ten classes.
  private static func draw(seed: UInt64, labels: [String]) -> [Example] {
    var random = RandomSource(seed: seed)
    let book = Sketchbook(seed: seed &+ 100)
    return random.permutation(Sketchbook.classes.count).prefix(10).map {
      let name = Sketchbook.classes[$0]
      return Example(
        picture: book.picture(of: name, number: 0), name: name,
        label: labels.contains(name) ? name : nil)
    }
  }
}
