import Foundation
import RetrogradText

/// A failure with a file: the file, the position in it, what was found and what was expected.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible, LocalizedError {
  /// The kind of failure, for programs that want to react to one.
  public enum Kind: Sendable, Equatable {
    /// It is not there, may not be read, or is not a regular file.
    case unreadable
    /// It ends before what it should hold.
    case truncated
    /// Its content contradicts itself or its format.
    case malformed
    /// It is of a form that is not supported.
    case unsupported
    /// It asks for more than the limit that was set.
    case tooLarge
    /// It could not be written.
    case unwritable
  }

  /// The kind of failure.
  public let kind: Kind
  /// The file's path, or another name for bytes in memory.
  public let file: String
  /// The position in the file, in bytes from its beginning, if it is known.
  public let offset: Int?
  /// The finding, and what was expected.
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
    "\(visible(file)): \(reason)" + (offset.map { " (at byte \($0))" } ?? "")
  }

  /// The same text for `localizedDescription`.
  public var errorDescription: String? { description }
}
