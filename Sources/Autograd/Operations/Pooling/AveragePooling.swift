import RetrogradTensors

// Average pooling: linear, and its derivative is its adjoint. Shapes: [N, C, H, W] or [C, H, W].

/// The mean of each window. Derivative: `dy` divided over the window.
///
/// - Parameters:
///   - x: The pictures.
///   - kernel: The window's size.
///   - stride: The distance between windows; the kernel's size by default.
///   - padding: The number of zeros to add on each side, at most half the kernel.
///   - ceilMode: Whether a window that hangs over the end counts too.
///   - countIncludesPadding: Whether the zeros of the padding count in the mean.
public func avgPool2d(
  _ x: Variable, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0,
  ceilMode: Bool = false, countIncludesPadding: Bool = true
) -> Variable {
  @Sendable func pool(_ x: Variable) -> Variable {
    let value = avgPool2d(
      x.value, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
      countIncludesPadding: countIncludesPadding)
    return record("avgPool2d", x, value: value, keep: .nothing) { saved, dy in
      spread(dy, into: saved.shape(0))
    }
  }
  @Sendable func spread(_ dy: Variable, into shape: [Int]) -> Variable {
    let value = avgPool2dInputGradient(
      dy.value, inputSize: Size2D(shape[2], shape[3]), kernel: kernel, stride: stride,
      padding: padding, ceilMode: ceilMode, countIncludesPadding: countIncludesPadding)
    return record("avgPool2dInputGradient", dy, value: value, keep: .nothing) { _, dx in pool(dx) }
  }
  return asBatch(x, pool)
}

/// The mean of each of `size` windows that cover the picture evenly. Derivative: `dy` divided over the
/// window.
///
/// - Parameters:
///   - x: The pictures.
///   - size: The height and width of the result.
public func adaptiveAvgPool2d(_ x: Variable, to size: Size2D) -> Variable {
  @Sendable func pool(_ x: Variable) -> Variable {
    record(
      "adaptiveAvgPool2d", x, value: adaptiveAvgPool2d(x.value, to: size), keep: .nothing
    ) { saved, dy in
      spread(dy, into: saved.shape(0))
    }
  }
  @Sendable func spread(_ dy: Variable, into shape: [Int]) -> Variable {
    let value = adaptiveAvgPool2dInputGradient(dy.value, inputSize: Size2D(shape[2], shape[3]))
    return record("adaptiveAvgPool2dInputGradient", dy, value: value, keep: .nothing) { _, dx in
      pool(dx)
    }
  }
  return asBatch(x, pool)
}
