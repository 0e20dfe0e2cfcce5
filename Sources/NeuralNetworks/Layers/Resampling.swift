import RetrogradAutograd
import RetrogradTensors

// Layers without parameters that change the size of pictures, or move pixels.

/// Pictures in another size; see ``interpolate(_:to:mode:alignCorners:)``.
public final class Upsample: Layer {
  private let target: Target
  /// The method of interpolation.
  public let mode: InterpolationMode
  /// For bilinear and bicubic interpolation: whether the corner elements stay.
  public let alignCorners: Bool

  private enum Target {
    case size(Size2D)
    case scale(height: Double, width: Double)
  }

  /// Pictures in a given size.
  ///
  /// - Parameters:
  ///   - size: The height and width of the output.
  ///   - mode: The method of interpolation.
  ///   - alignCorners: For bilinear and bicubic interpolation: whether the corner elements stay.
  public init(to size: Size2D, mode: InterpolationMode = .nearest, alignCorners: Bool = false) {
    target = .size(size)
    self.mode = mode
    self.alignCorners = alignCorners
  }

  /// Pictures enlarged by a factor.
  ///
  /// - Parameters:
  ///   - scale: The factor by which they become higher and wider.
  ///   - mode: The method of interpolation.
  ///   - alignCorners: For bilinear and bicubic interpolation: whether the corner elements stay.
  public init(
    scale: (height: Double, width: Double), mode: InterpolationMode = .nearest,
    alignCorners: Bool = false
  ) {
    target = .scale(height: scale.height, width: scale.width)
    self.mode = mode
    self.alignCorners = alignCorners
  }

  /// Pictures enlarged by one factor in both directions.
  public convenience init(
    scale: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false
  ) {
    self.init(scale: (scale, scale), mode: mode, alignCorners: alignCorners)
  }

  /// Size or factor, method, and whether corners are aligned.
  public var configuration: String {
    let first =
      switch target {
      case .size(let size): "to: \(size.literal)"
      case .scale(let height, let width):
        height == width ? "scale: \(height)" : "scale: (\(height), \(width))"
      }
    return arguments(
      first, option("mode", ".\(mode)", unless: ".nearest"),
      option("alignCorners", alignCorners, unless: false))
  }

  /// The pictures in their new size.
  public func forward(_ x: Variable) -> Variable {
    switch target {
    case .size(let size): interpolate(x, to: size, mode: mode, alignCorners: alignCorners)
    case .scale(let height, let width):
      interpolate(x, scale: (height, width), mode: mode, alignCorners: alignCorners)
    }
  }
}

/// Channels laid out as pixels: […, C·r², H, W] → […, C, H·r, W·r]; see ``pixelShuffle(_:_:)``.
public final class PixelShuffle: Layer {
  /// The factor by which the pictures become higher and wider.
  public let factor: Int
  /// Channels laid out as `factor`×`factor` pixels.
  public init(_ factor: Int) { self.factor = factor }
  /// The shuffled pictures.
  public func forward(_ x: Variable) -> Variable { pixelShuffle(x, factor) }
}

/// Pixels gathered into channels: […, C, H·r, W·r] → […, C·r², H, W]; see ``pixelUnshuffle(_:_:)``.
public final class PixelUnshuffle: Layer {
  /// The factor by which the pictures become lower and narrower.
  public let factor: Int
  /// `factor`×`factor` pixels gathered into channels.
  public init(_ factor: Int) { self.factor = factor }
  /// The gathered pictures.
  public func forward(_ x: Variable) -> Variable { pixelUnshuffle(x, factor) }
}

/// A border around pictures: [N, C, H, W] → [N, C, H', W']; see ``Variable/padded(_:mode:)``.
public final class Pad2d: Layer {
  /// The numbers of rows to add above and below.
  public let rows: (before: Int, after: Int)
  /// The numbers of columns to add left and right.
  public let columns: (before: Int, after: Int)
  /// The content of the border.
  public let mode: PaddingMode

  /// A border of its own width on each side.
  ///
  /// - Parameters:
  ///   - rows: The numbers of rows to add above and below.
  ///   - columns: The numbers of columns to add left and right.
  ///   - mode: The content of the border: zeros by default.
  public init(
    rows: (before: Int, after: Int), columns: (before: Int, after: Int),
    mode: PaddingMode = .constant(0)
  ) {
    self.rows = rows
    self.columns = columns
    self.mode = mode
  }

  /// A border of one width on all sides.
  public convenience init(_ width: Int, mode: PaddingMode = .constant(0)) {
    self.init(rows: (width, width), columns: (width, width), mode: mode)
  }

  /// The pictures with their border.
  public func forward(_ x: Variable) -> Variable { x.padded([rows, columns], mode: mode) }
}
