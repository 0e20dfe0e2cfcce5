import RetrogradTensors

// Picking by index, and adding by index: each is the other's derivative. Indices are constants.

/// Elements picked along an axis: `y[i][j] = x[i][indices[i][j]]` for `axis: 1`, and so on.
///
/// Derivative: `dy` added at the places that were picked. Shape: that of `indices`, which has as many
/// axes as `x` and on every axis but `axis` no larger extent.
public func gather(_ x: Variable, _ indices: IntTensor, axis: Int) -> Variable {
  record("gather", x, value: gather(x.value, indices, axis: axis), keep: .nothing) { saved, dy in
    scatterAdd(dy, indices, axis: axis, into: saved.shape(0))
  }
}

/// Zeros of `shape` with the elements of `x` added at the given places along `axis`; equal places
/// add up.
///
/// Derivative: `dy` gathered from those places.
public func scatterAdd(
  _ x: Variable, _ indices: IntTensor, axis: Int, into shape: [Int]
)
  -> Variable
{
  let value = scatterAdd(x.value, indices, axis: axis, into: shape)
  return record("scatterAdd", x, value: value, keep: .nothing) { _, dy in
    gather(dy, indices, axis: axis)
  }
}
