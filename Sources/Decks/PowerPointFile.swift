import Foundation
import RetrogradFiles

/// The pictures in a PowerPoint file, slide by slide (ECMA-376, part 1, 13).
///
/// Nothing is written under a name that the file chose.
struct PowerPointFile {
  private var package: OpenPackage
  private let source: String
  private let limits: Deck.Limits

  private static let pictureLimit = 256 << 20
  private static let usualMainPart = PartName("ppt/presentation.xml")

  /// Opens an archive.
  init(_ file: BoundedFile, source: String, limits: Deck.Limits) throws(FileError) {
    (self.source, self.limits) = (source, limits)
    package = try OpenPackage(file, source: source)
  }

  /// Writes all pictures, in the order of the slides and within a slide in the order in which they are drawn.
  ///
  /// - Returns: The files, and which slides have no picture or several, or refer to what is not there.
  mutating func extractPictures(
    to folder: URL
  ) throws(FileError) -> (files: [URL], notes: [String]) {
    let presentation = try mainPart()
    guard let slides = try package.read(presentation, PresentationPart.slides) else {
      throw FileError(
        .notSlides, file: source,
        "is a zip archive, but not a PowerPoint file: \(presentation.name) is not a presentation")
    }
    guard slides.count <= limits.slides else {
      throw FileError(
        .tooLarge, file: source,
        "has \(slides.count) slides, more than the limit of \(limits.slides)")
    }
    let parts = try package.relations(of: presentation)
    var files: [URL] = []
    var notes: [String] = []
    var firstBroken: String?
    var written = 0
    for (place, slide) in slides.enumerated() {
      let found = try pictures(on: parts[slide], number: place + 1)
      firstBroken = firstBroken ?? found.broken
      notes += found.notes
      for picture in found.pictures {
        written += picture.entry.size
        guard written <= limits.bytes, files.count < limits.slides else {
          throw FileError(
            .tooLarge, file: source,
            "has more than \(limits.slides) pictures, or they have more than \(limits.bytes) bytes")
        }
        let file = folder.appending(path: "\(files.count).\(Self.pathExtension(picture.name))")
        let content = try package.content(of: picture, limit: Self.pictureLimit)
        try writeAtomically(content, to: file)
        files.append(file)
      }
    }
    if files.isEmpty, let firstBroken {
      throw FileError(
        .malformed, file: source,
        "is not a valid PowerPoint file: it has no pictures; \(firstBroken)")
    }
    guard !files.isEmpty else { throw FileError(.notSlides, file: source, "has no pictures") }
    return (files, notes)
  }

  /// The part that the package names as its main one, or the one of the usual name.
  private mutating func mainPart() throws(FileError) -> OpenPackage.Part {
    for case .part(let part) in try package.relations(of: nil).documents { return part }
    guard let part = package.part(Self.usualMainPart) else {
      throw FileError(
        .notSlides, file: source,
        "is a zip archive, but not a PowerPoint file: it names no main part and has no "
          + "\(Self.usualMainPart)")
    }
    return part
  }

  /// Returns a slide's pictures, notes for the user, and the first relation that leads nowhere.
  private mutating func pictures(
    on slide: OpenPackage.Target, number: Int
  ) throws(FileError) -> (pictures: [OpenPackage.Part], notes: [String], broken: String?) {
    let part: OpenPackage.Part
    switch slide {
    case .part(let found): part = found
    case .outside:
      return ([], ["slide \(number) is not in the file; it is left out"], nil)
    case .broken(let reason):
      let broken = "slide \(number) is \(reason); it is left out"
      return ([], [broken], broken)
    }
    let related = try package.relations(of: part)
    var pictures: [OpenPackage.Part] = []
    var outside = 0
    var broken: [String] = []
    for reference in try package.read(part, SlidePart.pictures) {
      switch related[reference] {
      case .part(let picture): pictures.append(picture)
      case .outside: outside += 1
      case .broken(let reason): broken.append(reason)
      }
    }
    var notes: [String] = []
    if outside > 0 {
      notes.append(
        "slide \(number) shows a picture that is not in the file; it is left out\(Self.more(outside))"
      )
    }
    let firstBroken = broken.first.map {
      "slide \(number) shows \($0); it is left out\(Self.more(broken.count))"
    }
    if let firstBroken { notes.append(firstBroken) }
    if pictures.count != 1 {
      notes.append("slide \(number) has \(pictures.isEmpty ? "no" : "\(pictures.count)") pictures")
    }
    return (pictures, notes, firstBroken)
  }

  private static func more(_ count: Int) -> String {
    count > 1 ? ", and so are \(count - 1) more of its pictures" : ""
  }

  /// A file extension, for people who look into the folder.
  private static func pathExtension(_ name: PartName) -> String {
    let text = name.path.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    guard text.count > 1, let last = text.last.map({ String($0)?.lowercased() ?? "" }),
      (1...5).contains(last.utf8.count), last.utf8.allSatisfy(letters.contains)
    else { return "picture" }
    return last
  }
}
