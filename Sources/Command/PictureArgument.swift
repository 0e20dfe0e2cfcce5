import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

/// One picture: a file, or one of a folder or deck.
struct PictureArgument: ParsableArguments {
  @Argument(
    help:
      "A picture file (PNG, JPEG), a folder of pictures, or slides: PDF, PowerPoint, a web address."
  )
  var picture: String

  @Option(help: "Index of the slide in a deck, or of the picture in a folder, from 0.")
  var slide = 0

  /// Its name.
  var name: String {
    let file = URL(filePath: picture).lastPathComponent
    switch PictureSource(picture).kind {
    case .file: return file
    case .folder, .classFolders: return "\(file), picture \(slide)"
    case .slides: return "\(file), slide \(slide)"
    }
  }

  /// Reads it.
  func read() throws -> Picture {
    let source = PictureSource(picture)
    let list = try showingDeckProgress { try source.pictures(report: $0) }
    defer { withExtendedLifetime(list) {} }
    if source.kind == .file { return try Picture.read(list.files[0]) }
    let things = source.kind == .slides ? "slides" : "pictures"
    if list.files.isEmpty { throw Failure("\(picture): contains no pictures") }
    guard list.files.indices.contains(slide) else {
      throw ValidationError(
        "--slide: \(picture) has \(things) 0 to \(list.files.count - 1), got \(slide).")
    }
    return try Picture.read(list.files[slide])
  }
}
