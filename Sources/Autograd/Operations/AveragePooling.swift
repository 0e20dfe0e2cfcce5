import RetrogradTensors

// Pooling: max-pool picks by index and its derivative adds by the same indices; average pooling is
// linear and its derivative is its adjoint. Shapes: [N, C, H, W] or [C, H, W].

/// The largest element of each window. Derivative: `dy` goes to the first of equal maxima.
///
/// - Parameters:
///   - x: The pictures.
///   - kernel: The window's size.
///   - stride: How far the window moves; the kernel's size by default.
///   - padding: How many −∞ to add on each side, at most half the kernel.
///   - dilation: The distance between the window's elements.
///   - ceilMode: Whether a window that hangs over the end counts too.
public func maxPool2d(
  _ x: Variable, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, dilation: Size2D = 1,
  ceilMode: Bool = false
) -> Variable {
  asBatch(x) { x in
    let (value, indices) = maxPool2d(
      x.value, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
      ceilMode: ceilMode)
    noteBranches("maxPool2d") { indices }
    return record("maxPool2d", x, value: value, keep: .nothing) { saved, dy in
      unpooled(dy, indices, into: saved.shape(0))
    }
  }
}

/// Zeros of `shape` with the elements of each plane of `x` added at `indices`. Derivative: `dy` picked
/// at the same indices.
private func unpooled(_ x: Variable, _ indices: IntTensor, into shape: [Int]) -> Variable {
  let value = maxUnpool2d(x.value, indices, inputSize: Size2D(shape[2], shape[3]))
  return record("maxUnpool2d", x, value: value, keep: .nothing) { _, dy in
    pickedFromPlanes(dy, indices)
  }
}

/// The elements of each plane of `x` at `indices`. Derivative: `dy` added at the same indices.
private func pickedFromPlanes(_ x: Variable, _ indices: IntTensor) -> Variable {
  record("gatherPlanes", x, value: gatherPlanes(x.value, indices), keep: .nothing) { saved, dy in
    unpooled(dy, indices, into: saved.shape(0))
  }
}

/// The mean of each window. Derivative: `dy` divided over the window.
///
/// - Parameters:
///   - x: The pictures.
///   - kernel: The window's size.
///   - stride: How far the window moves; the kernel's size by default.
///   - padding: How many zeros to add on each side, at most half the kernel.
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
