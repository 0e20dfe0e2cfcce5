import Foundation
import RetrogradDecks
import RetrogradImages

extension PictureDataset {
  /// Labelled pictures from wherever people keep them: a folder with one folder for each class, or slides.
  ///
  /// Slides belong to classes by their places. Without a list of classes the first half is class 0 and the second
  /// half class 1.
  ///
  /// - Parameters:
  ///   - source: A folder, a PDF or PowerPoint file, or an address; see ``Deck``.
  ///   - classes: How many slides belong to each class.
  ///   - note: Gets what a person should know.
  /// - Throws: ``DeckError``, ``PictureError`` or ``ClassCountsError``.
  public static func load(
    _ source: String, classes: ClassCounts? = nil, note: (String) -> Void = { _ in }
  ) throws -> PictureDataset {
    guard classes != nil || Deck.isDocument(source) else {
      return try PictureDataset(folder: URL(filePath: source))
    }
    let deck = try Deck.withProgress([source])
    for text in deck.notes { note(text) }
    if let classes { return try PictureDataset(deck: deck, classes: classes) }
    guard deck.count.isMultiple(of: 2), deck.count > 0 else {
      throw ClassCountsError(
        "\(source) has \(deck.count) slides, which have no halves: --classes must say which belong "
          + "together, such as --classes 25,26")
    }
    let half = deck.count / 2
    note("the first \(half) slides are class 0, the last \(half) class 1")
    return try PictureDataset(deck: deck, classes: ClassCounts("\(half),\(half)"))
  }
}
