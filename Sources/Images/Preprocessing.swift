import RetrogradTensors

/// How pictures are made ready for a network: scaled, cut to the middle, normalised; as it is written down in
/// a file of weights.
public struct Preprocessing: Codable, Equatable, Sendable {
  /// The shorter side after scaling, in pixels.
  public var resize: Int
  /// The width and height of the middle that is kept, in pixels.
  public var crop: Int
  /// What is subtracted from each channel, red, green and blue.
  public var mean: [Double]
  /// What each channel is divided by then.
  public var std: [Double]
  /// How it is scaled; only `bilinear`, with antialiasing, is known.
  public var interpolation: String

  /// What networks trained on ImageNet expect.
  public static let imageNet = Preprocessing()

  /// A way to make pictures ready, by default that of ImageNet.
  public init(
    resize: Int = 224, crop: Int = 224, mean: [Double] = Normalize.imageNetMean,
    std: [Double] = Normalize.imageNetDeviation
  ) {
    (self.resize, self.crop, self.mean, self.std) = (resize, crop, mean, std)
    interpolation = "bilinear"
  }

  /// What makes a tensor [3, crop, crop] of a picture.
  public var transform: ImageNetTransform {
    ImageNetTransform(
      resize: resize, crop: crop, normalize: Normalize(mean: mean, standardDeviation: std))
  }

  /// A picture that has its size already, as a tensor [3, H, W].
  public func normalized(_ picture: Picture) -> Tensor {
    Tensor(
      pixels: picture.pixels, width: picture.width, height: picture.height, mean: mean,
      deviation: std)
  }

  /// How many pixels a side are believed of a file: what AlexNet takes, and a batch fits in memory.
  private static let sizes = 63...1024

  /// What is wrong with it; `nil` when it can be used.
  package var mistake: String? {
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
