import ArgumentParser
import Foundation

/// The values that make sense for an option.
package struct Bounds<Number: Comparable & Sendable>: Sendable {
  private let words: String
  private let contains: @Sendable (Number) -> Bool

  /// From `low` to `high`, both included.
  package static func from(_ low: Number, to high: Number) -> Bounds {
    Bounds(words: "from \(shown(low)) to \(shown(high))") { $0 >= low && $0 <= high }
  }

  /// From `low` to below `end`.
  package static func from(_ low: Number, below end: Number) -> Bounds {
    Bounds(words: "from \(shown(low)) to below \(shown(end))") { $0 >= low && $0 < end }
  }

  /// Above `low`, and up to `high`.
  package static func above(_ low: Number, to high: Number) -> Bounds {
    Bounds(words: "above \(shown(low)), up to \(shown(high))") { $0 > low && $0 <= high }
  }

  /// A number as people write it: 1, not 1.0.
  private static func shown(_ number: Number) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  fileprivate func check(_ option: String, _ value: Number?) throws {
    guard let value, !contains(value) else { return }
    throw ValidationError("\(option) must be \(words), got \(Self.shown(value)).")
  }
}

/// Stops a command that gives an option a value that makes no sense; what is not a number makes sense nowhere.
///
/// - Parameters:
///   - option: The option's name, such as `--epochs`.
///   - value: Its value; `nil` where it was not given.
///   - bounds: The values that make sense.
/// - Throws: `ValidationError` with the option, the bounds and the value.
package func checkOption<Number>(
  _ option: String, _ value: Number?, _ bounds: Bounds<Number>
) throws {
  try bounds.check(option, value)
}

/// The names of a list with commas between: `classifier,features.10`.
///
/// - Parameters:
///   - option: The option's name, such as `--layers`.
///   - text: The list.
/// - Throws: `ValidationError` where the list, or a place in it, is empty.
package func splitNames(_ option: String, _ text: String) throws -> [String] {
  let names = text.unicodeScalars.split(separator: ",", omittingEmptySubsequences: false).map {
    String($0).trimmingCharacters(in: .whitespaces)
  }
  if names.contains("") {
    throw ValidationError("\(option) has an empty name in \"\(text)\".")
  }
  return names
}
