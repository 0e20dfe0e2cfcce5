import RetrogradTensors

/// Numbers to probabilities along an axis: `y = eˣ / Σ eˣ`, without overflow.
///
/// Derivative: `dx = y · (dy − Σ dy · y)`. Shape: any; unchanged.
public func softmax(_ x: Variable, axis: Int) -> Variable {
  record("softmax", x, value: x.value.softmax(axis: axis), keep: .output) { saved, dy in
    let y = saved.output
    if let dx = dy.throughSoftmax(y, axis: axis, logarithm: false, saved) { return dx }
    return y * (dy - (dy * y).sum(axes: [axis], keepDims: true))
  }
}

/// The logarithm of ``softmax(_:axis:)``, exact where the probability itself would round to 0:
/// `y = x − ln Σ eˣ`.
///
/// Derivative: `dx = dy − eʸ · Σ dy`. Shape: any; unchanged.
public func logSoftmax(_ x: Variable, axis: Int) -> Variable {
  record("logSoftmax", x, value: x.value.logSoftmax(axis: axis), keep: .output) { saved, dy in
    dy.throughSoftmax(saved.output, axis: axis, logarithm: true, saved)
      ?? dy - saved.output.exp() * dy.sum(axes: [axis], keepDims: true)
  }
}

extension Variable {
  /// The derivative in one pass over memory, where nobody differentiates it again.
  fileprivate func throughSoftmax(
    _ y: Variable, axis: Int, logarithm: Bool, _ saved: Saved
  ) -> Variable? {
    if saved.isRecording { return nil }
    return value.throughSoftmax(y.value, axis: axis, logarithm: logarithm).map { Variable($0) }
  }
}

/// Sets elements to 0 with probability `p` and scales the others by `1 / (1 − p)`, so that the mean
/// stays (Srivastava et al., *Dropout*, 2014).
///
/// Derivative: `dy` times the same mask. Shape: any; unchanged.
///
/// - Parameters:
///   - x: The numbers.
///   - p: The probability of 0, from 0 to 1.
///   - random: The source of random numbers for the mask.
public func dropout(_ x: Variable, _ p: Double, using random: inout RandomSource) -> Variable {
  require(p >= 0 && p <= 1, "dropout: the probability must be in 0...1, got \(p)")
  let kept = Tensor.bernoulli(x.shape, probability: 1 - p, dtype: x.dtype, using: &random)
  let mask = p < 1 ? kept / (1 - p) : kept
  return record("dropout", x, value: x.value * mask, keep: .nothing) { _, dy in
    dy * Variable(mask)
  }
}
