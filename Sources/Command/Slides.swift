import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

struct Slides: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn slides into pictures.",
    discussion: """
      SOURCE is the address of a Google Slides presentation (as shown in the browser; the \
      presentation must be shared with anyone who has the link), the address of any PDF or PowerPoint \
      file, such a file itself, a folder of pictures, or picture files. Each page of a PDF file becomes a \
      picture; from a PowerPoint file, the pictures on the slides are taken.

      Order is preserved: slide k, counted from 0, becomes the file k.png, or k.jpg where the picture in \
      the PowerPoint file or folder is a JPEG.

      Example: retrograd slides talk.pdf -o pictures --sheet talk.png
      """)

  @Argument(
    help: "A web address, a PDF or PowerPoint file, a folder of pictures, or picture files.")
  var source: [String]

  @Option(name: [.short, .long], help: "Output folder for the pictures.")
  var output: String?

  @Option(help: "Output file for a contact sheet (PNG).")
  var sheet: String?

  @Option(help: "Longer side of the rendered pages, in pixels.")
  var size = Deck.viewingSize

  @Option(help: "Maximum number of slides.")
  var limit = 1000

  func validate() throws {
    guard !source.isEmpty else { throw ValidationError("a SOURCE is missing.") }
    try checkOption("--size", size, .from(16, to: 8192))
    try checkOption("--limit", limit, .from(1, to: 1_000_000))
  }

  func run() throws {
    var limits = Deck.Limits()
    limits.slides = limit
    let deck = try Deck.withProgress(source, size: size, limits: limits)
    for note in deck.notes { writeError("note: \(note)") }
    writeOutput("\(deck.count) slides")
    guard output != nil || sheet != nil else {
      writeOutput("pass -o DIR for picture files, or --sheet FILE.png for a contact sheet")
      return
    }
    try write(deck)
  }

  private func write(_ deck: Deck) throws {
    let folder = output.map { URL(filePath: $0) }
    if let folder {
      try makeFolder(folder)
    }
    var contacts = ContactSheet(size: 160)
    var failures = 0
    let progress = ProgressBar("writing", total: deck.count)
    let width = "\(deck.count - 1)".count
    for (number, file) in deck.files.enumerated() {
      progress.advance()
      let picture: Picture
      do {
        picture = try Picture.read(file)
      } catch {
        writeError("left out: slide \(number): \(error)")
        failures += 1
        continue
      }
      if let folder {
        let name = String(repeating: "0", count: width - "\(number)".count) + "\(number)"
        let target = folder.appending(path: name).appendingPathExtension(
          file.pathExtension.lowercased())
        try writeAtomically(BoundedFile(file).readAll(limit: 1 << 30), to: target)
      }
      if sheet != nil { contacts.add(picture, ["\(number)"]) }
    }
    progress.finish()
    if let sheet { try contacts.picture.writePNG(to: URL(filePath: sheet)) }
    if let folder { writeOutput("written to \(folder.relativePath)") }
    if failures > 0 { throw ExitCode(1) }
  }
}
