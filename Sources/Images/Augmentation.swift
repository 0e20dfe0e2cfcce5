import Foundation
import RetrogradTensors

/// Random changes that leave what a picture shows: a network that sees each picture in another way every time
/// learns less of it by heart.
///
/// ```swift
/// var random = RandomSource(seed: seed, at: [epoch, index])
/// let x = normalize(ToTensor()(augment(picture, size: 224, using: &random)))
/// ```
///
/// Crops and colours are torchvision's `RandomResizedCrop`, `RandomHorizontalFlip` and `ColorJitter`, with other
/// random numbers.
public struct Augmentation: Codable, Equatable, Sendable {
  /// Cutting out a rectangle of random size, form and place.
  public struct Crop: Codable, Equatable, Sendable {
    /// The smallest share of the picture's area that is kept, above 0 and up to 1.
    public let smallestArea: Double
    /// The most that the width is of the height, and the other way round; at least 1.
    public let stretch: Double

    /// A cut; torchvision keeps at least 8 % of the area, with sides of up to 4 to 3.
    public init(smallestArea: Double = 0.08, stretch: Double = 4.0 / 3) {
      require(
        smallestArea > 0 && smallestArea <= 1 && stretch >= 1,
        "Augmentation.Crop: expects an area from 0 to 1 and a stretch of at least 1, got "
          + "\(smallestArea) and \(stretch)")
      (self.smallestArea, self.stretch) = (smallestArea, stretch)
    }
  }

  /// The cut; without it the middle is taken.
  public let crop: Crop?
  /// Whether every second picture is mirrored.
  public let flips: Bool
  /// The change of colours.
  public let color: ColorJitter?

  /// Nothing changes.
  public static let none = Augmentation()

  /// Random changes.
  public init(crop: Crop? = nil, flips: Bool = false, color: ColorJitter? = nil) {
    (self.crop, self.flips, self.color) = (crop, flips, color)
  }

  /// Whether the same picture comes out each time.
  public var isNone: Bool { self == .none }

  /// The picture, cut and scaled to `size` × `size` pixels and changed.
  public func callAsFunction(
    _ picture: Picture, size: Int, using random: inout RandomSource
  ) -> Picture {
    var result =
      crop.map { $0.cut(picture, size: size, using: &random) }
      ?? CenterCrop(Size2D(size))(Resize(size)(picture))
    if flips && random.uniform() < 0.5 { result = result.mirrored }
    if let color { result = color(result, using: &random) }
    return result
  }
}

extension Augmentation.Crop {
  /// A random part, scaled to a square.
  fileprivate func cut(_ picture: Picture, size: Int, using random: inout RandomSource) -> Picture {
    let area = Double(picture.width * picture.height)
    let form = log(stretch)
    for _ in 0..<10 {
      let target = area * random.uniform(smallestArea, 1)
      let aspect = exp(random.uniform(-form, form))
      let width = Int((target * aspect).squareRoot().rounded())
      let height = Int((target / aspect).squareRoot().rounded())
      if (1...picture.width).contains(width) && (1...picture.height).contains(height) {
        let x = random.integer(in: 0..<(picture.width - width + 1))
        let y = random.integer(in: 0..<(picture.height - height + 1))
        return picture.cropped(x: x, y: y, width: width, height: height)
          .resized(width: size, height: size)
      }
    }
    // A very long picture: its middle, as near to a square as is allowed.
    let width = min(picture.width, max(1, Int(Double(picture.height) * stretch)))
    let height = min(picture.height, max(1, Int(Double(picture.width) * stretch)))
    return picture.cropped(
      x: (picture.width - width) / 2, y: (picture.height - height) / 2, width: width,
      height: height
    ).resized(width: size, height: size)
  }
}

extension Picture {
  /// Left and right exchanged.
  public var mirrored: Picture {
    var result = self
    for y in 0..<height {
      for x in 0..<width {
        let (from, to) = (3 * (y * width + x), 3 * (y * width + width - 1 - x))
        for channel in 0..<3 { result.pixels[to + channel] = pixels[from + channel] }
      }
    }
    return result
  }
}
