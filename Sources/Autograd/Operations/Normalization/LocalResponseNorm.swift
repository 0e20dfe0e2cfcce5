import RetrogradTensors

/// Divides each element by what its neighbors in other channels have (Krizhevsky, Sutskever & Hinton,
/// *ImageNet Classification with Deep Convolutional Neural Networks*, 2012).
///
/// `y = x / (k + α/n · Σ x²)^β`, the sum over `n` channels around the element's own, fewer at the ends:
/// `⌊n/2⌋` before it and `⌊(n − 1)/2⌋` after it. Its derivative follows from those of its parts. Shape:
/// [N, C, …], unchanged; as in PyTorch the channels are axis 1 also without a batch.
///
/// - Parameters:
///   - x: The pictures.
///   - size: The number of channels that take part, `n`.
///   - alpha: The weight of the neighbors in the divisor, `α`.
///   - beta: The exponent, `β`.
///   - k: The additive constant of the divisor.
public func localResponseNorm(
  _ x: Variable, size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
) -> Variable {
  require(
    x.rank >= 3 && size > 0,
    "localResponseNorm: expects [N, C, …] of at least 3 axes and a size of at least 1, got shape "
      + "\(x.shape) and size \(size)")
  let sums = (x * x).windowSums(before: size / 2, after: (size - 1) / 2, axis: 1)
  return x / (sums * (alpha / Double(size)) + k).pow(beta)
}

extension Variable {
  /// For each place of an axis, the sum from `before` places before it to `after` places after it.
  /// Derivative: the same sums of `dy` with `before` and `after` exchanged.
  func windowSums(before: Int, after: Int, axis: Int) -> Variable {
    let sums = value.windowSums(before: before, after: after, axis: axis)
    return record("windowSums", self, value: sums, keep: .nothing) { _, dy in
      dy.windowSums(before: after, after: before, axis: axis)
    }
  }
}
