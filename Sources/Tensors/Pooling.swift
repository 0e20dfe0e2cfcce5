// Max-pooling of pictures [N, C, H, W] with the semantics of PyTorch, its adjoint, and what both kinds
// of pooling need.

/// The windows of a pooling along one axis.
struct PoolingWindows {
  let extent: Int
  let kernel: Int
  let stride: Int
  let padding: Int
  let dilation: Int
  let count: Int

  init(
    _ extent: Int, kernel: Int, stride: Int, padding: Int, dilation: Int, ceilMode: Bool,
    shape: [Int], operation: String
  ) {
    require(
      kernel > 0 && stride > 0 && dilation > 0 && padding >= 0 && 2 * padding <= kernel,
      "\(operation): kernel, stride and dilation must be at least 1, and the padding at most half the "
        + "kernel, got kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation)"
    )
    let room = extent + 2 * padding - dilation * (kernel - 1) - 1
    let rounded = ceilMode ? room + stride - 1 : room
    var count = rounded < 0 ? 0 : rounded / stride + 1
    // A window that hangs over the end counts if it begins inside the picture or its left border.
    if ceilMode && (count - 1) * stride >= extent + padding { count -= 1 }
    require(
      count > 0,
      "\(operation): a window of \(dilation * (kernel - 1) + 1) does not fit input \(shape) with padding "
        + "\(padding): use a smaller kernel or more padding")
    (self.extent, self.kernel, self.stride) = (extent, kernel, stride)
    (self.padding, self.dilation, self.count) = (padding, dilation, count)
    for index in 0..<count {
      let (first, end) = bounds(index)
      require(
        first < end,
        "\(operation): window \(index) of dilation \(dilation) lies in the padding alone, outside of "
          + "input \(shape): use less dilation or padding")
    }
  }

  /// The first place of window `index` that lies inside the picture, and the end of its places.
  @inline(__always)
  func bounds(_ index: Int) -> (first: Int, end: Int) {
    let first = index * stride - padding
    let skipped = first < 0 ? (-first + dilation - 1) / dilation * dilation : 0
    return (first + skipped, min(first + (kernel - 1) * dilation + 1, extent))
  }

  /// The places of window `index` inside the picture, for windows without dilation.
  @inline(__always)
  func range(_ index: Int) -> Range<Int> {
    let first = index * stride - padding
    let start = max(first, 0)
    return start..<max(start, min(first + kernel, extent))
  }

  /// Calls `body` with each element of the kernel: the outputs whose window has it inside the picture,
  /// and its place in the first of their windows; the others follow a stride apart.
  @inline(__always)
  func forEachElement(_ body: (_ outputs: Range<Int>, _ position: Int) -> Void) {
    for element in 0..<kernel {
      let shift = element * dilation - padding
      let first = shift >= 0 ? 0 : (-shift + stride - 1) / stride
      let end = min(count, (extent - shift + stride - 1) / stride)
      if first < end { body(first..<end, shift + first * stride) }
    }
  }

  /// The number of positions of window `index` inside the picture or its border.
  @inline(__always)
  func countWithPadding(_ index: Int) -> Int {
    let first = index * stride - padding
    return min(first + kernel, extent + padding) - first
  }
}

struct PoolingPlan {
  let rows: PoolingWindows
  let columns: PoolingWindows
  let outputShape: [Int]

  init(
    _ shape: [Int], kernel: Size2D, stride: Size2D?, padding: Size2D, dilation: Size2D = 1,
    ceilMode: Bool, operation: String
  ) {
    requirePictures(shape, operation: operation)
    let stride = stride ?? kernel
    requireExtents(
      [
        "input": Size2D(shape[2], shape[3]), "kernel": kernel, "stride": stride,
        "padding": padding, "dilation": dilation,
      ], with: shape, operation: operation)
    rows = PoolingWindows(
      shape[2], kernel: kernel.height, stride: stride.height, padding: padding.height,
      dilation: dilation.height, ceilMode: ceilMode, shape: shape, operation: operation)
    columns = PoolingWindows(
      shape[3], kernel: kernel.width, stride: stride.width, padding: padding.width,
      dilation: dilation.width, ceilMode: ceilMode, shape: shape, operation: operation)
    outputShape = [shape[0], shape[1], rows.count, columns.count]
  }
}

func requirePictures(_ shape: [Int], operation: String) {
  require(
    shape.count == 4, "\(operation): expects pictures [N, C, H, W], got shape \(shape)")
}

/// Planes are handed out to threads so that each has enough to do.
func planeGrain(_ elementsOfPlane: Int) -> Int {
  max(1, elementwiseGrain / 4 / max(elementsOfPlane, 1))
}

// MARK: - The largest of each window

/// The largest element of each window, and where it was found.
///
/// - Parameters:
///   - x: Pictures [N, C, H, W].
///   - kernel: The window's size.
///   - stride: The distance between windows; the kernel's size by default.
///   - padding: The number of −∞ to add on each side, at most half the kernel.
///   - dilation: The distance between the window's elements.
///   - ceilMode: Whether a window that hangs over the end counts too.
/// - Returns: The values [N, C, H', W'], and for each its position in the H×W plane: the first of
///   equals, but the last `NaN` if there is one, as in PyTorch.
public func maxPool2d(
  _ x: Tensor, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, dilation: Size2D = 1,
  ceilMode: Bool = false
) -> (values: Tensor, indices: IntTensor) {
  let plan = PoolingPlan(
    x.shape, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
    ceilMode: ceilMode, operation: "maxPool2d")
  var values = Tensor(uninitialized: plan.outputShape, dtype: x.dtype)
  let indices =
    switch x.dtype {
    case .float32: maxPoolLoop(x, plan, &values, Float.self)
    case .float64: maxPoolLoop(x, plan, &values, Double.self)
    }
  return (values, IntTensor(indices, shape: plan.outputShape))
}

private func maxPoolLoop<T: Scalar>(
  _ x: Tensor, _ plan: PoolingPlan, _ values: inout Tensor, _ type: T.Type
) -> [Int] {
  let (rows, columns) = (plan.rows, plan.columns)
  let plane = rows.extent * columns.extent
  let outputPlane = rows.count * columns.count
  let planes = x.shape[0] * x.shape[1]
  let count = values.count
  return [Int](unsafeUninitializedCapacity: count) { indices, initialized in
    initialized = count
    guard let positions = indices.baseAddress, count > 0 else { return }
    let x = x.elements(T.self)
    let kernels = VectorKernels<T>.current
    values.withMutable(T.self) { values in
      parallelRanges(planes, grain: planeGrain(plane)) { range in
        for index in range {
          let source = x + index * plane
          var output = index * outputPlane
          for i in 0..<rows.count {
            maxPoolRow(
              source, rows.bounds(i), rows.dilation, columns, values + output, positions + output,
              kernels)
            output += columns.count
          }
        }
      }
    }
  }
}

/// One row of outputs: for each element of the kernel, all outputs at once.
private func maxPoolRow<T: Scalar>(
  _ source: UnsafePointer<T>, _ rows: (first: Int, end: Int), _ rowStep: Int,
  _ columns: PoolingWindows, _ values: UnsafeMutablePointer<T>,
  _ positions: UnsafeMutablePointer<Int>, _ kernels: VectorKernels<T>
) {
  for j in 0..<columns.count {
    let position = rows.first * columns.extent + columns.bounds(j).first
    values[j] = source[position]
    positions[j] = position
  }
  for row in Swift.stride(from: rows.first, to: rows.end, by: rowStep) {
    columns.forEachElement { outputs, column in
      let position = row * columns.extent + column
      kernels.table.take_larger(
        outputs.count, source + position, columns.stride, position, values + outputs.lowerBound,
        positions + outputs.lowerBound)
    }
  }
}

/// The largest element of each window, as ``maxPool2d(_:kernel:stride:padding:dilation:ceilMode:)-(Tensor,_,_,_,_,_)``
/// finds it, without its position.
package func maxPool2dValues(
  _ x: Tensor, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, dilation: Size2D = 1,
  ceilMode: Bool = false
) -> Tensor {
  let plan = PoolingPlan(
    x.shape, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
    ceilMode: ceilMode, operation: "maxPool2d")
  var values = Tensor(uninitialized: plan.outputShape, dtype: x.dtype)
  switch x.dtype {
  case .float32: maxPoolValuesLoop(x, plan, &values, Float.self)
  case .float64: maxPoolValuesLoop(x, plan, &values, Double.self)
  }
  return values
}

private func maxPoolValuesLoop<T: Scalar>(
  _ x: Tensor, _ plan: PoolingPlan, _ values: inout Tensor, _ type: T.Type
) {
  let (rows, columns) = (plan.rows, plan.columns)
  let plane = rows.extent * columns.extent
  let larger = VectorKernels<T>.current.table.larger!
  let source = x.elements(T.self)
  let planes = x.shape[0] * x.shape[1]
  values.withMutable(T.self) { values in
    parallelRanges(planes, grain: planeGrain(plane)) { range in
      Scratch.with(T.self, count: columns.extent) { line in
        for output in (range.lowerBound * rows.count)..<(range.upperBound * rows.count) {
          // The largest of each column of the window first: whole rows at a time.
          let (first, end) = rows.bounds(output % rows.count)
          let picture = source + output / rows.count * plane
          line.update(from: picture + first * columns.extent, count: columns.extent)
          for row in Swift.stride(from: first + rows.dilation, to: end, by: rows.dilation) {
            larger(columns.extent, picture + row * columns.extent, 1, line)
          }
          let target = values + output * columns.count
          for j in 0..<columns.count { target[j] = line[columns.bounds(j).first] }
          columns.forEachElement { outputs, position in
            larger(outputs.count, line + position, columns.stride, target + outputs.lowerBound)
          }
        }
      }
    }
  }
  withExtendedLifetime(x) {}
}

/// Zero planes with the elements of `x` added at `indices`: the adjoint of max-pooling.
///
/// - Parameters:
///   - x: The values to add, [N, C, H', W'].
///   - indices: For each its position in the H×W plane, as ``maxPool2d(_:kernel:stride:padding:dilation:ceilMode:)-(Tensor,_,_,_,_,_)``
///     gives them; equal positions add up.
///   - inputSize: The height and width of the result.
public func maxUnpool2d(_ x: Tensor, _ indices: IntTensor, inputSize: Size2D) -> Tensor {
  requirePictures(x.shape, operation: "maxUnpool2d")
  require(
    x.shape == indices.shape,
    "maxUnpool2d: shape \(x.shape) and the indices' shape \(indices.shape) must be equal")
  let shape = [x.shape[0], x.shape[1], inputSize.height, inputSize.width]
  _ = Tensor.checkedCount(shape, operation: "maxUnpool2d")
  let plane = inputSize.height * inputSize.width
  requirePositions(indices, below: plane, operation: "maxUnpool2d")
  var result = Tensor.zeros(shape, dtype: x.dtype)
  switch x.dtype {
  case .float32: unpoolLoop(x, indices, plane, &result, Float.self)
  case .float64: unpoolLoop(x, indices, plane, &result, Double.self)
  }
  return result
}

private func unpoolLoop<T: Scalar>(
  _ x: Tensor, _ indices: IntTensor, _ plane: Int, _ result: inout Tensor, _ type: T.Type
) {
  let planes = x.shape[0] * x.shape[1]
  let perPlane = x.shape[2] * x.shape[3]
  x.withElements(T.self) { x in
    indices.scalars.withUnsafeBufferPointer { positions in
      result.withMutable(T.self) { y in
        parallelRanges(planes, grain: planeGrain(plane)) { range in
          for index in range {
            let target = y + index * plane
            for i in (index * perPlane)..<((index + 1) * perPlane) { target[positions[i]] += x[i] }
          }
        }
      }
    }
  }
}

/// The elements of each plane of `x` at `indices`: the adjoint of
/// ``maxUnpool2d(_:_:inputSize:)``.
///
/// - Parameters:
///   - x: Pictures [N, C, H, W].
///   - indices: Positions in the H×W plane [N, C, H', W'].
public func gatherPlanes(_ x: Tensor, _ indices: IntTensor) -> Tensor {
  requirePictures(x.shape, operation: "gatherPlanes")
  require(
    indices.rank == 4 && indices.shape[..<2] == x.shape[..<2],
    "gatherPlanes: pictures \(x.shape) and indices \(indices.shape) must agree in batch and channels"
  )
  requirePositions(indices, below: x.shape[2] * x.shape[3], operation: "gatherPlanes")
  var result = Tensor(uninitialized: indices.shape, dtype: x.dtype)
  switch x.dtype {
  case .float32: gatherPlanesLoop(x, indices, &result, Float.self)
  case .float64: gatherPlanesLoop(x, indices, &result, Double.self)
  }
  return result
}

private func gatherPlanesLoop<T: Scalar>(
  _ x: Tensor, _ indices: IntTensor, _ result: inout Tensor, _ type: T.Type
) {
  let plane = x.shape[2] * x.shape[3]
  let perPlane = indices.shape[2] * indices.shape[3]
  x.withElements(T.self) { x in
    result.withMutable(T.self) { y in
      for (i, position) in indices.scalars.enumerated() {
        y[i] = x[i / perPlane * plane + position]
      }
    }
  }
}

func requirePositions(_ indices: IntTensor, below plane: Int, operation: String) {
  for position in indices.scalars {
    require(
      position >= 0 && position < plane,
      "\(operation): position \(position) lies outside of a plane of \(plane) elements")
  }
}
