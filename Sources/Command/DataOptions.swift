import ArgumentParser
import Foundation
import Retrograd

/// The classes of pictures that are not in folders.
struct ClassOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Number of slides, or of pictures in a folder without subfolders, in each class, in order: 25,25 or "
        + "ants=25,bees=25. By default, the two halves of a deck are two classes.",
      valueName: "counts"),
    transform: { try ClassCounts($0) })
  var classes: ClassCounts?

  /// Labeled pictures: one folder for each class, or slides.
  func dataset(_ source: String) throws -> PictureDataset {
    try showingDeckProgress { report in
      try PictureSource(source).dataset(
        classes: classes, note: { writeError("note: \($0)") }, report: report)
    }
  }
}
