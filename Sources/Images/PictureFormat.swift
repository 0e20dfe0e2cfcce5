import RetrogradFiles

/// A format of picture files. A new one is a file in this folder and a line in ``Picture/formats``.
package protocol PictureFormat {
  /// The format's name, as messages say it.
  static var name: String { get }
  /// The usual endings of its files' names, in lower case.
  static var extensions: [String] { get }
  /// Returns whether bytes begin as a file of this format does.
  static func isBeginning(_ bytes: [UInt8]) -> Bool
  /// Decodes a file to red, green and blue, upright.
  ///
  /// - Parameters:
  ///   - bytes: The file's content.
  ///   - name: The name to use in errors and warnings.
  ///   - pixelLimit: The most pixels the picture may have.
  ///   - warn: Called with a sentence on damage to a file that can be read all the same.
  static func decode(
    _ bytes: [UInt8], name: String, pixelLimit: Int, warn: (String) -> Void
  ) throws(FileError) -> Picture
}

extension Picture {
  /// The formats that can be read.
  package static var formats: [any PictureFormat.Type] { [PNG.self, JPEG.self, Netpbm.self] }

  /// The format of a file that begins with these bytes; `nil` where it is none of them.
  package static func format(of bytes: [UInt8]) -> (any PictureFormat.Type)? {
    formats.first { $0.isBeginning(bytes) }
  }
}

/// A library of the system that pictures of a format are read and written with, and may be missing.
struct PictureLibrary {
  /// The format's name.
  let format: String
  /// The packages with its headers, which building takes.
  let headers: String
  /// The packages with the library itself.
  let library: String

  /// The error where the package was built without the headers.
  func notBuilt(_ file: String, isWriting: Bool = false) -> FileError {
    missing(
      file, isWriting,
      "this program was built without \(format) support: install \(headers) and build again")
  }

  /// The error where the library is not installed.
  func notFound(_ file: String, isWriting: Bool = false) -> FileError {
    missing(file, isWriting, "the \(format) library was not found: install \(library)")
  }

  private func missing(_ file: String, _ isWriting: Bool, _ reason: String) -> FileError {
    let start = isWriting ? "cannot be written as a \(format) file:" : "is a \(format) file, and"
    return FileError(.unsupported, file: file, "\(start) \(reason)")
  }
}

/// A message of C, whose characters lie in a tuple.
func text<Characters>(_ message: Characters) -> String {
  withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
