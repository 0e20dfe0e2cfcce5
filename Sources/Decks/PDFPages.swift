import Foundation
import RetrogradFiles
import RetrogradImages

/// The pages of a PDF file as pictures, made by poppler's `pdftoppm`.
struct PDFPages {
  private let file: URL
  private let source: String
  private let limits: Deck.Limits
  private let renderer: ExternalProgram
  /// The number of pages.
  let count: Int

  /// Pages that are made by one run: few, so that progress shows and a hostile page does not take long.
  private static let pagesPerRun = 8

  /// Returns whether bytes begin as a PDF file does; other bytes may come first (ISO 32000-1, annex H).
  static func isPDF(_ beginning: [UInt8]) -> Bool {
    Data(beginning.prefix(1024)).range(of: Data("%PDF-".utf8)) != nil
  }

  /// Returns whether a file holds the end of an object, as every PDF file does, even without its first line or with
  /// more than a little before it (ISO 32000-1, 7.3.10). Whether it is one then, poppler must say.
  static func mayBePDF(_ document: BoundedFile) throws(FileError) -> Bool {
    let mark = Data("endobj".utf8)
    let step = 1 << 20
    for start in stride(from: 0, to: document.size, by: step) {
      // A mark may stand across the end of a piece.
      let count = min(step + mark.count - 1, document.size - start)
      if Data(try document.read(at: start, count: count)).range(of: mark) != nil { return true }
    }
    return false
  }

  /// Looks at a file.
  init(_ file: URL, source: String, limits: Deck.Limits) throws(FileError) {
    (self.file, self.source, self.limits) = (file, source, limits)
    guard let renderer = ExternalProgram(named: "pdftoppm"),
      let inspector = ExternalProgram(named: "pdfinfo")
    else {
      throw FileError(
        .notInstalled, file: source,
        "PDF files need poppler, which is not installed (Debian and Ubuntu: apt-get install "
          + "poppler-utils; macOS: brew install poppler)")
    }
    self.renderer = renderer
    let outcome = try inspector.run([file.path], seconds: limits.seconds)
    guard outcome.status == 0,
      let match = outcome.output.firstMatch(of: /(?m)^Pages:\s+(\d+)$/), let count = Int(match.1)
    else { throw Self.failure(outcome, source, "cannot be opened") }
    guard count > 0 else { throw FileError(.notSlides, file: source, "has no pages") }
    guard count <= limits.slides else {
      throw FileError(
        .tooLarge, file: source, "has \(count) pages, more than the limit of \(limits.slides)")
    }
    self.count = count
  }

  /// Makes a picture of each page.
  ///
  /// - Parameters:
  ///   - folder: The folder for the pictures.
  ///   - size: Their longer side, in pixels.
  ///   - report: Gets how far it has come.
  /// - Returns: One file for each page, in order.
  func render(
    into folder: URL, size: Int, _ report: (Deck.Event) -> Void
  ) throws(FileError) -> [URL] {
    report(.slides(0, total: count))
    let width = "\(count)".count
    var files: [URL] = []
    for first in stride(from: 1, through: count, by: Self.pagesPerRun) {
      let last = min(first + Self.pagesPerRun - 1, count)
      let outcome = try renderer.run(
        [
          "-scale-to", "\(size)", "-f", "\(first)", "-l", "\(last)", file.path,
          folder.appending(path: "page").path,
        ], seconds: limits.seconds)
      guard outcome.status == 0 else {
        try checkRoom(in: folder)
        throw Self.failure(outcome, source, "pages \(first) to \(last) cannot be rendered")
      }
      for page in first...last {
        // The program pads the numbers to the width of the largest.
        let number = String(repeating: "0", count: width - "\(page)".count) + "\(page)"
        let pixmap = folder.appending(path: "page-\(number).ppm")
        let file = folder.appending(path: "\(number).png")
        try pack(pixmap, as: file, page: page)
        files.append(file)
      }
      report(.slides(last, total: count))
    }
    return files
  }

  /// Makes a PNG file of a pixmap; poppler's own packing takes many times as long.
  private func pack(_ pixmap: URL, as file: URL, page: Int) throws(FileError) {
    do throws(FileError) {
      let bytes = try PNG.encode(
        PortablePixmap.read(pixmap), name: file.path, isFast: true)
      try writeAtomically(bytes, to: file)
      try? FileManager.default.removeItem(at: pixmap)
    } catch {
      if error.kind == .unwritable { throw error }
      try checkRoom(in: pixmap.deletingLastPathComponent())
      throw FileError(
        .malformed, file: source, "page \(page) of \(count) cannot be rendered: \(error.reason)")
    }
  }

  /// Tells whether it is the disk that has no room for pages: poppler does not say.
  private func checkRoom(in folder: URL) throws(FileError) {
    let probe = [UInt8](repeating: 0, count: 1 << 16)
    let file = folder.appending(path: "room")
    try writeAtomically(probe, to: file)
    try? FileManager.default.removeItem(at: file)
  }

  private static func failure(
    _ outcome: ExternalProgram.Outcome, _ source: String, _ what: String
  ) -> FileError {
    guard outcome.status != nil else {
      return FileError(.tooLarge, file: source, "\(what) within the time limit")
    }
    let lines = outcome.errors.split(separator: "\n").map(String.init)
    if outcome.errors.contains("Incorrect password") {
      return FileError(
        .unsupported, file: source, "is locked with a password; save it without one and use that")
    }
    // What is wrong with the file says more than what the program could not do then.
    let reason = lines.first { $0.hasPrefix("Syntax Error") } ?? lines.last
    return FileError(
      .malformed, file: source, "is damaged, it \(what): \(reason ?? "no reason is given")")
  }
}
