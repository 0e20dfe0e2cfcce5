import RetrogradTensors

/// Takes the finest details from some pictures: a network that meets soft small pictures as well as sharp
/// large ones should give the same answer for both.
///
/// What a picture is cut to is scaled down to a random size below that of the result, and from there up to
/// it, as if the picture had been that small. A cut with fewer pixels than that is soft already and stays.
public struct ResolutionJitter: Codable, Equatable, Sendable {
  /// The probability that a picture is scaled down, from 0 to 1.
  public let probability: Double
  /// The smallest size, as a share of the result's, above 0 and up to 1; sizes are drawn evenly from
  /// there to 1.
  public let smallest: Double

  /// A loss of details.
  public init(probability: Double = 0.5, smallest: Double = 0.3) {
    self.init(probability, smallest)
    requireNoMistake(mistake, "ResolutionJitter")
  }

  /// A loss of details that may have a ``mistake``.
  init(_ probability: Double, _ smallest: Double) {
    (self.probability, self.smallest) = (probability, smallest)
  }

  /// The mistake in it; `nil` when it can be used.
  var mistake: String? {
    (0...1).contains(probability) && smallest > 0 && smallest <= 1
      ? nil
      : "expects a probability from 0 to 1 and a smallest size above 0 and up to 1, got "
        + "\(probability) and \(smallest)"
  }

  /// Draws whether at all, and then the size in between.
  ///
  /// - Parameters:
  ///   - size: The width and height of the result, in pixels.
  ///   - random: The source of chance.
  /// - Returns: The most pixels a side in between; `nil` for no change.
  func side(for size: Int, using random: inout RandomSource) -> Int? {
    guard random.uniform() < probability else { return nil }
    return max(1, Int((Double(size) * random.uniform(smallest, 1)).rounded()))
  }
}
