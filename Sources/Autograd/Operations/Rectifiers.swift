import RetrogradTensors

// Functions of one number with a kink or a step, applied to each element. What side of it an element is
// on is a constant.

extension Variable {
  /// The rectifier that leaks: `y = x` where `x > 0`, otherwise `slope · x`. Derivative: `dx = dy` where
  /// `x > 0`, otherwise `slope · dy`, also at 0.
  public func leakyReLU(slope: Double = 0.01) -> Variable {
    noteBranches("leakyReLU") { value .> 0 }
    return record("leakyReLU", self, value: value.leakyReLU(slope: slope), keep: .inputs) {
      saved, dy in
      let isPositive = saved.inputs[0].value .> 0
      return dy * Variable(isPositive + (1 - isPositive) * slope)
    }
  }

  /// The exponential linear unit (Clevert et al., 2015): `y = x` where `x > 0`, otherwise
  /// `alpha · (eˣ − 1)`. Derivative: `dx = dy` where `x > 0`, otherwise `dy · alpha · eˣ`.
  public func elu(alpha: Double = 1) -> Variable {
    noteBranches("elu") { value .> 0 }
    return record("elu", self, value: value.elu(alpha: alpha), keep: .inputs) { saved, dy in
      let x = saved.inputs[0]
      // Of the negative part only: the exponential of a large number would be ∞, and ∞ · 0 no number.
      let slope = (-(-x).relu()).exp() * alpha
      return dy * replaced(slope, where: x.value .> 0, by: 1)
    }
  }

  /// Each element, but at least `min` and at most `max`. Derivative: `dx = dy` strictly between the
  /// bounds, otherwise 0: at the bounds, too, unlike ``clamp(min:max:)``.
  public func hardtanh(min: Double = -1, max: Double = 1) -> Variable {
    require(min <= max, "hardtanh: min \(min) must not be greater than max \(max)")
    @Sendable func isInside(_ x: Tensor) -> Tensor { (x .> min) * (x .< max) }
    noteBranches("hardtanh") { (value .>= max) - (value .<= min) }
    return record("hardtanh", self, value: value.clamp(min: min, max: max), keep: .inputs) {
      saved, dy in
      dy * Variable(isInside(saved.inputs[0].value))
    }
  }

  /// −1, 0 or 1 by the sign of each element. Derivative: 0.
  public func sign() -> Variable {
    noteBranches("sign") { value.sign() }
    return record("sign", self, value: value.sign(), keep: .nothing) { _, dy in
      Variable(.zeros(like: dy.value))
    }
  }

  /// The nearest whole number to each element; halves go to the even one. Derivative: 0.
  public func round() -> Variable {
    noteBranches("round") { value.round() }
    return record("round", self, value: value.round(), keep: .nothing) { _, dy in
      Variable(.zeros(like: dy.value))
    }
  }
}
