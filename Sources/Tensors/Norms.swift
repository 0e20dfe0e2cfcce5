// Lengths of vectors.

extension Tensor {
  /// The norm of order `p` over `axes` (all of them by default): `(Σ |x|ᵖ)^(1/p)`; the number of
  /// elements that are not 0 for `p = 0`, the largest magnitude for ∞, the smallest for −∞.
  public func norm(_ p: Double = 2, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    require(!p.isNaN, "norm: the order must be a number")
    require(
      p >= 0 || countReduced(axes, operation: "norm") > 0,
      "norm: shape \(shape) has nothing over axes \(axes.map { "\($0)" } ?? "all"), whose norm of order "
        + "\(p) is not defined")
    return switch p {
    case .infinity: abs().amax(axes: axes, keepDims: keepDims)
    case -.infinity: abs().amin(axes: axes, keepDims: keepDims)
    case 0: (self .!= 0).sum(axes: axes, keepDims: keepDims)
    case 1: abs().sum(axes: axes, keepDims: keepDims)
    case 2: (self * self).sum(axes: axes, keepDims: keepDims).sqrt()
    default: abs().pow(p).sum(axes: axes, keepDims: keepDims).pow(1 / p)
    }
  }
}
