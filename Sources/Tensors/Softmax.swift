// Exponentials that are summed: shifted by the largest first, so that nothing overflows.

extension Tensor {
  /// `ln Σ eˣ` over `axes` (all of them by default); −∞ where there is nothing to sum.
  public func logSumExp(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    if countReduced(axes, operation: "logSumExp") == 0 {
      return sum(axes: axes, keepDims: keepDims).log()
    }
    let largest = amax(axes: axes, keepDims: true)
    // An infinite maximum would give ∞ − ∞; shifting by 0 then gives the right limit.
    let shift = select(largest.abs() .< .infinity, largest, .zeros(like: largest))
    let logs = (self - shift).exp().sum(axes: axes, keepDims: keepDims).log()
    return logs + shift.reshaped(logs.shape)
  }

  /// Numbers to probabilities along an axis: `eˣ / Σ eˣ`.
  public func softmax(axis: Int) -> Tensor {
    let axis = resolve(axis: axis, operation: "softmax")
    if count == 0 { return self }
    if let fast = vectorSoftmax(axis: axis, logarithm: false) { return fast }
    let exponentials = (self - amax(axes: [axis], keepDims: true)).exp()
    return exponentials / exponentials.sum(axes: [axis], keepDims: true)
  }

  /// The logarithm of ``softmax(axis:)``: `x − ln Σ eˣ`.
  public func logSoftmax(axis: Int) -> Tensor {
    let axis = resolve(axis: axis, operation: "logSoftmax")
    if count == 0 { return self }
    if let fast = vectorSoftmax(axis: axis, logarithm: true) { return fast }
    let shifted = self - amax(axes: [axis], keepDims: true)
    return shifted - shifted.exp().sum(axes: [axis], keepDims: true).log()
  }
}
