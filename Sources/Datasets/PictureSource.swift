import Foundation
import RetrogradDecks
import RetrogradFiles
import RetrogradImages
import RetrogradText

/// The source of pictures that a person names in a command: the one place that decides what it is.
///
/// ```swift
/// let pictures = try PictureSource("holiday").pictures()       // a file, a folder, a deck: its files
/// let dataset = try PictureSource("photographs").dataset()     // the same with classes
/// ```
public struct PictureSource: Sendable, Equatable, CustomStringConvertible {
  /// The kind of source.
  public enum Kind: Sendable, Equatable {
    /// One file, or nothing that is there: reading it tells what is wrong.
    case file
    /// A folder without folders in it.
    case folder
    /// A folder with folders in it: one for each class, where classes are asked for.
    case classFolders
    /// Slides: an address, a PDF or PowerPoint file; see ``Deck``.
    case slides
  }

  /// The source as it was named.
  public let description: String
  /// The kind of source.
  public let kind: Kind

  private var url: URL { URL(filePath: description) }

  /// A source by its name.
  ///
  /// - Parameter text: A path or an address.
  public init(_ text: String) {
    description = text
    let url = URL(filePath: text)
    if Deck.isDocument(text) {
      kind = .slides
    } else if PictureFolder.isFolder(url) {
      kind = PictureFolder.hasFolders(url) ? .classFolders : .folder
    } else {
      kind = .file
    }
  }

  /// All pictures: the file, the pictures of the folder and of the folders in it in natural order, the slides. Files of
  /// a folder that do not claim to be pictures are left out, with a note.
  ///
  /// - Parameter report: Called with events while slides are rendered.
  /// - Throws: ``FileError`` or ``FileError`` where they cannot be listed.
  public func pictures(report: @escaping (Deck.Event) -> Void = { _ in }) throws -> PictureList {
    switch kind {
    case .file: return PictureList(files: [url])
    case .folder, .classFolders:
      let found = try PictureFolder.pictures(in: url, recursive: true)
      return PictureList(
        files: found.pictures, notes: PictureFolder.note(on: found.others, source: description))
    case .slides: return PictureList(deck: try Deck(sources: [description], report: report))
    }
  }

  /// Labeled pictures: a folder with one folder for each class; or slides, or the pictures of a folder, which
  /// belong to classes by their places.
  ///
  /// Of slides without a list of classes the first half is class 0 and the second half class 1.
  ///
  /// - Parameters:
  ///   - classes: The number of slides of each class.
  ///   - note: Gets what a person should know.
  ///   - report: Called with events while slides are rendered.
  /// - Throws: ``FileError``, ``FileError`` or ``ClassCountsError``.
  public func dataset(
    classes: ClassCounts? = nil, note: (String) -> Void = { _ in },
    report: @escaping (Deck.Event) -> Void = { _ in }
  ) throws -> PictureDataset {
    guard classes != nil || kind == .slides else { return try PictureDataset(folder: url) }
    let deck = try Deck(sources: [description], report: report)
    for text in deck.notes { note(text) }
    if let classes { return try PictureDataset(deck: deck, classes: classes) }
    guard deck.count.isMultiple(of: 2), deck.count > 0 else {
      throw ClassCountsError(
        "\(description) has \(deck.count) slides, which have no halves: --classes must say which "
          + "belong together, such as --classes 25,26")
    }
    let half = deck.count / 2
    note("the first \(half) slides are class 0, the last \(half) class 1")
    return try PictureDataset(deck: deck, classes: ClassCounts("\(half),\(half)"))
  }
}

/// The picture files of a source. Those that were made for the occasion, such as the pages of a PDF file, are
/// there as long as somebody holds the list.
public struct PictureList: Sendable {
  /// One file for each picture.
  public let files: [URL]
  private let deck: Deck?

  /// Notes for people, such as slides without a picture.
  public let notes: [String]

  init(files: [URL], notes: [String] = []) { (self.files, self.notes, deck) = (files, notes, nil) }
  init(deck: Deck) { (files, notes, self.deck) = (deck.files, deck.notes, deck) }

  /// The name of a picture: that of its file, or the number of the slide, from 0.
  public func name(_ index: Int) -> String {
    deck == nil ? files[index].lastPathComponent : "slide \(index)"
  }
}

extension PictureDataset {
  /// Labeled pictures from wherever people keep them; see ``PictureSource/dataset(classes:note:report:)``.
  @available(*, deprecated, message: "use PictureSource(source).dataset(classes:note:)")
  public static func load(
    _ source: String, classes: ClassCounts? = nil, note: (String) -> Void = { _ in }
  ) throws -> PictureDataset {
    try PictureSource(source).dataset(classes: classes, note: note)
  }
}
