import ArgumentParser
import Foundation
import Retrograd

/// One picture: a file, or a slide of a deck.
struct PictureArgument: ParsableArguments {
  @Argument(help: "A picture file (PNG, JPEG), or slides: PDF, PowerPoint, an address.")
  var picture: String

  @Option(help: "Which slide of a deck, from 0.")
  var slide = 0

  /// What to call it.
  var name: String {
    let file = URL(filePath: picture).lastPathComponent
    return Deck.isDocument(picture) ? "\(file), slide \(slide)" : file
  }

  /// Reads it.
  func read() throws -> Picture {
    guard Deck.isDocument(picture) else { return try Picture.read(URL(filePath: picture)) }
    let deck = try Deck.withProgress([picture])
    guard deck.files.indices.contains(slide) else {
      throw ValidationError("--slide: \(picture) has slides 0 to \(deck.count - 1), got \(slide).")
    }
    defer { withExtendedLifetime(deck) {} }
    return try Picture.read(deck.files[slide])
  }
}
