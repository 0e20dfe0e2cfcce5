import RetrogradText

/// A failure with a file, a picture, slides or weights: the file, the position in it, what was found and what was
/// expected.
public struct FileError: ExplainedError {
  /// The kind of failure, for programs that want to react to one.
  public enum Kind: Sendable, Equatable {
    /// It is not there, may not be read, or is not a regular file.
    case unreadable
    /// It ends before what it should hold.
    case truncated
    /// Its content contradicts itself or its format, or tries something that its format has no need of.
    case malformed
    /// It is of a form that is not supported, or what reads it is not installed.
    case unsupported
    /// It asks for more than the limit that was set: bytes, pixels, slides, memory or time.
    case tooLarge
    /// It could not be written.
    case unwritable
    /// Its host was not reached, or the connection broke.
    case offline
    /// It is not shared with everybody.
    case isPrivate
    /// It is something else than slides, such as a web page.
    case notSlides
    /// The program that reads it is not installed.
    case notInstalled
  }

  /// The kind of failure.
  public let kind: Kind
  /// The file's path, its address, or another name for bytes in memory.
  public let file: String
  /// The position in the file, in bytes from its beginning, if it is known.
  public let offset: Int?
  /// The finding, what was expected, and the remedy if there is one.
  public let reason: String

  /// An error about a file.
  public init(_ kind: Kind, file: String, offset: Int? = nil, _ reason: String) {
    self.kind = kind
    self.file = file
    self.offset = offset
    self.reason = reason
  }

  /// `path: reason (at byte offset)`.
  public var description: String {
    "\(visible(file)): \(visible(reason))" + (offset.map { " (at byte \($0))" } ?? "")
  }
}

// MARK: - Former names

/// The error of a picture file.
@available(*, deprecated, renamed: "FileError")
public typealias PictureError = FileError

/// The error of a deck.
@available(*, deprecated, renamed: "FileError")
public typealias DeckError = FileError

/// The error of a weights file.
@available(*, deprecated, renamed: "FileError")
public typealias WeightFileError = FileError

extension FileError {
  /// The file or address of a deck.
  @available(*, deprecated, renamed: "file")
  public var source: String { file }
}
