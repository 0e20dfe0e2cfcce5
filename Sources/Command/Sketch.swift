import ArgumentParser
import Foundation
import Retrograd

struct Sketch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw labelled pictures.",
    discussion: """
      Writes one folder of pictures for each class, or a contact sheet, or both. The same seed gives \
      the same pictures.

      Example: retrograd sketch --classes owl,cat --count 50 -o pictures
      """)

  @Option(
    help:
      "What to draw: names with commas between, all (but those kept apart), or unseen (those).")
  var classes = "all"

  @Option(help: "How many pictures of each class.")
  var count = 10

  @Option(help: "The number of the first picture of each class.")
  var first = 0

  @Option(help: "Width and height of the pictures, in pixels.")
  var size = 224

  @Option(help: "Where chance begins.")
  var seed: UInt64 = 1

  @Option(name: [.short, .long], help: "A folder for the pictures.")
  var output: String?

  @Option(help: "A file for a contact sheet.")
  var sheet: String?

  @Flag(help: "Print the names of all classes.")
  var list = false

  func validate() throws {
    if list { return }
    guard count >= 1, first >= 0, (16...2048).contains(size) else {
      throw ValidationError(
        "--count must be at least 1, --first at least 0, and --size from 16 to 2048.")
    }
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
      throw ValidationError("nothing is called \"\(name)\": --list prints what can be drawn.")
    }
  }

  private static let largestSheet = 2000

  private var names: [String] {
    switch classes {
    case "all": Sketchbook.classes
    case "unseen": Sketchbook.unseenClasses
    default: classes.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  func run() throws {
    if list {
      print(Sketchbook.classes.joined(separator: "\n"))
      print("\nkept apart, for retraining:\n")
      print(Sketchbook.unseenClasses.joined(separator: "\n"))
      return
    }
    let book = Sketchbook(seed: seed, size: size)
    var contacts = ContactSheet(size: 96, columns: count <= 10 ? 10 / count * count : 10)
    let progress = ProgressBar("drawing", total: names.count * count)
    for name in names {
      let pictures = DrawnPictures.draw(book, name, numbers: first..<(first + count))
      if let output { try write(pictures, name, in: URL(filePath: output).appending(path: name)) }
      if sheet != nil {
        for (place, picture) in pictures.enumerated() {
          contacts.add(picture, [place == 0 ? name : ""])
        }
      }
      progress.advance(by: count)
    }
    progress.finish()
    if let sheet { try contacts.picture.writePNG(to: URL(filePath: sheet)) }
  }

  private func write(_ pictures: [Picture], _ name: String, in folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (place, picture) in pictures.enumerated() {
      try picture.writePNG(to: folder.appending(path: "\(name) \(first + place).png"))
    }
  }
}
