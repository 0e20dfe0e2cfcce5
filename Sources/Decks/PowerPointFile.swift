import Foundation
import RetrogradArchives
import RetrogradFiles
import RetrogradImages

/// The pictures in a PowerPoint file, slide by slide.
///
/// Such a file is a zip archive of XML parts that refer to each other (ECMA-376, part 1, 13 and part 2, 9). What
/// a part refers to is looked up in the archive only: nothing outside of it is ever opened, and nothing is
/// written under a name that the file chose.
struct PowerPointFile {
  private let archive: ZipArchive
  private let source: String
  private let limits: Deck.Limits

  private static let partLimit = 32 << 20
  private static let pictureLimit = 256 << 20

  /// Opens an archive.
  init(_ file: BoundedFile, source: String, limits: Deck.Limits) throws(DeckError) {
    (self.source, self.limits) = (source, limits)
    archive = try asDeckError(source) { () throws(FileError) in try ZipArchive(file) }
    guard archive.entry(named: Self.presentation) != nil else {
      throw DeckError(
        .notSlides, source,
        "is a zip archive, but no PowerPoint file: it has no \(Self.presentation)")
    }
  }

  private static let presentation = "ppt/presentation.xml"

  /// Writes all pictures, in the order of the slides and within a slide in the order in which they are drawn.
  ///
  /// - Returns: The files, and which slides have no picture or several.
  func extractPictures(to folder: URL) throws(DeckError) -> (files: [URL], notes: [String]) {
    let parts = try relations(of: Self.presentation)
    let slides = try parse(Self.presentation).slides
    guard slides.count <= limits.slides else {
      throw DeckError(
        .tooLarge, source, "has \(slides.count) slides, more than the limit of \(limits.slides)")
    }
    var files: [URL] = []
    var notes: [String] = []
    var written = 0
    for (place, slide) in slides.enumerated() {
      guard case .part(let name)? = parts[slide] else {
        throw malformed("slide \(place + 1) is \"\(slide)\", which \(Self.presentation) has not")
      }
      let pictures = try pictures(on: name, number: place + 1, notes: &notes)
      if pictures.count != 1 {
        notes.append(
          "slide \(place + 1) has \(pictures.isEmpty ? "no" : "\(pictures.count)") pictures")
      }
      for picture in pictures {
        written += picture.size
        guard written <= limits.bytes, files.count < limits.slides else {
          throw DeckError(
            .tooLarge, source,
            "has more than \(limits.slides) pictures, or they have more than \(limits.bytes) bytes")
        }
        let file = folder.appending(path: "\(files.count).\(Self.pathExtension(picture.name))")
        try asDeckError(source) { () throws(FileError) in
          try writeAtomically(archive.read(picture, limit: Self.pictureLimit), to: file)
        }
        files.append(file)
      }
    }
    guard !files.isEmpty else { throw DeckError(.notSlides, source, "has no pictures") }
    return (files, notes)
  }

  private func pictures(
    on slide: String, number: Int, notes: inout [String]
  ) throws(DeckError) -> [ZipArchive.Entry] {
    let related = try relations(of: slide)
    var pictures: [ZipArchive.Entry] = []
    for reference in try parse(slide).pictures {
      switch related[reference] {
      case .part(let name)?:
        guard let entry = archive.entry(named: name) else {
          throw malformed("slide \(number) shows \(name), which is not in the file")
        }
        pictures.append(entry)
      case .outside?:
        notes.append("slide \(number) shows a picture that is not in the file; it is left out")
      case nil: throw malformed("slide \(number) shows \"\(reference)\", which it does not name")
      }
    }
    return pictures
  }

  /// A file extension, for people who look into the folder.
  private static func pathExtension(_ name: String) -> String {
    let text = URL(filePath: name).pathExtension.lowercased()
    return !text.isEmpty && text.count <= 5 && text.allSatisfy { $0.isASCII && $0.isLetter }
      ? text : "picture"
  }

  // MARK: Parts

  private enum Target {
    case part(String)
    case outside
  }

  /// What a part calls other parts.
  private func relations(of part: String) throws(DeckError) -> [String: Target] {
    let (folder, file) = Self.split(part)
    let name = "\(folder)/_rels/\(file).rels"
    guard archive.entry(named: name) != nil else { return [:] }
    var result: [String: Target] = [:]
    for relation in try parse(name).relations {
      result[relation.id] =
        relation.isExternal ? .outside : .part(try resolve(relation.target, in: folder))
    }
    return result
  }

  /// The name of an archive's entry that a path from a folder leads to.
  private func resolve(_ target: String, in folder: String) throws(DeckError) -> String {
    var steps = target.hasPrefix("/") ? [] : folder.split(separator: "/")
    for step in target.split(separator: "/") where step != "." {
      if step != ".." {
        steps.append(step)
      } else if steps.popLast() == nil {
        throw malformed("\"\(target)\" leads out of the file")
      }
    }
    return steps.joined(separator: "/")
  }

  private static func split(_ part: String) -> (folder: String, file: String) {
    let steps = part.split(separator: "/")
    return (steps.dropLast().joined(separator: "/"), String(steps.last ?? ""))
  }

  private func parse(_ name: String) throws(DeckError) -> PresentationPart {
    guard let entry = archive.entry(named: name) else { throw malformed("has no \(name)") }
    let bytes = try asDeckError(source) { () throws(FileError) in
      try archive.read(entry, limit: Self.partLimit)
    }
    do {
      return try PresentationPart(bytes)
    } catch {
      throw malformed("\(name) \(error.reason)")
    }
  }

  private func malformed(_ reason: String) -> DeckError {
    DeckError(.malformed, source, "is no good PowerPoint file: \(reason)")
  }
}
