import Foundation
import RetrogradText

/// Stops the program with a message when a programmer's mistake is found (shapes, dtypes, a second
/// backward), in every build.
///
/// `precondition` prints nothing in release builds and `fatalError` dumps registers, so this writes
/// the message to standard error and exits with status 70 (`EX_SOFTWARE`). With `RETROGRAD_TRAP=1`
/// in the environment it traps instead, for debuggers.
///
/// Inside a network the message begins with the layer that was running, see ``FailureContext``.
///
/// Never use it for what comes from outside (files, downloads): that throws a typed error.
@inlinable
package func require(_ condition: Bool, _ message: @autoclosure () -> String) {
  if !condition { stop(message()) }
}

/// Stops the program as ``require(_:_:)`` does, unconditionally.
@usableFromInline
package func stop(_ message: String) -> Never {
  fflush(nil)
  let message = (FailureContext.current.map { "\($0.description): " } ?? "") + message
  writeError("retrograd: \(message)")
  if ProcessInfo.processInfo.environment["RETROGRAD_TRAP"] == "1" { fatalError(message) }
  exit(70)
}

/// The calling thread's position in a program, in terms of its user: the path of a running layer.
package enum FailureContext {
  /// The name to put before the message of a mistake; worked out only when there is one.
  @TaskLocal package static var current: (any CustomStringConvertible & AnyObject & Sendable)?
}
