import Foundation
import RetrogradArchives
import RetrogradDownloads
import RetrogradFiles
import RetrogradImages
import RetrogradText

/// Slides as pictures, in order: slide *k* is picture *k*, from 0.
///
/// ```swift
/// let deck = try Deck("https://docs.google.com/presentation/d/…/edit")
/// let slides = try deck.files.map { try Picture.read($0) }
/// ```
///
/// A deck is a presentation at Google Slides or a file at any other web address, a PDF or PowerPoint file, a
/// folder of pictures, or one picture. What has to be made first, the pages of a PDF file as pictures, lies in
/// a folder that goes when nobody holds the deck any more; pages are made one after another, so that a long
/// document takes no more memory than a short one.
public final class Deck: Sendable {
  /// Limits for a deck.
  public struct Limits: Sendable {
    /// The maximum number of slides.
    public var slides = 1000
    /// The maximum size of a document in bytes, on the web or as a file.
    public var bytes = 1 << 30
    /// The time limit for rendering eight pages, in seconds.
    public var seconds = 120.0
    /// Limits for waiting for a server.
    public var download = Download.Limits()

    /// The usual limits.
    public init() {
      download.stalling = 30
      download.attempts = 3
      download.firstPause = 0.5
    }
  }

  /// Events in the meantime.
  public enum Event: Sendable, Equatable {
    /// So many bytes have come from the web.
    case received(Int, total: Int?)
    /// So many slides are pictures.
    case slides(Int, total: Int)
  }

  /// Its source.
  public let source: String
  /// One picture file for each slide.
  public let files: [URL]
  /// Notes for people, such as slides without a picture.
  public let notes: [String]
  /// Keeps the files.
  private let folders: [ScratchFolder]
  /// The numbers of the slides whose files were made for the occasion.
  private let madeSlides: [URL: Int]

  /// The longer side of a page, in pixels, when a network is to look at it: enough for pictures that are
  /// scaled to 224 pixels and more.
  public static let networkSize = 640
  /// The longer side of a page, in pixels, when people are to look at it.
  public static let viewingSize = 1600

  /// Gets the slides of one source.
  ///
  /// - Parameters:
  ///   - source: An address, a file or a folder.
  ///   - size: The longer side of the pictures that pages become, in pixels.
  ///   - limits: The limits on its size.
  ///   - report: Called with events in the meantime.
  public convenience init(
    _ source: String, size: Int = Deck.networkSize, limits: Limits = .init(),
    report: @escaping (Event) -> Void = { _ in }
  ) throws(FileError) {
    var reader = DeckReader(size: size, limits: limits, report: report)
    try reader.read(source)
    self.init(reader, source: source)
  }

  /// Gets the slides of several sources, one after another; picture files alone are put in natural order.
  public convenience init(
    sources: [String], size: Int = Deck.networkSize, limits: Limits = .init(),
    report: @escaping (Event) -> Void = { _ in }
  ) throws(FileError) {
    var reader = DeckReader(size: size, limits: limits, report: report)
    let arePictures = sources.allSatisfy(Self.looksLikePicture)
    for source in arePictures ? sources.sorted(by: naturalOrder) : sources {
      try reader.read(source)
    }
    self.init(reader, source: sources.joined(separator: ", "))
  }

  private init(_ reader: DeckReader, source: String) {
    self.source = source
    files = reader.files
    notes = reader.notes
    folders = reader.folders
    let places = reader.folders.map { $0.url.path + "/" }
    let made = reader.files.enumerated().filter { _, file in
      places.contains { file.path.hasPrefix($0) }
    }
    madeSlides = Dictionary(made.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The number of slides.
  public var count: Int { files.count }

  /// The name of a slide whose file was made for the occasion, the same each time: `talk.pdf, slide 7`; `nil` for a picture
  /// that is a file of its own.
  package func name(ofSlide file: URL) -> String? {
    madeSlides[file].map { "\(source), slide \($0)" }
  }

  /// Returns whether something is a deck rather than a picture or a folder: an address, a PDF or PowerPoint file.
  public static func isDocument(_ source: String) -> Bool {
    isAddress(source) || ["pdf", "pptx"].contains(fileExtension(source))
  }

  static func isAddress(_ source: String) -> Bool {
    source.hasPrefix("http://") || source.hasPrefix("https://")
  }

  private static func looksLikePicture(_ source: String) -> Bool {
    !isAddress(source)
      && Picture.formats.contains { $0.extensions.contains(fileExtension(source)) }
  }

  private static func fileExtension(_ source: String) -> String {
    URL(filePath: source).pathExtension.lowercased()
  }
}

/// Gathers the pictures of sources.
struct DeckReader {
  let size: Int
  let limits: Deck.Limits
  let report: (Deck.Event) -> Void
  private(set) var files: [URL] = []
  private(set) var notes: [String] = []
  private(set) var folders: [ScratchFolder] = []

  init(size: Int, limits: Deck.Limits, report: @escaping (Deck.Event) -> Void) {
    (self.size, self.limits, self.report) = (size, limits, report)
  }

  mutating func read(_ source: String) throws(FileError) {
    if Deck.isAddress(source) { return try fetch(source) }
    let url = URL(filePath: source)
    guard PictureFolder.isFolder(url) else { return try read(file: url, source: source) }
    let found = try PictureFolder.pictures(in: url)
    guard !found.pictures.isEmpty else {
      throw FileError(
        .notSlides, file: source, "contains no pictures; expected one for each slide")
    }
    notes += PictureFolder.note(on: found.others, source: source)
    try add(found.pictures, source)
  }

  /// A document by its content: what it is called does not matter.
  private mutating func read(file: URL, source: String) throws(FileError) {
    let document = try BoundedFile(file, name: source)
    guard document.size <= limits.bytes else {
      throw FileError(
        .tooLarge, file: source,
        "has \(document.size) bytes, more than the limit of \(limits.bytes)")
    }
    let beginning = try document.read(at: 0, count: min(document.size, 1024))
    if PDFPages.isPDF(beginning) {
      try add(PDFPages(file, source: source, limits: limits), source)
    } else if ZipArchive.isZip(beginning) {
      let folder = try makeFolder()
      var slides = try PowerPointFile(document, source: source, limits: limits)
      let pictures = try slides.extractPictures(to: folder.url)
      notes += pictures.notes.map { visible("\(source): \($0)") }
      report(.slides(pictures.files.count, total: pictures.files.count))
      try add(pictures.files, source)
    } else if Picture.format(of: beginning) != nil {
      try add([file], source)
    } else if let pages = try pagesWithoutHeader(of: document, file, beginning, source: source) {
      try add(pages, source)
    } else {
      throw FileError(.notSlides, file: source, Self.describe(beginning))
    }
  }

  /// The pages of a PDF file that does not begin as one; `nil` when it is none.
  private func pagesWithoutHeader(
    of document: BoundedFile, _ file: URL, _ beginning: [UInt8], source: String
  ) throws(FileError) -> PDFPages? {
    guard !Self.looksLikeWebPage(beginning), try PDFPages.mayBePDF(document) else { return nil }
    do {
      return try PDFPages(file, source: source, limits: limits)
    } catch {
      if error.kind == .malformed { return nil }
      throw error
    }
  }

  private mutating func add(_ pages: PDFPages, _ source: String) throws(FileError) {
    let folder = try makeFolder()
    try add(pages.render(into: folder.url, size: size, report), source)
  }

  private mutating func add(_ found: [URL], _ source: String) throws(FileError) {
    guard files.count + found.count <= limits.slides else {
      throw FileError(
        .tooLarge, file: source,
        "has \(found.count) slides, more than the limit of \(limits.slides - files.count)")
    }
    files += found
  }

  private mutating func makeFolder() throws(FileError) -> ScratchFolder {
    let folder = try ScratchFolder()
    folders.append(folder)
    return folder
  }

  private static func describe(_ beginning: [UInt8]) -> String {
    let expected = "expected a PDF or PowerPoint file, a folder of pictures or an address"
    if beginning.isEmpty { return "is empty; \(expected)" }
    if looksLikeWebPage(beginning) { return "is a web page; \(expected)" }
    return "contains no slides; \(expected)"
  }

  private static func looksLikeWebPage(_ beginning: [UInt8]) -> Bool {
    String(decoding: beginning, as: UTF8.self)
      .drop { $0.isWhitespace || $0 == "\u{FEFF}" }.hasPrefix("<")
  }

  // MARK: The web

  private mutating func fetch(_ address: String) throws(FileError) {
    if GoogleSlides.isPublished(address) {
      throw FileError(
        .unsupported, file: address,
        "was published to the web, which gives no PDF file; use the address from Share, which "
          + "ends in /edit")
    }
    let slides = GoogleSlides(address)
    let folder = try makeFolder()
    let file = folder.url.appending(path: "deck")
    try fetch(
      slides?.exportAddress() ?? address, to: file, named: address, isGoogle: slides != nil)
  }

  /// Downloads a document and reads it; a web page in its place is never mistaken for slides.
  mutating func fetch(
    _ address: String, to file: URL, named source: String, isGoogle: Bool
  ) throws(FileError) {
    var limits = limits.download
    limits.bytes = self.limits.bytes
    let report = report
    do {
      // Nobody knows the digest of slides beforehand.
      try Download(address, to: file, sha256: "", limits: limits).run {
        if case .received(let count, let total) = $0 { report(.received(count, total: total)) }
      }
    } catch {
      throw Self.explain(error, source, isGoogle: isGoogle)
    }
    do {
      try read(file: file, source: source)
    } catch {
      guard error.kind == .notSlides else { throw error }
      throw isGoogle
        ? Self.privateDeck(source)
        : FileError(
          .notSlides, file: source, "the server answered with something that \(error.reason)")
    }
  }

  private static func privateDeck(_ source: String) -> FileError {
    FileError(
      .isPrivate, file: source,
      "is not shared with everyone: in Google Slides choose Share, General access, Anyone with the "
        + "link; or download it there as a PDF file and use that")
  }

  private static func explain(
    _ error: DownloadError, _ source: String, isGoogle: Bool
  ) -> FileError {
    switch error {
    case .status(_, 401), .status(_, 403):
      return isGoogle
        ? privateDeck(source)
        : FileError(.isPrivate, file: source, "may not be read without a password")
    case .status(_, 404), .status(_, 410):
      return FileError(
        .unreadable, file: source, "was not found; check that the address is complete")
    case .unreachable(_, let reason):
      return FileError(
        .offline, file: source,
        "cannot be reached (\(reason)); offline, use a PDF file of the slides instead")
    case .interrupted(_, let received, _, let reason):
      return FileError(.offline, file: source, "broke off after \(received) bytes: \(reason)")
    case .tooLarge(_, let limit):
      return FileError(.tooLarge, file: source, "sends more than \(limit) bytes, the limit")
    case .noLibrary: return FileError(.notInstalled, file: source, "\(error)")
    case .file(let failure): return failure
    default: return FileError(.unreadable, file: source, "\(error)")
    }
  }
}
