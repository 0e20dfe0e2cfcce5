// Moving averages of parameters: one pass, in place.

extension Tensor {
  /// `self ← self + share · (target − self)`, element by element.
  package mutating func move(towards target: Tensor, by share: Double) {
    require(
      shape == target.shape && dtype == target.dtype,
      "move: expects a target like \(shape) \(dtype), got \(target.shape) \(target.dtype)")
    dtype.dispatch { move(towards: target, by: share, $0) }
  }

  private mutating func move<T: Scalar>(towards target: Tensor, by share: Double, _ type: T.Type) {
    let (count, share) = (count, T(share))
    target.withElements(T.self) { target in
      withMutable(T.self) { own in
        parallelRanges(count, grain: 1 << 14) { range in
          for i in range { own[i] += share * (target[i] - own[i]) }
        }
      }
    }
  }
}
