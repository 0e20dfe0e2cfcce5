// Elements and slices picked by their numbers, the adjoints, and the numbers of the largest.

/// Elements picked along an axis: `y[i][j] = x[i][indices[i][j]]` for `axis: 1`, and so on.
///
/// Shapes: `indices` has as many axes as `x`; on every axis but `axis` its extent is at most that of
/// `x` (PyTorch's `gather`). A single number counts as an axis of one element.
public func gather(_ x: Tensor, _ indices: IntTensor, axis: Int) -> Tensor {
  let plan = GatherPlan(x.shape, indices, axis: axis, operation: "gather")
  if let device = computingDevice(x),
    let y = device.picked(x, at: plan.positions, shape: indices.shape, for: "gather")
  {
    return y
  }
  var result = Tensor(uninitialized: indices.shape, dtype: x.dtype)
  x.dtype.dispatch { gatherLoop(x, plan, into: &result, $0) }
  return result
}

/// Zeros with the elements of `x` added at the given places along `axis`: the adjoint of
/// ``gather(_:_:axis:)-(Tensor,_,_)``.
///
/// - Parameters:
///   - x: The values to add; as many elements as `indices`, and the same shape.
///   - indices: The place of each element along `axis`; equal places add up.
///   - shape: The shape of the result.
///   - axis: The axis that the indices are on.
public func scatterAdd(_ x: Tensor, _ indices: IntTensor, into shape: [Int], axis: Int) -> Tensor {
  require(
    x.shape == indices.shape,
    "scatterAdd: shape \(x.shape) and the indices' shape \(indices.shape) must be equal")
  let plan = GatherPlan(shape, indices, axis: axis, operation: "scatterAdd")
  if let device = computingDevice(x),
    let y = device.added(x, at: plan.positions, shape: shape, for: "scatterAdd")
  {
    return y
  }
  var result = Tensor.zeros(shape, dtype: x.dtype)
  x.dtype.dispatch { scatterLoop(x, plan, into: &result, $0) }
  return result
}

/// For each index, the position in memory that it speaks of.
private struct GatherPlan {
  var positions: [Int]

  init(_ shape: [Int], _ indices: IntTensor, axis: Int, operation: String) {
    // A single number is one element of one axis, as in PyTorch.
    let shape = shape.isEmpty ? [1] : shape
    let indices = indices.rank == 0 ? indices.reshaped([1]) : indices
    let axis = axis < 0 ? axis + shape.count : axis
    require(
      axis >= 0 && axis < shape.count,
      "\(operation): axis \(axis) is out of bounds for shape \(shape)")
    require(
      indices.rank == shape.count
        && shape.indices.allSatisfy { $0 == axis || indices.shape[$0] <= shape[$0] },
      "\(operation): indices of shape \(indices.shape) do not fit shape \(shape) on axis \(axis): they "
        + "need as many axes, and no larger extents except on that axis")
    positions = indices.scalars
    if positions.isEmpty { return }
    for index in positions {
      require(
        index >= 0 && index < shape[axis],
        "\(operation): index \(index) is out of bounds for axis \(axis) of shape \(shape)")
    }
    // An index moves a place along `axis`. All other places follow from where the index stands: those along
    // the last axis one after the other, from the first one of each row on.
    var strides = BroadcastPlan.strides(of: shape, in: shape)
    let indexStride = strides[axis]
    strides[axis] = 0
    let (columns, step) = (indices.shape[shape.count - 1], strides[shape.count - 1])
    positions.withUnsafeMutableBufferPointer { positions in
      let grain = Swift.max(1, elementwiseGrain / 4 / columns)
      parallelRanges(positions.count / columns, grain: grain) { rows in
        for row in rows {
          var (rest, place) = (row, 0)
          for axis in (0..<(shape.count - 1)).reversed() {
            place += rest % indices.shape[axis] * strides[axis]
            rest /= indices.shape[axis]
          }
          for i in (row * columns)..<((row + 1) * columns) {
            positions[i] = place + positions[i] * indexStride
            place += step
          }
        }
      }
    }
  }
}

private func gatherLoop<T: Scalar>(
  _ x: Tensor, _ plan: GatherPlan, into result: inout Tensor, _ type: T.Type
) {
  x.withElements(T.self) { x in
    result.withMutable(T.self) { y in
      plan.positions.withUnsafeBufferPointer { positions in
        parallelRanges(positions.count, grain: elementwiseGrain) {
          for i in $0 { y[i] = x[positions[i]] }
        }
      }
    }
  }
}

private func scatterLoop<T: Scalar>(
  _ x: Tensor, _ plan: GatherPlan, into result: inout Tensor, _ type: T.Type
) {
  x.withElements(T.self) { x in
    result.withMutable(T.self) { y in
      for (i, position) in plan.positions.enumerated() { y[position] += x[i] }
    }
  }
}

// MARK: - Rows by their numbers, and the adjoint

extension Tensor {
  /// Elements picked along an axis; see ``gather(_:_:axis:)-(Tensor,_,_)``.
  public func gather(_ indices: IntTensor, axis: Int) -> Tensor {
    RetrogradTensors.gather(self, indices, axis: axis)
  }

  /// The slices at `indices` of one axis, in that order.
  ///
  /// - Parameters:
  ///   - indices: The indices of the slices; one axis.
  ///   - axis: The axis to pick from; a negative one counts from the end.
  public func indexSelect(_ indices: IntTensor, axis: Int) -> Tensor {
    if isSingleNumber(alongAxes: [axis]) {
      return reshaped([1]).indexSelect(indices, axis: 0).reshaped([])
    }
    let axis = resolve(axis: axis, operation: "indexSelect")
    requireIndices(indices, extent: shape[axis], axis: axis, operation: "indexSelect")
    var selected = shape
    selected[axis] = indices.count
    if let device = computingDevice(self) {
      let taps = DeviceTaps(indices.scalars, extent: shape[axis])
      if let y = device.summed(self, taps, axis: axis, for: "indexSelect") { return y }
    }
    var result = Tensor(uninitialized: selected, dtype: dtype)
    dtype.dispatch { selectLoop(self, axis, indices.scalars, into: &result, $0) }
    return result
  }

  /// Zeros of `extent` along `axis` with the slices of this tensor added at `indices`: the adjoint of
  /// ``indexSelect(_:axis:)``.
  package func indexAdded(_ indices: IntTensor, axis: Int, extent: Int) -> Tensor {
    let axis = resolve(axis: axis, operation: "indexAdded")
    requireIndices(indices, extent: extent, axis: axis, operation: "indexAdded")
    var larger = shape
    larger[axis] = extent
    if let device = computingDevice(self) {
      let taps = DeviceTaps(indices.scalars, extent: extent).transposed
      if let y = device.summed(self, taps, axis: axis, for: "indexAdded") { return y }
    }
    var result = Tensor.zeros(larger, dtype: dtype)
    dtype.dispatch { addLoop(self, axis, indices.scalars, into: &result, $0) }
    return result
  }

  private func requireIndices(_ indices: IntTensor, extent: Int, axis: Int, operation: String) {
    require(
      indices.rank == 1, "\(operation): expects indices of one axis, got shape \(indices.shape)")
    for index in indices.scalars {
      require(
        index >= 0 && index < extent,
        "\(operation): index \(index) is out of bounds for axis \(axis), which has \(extent) elements"
      )
    }
  }
}

private func selectLoop<T: Scalar>(
  _ x: Tensor, _ axis: Int, _ indices: [Int], into result: inout Tensor, _ type: T.Type
) {
  let (outer, extent) = (x.shape[..<axis].reduce(1, *), x.shape[axis])
  let inner = x.shape[(axis + 1)...].reduce(1, *)
  if result.count == 0 { return }
  x.withElements(T.self) { buffer in
    result.withMutable(T.self) { y in
      let x = buffer.baseAddress!
      parallelRanges(outer * indices.count, grain: Swift.max(1, elementwiseGrain / inner)) {
        for place in $0 {
          let (slab, index) = (place / indices.count, indices[place % indices.count])
          (y + place * inner).update(from: x + (slab * extent + index) * inner, count: inner)
        }
      }
    }
  }
}

private func addLoop<T: Scalar>(
  _ x: Tensor, _ axis: Int, _ indices: [Int], into result: inout Tensor, _ type: T.Type
) {
  let (outer, extent) = (x.shape[..<axis].reduce(1, *), result.shape[axis])
  let inner = x.shape[(axis + 1)...].reduce(1, *)
  // Threads share out columns: an index may stand several times, and its rows are added in order.
  let line = 64 / MemoryLayout<T>.stride
  let lines = (inner + line - 1) / line
  x.withElements(T.self) { x in
    result.withMutable(T.self) { y in
      parallelRanges(
        lines, grain: Swift.max(1, elementwiseGrain / Swift.max(1, outer * indices.count * line))
      ) {
        let columns = ($0.lowerBound * line)..<Swift.min($0.upperBound * line, inner)
        for slab in 0..<outer {
          for (row, index) in indices.enumerated() {
            let target = y + (slab * extent + index) * inner
            let source = x.baseAddress! + (slab * indices.count + row) * inner
            for j in columns { target[j] += source[j] }
          }
        }
      }
    }
  }
}

// MARK: - The largest and the smallest in order

extension Tensor {
  /// The `k` largest elements along an axis in falling order, or the `k` smallest in rising order, and where they
  /// are. `NaN` counts as the largest number. Of equal elements those that come first are picked.
  ///
  /// - Parameters:
  ///   - k: The number of elements to pick.
  ///   - axis: The axis to search.
  ///   - largest: Whether to pick the largest.
  public func topK(
    _ k: Int, axis: Int = -1, largest: Bool = true
  ) -> (values: Tensor, indices: IntTensor) {
    let indices = topIndices(k, axis: axis, largest: largest)
    return (gather(indices, axis: axis), indices)
  }

  /// The indices of the `k` largest (or smallest) elements along `axis`, in falling (or rising) order; equal
  /// ones in the order they stand in. `NaN` counts as the largest number.
  package func topIndices(_ k: Int, axis: Int, largest: Bool) -> IntTensor {
    if isSingleNumber(alongAxes: [axis]) {
      let indices = reshaped([1]).topIndices(k, axis: 0, largest: largest)
      return k == 1 ? indices.reshaped([]) : indices
    }
    let axis = resolve(axis: axis, operation: "topK")
    require(
      k >= 0 && k <= shape[axis],
      "topK: k = \(k) is not in 0...\(shape[axis]), the extent of axis \(axis) of shape \(shape)")
    let view = (
      outer: shape[..<axis].reduce(1, *), extent: shape[axis],
      inner: shape[(axis + 1)...].reduce(1, *)
    )
    let indices =
      dtype.dispatch { topLoop(self, view, k, largest, $0) }
    var resultShape = shape
    resultShape[axis] = k
    return IntTensor(indices, shape: resultShape)
  }
}

private func topLoop<T: Scalar>(
  _ x: Tensor, _ view: (outer: Int, extent: Int, inner: Int), _ k: Int, _ largest: Bool,
  _ type: T.Type
) -> [Int] {
  let (outer, extent, inner) = view
  return x.withElements(T.self) { x in
    var result = [Int](repeating: 0, count: outer * k * inner)
    for slab in 0..<outer {
      for j in 0..<inner {
        func element(_ row: Int) -> T { x[(slab * extent + row) * inner + j] }
        func isBelow(_ a: T, _ b: T) -> Bool { a < b || (b.isNaN && !a.isNaN) }
        let order = (0..<extent).sorted { a, b in
          let (x, y) = (element(a), element(b))
          if largest ? isBelow(y, x) : isBelow(x, y) { return true }
          if largest ? isBelow(x, y) : isBelow(y, x) { return false }
          return a < b
        }
        for rank in 0..<k { result[(slab * k + rank) * inner + j] = order[rank] }
      }
    }
    return result
  }
}
