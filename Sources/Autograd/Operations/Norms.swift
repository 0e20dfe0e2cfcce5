import RetrogradTensors

extension Variable {
  /// The norm of order `p` over `axes`: `y = (Σ |x|ᵖ)^(1/p)`; for ∞ the largest magnitude, for −∞ the
  /// smallest, for 0 the number of elements that are not 0.
  ///
  /// Derivative: `dx = dy · sign x · (|x| / y)ᵖ⁻¹`; 0 where `x` or `y` is 0, and for `p = 0`. For ±∞ equal
  /// magnitudes share `dy · sign x` in equal parts.
  ///
  /// - Parameters:
  ///   - p: The order.
  ///   - axes: The axes to take the norm over, all by default; negative ones count from the end.
  ///   - keepDims: Whether the axes stay, with extent 1.
  public func norm(_ p: Double = 2, axes: [Int]? = nil, keepDims: Bool = false) -> Variable {
    let kept = keptShape(axes, operation: "norm")
    let result = value.norm(p, axes: axes, keepDims: keepDims)
    // From order 2 on the only kink is where all are 0.
    noteBranches("norm") {
      if p.isInfinite { return value.sign() * (value.abs() .== result.reshaped(kept)) }
      return p >= 2 ? result .== 0 : value.sign()
    }
    return record("norm", self, value: result, keep: .both) { saved, dy in
      let x = saved.inputs[0]
      let y = saved.output.reshaped(kept)
      let dy = dy.reshaped(kept)
      let sign = x.value.sign()
      if p == 0 { return Variable(.zeros(like: x.value)) }
      if p == 1 { return dy * Variable(sign) }
      if p.isInfinite {
        let isExtreme = x.value.abs() .== y.value
        let count = isExtreme.sum(axes: axes, keepDims: true).clamp(min: 1)
        return dy * Variable(sign * isExtreme / count)
      }
      // Where the norm is 0 it has no derivative, and neither have the magnitudes of zeros for p < 2.
      let isZero = y.value .== 0
      let scale = dy * Variable(1 - isZero)
      let length = replaced(y, where: isZero, by: 1)
      if p == 2 { return scale * (x / length) }
      let magnitude = p > 2 ? x.abs() : replaced(x, where: x.value .== 0, by: 1).abs()
      return scale * (magnitude.pow(p - 1) * Variable(sign) * length.pow(1 - p))
    }
  }
}
