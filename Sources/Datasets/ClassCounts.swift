import Foundation
import RetrogradText

/// The number of pictures of a deck in each class, in order: `25,25`, or with names `ants=25,bees=25`.
public struct ClassCounts: Sendable, Equatable, CustomStringConvertible {
  /// The classes.
  public let parts: [Part]

  /// One class.
  public struct Part: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// The number of its pictures.
    public let count: Int
  }

  /// No deck has as many slides; sums stay far from what an `Int` holds.
  private static let largestCount = 1_000_000

  /// Reads a list of classes.
  ///
  /// - Parameter text: Numbers with commas between, each with a name before it or none: then classes are
  ///   called `class 0`, `class 1`, ….
  public init(_ text: String) throws(ClassCountsError) {
    var parts: [Part] = []
    for (place, word) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
      let sides = word.split(separator: "=", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard sides.count <= 2, let count = Int(sides.last ?? ""),
        (1...Self.largestCount).contains(count),
        sides.count == 1 || !sides[0].isEmpty
      else {
        throw ClassCountsError(
          "\"\(word)\" is not a class: expected the number of pictures of each class, such as 25,25 or "
            + "ants=25,bees=25")
      }
      parts.append(Part(name: sides.count == 2 ? sides[0] : "class \(place)", count: count))
    }
    if let twice = parts.first(where: { part in parts.count { $0.name == part.name } > 1 }) {
      throw ClassCountsError("the class \"\(twice.name)\" is listed twice")
    }
    self.parts = parts
  }

  /// The number of all pictures.
  public var total: Int {
    parts.reduce(0) { $0 + $1.count }
  }

  /// The list as it is written.
  public var description: String {
    parts.map { "\($0.name)=\($0.count)" }.joined(separator: ",")
  }
}

/// A mistake in a list of classes.
public struct ClassCountsError: ExplainedError {
  /// The mistake.
  public let description: String

  init(_ description: String) { self.description = description }
}
