import Foundation
import RetrogradTensors

/// Covers a random rectangle of some pictures, so that a network learns to do with what is left of a
/// thing (Zhong et al., *Random erasing data augmentation*, 2020).
///
/// As torchvision's `RandomErasing`: up to ten rectangles are drawn until one fits inside; none is covered
/// where none does.
public struct RandomErasing: Codable, Equatable, Sendable {
  /// The content of the rectangle.
  public enum Fill: String, Codable, CaseIterable, Sendable {
    /// ImageNet's mean color, which becomes 0 when pictures are normalized.
    case mean
    /// Evenly drawn bytes.
    case noise
  }

  /// The probability that a picture is covered in part, from 0 to 1.
  public let probability: Double
  /// The smallest share of the picture's area that is covered, above 0.
  public let smallestArea: Double
  /// The largest share of the picture's area that is covered, up to 1.
  public let largestArea: Double
  /// The most that the width is of the height, and the other way round; at least 1.
  public let stretch: Double
  /// The content of the rectangle.
  public let fill: Fill

  /// A covering, with torchvision's numbers; logarithms of forms are drawn evenly.
  public init(
    probability: Double = 0.5, smallestArea: Double = 0.02, largestArea: Double = 0.33,
    stretch: Double = 3.3, fill: Fill = .mean
  ) {
    self.init(probability, smallestArea, largestArea, stretch, fill)
    requireNoMistake(mistake, "RandomErasing")
  }

  /// A covering that may have a ``mistake``.
  init(
    _ probability: Double, _ smallestArea: Double, _ largestArea: Double, _ stretch: Double,
    _ fill: Fill
  ) {
    self.probability = probability
    self.smallestArea = smallestArea
    self.largestArea = largestArea
    self.stretch = stretch
    self.fill = fill
  }

  /// The mistake in it; `nil` when it can be used.
  var mistake: String? {
    let isRight =
      (0...1).contains(probability) && smallestArea > 0 && smallestArea <= largestArea
      && largestArea <= 1 && stretch >= 1 && stretch.isFinite
    return isRight
      ? nil
      : "expects a probability from 0 to 1, areas above 0 and up to 1, the smaller one first, and a "
        + "stretch of at least 1, got \(probability), \(smallestArea), \(largestArea) and \(stretch)"
  }

  /// The picture, perhaps with a part covered.
  ///
  /// Draws whether at all; then, up to ten times, the area and the form; then the column and the row;
  /// then, for noise, 64 bits for each eight bytes, row by row.
  public func callAsFunction(_ picture: Picture, using random: inout RandomSource) -> Picture {
    var result = picture
    apply(to: &result, using: &random)
    return result
  }

  func apply(to picture: inout Picture, using random: inout RandomSource) {
    guard random.uniform() < probability else { return }
    let shape = RandomRectangle(
      smallestArea: smallestArea, largestArea: largestArea, stretch: stretch)
    // Shorter than the picture on both axes.
    guard
      let rectangle = shape.draw(
        in: picture, widths: 1..<max(1, picture.width), heights: 1..<max(1, picture.height),
        using: &random)
    else { return }
    switch fill {
    case .mean: picture.fill(rectangle, with: Self.meanColor)
    case .noise: picture.fillWithNoise(rectangle, using: &random)
    }
  }

  private static let meanColor = Normalize.imageNetMean.map { UInt8(($0 * 255).rounded()) }
}

extension Picture {
  fileprivate mutating func fill(_ rectangle: Rectangle, with color: [UInt8]) {
    let width = width
    pixels.withUnsafeMutableBufferPointer { pixels in
      for y in rectangle.y..<(rectangle.y + rectangle.height) {
        for x in rectangle.x..<(rectangle.x + rectangle.width) {
          for channel in 0..<3 { pixels[3 * (y * width + x) + channel] = color[channel] }
        }
      }
    }
  }

  fileprivate mutating func fillWithNoise(
    _ rectangle: Rectangle, using random: inout RandomSource
  ) {
    let width = width
    pixels.withUnsafeMutableBufferPointer { pixels in
      for y in rectangle.y..<(rectangle.y + rectangle.height) {
        var bits: UInt64 = 0
        for i in 0..<(3 * rectangle.width) {
          if i.isMultiple(of: 8) { bits = random.next() }
          pixels[3 * (y * width + rectangle.x) + i] = UInt8(truncatingIfNeeded: bits)
          bits >>= 8
        }
      }
    }
  }
}
