import Foundation
import RetrogradImages
import RetrogradTestSupport
import Testing

@testable import RetrogradDecks
@testable import RetrogradFiles

private let hasPoppler =
  ExternalProgram(named: "pdftoppm") != nil && ExternalProgram(named: "pdfinfo") != nil

private func path(_ name: String) -> String { Fixtures.url("decks/\(name)").path }

/// The color of slide k, as the fixture script paints it.
private func color(_ k: Int) -> [Int] { [20 * k, 255 - 20 * k, 128] }

private func middle(_ file: URL) throws -> [Int] {
  let picture = try Picture.read(file)
  let pixel = picture[picture.width / 2, picture.height / 2]
  return [Int(pixel.red), Int(pixel.green), Int(pixel.blue)]
}

private func expectSlides(_ deck: Deck, tolerance: Int) throws {
  #expect(deck.count == 12)
  for (k, file) in deck.files.enumerated()
  where Fixtures.hasJPEG || file.pathExtension == "png" {
    let found = try middle(file)
    #expect(zip(found, color(k)).allSatisfy { abs($0 - $1) <= tolerance }, "slide \(k): \(found)")
  }
}

private func failure(_ source: String, _ limits: Deck.Limits = .init()) throws -> FileError {
  let error = #expect(throws: FileError.self) { try Deck(source, limits: limits) }
  return try #require(error)
}

@Suite("A deck", .needsPNG)
struct DeckTests {
  @Test(
    "takes presentation and page from an address at Google Slides",
    arguments: [
      (
        "https://docs.google.com/presentation/d/1aB-c_9/edit#slide=id.g12_0_3", "1aB-c_9", "g12_0_3"
      ),
      ("https://docs.google.com/presentation/d/1aB-c_9/edit?usp=sharing", "1aB-c_9", nil),
      ("https://docs.google.com/presentation/d/1aB-c_9", "1aB-c_9", nil),
      (
        "https://docs.google.com/presentation/u/1/d/XY/edit?slide=id.p1#slide=id.p1", "XY", "p1"
      ),
      ("https://docs.google.com/a/school.edu/presentation/d/XY/view#slide=id.p", "XY", "p"),
    ])
  func address(_ address: String, presentation: String, page: String?) {
    let slides = GoogleSlides(address)
    #expect(slides?.presentation == presentation && slides?.page == page)
    #expect(
      slides?.exportAddress(host: "http://here")
        == "http://here/presentation/d/\(presentation)/export/pdf?id=\(presentation)"
        + (page.map { "&pageid=\($0)" } ?? ""))
  }

  @Test("tells other addresses apart")
  func otherAddresses() throws {
    for address in [
      "https://docs.google.com/document/d/abc/edit", "https://example.org/presentation/d/abc/edit",
      "https://docs.google.com/presentation/d/e/2PACX-1/pub",
      "https://docs.google.com.evil.org/presentation/d/abc",
    ] {
      #expect(GoogleSlides(address) == nil, "\(address)")
    }
    let published = try failure("https://docs.google.com/presentation/d/e/2PACX-1/pub")
    #expect(published.kind == .unsupported && published.reason.contains("Share"))
  }

  @Test("makes a picture of every page of a PDF file, in order", .enabled(if: hasPoppler))
  func pdf() throws {
    var deck: Deck? = try Deck(path("slides.pdf"), size: 320)
    try expectSlides(deck!, tolerance: 3)
    let first = deck!.files[0]
    let picture = try Picture.read(first)
    #expect(picture.width == 320 && picture.height == 180)
    // What was made for the deck goes with it.
    deck = nil
    #expect(!FileManager.default.fileExists(atPath: first.deletingLastPathComponent().path))
  }

  @Test("takes the pictures of a PowerPoint file in the order of its slides")
  func powerPoint() throws {
    let deck = try Deck(path("slides.pptx"))
    try expectSlides(deck, tolerance: 2)
    #expect(deck.notes.isEmpty)
    #expect(deck.files[4].pathExtension == "jpeg")
  }

  @Test("reads slides in UTF-16")
  func wide() throws {
    let deck = try Deck(path("wide.pptx"))
    #expect(try deck.files.map(middle) == [color(0)] && deck.notes.isEmpty)
  }

  @Test("says which slides have no picture, or several, or one that is elsewhere")
  func notes() throws {
    let deck = try Deck(path("several.pptx"))
    #expect(try deck.files.map(middle) == [color(0), color(1), color(2)])
    #expect(deck.notes.map { $0.contains("slide 2 has no") } == [true, false])
    #expect(deck.notes.last?.contains("slide 3 has 2 pictures") == true)
    let outside = try Deck(path("outside.pptx"))
    #expect(outside.count == 1)
    #expect(outside.notes.first?.contains("not in the file") == true)
  }

  @Test("takes folders and pictures in natural order")
  func folder() throws {
    let folder = try TemporaryFolder()
    for k in [10, 2, 1] {
      let picture = Picture(width: 4, height: 4, red: UInt8(k))
      try picture.writePNG(to: folder.url.appending(path: "slide\(k).png"))
    }
    // A table beside them is not a slide: all behind it would be counted in the wrong class.
    try Data("slide,class\n".utf8).write(to: folder.url.appending(path: "classes.csv"))
    let deck = try Deck(folder.url.path)
    #expect(try deck.files.map { try middle($0)[0] } == [1, 2, 10])
    #expect(deck.notes.count == 1)
    #expect(deck.notes[0].hasSuffix("1 file is not a picture and is left out: classes.csv"))
    let files = ["slide10.png", "slide1.png", "slide2.png"].map {
      folder.url.appending(path: $0).path
    }
    #expect(try Deck(sources: files).files.map { try middle($0)[0] } == [1, 2, 10])
  }

  @Test(
    "refuses what is no deck, with the reason",
    arguments: [
      ("climbing.pptx", FileError.Kind.malformed, "leads out of the file"),
      ("entities.pptx", .malformed, "declares entities"),
      ("cut.pptx", .malformed, "is not valid XML"),
      ("missing.pptx", .malformed, "image0.png, which is not in the file"),
      ("bomb.pptx", .tooLarge, "more than the limit"),
      ("other.zip", .notSlides, "not a PowerPoint file"),
      ("absent.pdf", .unreadable, "cannot be opened"),
    ])
  func refused(_ name: String, kind: FileError.Kind, reason: String) throws {
    let error = try failure(path(name))
    #expect(error.kind == kind && error.reason.contains(reason), "\(error)")
    #expect(error.file == path(name))
  }

  @Test("refuses a file that is cut off, wherever that is")
  func truncated() throws {
    let folder = try TemporaryFolder()
    let bytes = try Data(contentsOf: Fixtures.url("decks/slides.pptx"))
    let file = folder.url.appending(path: "cut.pptx")
    for count in stride(from: 4, to: bytes.count - 1, by: bytes.count / 37) {
      try bytes.prefix(count).write(to: file)
      _ = try failure(file.path)
    }
  }

  @Test("never takes more slides or bytes than the limit")
  func limits() throws {
    var limits = Deck.Limits()
    limits.slides = 11
    #expect(try failure(path("slides.pptx"), limits).kind == .tooLarge)
    if hasPoppler {
      let error = try failure(path("slides.pdf"), limits)
      #expect(error.kind == .tooLarge && error.reason.contains("12 pages"))
    }
    limits = Deck.Limits()
    limits.bytes = 1000
    #expect(try failure(path("slides.pptx"), limits).kind == .tooLarge)
  }

  @Test("refuses damaged, locked and empty PDF files", .enabled(if: hasPoppler))
  func badPDF() throws {
    let folder = try TemporaryFolder()
    func file(_ text: String) throws -> String {
      let url = folder.url.appending(path: "bad.pdf")
      try Data(text.utf8).write(to: url)
      return url.path
    }
    #expect(try failure(path("locked.pdf")).kind == .unsupported)
    #expect(try failure(file("%PDF-1.4\nnothing else")).kind == .malformed)
    #expect(try failure(file("<html><body>Sign in</body></html>")).kind == .notSlides)
    #expect(try failure(file("")).kind == .notSlides)
    let empty =
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
      + "trailer<</Root 1 0 R>>\n"
    #expect(try failure(file(empty)).kind == .malformed)
    // A page as large as a town becomes a picture no larger than any other.
    let huge =
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
      + "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
      + "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9000000 9000000]>>endobj\ntrailer<</Root 1 0 R>>\n"
    let deck = try Deck(file(huge), size: 64)
    #expect(try Picture.read(deck.files[0]).width == 64)
    let liar = huge.replacing("/Count 1>>", with: "/Count 1000000000>>")
    #expect(try failure(file(liar)).kind == .malformed)
    let data = try Data(contentsOf: Fixtures.url("decks/slides.pdf"))
    let cut = folder.url.appending(path: "cut.pdf")
    for count in stride(from: 20, to: data.count, by: data.count / 11) {
      try data.prefix(count).write(to: cut)
      // Poppler mends some; then there are pictures, and never a crash.
      do { #expect(try Deck(cut.path, size: 32).count > 0) } catch {}
    }
  }

  @Test("knows a PDF file without its first line, or with much before it", .enabled(if: hasPoppler))
  func headerlessPDF() throws {
    let folder = try TemporaryFolder()
    func count(_ bytes: [UInt8]) throws -> Int {
      let file = folder.url.appending(path: "headerless")
      try Data(bytes).write(to: file)
      return try Deck(file.path, size: 16).count
    }
    let document = try Array(Data(contentsOf: Fixtures.url("decks/slides.pdf")))
    let headless = Array(document[document.firstIndex(of: 0x0A)!...])
    #expect(document.starts(with: "%PDF-".utf8) && !PDFPages.isPDF(headless))
    #expect(try count(headless) == 12)
    for (junk, size) in [(UInt8(0x20), 900), (0x78, 5000), (0, 3000), (0x0A, (1 << 20) - 3)] {
      #expect(try count([UInt8](repeating: junk, count: size) + document) == 12)
      #expect(try count([UInt8](repeating: junk, count: size) + headless) == 12)
    }
    for text in ["no slides, only the word endobj", "<html>endobj</html>"] {
      let error = #expect(throws: FileError.self) { try count(Array(text.utf8)) }
      #expect(error?.kind == .notSlides)
    }
  }

  @Test("finds the mark of a PDF file wherever it stands")
  func mark() throws {
    for place in [0, 5, (1 << 20) - 6, (1 << 20) - 3, 1 << 20, 3_000_000] {
      var bytes = [UInt8](repeating: 0x20, count: 3_000_006)
      #expect(try !PDFPages.mayBePDF(BoundedFile(bytes: bytes, name: "x")))
      bytes.replaceSubrange(place..<(place + 6), with: "endobj".utf8)
      #expect(try PDFPages.mayBePDF(BoundedFile(bytes: bytes, name: "x")), "\(place)")
    }
    #expect(try !PDFPages.mayBePDF(BoundedFile(bytes: [], name: "x")))
  }

  // MARK: The web

  /// A deck from a server on this machine that answers in place of Google.
  private func fetch(
    _ answer: @escaping @Sendable (HTTPServer.Request) -> HTTPServer.Answer,
    isGoogle: Bool = true, limits change: (inout Deck.Limits) -> Void = { _ in }
  ) throws -> DeckReader {
    let server = try HTTPServer(answer)
    var limits = Deck.Limits()
    limits.download.stalling = 1
    limits.download.attempts = 2
    limits.download.firstPause = 0.01
    change(&limits)
    var reader = DeckReader(size: 64, limits: limits) { _ in }
    let folder = try TemporaryFolder()
    let slides = try #require(
      GoogleSlides("https://docs.google.com/presentation/d/abc/edit#slide=id.p7"))
    let address = slides.exportAddress(host: String(server.address("").dropLast()))
    try reader.fetch(
      address, to: folder.url.appending(path: "deck"), named: "the talk", isGoogle: isGoogle)
    #expect(
      server.requests.first?.path == "/presentation/d/abc/export/pdf?id=abc&pageid=p7")
    return reader
  }

  private func kind(
    _ answer: @escaping @Sendable (HTTPServer.Request) -> HTTPServer.Answer,
    isGoogle: Bool = true, limits change: (inout Deck.Limits) -> Void = { _ in }
  ) throws -> FileError.Kind {
    let error = #expect(throws: FileError.self) {
      try fetch(answer, isGoogle: isGoogle, limits: change)
    }
    #expect(error?.file == "the talk")
    return try #require(error?.kind)
  }

  @Test("comes from the web as a PDF or PowerPoint file")
  func web() throws {
    let bytes = try Array(Data(contentsOf: Fixtures.url("decks/slides.pptx")))
    #expect(try fetch { .file(bytes, for: $0) }.files.count == 12)
    if hasPoppler {
      let pdf = try Array(Data(contentsOf: Fixtures.url("decks/slides.pdf")))
      #expect(try fetch { .file(pdf, for: $0) }.files.count == 12)
      // Through a redirection, as Google does it.
      let reader = try fetch {
        $0.path.hasPrefix("/presentation")
          ? HTTPServer.Answer("302 Found", fields: ["Location: /elsewhere"]) : .file(pdf, for: $0)
      }
      #expect(reader.files.count == 12)
    }
  }

  @Test("a sign-in page is never mistaken for slides, nor is anything else that contains none")
  func noSlides() throws {
    let page = Array("<!doctype html><html><title>Sign in</title></html>".utf8)
    #expect(
      try kind { _ in .init("200 OK", page, fields: ["Content-Type: text/html"]) } == .isPrivate)
    #expect(
      try kind(
        { _ in .init("200 OK", page, fields: ["Content-Type: application/pdf"]) },
        isGoogle: false) == .notSlides)
    #expect(try kind { _ in .init("401 Unauthorized") } == .isPrivate)
    #expect(try kind { _ in .init("403 Forbidden", page) } == .isPrivate)
    #expect(try kind { _ in .init("404 Not Found", page) } == .unreadable)
    #expect(try kind { _ in .init("500 Internal Server Error") } == .unreadable)
    #expect(try kind { _ in .init("200 OK", []) } == .isPrivate)
  }

  @Test("a server that stalls, cuts off, sends too much or is not there is an error")
  func badServers() throws {
    let bytes = try Array(Data(contentsOf: Fixtures.url("decks/slides.pptx")))
    #expect(try kind { .file(bytes, for: $0).ending(after: 100) } == .offline)
    #expect(
      try kind {
        var answer = HTTPServer.Answer.file(bytes, for: $0)
        answer.stallsAfter = 50
        return answer
      } == .offline)
    #expect(
      try kind(
        { _ in
          var answer = HTTPServer.Answer("200 OK", bytes, announced: nil)
          answer.isEndless = true
          return answer
        }, limits: { $0.bytes = 200_000 }) == .tooLarge)
    let nobody = try failure("http://127.0.0.1:9/deck.pdf")
    #expect(nobody.kind == .offline && nobody.reason.contains("PDF file"))
  }
}
