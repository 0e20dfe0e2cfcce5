import RetrogradTensors

/// The preprocessing of pictures for a network: scaled, cut to the middle, normalized; as it is written down in
/// a file of weights.
public struct Preprocessing: Codable, Equatable, Sendable {
  /// The shorter side after scaling, in pixels.
  public var resize: Int
  /// The width and height of the middle that is kept, in pixels.
  public var crop: Int
  /// The shorter side to which larger pictures are scaled down before anything else, in pixels; `nil` for none.
  ///
  /// A network that has learned from small pictures, enlarged, knows nothing of fine detail: this takes it away
  /// from large ones too, so that both look the same to it.
  public var detail: Int?
  /// The mean to subtract from each channel, red, green and blue.
  public var mean: [Double]
  /// The standard deviation to divide each channel by.
  public var std: [Double]
  /// The interpolation for scaling; only `bilinear`, with antialiasing, is known.
  public var interpolation: String

  /// The preprocessing that networks trained on ImageNet expect.
  public static let imageNet = Preprocessing()

  /// A way to make pictures ready, by default that of ImageNet.
  public init(
    resize: Int = 224, crop: Int = 224, detail: Int? = nil,
    mean: [Double] = Normalize.imageNetMean, std: [Double] = Normalize.imageNetDeviation
  ) {
    (self.resize, self.crop, self.detail, self.mean, self.std) = (resize, crop, detail, mean, std)
    interpolation = "bilinear"
  }

  /// The transform from a picture to a tensor [3, crop, crop].
  public var transform: ImageNetTransform {
    ImageNetTransform(
      resize: resize, crop: crop, detail: detail,
      normalize: Normalize(mean: mean, standardDeviation: std))
  }

  /// The same for another size: what is kept has `size` × `size` pixels, and shows as much as before.
  public func resized(to size: Int) -> Preprocessing {
    var result = self
    result.resize = max(size, Int((Double(resize * size) / Double(crop)).rounded()))
    result.crop = size
    return result
  }

  /// A picture without the detail that is to be taken away, see ``detail``.
  public func softened(_ picture: Picture) -> Picture { picture.softened(to: detail) }

  /// A picture that has its size already, as a tensor [3, H, W].
  public func normalized(_ picture: Picture) -> Tensor {
    Tensor(
      pixels: picture.pixels, width: picture.width, height: picture.height, mean: mean,
      deviation: std)
  }

  /// The side lengths in pixels that are believed of a file: what AlexNet takes, and a batch fits in memory.
  private static let sizes = 63...1024

  /// The mistake in it; `nil` when it can be used.
  package var mistake: String? {
    if let detail, !(1...Self.sizes.upperBound).contains(detail) {
      return "detail is \(detail) pixels, expected 1 to \(Self.sizes.upperBound)"
    }
    for (name, size) in [("resize", resize), ("crop", crop)] where !Self.sizes.contains(size) {
      return "\(name) is \(size) pixels, expected \(Self.sizes.lowerBound) to "
        + "\(Self.sizes.upperBound)"
    }
    if mean.count != 3 || std.count != 3 || !(mean + std).allSatisfy(\.isFinite)
      || std.contains(0)
    {
      return "mean \(mean) and std \(std) should be three finite numbers each, std without 0"
    }
    if interpolation != "bilinear" {
      return "interpolation is \"\(interpolation)\", only \"bilinear\" is known"
    }
    return nil
  }
}
