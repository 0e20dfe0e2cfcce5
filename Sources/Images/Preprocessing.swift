import RetrogradTensors

/// What a network expects of pictures, as it is written down in a file of weights.
public struct Preprocessing: Codable, Equatable, Sendable {
  /// What the shorter side is scaled to, in pixels.
  public let resize: Int
  /// The width and height of the middle that is kept, in pixels.
  public let crop: Int
  /// What is taken off red, green and blue, numbers from 0 to 1.
  public let mean: [Double]
  /// What they are then divided by.
  public let standardDeviation: [Double]

  /// What networks trained on ImageNet expect.
  public static let imageNet = Preprocessing()

  /// A preprocessing; by default for networks trained on ImageNet.
  public init(
    resize: Int = 224, crop: Int = 224, mean: [Double] = Normalize.imageNetMean,
    standardDeviation: [Double] = Normalize.imageNetDeviation
  ) {
    (self.resize, self.crop) = (resize, crop)
    (self.mean, self.standardDeviation) = (mean, standardDeviation)
  }

  /// Whether it can be done: sizes from 1 to 8192 and three channels with deviations above 0.
  public var isValid: Bool {
    (1...8192).contains(resize) && (1...8192).contains(crop) && mean.count == 3
      && standardDeviation.count == 3 && standardDeviation.allSatisfy { $0 > 0 && $0.isFinite }
      && mean.allSatisfy(\.isFinite)
  }

  private var normalize: Normalize { Normalize(mean: mean, standardDeviation: standardDeviation) }

  /// The picture as a tensor [3, crop, crop].
  public func callAsFunction(_ picture: Picture) -> Tensor {
    ImageNetTransform(resize: resize, crop: crop, normalize: normalize)(picture)
  }

  /// A picture that has its size already, as a tensor [3, H, W].
  public func normalized(_ picture: Picture) -> Tensor {
    Tensor(
      pixels: picture.pixels, width: picture.width, height: picture.height, mean: mean,
      deviation: standardDeviation)
  }
}
