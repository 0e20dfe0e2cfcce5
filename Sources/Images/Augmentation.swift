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
/// Crops, mirroring, colors, grayscale and erasing are torchvision's `RandomResizedCrop`,
/// `RandomHorizontalFlip`, `ColorJitter`, `RandomGrayscale` and `RandomErasing`, with other random numbers.
///
/// Chance is drawn in the order of the members below, and only for those that there are: more members do
/// not change what the ones before them draw.
public struct Augmentation: Codable, Equatable, Sendable {
  /// Cutting out a rectangle of random size, form and place.
  public struct Crop: Codable, Equatable, Sendable {
    /// The smallest share of the picture's area that is kept, above 0 and up to 1.
    public let smallestArea: Double
    /// The most that the width is of the height, and the other way round; at least 1.
    public let stretch: Double

    /// A cut; torchvision keeps at least 8 % of the area, with sides of up to 4 to 3.
    public init(smallestArea: Double = 0.08, stretch: Double = 4.0 / 3) {
      self.init(smallestArea, stretch)
      requireNoMistake(mistake, "Augmentation.Crop")
    }

    /// A cut that may have a ``mistake``.
    init(_ smallestArea: Double, _ stretch: Double) {
      (self.smallestArea, self.stretch) = (smallestArea, stretch)
    }

    /// The mistake in it; `nil` when it can be used.
    var mistake: String? {
      smallestArea > 0 && smallestArea <= 1 && stretch >= 1 && stretch.isFinite
        ? nil
        : "expects an area from 0 to 1 and a stretch of at least 1, got \(smallestArea) and \(stretch)"
    }
  }

  /// The cut; without it the middle is taken.
  public let crop: Crop?
  /// Indicates whether every second picture is mirrored.
  public let flips: Bool
  /// The change of colors.
  public let color: ColorJitter?
  /// The probability that a picture loses its colors, from 0 to 1.
  public let grayscale: Double
  /// The loss of details.
  public let resolution: ResolutionJitter?
  /// The covering of a part.
  public let erasing: RandomErasing?

  /// Nothing changes.
  public static let none = Augmentation()

  /// Random changes.
  public init(
    crop: Crop? = nil, flips: Bool = false, color: ColorJitter? = nil, grayscale: Double = 0,
    resolution: ResolutionJitter? = nil, erasing: RandomErasing? = nil
  ) {
    self.init(crop, flips, color, grayscale, resolution, erasing)
    requireNoMistake(mistake, "Augmentation")
  }

  /// Random changes that may have a ``mistake``.
  init(
    _ crop: Crop?, _ flips: Bool, _ color: ColorJitter?, _ grayscale: Double,
    _ resolution: ResolutionJitter?, _ erasing: RandomErasing?
  ) {
    (self.crop, self.flips, self.color) = (crop, flips, color)
    (self.grayscale, self.resolution, self.erasing) = (grayscale, resolution, erasing)
  }

  /// Changes as they were written down; what an older version did not know is left out.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    crop = try values.decodeIfPresent(Crop.self, forKey: .crop)
    flips = try values.decode(Bool.self, forKey: .flips)
    color = try values.decodeIfPresent(ColorJitter.self, forKey: .color)
    grayscale = try values.decodeIfPresent(Double.self, forKey: .grayscale) ?? 0
    resolution = try values.decodeIfPresent(ResolutionJitter.self, forKey: .resolution)
    erasing = try values.decodeIfPresent(RandomErasing.self, forKey: .erasing)
    if let mistake {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "Augmentation: \(mistake)"))
    }
  }

  /// The mistake in one of the changes; `nil` when all can be used.
  var mistake: String? {
    let mistakes = [
      ("crop", crop?.mistake), ("color", color?.mistake),
      (
        "gray",
        (0...1).contains(grayscale)
          ? nil : "expects a probability from 0 to 1, got \(grayscale)"
      ),
      ("resolution", resolution?.mistake), ("erase", erasing?.mistake),
    ]
    return mistakes.lazy.compactMap { name, mistake in mistake.map { "\(name) \($0)" } }.first
  }

  /// Indicates whether the same picture comes out each time.
  public var isNone: Bool { self == .none }

  /// The picture, cut and scaled to `size` × `size` pixels and changed.
  ///
  /// Colors are changed where the picture has the fewest pixels: before a cut is enlarged, or after it is
  /// made smaller.
  public func callAsFunction(
    _ picture: Picture, size: Int, using random: inout RandomSource
  ) -> Picture {
    let part = crop.map { $0.part(of: picture, using: &random) }
    let isMirrored = flips && random.uniform() < 0.5
    let colors = color.map { ColorChange($0, using: &random) }
    let isGray = grayscale > 0 && random.uniform() < grayscale
    let side = resolution?.side(for: size, using: &random)

    var result =
      part.map { picture.cropped(x: $0.x, y: $0.y, width: $0.width, height: $0.height) }
      ?? ImageNetTransform(resize: size, crop: size).middle(picture)
    if let side, part != nil || side < min(picture.width, picture.height) {
      result = result.resized(width: min(result.width, side), height: min(result.height, side))
    }
    func changeColors() {
      colors?.apply(to: &result)
      if isGray { result.removeColors() }
    }
    let growsLater = result.width * result.height < size * size
    if growsLater { changeColors() }
    result = result.resized(width: size, height: size)
    if !growsLater { changeColors() }
    if isMirrored { result.mirror() }
    erasing?.apply(to: &result, using: &random)
    return result
  }
}

extension Augmentation.Crop {
  /// A random part.
  fileprivate func part(of picture: Picture, using random: inout RandomSource) -> Rectangle {
    let (width, height) = (picture.width, picture.height)
    let shape = RandomRectangle(smallestArea: smallestArea, largestArea: 1, stretch: stretch)
    if let rectangle = shape.draw(
      in: picture, widths: 1..<(width + 1), heights: 1..<(height + 1), using: &random)
    {
      return rectangle
    }
    // A very long picture: its middle, as near to a square as is allowed.
    let (keptWidth, keptHeight) = (
      max(1, Int(min(Double(width), Double(height) * stretch))),
      max(1, Int(min(Double(height), Double(width) * stretch)))
    )
    return Rectangle(
      x: (width - keptWidth) / 2, y: (height - keptHeight) / 2, width: keptWidth,
      height: keptHeight)
  }
}

/// Stops with what is wrong with settings, if something is.
func requireNoMistake(_ mistake: String?, _ what: String) {
  require(mistake == nil, "\(what): \(mistake ?? "")")
}
