import RetrogradAutograd
import RetrogradTensors

/// The largest element of each window of a picture; see
/// `maxPool2d`.
public final class MaxPool2d: Layer {
  /// The window's size.
  public let kernel: Size2D
  /// The distance between windows.
  public let stride: Size2D
  /// The number of −∞ to add on each side.
  public let padding: Size2D
  /// The distance between the window's elements.
  public let dilation: Size2D
  /// Indicates whether a window that hangs over the end counts too.
  public let ceilMode: Bool

  /// Max-pooling.
  ///
  /// - Parameters:
  ///   - kernel: The window's size.
  ///   - stride: The distance between windows; the kernel's size by default.
  ///   - padding: The number of −∞ to add on each side, at most half the kernel.
  ///   - dilation: The distance between the window's elements.
  ///   - ceilMode: Whether a window that hangs over the end counts too.
  public init(
    kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, dilation: Size2D = 1,
    ceilMode: Bool = false
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.dilation = dilation
    self.ceilMode = ceilMode
  }

  /// The largest element of each window.
  public func forward(_ x: Variable) -> Variable {
    maxPool2d(
      x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

/// The mean of each window of a picture; see
/// `avgPool2d`.
public final class AvgPool2d: Layer {
  /// The window's size.
  public let kernel: Size2D
  /// The distance between windows.
  public let stride: Size2D
  /// The number of zeros to add on each side.
  public let padding: Size2D
  /// Indicates whether a window that hangs over the end counts too.
  public let ceilMode: Bool
  /// Indicates whether the zeros of the padding count in the mean.
  public let countIncludesPadding: Bool
  /// The number that each window's sum is divided by; `nil` for that of its elements.
  public let divisorOverride: Int?

  /// Average pooling.
  ///
  /// - Parameters:
  ///   - kernel: The window's size.
  ///   - stride: The distance between windows; the kernel's size by default.
  ///   - padding: The number of zeros to add on each side, at most half the kernel.
  ///   - ceilMode: Whether a window that hangs over the end counts too.
  ///   - countIncludesPadding: Whether the zeros of the padding count in the mean.
  ///   - divisorOverride: The number to divide each window's sum by; that of its elements by default.
  public init(
    kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, ceilMode: Bool = false,
    countIncludesPadding: Bool = true, divisorOverride: Int? = nil
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.ceilMode = ceilMode
    self.countIncludesPadding = countIncludesPadding
    self.divisorOverride = divisorOverride
  }

  /// The mean of each window.
  public func forward(_ x: Variable) -> Variable {
    avgPool2d(
      x, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
      countIncludesPadding: countIncludesPadding, divisorOverride: divisorOverride)
  }
}

/// Means over windows that cover the picture evenly, so that the output has a given size whatever the
/// input's; see `adaptiveAvgPool2d`.
public final class AdaptiveAvgPool2d: Layer {
  /// The height and width of the output.
  public let size: Size2D

  /// Average pooling to `size`, a number for a square.
  public init(_ size: Size2D) { self.size = size }

  /// The means.
  public func forward(_ x: Variable) -> Variable { adaptiveAvgPool2d(x, to: size) }
}

/// The largest elements of windows that cover the picture evenly, so that the output has a given size
/// whatever the input's; see `adaptiveMaxPool2d`.
public final class AdaptiveMaxPool2d: Layer {
  /// The height and width of the output.
  public let size: Size2D

  /// Max-pooling to `size`, a number for a square.
  public init(_ size: Size2D) { self.size = size }

  /// The largest element of each window.
  public func forward(_ x: Variable) -> Variable { adaptiveMaxPool2d(x, to: size) }
}
