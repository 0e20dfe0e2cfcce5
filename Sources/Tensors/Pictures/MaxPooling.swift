// Max-pooling of pictures [N, C, H, W] with the semantics of PyTorch, its adjoint, and max-unpooling.

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
  if let device = computingDevice(x),
    case let (values, positions?)? = device.maxPooled(x, plan, keepsPositions: true)
  {
    return (values, IntTensor(positions, shape: plan.outputShape))
  }
  var values = Tensor(uninitialized: plan.outputShape, dtype: x.dtype)
  let indices = x.dtype.dispatch { maxPoolLoop(x, plan, &values, $0) }
  return (values, IntTensor(indices, shape: plan.outputShape))
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
  if let device = computingDevice(x),
    let (values, _) = device.maxPooled(x, plan, keepsPositions: false)
  {
    return values
  }
  var values = Tensor(uninitialized: plan.outputShape, dtype: x.dtype)
  x.dtype.dispatch { maxPoolValuesLoop(x, plan, &values, $0) }
  return values
}

/// Zero planes with the elements of `x` added at `indices`: the adjoint of max-pooling and of
/// ``gatherPlanes(_:_:)``.
///
/// - Parameters:
///   - x: The values to add, [N, C, H', W'].
///   - indices: For each its position in the H×W plane, as ``maxPool2d(_:kernel:stride:padding:dilation:ceilMode:)-(Tensor,_,_,_,_,_)``
///     gives them; equal positions add up.
///   - planeSize: The height and width of the result.
package func scatterAddPlanes(_ x: Tensor, _ indices: IntTensor, planeSize: Size2D) -> Tensor {
  requirePictures(x.shape, operation: "scatterAddPlanes")
  require(
    x.shape == indices.shape,
    "scatterAddPlanes: shape \(x.shape) and the indices' shape \(indices.shape) must be equal")
  let shape = [x.shape[0], x.shape[1], planeSize.height, planeSize.width]
  _ = Tensor.checkedCount(shape, operation: "scatterAddPlanes")
  if let device = computingDevice(x), let positions = indices.positions,
    let y = device.scattered(x, positions, planeSize: planeSize)
  {
    return y
  }
  let plane = planeSize.height * planeSize.width
  requirePositions(indices, below: plane, operation: "scatterAddPlanes")
  if let device = computingDevice(x),
    let y = device.added(
      x, at: placesInPlanes(indices, plane), shape: shape, for: "scatterAddPlanes")
  {
    return y
  }
  var result = Tensor(uninitialized: shape, dtype: x.dtype)
  x.dtype.dispatch { scatterAddPlanesLoop(x, indices, plane, &result, $0) }
  return result
}

private func scatterAddPlanesLoop<T: Scalar>(
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
            target.update(repeating: 0, count: plane)
            for i in (index * perPlane)..<((index + 1) * perPlane) { target[positions[i]] += x[i] }
          }
        }
      }
    }
  }
}

/// The elements of each plane of `x` at `indices`: the adjoint of
/// ``scatterAddPlanes(_:_:planeSize:)``.
///
/// - Parameters:
///   - x: Pictures [N, C, H, W].
///   - indices: Positions in the H×W plane [N, C, H', W'].
package func gatherPlanes(_ x: Tensor, _ indices: IntTensor) -> Tensor {
  requirePictures(x.shape, operation: "gatherPlanes")
  require(
    indices.rank == 4 && indices.shape[..<2] == x.shape[..<2],
    "gatherPlanes: pictures \(x.shape) and indices \(indices.shape) must agree in batch and channels"
  )
  // Those on a device were found in planes of that size.
  let plane = x.shape[2] * x.shape[3]
  let foundIn = indices.positions.map { $0.plan.rows.extent * $0.plan.columns.extent }
  if foundIn != plane { requirePositions(indices, below: plane, operation: "gatherPlanes") }
  if let device = computingDevice(x), let y = device.gathered(x, indices) { return y }
  var result = Tensor(uninitialized: indices.shape, dtype: x.dtype)
  x.dtype.dispatch { gatherPlanesLoop(x, indices, &result, $0) }
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

/// The places in memory of positions in planes.
private func placesInPlanes(_ indices: IntTensor, _ plane: Int) -> [Int] {
  let perPlane = max(indices.shape[2] * indices.shape[3], 1)
  return indices.scalars.enumerated().map { $0.offset / perPlane * plane + $0.element }
}

// MARK: - Unpooling

/// Max-unpooling: zero planes with the elements of `x` at `indices`; of several for one place the last
/// stays.
///
/// - Parameters:
///   - x: The values to put there, [N, C, H', W'].
///   - indices: For each its position in the plane, in the shape of `x`.
///   - outputSize: The height and width of the planes.
public func maxUnpool2d(_ x: Tensor, _ indices: IntTensor, outputSize: Size2D) -> Tensor {
  requirePictures(x.shape, operation: "maxUnpool2d")
  require(
    x.shape == indices.shape,
    "maxUnpool2d: shape \(x.shape) and the indices' shape \(indices.shape) must be equal")
  let shape = [x.shape[0], x.shape[1], outputSize.height, outputSize.width]
  if let device = computingDevice(x), let positions = indices.positions,
    let y = device.scattered(x, positions, planeSize: outputSize, keepsLast: true)
  {
    return y
  }
  let plane = outputSize.height * outputSize.width
  requirePositions(indices, below: plane, operation: "maxUnpool2d")
  if let device = computingDevice(x),
    let y = device.added(
      x, at: placesInPlanes(indices, plane), shape: shape, keepsLast: true, for: "maxUnpool2d")
  {
    return y
  }
  var result = Tensor.zeros(shape, dtype: x.dtype)
  x.dtype.dispatch { unpoolLoop(x, indices, &result, $0) }
  return result
}

private func unpoolLoop<T: Scalar>(
  _ x: Tensor, _ indices: IntTensor, _ result: inout Tensor, _ type: T.Type
) {
  let plane = result.shape[2] * result.shape[3]
  let perPlane = max(x.shape[2] * x.shape[3], 1)
  x.withElements(T.self) { x in
    result.withMutable(T.self) { y in
      for (i, position) in indices.scalars.enumerated() {
        y[i / perPlane * plane + position] = x[i]
      }
    }
  }
}

// MARK: - Deprecated

/// Adds, where PyTorch's function of this name puts.
@available(*, deprecated, message: "Take gradients(of:withRespectTo:) of maxPool2d.")
public func maxUnpool2d(_ x: Tensor, _ indices: IntTensor, inputSize: Size2D) -> Tensor {
  scatterAddPlanes(x, indices, planeSize: inputSize)
}

/// Max-unpooling.
@available(*, deprecated, renamed: "maxUnpool2d(_:_:outputSize:)")
public func placedInPlanes(_ x: Tensor, _ indices: IntTensor, outputSize: Size2D) -> Tensor {
  maxUnpool2d(x, indices, outputSize: outputSize)
}
