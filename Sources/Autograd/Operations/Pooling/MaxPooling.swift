import RetrogradTensors

// Max-pooling picks by index, and its derivative adds by the same indices. Shapes: [N, C, H, W] or
// [C, H, W]. Positions are counted row by row in the H×W plane that they were found in.

/// The largest element of each window. Derivative: `dy` goes to the first of equal maxima.
///
/// - Parameters:
///   - x: The pictures.
///   - kernel: The window's size.
///   - stride: The distance between windows; the kernel's size by default.
///   - padding: The number of −∞ to add on each side, at most half the kernel.
///   - dilation: The distance between the window's elements.
///   - ceilMode: Whether a window that hangs over the end counts too.
public func maxPool2d(
  _ x: Variable, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, dilation: Size2D = 1,
  ceilMode: Bool = false
) -> Variable {
  if !isRecordingGradients || !x.requiresGrad, EvaluationTrace.current == nil {
    // Nobody will ask where they were found.
    return asBatch(x) { x in
      Variable(
        maxPool2dValues(
          x.value, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
          ceilMode: ceilMode))
    }
  }
  return maxPool2dWithIndices(
    x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode
  ).values
}

/// The largest element of each window, and where in its plane it was found: for
/// ``maxUnpool2d(_:_:outputSize:)``. Derivative: `dy` goes to the first of equal maxima.
///
/// - Parameters:
///   - x: The pictures.
///   - kernel: The window's size.
///   - stride: The distance between windows; the kernel's size by default.
///   - padding: The number of −∞ to add on each side, at most half the kernel.
///   - dilation: The distance between the window's elements.
///   - ceilMode: Whether a window that hangs over the end counts too.
/// - Returns: The values, and their positions in the same shape.
public func maxPool2dWithIndices(
  _ x: Variable, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, dilation: Size2D = 1,
  ceilMode: Bool = false
) -> (values: Variable, indices: IntTensor) {
  pooled("maxPool2d", x) { x in
    maxPool2d(
      x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

/// The largest element of each of `size` windows that cover the picture evenly: window `i` of `n`
/// reaches from `⌊i·H/n⌋` to `⌈(i + 1)·H/n⌉`. Derivative: `dy` goes to the first of equal maxima.
///
/// - Parameters:
///   - x: The pictures.
///   - size: The height and width of the result.
public func adaptiveMaxPool2d(_ x: Variable, to size: Size2D) -> Variable {
  adaptiveMaxPool2dWithIndices(x, to: size).values
}

/// The maxima of ``adaptiveMaxPool2d(_:to:)-(Variable,_)``, and where in its plane each was found.
///
/// - Parameters:
///   - x: The pictures.
///   - size: The height and width of the result.
/// - Returns: The values, and their positions in the same shape.
public func adaptiveMaxPool2dWithIndices(
  _ x: Variable, to size: Size2D
) -> (values: Variable, indices: IntTensor) {
  pooled("adaptiveMaxPool2d", x) { x in adaptiveMaxPool2d(x, to: size) }
}

/// Puts maxima back where they were found, with zeros around them (Zeiler & Fergus, *Visualizing and
/// Understanding Convolutional Networks*, 2014).
///
/// Derivative: `dy` picked at the indices. Where windows overlapped and several maxima go to one place,
/// the last stays but, as in PyTorch, each gets that place's gradient. Shapes: `x` and `indices`
/// [N, C, H, W] or [C, H, W] → the same with the output's height and width.
///
/// - Parameters:
///   - x: The maxima.
///   - indices: The position of each in its plane, from ``maxPool2dWithIndices(_:kernel:stride:padding:dilation:ceilMode:)``.
///   - outputSize: The height and width of the planes: of what was pooled.
public func maxUnpool2d(_ x: Variable, _ indices: IntTensor, outputSize: Size2D) -> Variable {
  require(
    x.shape == indices.shape,
    "maxUnpool2d: shape \(x.shape) and the indices' shape \(indices.shape) must be equal")
  return asBatch(x) { x in
    let indices = indices.reshaped(x.shape)
    let value = maxUnpool2d(x.value, indices, outputSize: outputSize)
    return record("maxUnpool2d", x, value: value, keep: .nothing) { _, dy in
      gatherPlanes(dy, indices)
    }
  }
}

/// The choice that `pool` makes, on a batch or a single picture.
private func pooled(
  _ name: String, _ x: Variable, _ pool: (Tensor) -> (values: Tensor, indices: IntTensor)
) -> (values: Variable, indices: IntTensor) {
  var indices = IntTensor([])
  let values = asBatch(x) { x in
    let chosen = pool(x.value)
    indices = chosen.indices
    noteBranches(name) { chosen.indices }
    return record(name, x, value: chosen.values, keep: .nothing) { saved, dy in
      scatterAddPlanes(dy, chosen.indices, into: saved.shape(0))
    }
  }
  return (values, indices.reshaped(values.shape))
}

/// Zeros of `shape` with the elements of each plane of `x` added at `indices`. Derivative: `dy` picked
/// at the same indices.
private func scatterAddPlanes(_ x: Variable, _ indices: IntTensor, into shape: [Int]) -> Variable {
  let value = scatterAddPlanes(x.value, indices, planeSize: Size2D(shape[2], shape[3]))
  return record("scatterAddPlanes", x, value: value, keep: .nothing) { _, dy in
    gatherPlanes(dy, indices)
  }
}

/// The elements of each plane of `x` at `indices`. Derivative: `dy` added at the same indices.
private func gatherPlanes(_ x: Variable, _ indices: IntTensor) -> Variable {
  record("gatherPlanes", x, value: gatherPlanes(x.value, indices), keep: .nothing) { saved, dy in
    scatterAddPlanes(dy, indices, into: saved.shape(0))
  }
}
