import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradText

/// Why slides could not be had: from where, what is wrong, and what to do about it.
public struct DeckError: Error, Equatable, Sendable, CustomStringConvertible, LocalizedError {
  /// The kind of failure, for programs that want to react to one.
  public enum Kind: Sendable, Equatable {
    /// It is not there or may not be read.
    case unreadable
    /// The host was not reached, or the connection broke.
    case offline
    /// The presentation is not shared with everybody.
    case isPrivate
    /// It is something else than slides, such as a web page.
    case notSlides
    /// Its content contradicts itself or its format, or tries something that slides have no need of.
    case malformed
    /// It is of a form that is not supported, such as a document with a password.
    case unsupported
    /// The program that reads it is not installed.
    case notInstalled
    /// It has more slides, or takes more memory or time, than the limit that was set.
    case tooLarge
    /// A picture could not be written.
    case unwritable
  }

  /// The kind of failure.
  public let kind: Kind
  /// The file or address.
  public let source: String
  /// The finding, what was expected, and the remedy.
  public let reason: String

  /// An error about a deck.
  public init(_ kind: Kind, _ source: String, _ reason: String) {
    (self.kind, self.source, self.reason) = (kind, source, reason)
  }

  /// `source: reason`.
  public var description: String { "\(visible(source)): \(visible(reason))" }

  /// The same text for `localizedDescription`.
  public var errorDescription: String? { description }
}

extension DeckError {
  /// A file's failure as one of the deck it belongs to.
  init(_ error: FileError, source: String) {
    let kind: Kind =
      switch error.kind {
      case .unreadable: .unreadable
      case .truncated, .malformed: .malformed
      case .unsupported: .unsupported
      case .tooLarge: .tooLarge
      case .unwritable: .unwritable
      }
    self.init(kind, source, error.reason)
  }

  init(_ error: PictureError) {
    self.init(
      error.kind == .unwritable ? .unwritable : .unreadable, error.file, error.reason)
  }
}

/// Runs `body` and reports a file's failure as one of a deck.
func asDeckError<R>(
  _ source: String, _ body: () throws(FileError) -> R
) throws(DeckError) -> R {
  do { return try body() } catch { throw DeckError(error, source: source) }
}
