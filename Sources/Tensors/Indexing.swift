// Picking by index, and its adjoint.

/// Elements picked along an axis: `y[i][j] = x[i][indices[i][j]]` for `axis: 1`, and so on.
///
/// Shapes: `indices` has as many axes as `x`; on every axis but `axis` its extent is at most that of
/// `x` (PyTorch's `gather`).
public func gather(_ x: Tensor, _ indices: IntTensor, axis: Int) -> Tensor {
  let plan = GatherPlan(x.shape, indices, axis: axis, operation: "gather")
  var result = Tensor(uninitialized: indices.shape, dtype: x.dtype)
  switch x.dtype {
  case .float32: gatherLoop(x, plan, into: &result, Float.self)
  case .float64: gatherLoop(x, plan, into: &result, Double.self)
  }
  return result
}

/// Zeros with the elements of `x` added at the given places along `axis`: the adjoint of
/// ``gather(_:_:axis:)-(Tensor,_,_)``.
///
/// - Parameters:
///   - x: The values to add; as many elements as `indices`, and the same shape.
///   - indices: The place of each element along `axis`; equal places add up.
///   - axis: The axis that the indices are on.
///   - shape: The shape of the result.
public func scatterAdd(_ x: Tensor, _ indices: IntTensor, axis: Int, into shape: [Int]) -> Tensor {
  require(
    x.shape == indices.shape,
    "scatterAdd: shape \(x.shape) and the indices' shape \(indices.shape) must be equal")
  let plan = GatherPlan(shape, indices, axis: axis, operation: "scatterAdd")
  var result = Tensor.zeros(shape, dtype: x.dtype)
  switch x.dtype {
  case .float32: scatterLoop(x, plan, into: &result, Float.self)
  case .float64: scatterLoop(x, plan, into: &result, Double.self)
  }
  return result
}

/// For each index, the position in memory that it speaks of.
private struct GatherPlan {
  var positions: [Int]

  init(_ shape: [Int], _ indices: IntTensor, axis: Int, operation: String) {
    let axis = axis < 0 ? axis + shape.count : axis
    require(
      axis >= 0 && axis < shape.count,
      "\(operation): axis \(axis) is out of bounds for shape \(shape)")
    require(
      indices.rank == shape.count
        && shape.indices.allSatisfy { $0 == axis || indices.shape[$0] <= shape[$0] },
      "\(operation): indices of shape \(indices.shape) do not fit shape \(shape) on axis \(axis): they "
        + "need as many axes, and no larger extents except on that axis")
    let strides = BroadcastPlan.strides(of: shape, in: shape)
    positions = indices.scalars
    for i in positions.indices {
      let index = positions[i]
      require(
        index >= 0 && index < shape[axis],
        "\(operation): index \(index) is out of bounds for axis \(axis) of shape \(shape)")
      var rest = i
      var position = 0
      for a in indices.shape.indices.reversed() {
        let place = a == axis ? index : rest % indices.shape[a]
        rest /= indices.shape[a]
        position += place * (shape[a] == 1 ? 0 : strides[a])
      }
      positions[i] = position
    }
  }
}

private func gatherLoop<T: Scalar>(
  _ x: Tensor, _ plan: GatherPlan, into result: inout Tensor, _ type: T.Type
) {
  x.withElements(T.self) { x in
    result.withMutable(T.self) { y in
      for (i, position) in plan.positions.enumerated() { y[i] = x[position] }
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
