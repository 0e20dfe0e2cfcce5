import Foundation
import RetrogradFiles
import RetrogradText

/// Classes of single pictures that are other than their folders say, or their places in a deck: a corrected `mistakes.csv`.
///
/// ```
/// file,class,taken_for,confidence,probability_of_class
/// photographs/ants/7.jpg,bees,bees,0.9981,0.0019
/// photographs/bees/2.jpg,,ants,0.9703,0.0297
/// ```
///
/// The columns `file` and `class` count; the `file` of a slide is its name, `talk.pdf, slide 7`, see
/// ``PictureDataset/name(_:)``. A file gets the class that the table says; where it says nothing, the file is
/// left out: a picture of neither class, or of both.
public struct LabelCorrections: Equatable, Sendable {
  /// A row of the table.
  struct Row: Equatable, Sendable {
    let line: Int
    let file: String
    let label: String
  }

  /// The table's file, for messages.
  public let name: String
  let rows: [Row]

  /// The maximum size of a table, in bytes.
  private static let sizeLimit = 16 << 20

  /// Reads a table from its file.
  ///
  /// - Throws: An error where it cannot be read, or lacks a column.
  public init(_ url: URL) throws(FileError) {
    let bytes = try BoundedFile(url).readAll(limit: Self.sizeLimit)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(.malformed, file: url.path, "is not UTF-8 text")
    }
    try self.init(text, name: url.path)
  }

  /// Reads a table.
  ///
  /// - Parameters:
  ///   - text: Its lines, the names of the columns first.
  ///   - name: The name to use in messages.
  public init(_ text: String, name: String) throws(FileError) {
    func failure(_ reason: String) -> FileError { FileError(.malformed, file: name, reason) }
    // What some editors put before a text.
    let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
    guard let table = commaSeparatedValues(text) else {
      throw failure("a quotation mark is never closed")
    }
    guard let columns = table.first?.fields, let file = columns.firstIndex(of: "file"),
      let label = columns.firstIndex(of: "class")
    else {
      throw failure("has no columns file and class in its first line, as mistakes.csv has them")
    }
    self.name = name
    rows = try table.dropFirst().map { (row) throws(FileError) in
      guard row.fields.count > max(file, label), !row.fields[file].isEmpty else {
        throw failure("line \(row.line) has no file and class")
      }
      return Row(
        line: row.line, file: row.fields[file],
        label: row.fields[label].trimmingCharacters(in: .whitespaces))
    }
  }
}

extension PictureDataset {
  /// The corrections that changed a label.
  public struct Corrected: Sendable {
    /// The pictures with their corrected classes.
    public let dataset: PictureDataset
    /// The number of pictures with another class than before.
    public let relabeledCount: Int
    /// The number of pictures that were left out.
    public let leftOutCount: Int
  }

  /// The same pictures with corrected classes; those that the corrections do not name are as before.
  ///
  /// - Throws: An error where a class is none of ``classes``.
  public func corrected(by corrections: LabelCorrections) throws(FileError) -> Corrected {
    var labelOfFile: [String: Int?] = [:]
    for row in corrections.rows {
      let label = classes.firstIndex(of: row.label)
      guard label != nil || row.label.isEmpty else {
        throw FileError(
          .malformed, file: corrections.name,
          "line \(row.line): there is no class \"\(row.label)\"; the classes are "
            + classes.prefix(20).joined(separator: ", ") + (classes.count > 20 ? ", …" : "")
            + ". Leave it empty to leave the picture out")
      }
      // A name that a spreadsheet would take for a formula has an apostrophe before it.
      for file in [row.file, row.file.hasPrefix("'") ? String(row.file.dropFirst()) : row.file] {
        labelOfFile[Self.key(URL(filePath: file))] = .some(label)
      }
    }
    var (kept, labels): ([Int], [Int]) = ([], [])
    var relabeledCount = 0
    for (index, file) in files.enumerated() {
      let named = slideName(index).map { URL(filePath: $0) } ?? file
      let known = labelOfFile[Self.key(named)] ?? self.labels[index]
      guard let label = known else { continue }
      if label != self.labels[index] { relabeledCount += 1 }
      kept.append(index)
      labels.append(label)
    }
    let leftOutCount = files.count - kept.count
    return Corrected(
      dataset: part(kept).labeled(labels), relabeledCount: relabeledCount,
      leftOutCount: leftOutCount)
  }

  private static func key(_ file: URL) -> String { file.standardizedFileURL.path }
}
