import Foundation

/// An error that says in words what is wrong, what was expected and what to do about it.
///
/// Its `description` is what programs print; `localizedDescription` is the same text.
public protocol ExplainedError: LocalizedError, Equatable, Sendable, CustomStringConvertible {}

extension ExplainedError {
  /// The same text for `localizedDescription`.
  public var errorDescription: String? { description }
}
