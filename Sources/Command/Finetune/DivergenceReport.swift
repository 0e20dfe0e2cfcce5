import ArgumentParser
import Foundation
import Retrograd

/// Runs a training, and ends the program with what to try where it comes to numbers that are not finite.
func reportingDivergence<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as DivergenceError {
    writeError("error: \(error.finding). \(error.outcome) \(error.options)")
    throw ExitCode(1)
  }
}

extension DivergenceError {
  /// The remedy, in the words of the command line.
  fileprivate var options: String {
    switch quantity {
    case .start, .pictures: remedy
    case .loss, .gradient, .parameters, .validation:
      String(format: "Try --learning-rate %.2g or less, --warm-up, or --clip 1.", smallerRate)
    }
  }
}
