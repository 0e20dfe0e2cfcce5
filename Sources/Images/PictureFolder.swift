import Foundation
import RetrogradFiles
import RetrogradText

/// Files and folders of pictures, in the order people expect.
public enum PictureFolder {
  /// The files of a folder in natural order (`slide2` before `slide10`); hidden ones are left out.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - recursive: Whether to look into its folders too.
  public static func files(in folder: URL, recursive: Bool = false) throws(FileError) -> [URL] {
    var files: [URL] = []
    for entry in try entries(of: folder) {
      if !isFolder(entry) {
        files.append(entry)
      } else if recursive {
        files += try self.files(in: entry, recursive: true)
      }
    }
    return files
  }

  /// The pictures among the files of a folder, and the files that do not claim to be one, such as `README.md`.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - recursive: Whether to look into its folders too.
  package static func pictures(
    in folder: URL, recursive: Bool = false
  ) throws(FileError) -> (pictures: [URL], others: [URL]) {
    let files = try files(in: folder, recursive: recursive)
    let isPicture = files.map { Picture.isMeant(by: $0) }
    return (
      zip(files, isPicture).filter { $1 }.map(\.0), zip(files, isPicture).filter { !$1 }.map(\.0)
    )
  }

  /// A note on files that are left out because they do not claim to be pictures; none where there are none.
  ///
  /// - Parameters:
  ///   - others: The files.
  ///   - source: The folder, as it was named.
  package static func note(on others: [URL], source: String) -> [String] {
    if others.isEmpty { return [] }
    let names =
      others.prefix(3).map(\.lastPathComponent).joined(separator: ", ")
      + (others.count > 3 ? ", …" : "")
    let left =
      others.count == 1
      ? "1 file is not a picture and is left out"
      : "\(others.count) files are not pictures and are left out"
    return [visible("\(source): \(left): \(names)")]
  }

  /// One class for each folder inside `folder`, in natural order, with the files in it.
  public static func classes(in folder: URL) throws(FileError) -> [(name: String, files: [URL])] {
    var classes: [(name: String, files: [URL])] = []
    for entry in try entries(of: folder) where isFolder(entry) {
      classes.append((entry.lastPathComponent, try files(in: entry)))
    }
    guard !classes.isEmpty else {
      throw FileError(
        .unreadable, file: folder.path,
        "contains no folders; expected one folder of pictures for each class")
    }
    return classes
  }

  /// Returns whether a path leads to a folder.
  public static func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// Returns whether there are folders in a folder.
  public static func hasFolders(_ folder: URL) -> Bool {
    (try? entries(of: folder))?.contains(where: isFolder) ?? false
  }

  private static func entries(of folder: URL) throws(FileError) -> [URL] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { !$0.hasPrefix(".") }
        .sorted(by: naturalOrder)
        .map { folder.appending(path: $0) }
    } catch {
      let isThere = FileManager.default.fileExists(atPath: folder.path)
      throw FileError(
        .unreadable, file: folder.path,
        isThere
          ? "is not a readable folder" : "is not a readable folder: there is nothing of that name"
      )
    }
  }
}
