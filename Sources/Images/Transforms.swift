import Foundation
import RetrogradFiles
import RetrogradTensors

/// Cuts out the middle; a picture that is too small gets a black border first.
///
/// Rounds as torchvision's `CenterCrop` does.
public struct CenterCrop: Sendable {
  /// The width and height of what is kept, in pixels.
  public let size: Size2D

  /// Keeps `size`, a number for a square.
  public init(_ size: Size2D) {
    require(size.height > 0 && size.width > 0, "CenterCrop: cannot keep \(size) pixels")
    self.size = size
  }

  /// The middle of the picture.
  public func callAsFunction(_ picture: Picture) -> Picture {
    let (x, y) = origin(width: picture.width, height: picture.height)
    return picture.cropped(x: x, y: y, width: size.width, height: size.height)
  }

  /// The first column and row that are kept; negative where a border comes first.
  func origin(width: Int, height: Int) -> (x: Int, y: Int) {
    func start(_ extent: Int, _ kept: Int) -> Int {
      // Too small: half of what is missing, rounded down, comes before. Otherwise half of what is too
      // much is cut, rounded to even.
      extent < kept
        ? -((kept - extent) / 2)
        : Int((Double(extent - kept) / 2).rounded(.toNearestOrEven))
    }
    return (start(width, size.width), start(height, size.height))
  }
}

extension Picture {
  /// A rectangle of the picture; black where it reaches over the border.
  public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> Picture {
    require(newWidth >= 0 && newHeight >= 0, "cropped: cannot keep \(newWidth)×\(newHeight) pixels")
    var result = [UInt8](repeating: 0, count: 3 * newWidth * newHeight)
    let columns = max(x, 0)..<max(max(x, 0), min(x + newWidth, width))
    for row in max(y, 0)..<max(max(y, 0), min(y + newHeight, height)) {
      let source = 3 * (row * width + columns.lowerBound)
      let target = 3 * ((row - y) * newWidth + columns.lowerBound - x)
      result.replaceSubrange(
        target..<(target + 3 * columns.count), with: pixels[source..<(source + 3 * columns.count)])
    }
    return Picture(width: newWidth, height: newHeight, pixels: result)
  }
}

/// A picture to a tensor [3, H, W] of numbers from 0 to 1.
public struct ToTensor: Sendable {
  /// The transform.
  public init() {}

  /// Red, green and blue planes, divided by 255.
  public func callAsFunction(_ picture: Picture) -> Tensor {
    Tensor(
      pixels: picture.pixels, width: picture.width, height: picture.height,
      mean: [0, 0, 0], deviation: [1, 1, 1])
  }
}

/// Subtracts a mean from each channel and divides by a deviation.
public struct Normalize: Sendable {
  /// The mean of each channel.
  public let mean: [Double]
  /// The standard deviation of each channel.
  public let standardDeviation: [Double]

  /// The mean of ImageNet's training pictures, red, green and blue (torchvision's documentation of its
  /// pre-trained models).
  public static let imageNetMean = [0.485, 0.456, 0.406]
  /// The standard deviation of ImageNet's training pictures.
  public static let imageNetDeviation = [0.229, 0.224, 0.225]

  /// A normalization, by default to ImageNet's pictures.
  public init(
    mean: [Double] = imageNetMean, standardDeviation: [Double] = imageNetDeviation
  ) {
    require(
      mean.count == standardDeviation.count && standardDeviation.allSatisfy { $0 != 0 },
      "Normalize: needs one mean and one standard deviation, not 0, for each channel")
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// The tensor [C, H, W] or [N, C, H, W], normalized.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(
      x.rank >= 3 && x.shape[x.rank - 3] == mean.count,
      "Normalize: expects [\(mean.count), H, W] or a batch of them, got \(x.shape)")
    let shape = [mean.count, 1, 1]
    return (x - Tensor(mean, shape: shape, dtype: x.dtype))
      / Tensor(standardDeviation, shape: shape, dtype: x.dtype)
  }
}

/// The transform that networks trained on ImageNet expect: scaled, cut to the middle, normalized.
///
/// ```swift
/// let x = ImageNetTransform()(try Picture.read(url))   // [3, 224, 224]
/// ```
public struct ImageNetTransform: Sendable {
  private let resize: Resize
  private let crop: CenterCrop
  private let detail: Int?
  private let normalize: Normalize

  /// A transform that scales the shorter side to `resize` and keeps the middle `crop` pixels.
  ///
  /// - Parameters:
  ///   - resize: The shorter side after scaling, in pixels.
  ///   - crop: The width and height of the middle that is kept, in pixels.
  ///   - detail: The shorter side to which larger pictures are scaled down before, in pixels; see
  ///     ``Preprocessing/detail``.
  ///   - normalize: The normalization.
  public init(
    resize: Int = 224, crop: Int = 224, detail: Int? = nil, normalize: Normalize = Normalize()
  ) {
    require(
      normalize.mean.count == 3,
      "ImageNetTransform: a picture has 3 channels, the normalization \(normalize.mean.count)")
    self.resize = Resize(resize)
    self.crop = CenterCrop(Size2D(crop))
    self.detail = detail
    self.normalize = normalize
  }

  /// The picture as a tensor [3, crop, crop].
  ///
  /// Only the pixels that are kept are computed, so that a picture of any shape takes no more memory
  /// than it has already and the tensor needs: a line of a million pixels can come from a small file.
  public func callAsFunction(_ picture: Picture) -> Tensor {
    let cut = middle(picture)
    return Tensor(
      pixels: cut.pixels, width: cut.width, height: cut.height, mean: normalize.mean,
      deviation: normalize.standardDeviation)
  }

  /// The result of scaling and then cutting.
  func middle(_ picture: Picture) -> Picture {
    let picture = picture.softened(to: detail)
    let (width, height) = resize.scaledSize(width: picture.width, height: picture.height)
    let (x, y) = crop.origin(width: width, height: height)
    let columns = max(x, 0)..<min(x + crop.size.width, width)
    let rows = max(y, 0)..<min(y + crop.size.height, height)
    let kept = picture.resized(width: width, height: height, keepingX: columns, keepingY: rows)
    return kept.cropped(
      x: x - columns.lowerBound, y: y - rows.lowerBound, width: crop.size.width,
      height: crop.size.height)
  }
}

extension Picture {
  /// The picture scaled down so that its shorter side has `detail` pixels, where it is longer and `detail` is
  /// given.
  func softened(to detail: Int?) -> Picture {
    guard let detail, min(width, height) > detail else { return self }
    return Resize(detail)(self)
  }
}

/// Reads a picture file and makes it ready for a network trained on ImageNet: [3, size, size].
///
/// A picture so long and thin that it would have more than ``Picture/defaultPixelLimit`` pixels when
/// scaled is an error: its middle would show nothing of it.
public func load(_ url: URL, size: Int = 224) throws(FileError) -> Tensor {
  let picture = try Picture.read(url)
  let scaled = Resize(size).scaledSize(width: picture.width, height: picture.height)
  guard !Picture.isTooLarge(scaled.width, scaled.height) else {
    throw FileError(
      .tooLarge, file: url.path,
      "is too long and thin: its \(picture.width)×\(picture.height) pixels would become "
        + "\(scaled.width)×\(scaled.height), more than the limit of \(Picture.defaultPixelLimit)")
  }
  return ImageNetTransform(resize: size, crop: size)(picture)
}

extension Picture {
  /// A picture from numbers from 0 to 1: [3, H, W] in color, [1, H, W] or [H, W] in gray. What lies
  /// outside of 0 to 1 is cut off.
  public init(_ tensor: Tensor) {
    let isGray = tensor.rank == 2 || tensor.rank == 3 && tensor.shape[0] == 1
    require(
      isGray || tensor.rank == 3 && tensor.shape[0] == 3,
      "Picture: expects [3, H, W], [1, H, W] or [H, W], got \(tensor.shape)")
    let (height, width) = (tensor.shape[tensor.rank - 2], tensor.shape[tensor.rank - 1])
    self.init(width: width, height: height, pixels: tensor.pixels(channels: isGray ? 1 : 3))
  }
}
