import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

struct Sketch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw a synthetic data set of labeled pictures.",
    discussion: """
      Writes one folder of pictures for each class, or a contact sheet, or both. The same seed gives \
      the same pictures.

      Example: retrograd sketch --classes owl,cat --count 50 -o pictures
      """)

  @Option(
    help:
      "Classes to draw: names separated by commas, all (except those held out), or unseen (those held out)."
  )
  var classes = "all"

  @Option(help: "Number of pictures of each class.")
  var count = 10

  @Option(help: "Index of the first picture of each class.")
  var first = 0

  @Option(help: "Width and height of the pictures, in pixels.")
  var size = 224

  @Option(help: "Random seed.")
  var seed: UInt64 = 1

  @Option(name: [.short, .long], help: "Output folder for the pictures.")
  var output: String?

  @Option(help: "Output file for a contact sheet (PNG).")
  var sheet: String?

  @Flag(help: "Print the names of all classes.")
  var list = false

  func validate() throws {
    if list { return }
    try checkOption("--count", count, .from(1, to: 1_000_000))
    try checkOption("--first", first, .from(0, to: 1_000_000_000))
    try checkOption("--size", size, .from(16, to: 2048))
    let names = try names()
    if output == nil && sheet == nil {
      throw ValidationError("pass -o DIR for picture files, or --sheet FILE.png, or --list.")
    }
    if sheet != nil && names.count * count > Self.largestSheet {
      throw ValidationError(
        "a contact sheet has room for \(Self.largestSheet) pictures, not for \(names.count * count)."
      )
    }
    let known = Sketchbook.classes + Sketchbook.unseenClasses
    for name in names where !known.contains(name) {
      throw ValidationError("there is no class \"\(name)\": --list prints all classes.")
    }
  }

  private static let largestSheet = 2000
  /// So many pictures are in memory at once, besides those of a contact sheet.
  private static let drawnAtOnce = 64

  private func names() throws -> [String] {
    switch classes {
    case "all": Sketchbook.classes
    case "unseen": Sketchbook.unseenClasses
    default: try splitNames("--classes", classes)
    }
  }

  func run() throws {
    if list {
      writeOutput(Sketchbook.classes.joined(separator: "\n"))
      writeOutput("\nheld out, for retraining:\n")
      writeOutput(Sketchbook.unseenClasses.joined(separator: "\n"))
      return
    }
    let names = try names()
    let book = Sketchbook(seed: seed, size: size)
    var contacts = ContactSheet(size: 96, columns: count <= 10 ? 10 / count * count : 10)
    let progress = ProgressBar("drawing", total: names.count * count)
    for name in names {
      for start in stride(from: first, to: first + count, by: Self.drawnAtOnce) {
        let numbers = start..<min(start + Self.drawnAtOnce, first + count)
        let pictures = DrawnPictures.draw(book, name, numbers: numbers)
        for (number, picture) in zip(numbers, pictures) {
          if let output { try write(picture, name, number, in: URL(filePath: output)) }
          if sheet != nil { contacts.add(picture, [number == first ? name : ""]) }
        }
        progress.advance(by: numbers.count)
      }
    }
    progress.finish()
    if let sheet { try contacts.picture.writePNG(to: URL(filePath: sheet)) }
  }

  private func write(_ picture: Picture, _ name: String, _ number: Int, in output: URL) throws {
    let folder = output.appending(path: name)
    try makeFolder(folder)
    try picture.writePNG(to: folder.appending(path: "\(name) \(number).png"))
  }
}
