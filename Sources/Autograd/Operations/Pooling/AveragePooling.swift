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
///   - divisorOverride: The number to divide each window's sum by; that of its elements by default.
public func avgPool2d(
  _ x: Variable, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0,
  ceilMode: Bool = false, countIncludesPadding: Bool = true, divisorOverride: Int? = nil
) -> Variable {
  asBatch(x) { x in
    averaged(
      "avgPool2d", x,
      AveragePooling(
        x.shape, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
        countIncludesPadding: countIncludesPadding, divisorOverride: divisorOverride))
  }
}

/// The mean of each of `size` windows that cover the picture evenly. Derivative: `dy` divided over the
/// window.
///
/// - Parameters:
///   - x: The pictures.
///   - size: The height and width of the result.
public func adaptiveAvgPool2d(_ x: Variable, to size: Size2D) -> Variable {
  asBatch(x) { x in averaged("adaptiveAvgPool2d", x, AveragePooling(x.shape, to: size)) }
}

private func averaged(_ name: String, _ x: Variable, _ pooling: AveragePooling) -> Variable {
  record(name, x, value: pooling(x.value), keep: .nothing) { _, dy in
    spread(name, dy, pooling)
  }
}

private func spread(_ name: String, _ dy: Variable, _ pooling: AveragePooling) -> Variable {
  record("avgPool2dInputGradient", dy, value: pooling.adjoint(dy.value), keep: .nothing) { _, dx in
    averaged(name, dx, pooling)
  }
}
