import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

/// One picture: a file, or one of a folder or deck.
struct PictureArgument: ParsableArguments {
  @Argument(
    help:
      "A picture file (PNG, JPEG, Netpbm), a folder of pictures, or slides: PDF, PowerPoint, a web address."
  )
  var picture: String

  @Option(help: "Index of the slide in a deck, or of the picture in a folder, from 0.")
  var slide = 0

  /// Reads it; says which one it is where there are several.
  ///
  /// - Returns: The picture, and its name for people.
  func read() throws -> (picture: Picture, name: String) {
    let source = PictureSource(picture)
    let list = try showingDeckProgress { try source.pictures(report: $0) }
    defer { withExtendedLifetime(list) {} }
    let name = URL(filePath: picture).lastPathComponent
    if source.kind == .file { return (try Picture.read(list.files[0]), name) }
    let things = source.kind == .slides ? "slides" : "pictures"
    if list.files.isEmpty { throw Failure("\(picture): contains no pictures") }
    guard list.files.indices.contains(slide) else {
      throw ValidationError(
        "--slide: \(picture) has \(things) 0 to \(list.files.count - 1), got \(slide).")
    }
    let shown = source.kind == .slides ? "\(name), slide \(slide)" : list.name(slide)
    if list.files.count > 1 {
      writeError("picture: \(shown), one of \(list.files.count) \(things); --slide takes another")
    }
    return (try Picture.read(list.files[slide]), shown)
  }
}
