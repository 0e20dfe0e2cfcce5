import Foundation
import RetrogradText

/// The reason why one side of a comparison has no figures.
enum BenchError: ExplainedError {
  /// There is no Python of that name.
  case noPython(String)
  /// A program cannot be started, with the system's reason.
  case cannotStart(String, reason: String)
  /// A Python lacks a package.
  case missingPackage(String, python: String)
  /// Something took longer than it may.
  case timedOut(doing: String, seconds: Double)
  /// The process ended by itself, with the last line that it wrote to standard error.
  case ended(status: Int32, lastLine: String)
  /// An answer is not what the protocol asks for, or cannot be true.
  case wrongAnswer(String, reason: String)
  /// The work itself failed.
  case failed(String)

  var description: String {
    switch self {
    case .noPython(let name):
      "there is no Python called \(name); name one with --python PATH or RETROGRAD_PYTHON"
    case .cannotStart(let program, let reason): "\(program) cannot be started: \(reason)"
    case .missingPackage(let package, let python):
      "\(package) is not installed: \(python) -m pip install \(package)"
    case .timedOut(let doing, let seconds):
      "it did not \(doing) within \(String(format: "%g", seconds)) s (see --time-out)"
    case .ended(let status, let lastLine):
      "its process ended (status \(status))" + (lastLine.isEmpty ? "" : ": \(lastLine)")
    case .wrongAnswer(let answer, let reason): "it answered \(answer), \(reason)"
    case .failed(let reason): reason
    }
  }
}
