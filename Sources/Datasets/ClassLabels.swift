import Foundation
import RetrogradFiles
import RetrogradText

/// Readable labels for the folders of a dataset: `n02099601` is a golden retriever.
///
/// The file has one folder a line: its name, a tab, the label. Several folders may have one label; they are one
/// class then. Empty lines count for nothing.
/// ```
/// n02099601	golden retriever
/// n04146614	school bus
/// ```
public struct ClassLabels: Equatable, Sendable {
  /// The label of each folder.
  public let labels: [String: String]
  /// The table's file, for messages.
  public let name: String

  /// The maximum size of a table, in bytes.
  private static let sizeLimit = 16 << 20

  /// Reads a table from its file.
  ///
  /// - Throws: ``ClassLabelsError`` where it cannot be read, or a line is none of a table.
  public init(_ url: URL) throws(ClassLabelsError) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try BoundedFile(url).readAll(limit: Self.sizeLimit)
    } catch {
      throw ClassLabelsError(file: error.file, line: nil, error.reason)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ClassLabelsError(file: url.path, line: nil, "is not UTF-8 text")
    }
    try self.init(text, name: url.path)
  }

  /// Reads a table.
  ///
  /// - Parameters:
  ///   - text: Its lines.
  ///   - name: The name to use in messages.
  public init(_ text: String, name: String) throws(ClassLabelsError) {
    // What some editors put before a text.
    let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
    var labels: [String: String] = [:]
    // By scalars, because a line that ends in \r\n has no character \n.
    let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    for (place, line) in lines.enumerated() {
      func failure(_ reason: String) -> ClassLabelsError {
        ClassLabelsError(file: name, line: place + 1, reason)
      }
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map {
        String($0).trimmingCharacters(in: .whitespacesAndNewlines)
      }
      if fields == [""] { continue }
      guard fields.count == 2, !fields.contains("") else {
        throw failure(
          "expected the name of a folder, a tab and a label, got \"\(String(line).prefix(60))\"")
      }
      let (folder, label) = (fields[0], fields[1])
      if let other = labels.updateValue(label, forKey: folder) {
        throw failure("\(folder) is listed twice, first as \"\(other)\"")
      }
    }
    guard !labels.isEmpty else {
      throw ClassLabelsError(file: name, line: nil, "has no labels")
    }
    (self.labels, self.name) = (labels, name)
  }
}

/// A mistake in a table of labels.
public struct ClassLabelsError: ExplainedError {
  /// The table's file.
  public let file: String
  /// The number of the line, from 1; `nil` where it is about the whole file.
  public let line: Int?
  /// The finding, and what was expected.
  public let reason: String

  init(file: String, line: Int?, _ reason: String) {
    (self.file, self.line, self.reason) = (file, line, reason)
  }

  /// `path, line 3: reason`.
  public var description: String {
    visible(file) + (line.map { ", line \($0)" } ?? "") + ": " + reason
  }
}

extension PictureDataset {
  /// The same pictures under the labels of a table, each label one class, in the order of their first folders.
  ///
  /// - Parameter table: The label of each folder.
  /// - Returns: The pictures, and the folders that the table does not name: theirs are left out.
  /// - Throws: ``ClassLabelsError`` where the table names no folder of them.
  public func labeled(
    by table: ClassLabels
  ) throws(ClassLabelsError) -> (dataset: PictureDataset, leftOut: [String]) {
    var names: [String] = []
    var places: [String: Int] = [:]
    let placeOfClass = classes.map { folder in
      table.labels[folder].map { label in
        if let place = places[label] { return place }
        places[label] = names.count
        names.append(label)
        return names.count - 1
      }
    }
    guard !names.isEmpty else {
      throw ClassLabelsError(
        file: table.name, line: nil,
        "names none of the folders \(classes.prefix(3).joined(separator: ", "))"
          + (classes.count > 3 ? ", …" : ""))
    }
    let kept = part(labels.indices.filter { placeOfClass[labels[$0]] != nil })
    return (
      kept.renamed(names) { placeOfClass[$0]! },
      zip(classes, placeOfClass).filter { $0.1 == nil }.map(\.0)
    )
  }
}
