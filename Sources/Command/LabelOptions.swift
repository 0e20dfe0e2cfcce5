import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine

/// Readable labels for folders.
struct LabelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Table of labels for folders that are not named after them: on each line the folder's name, a tab and "
        + "the label, such as n02099601 and golden retriever. Folders with the same label form one class; "
        + "folders that are not listed are left out.",
      valueName: "file.tsv"))
  var labels: String?

  /// The table, if there is one.
  func table() throws -> ClassLabels? { try labels.map { try ClassLabels(URL(filePath: $0)) } }

  /// The same pictures under the labels of the table, if there is one; what is left out is named.
  func labeled(_ dataset: PictureDataset) throws -> PictureDataset {
    guard let labels, let table = try table() else { return dataset }
    let (labeled, leftOut) = try dataset.labeled(by: table)
    if !leftOut.isEmpty {
      writeError(
        "left out: \(Self.list(leftOut)), not in \(labels), with "
          + "\(dataset.files.count - labeled.files.count) of \(dataset.files.count) pictures")
    }
    return labeled
  }

  /// The same pictures as members of the classes that a network knows.
  func matched(
    _ dataset: PictureDataset, to network: PretrainedNetwork
  ) throws -> PictureDataset {
    let found = try labeled(dataset)
    let places = found.classes.map { network.labels.firstIndex(of: $0) }
    let unknown = zip(found.classes, places).filter { $0.1 == nil }.map { "\"\($0.0)\"" }
    guard unknown.isEmpty else {
      throw Failure(
        "the network has no class \(Self.list(unknown, most: 5)). Its classes are \(Self.list(network.labels))."
          + (labels == nil && found.classes.allSatisfy(Self.isWNID)
            ? " These folders are named by WordNet ID: give their labels with --labels FILE.tsv."
            : " Folders are named after its classes; a network of yours is --weights runs/NAME/model.safetensors.")
      )
    }
    return found.renamed(network.labels) { places[$0]! }
  }

  /// Returns whether a name is a number of WordNet, as the folders of ImageNet have it: `n01443537`.
  private static func isWNID(_ name: String) -> Bool { name.wholeMatch(of: /n\d{8}/) != nil }

  /// The first names, and whether there are more.
  static func list(_ names: [String], most: Int = 20) -> String {
    names.prefix(most).joined(separator: ", ") + (names.count > most ? ", …" : "")
  }
}
