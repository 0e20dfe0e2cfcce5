import ArgumentParser
import Foundation
import Retrograd

/// How pictures that are not in folders belong to classes.
struct ClassOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How many pictures of a deck, or of a folder without folders, belong to each class, in order: "
        + "25,25 or ants=25,bees=25.",
      valueName: "counts"),
    transform: { try ClassCounts($0) })
  var classes: ClassCounts?

  /// Labelled pictures: one folder for each class, or slides.
  func dataset(_ source: String) throws -> PictureDataset {
    guard let classes else {
      if Deck.isDocument(source) {
        throw ValidationError(
          "\(source): --classes must say which slides belong together, such as --classes 25,25.")
      }
      return try PictureDataset(folder: URL(filePath: source))
    }
    let deck = try Deck.withProgress([source])
    for note in deck.notes { writeError("note: \(note)") }
    return try PictureDataset(deck: deck, classes: classes)
  }
}
