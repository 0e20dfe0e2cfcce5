import RetrogradTensors

// Functions of one number, applied to each element. Shape: any; unchanged.

extension Variable {
  /// The exponential of each element: `y = eˣ`. Derivative: `dx = dy · y`.
  public func exp() -> Variable {
    record("exp", self, value: value.exp(), keep: .output) { saved, dy in dy * saved.output }
  }

  /// The natural logarithm of each element: `y = ln x`. Derivative: `dx = dy / x`.
  public func log() -> Variable {
    record("log", self, value: value.log(), keep: .inputs) { saved, dy in dy / saved.inputs[0] }
  }

  /// The square root of each element: `y = √x`. Derivative: `dx = dy / (2y)`.
  public func sqrt() -> Variable {
    record("sqrt", self, value: value.sqrt(), keep: .output) { saved, dy in
      dy / (saved.output * 2)
    }
  }

  /// Each element to the power of a number: `y = xᵖ`. Derivative: `dx = dy · p · xᵖ⁻¹`, and 0 for
  /// `p = 0`.
  public func pow(_ exponent: Double) -> Variable {
    record("pow", self, value: value.pow(exponent), keep: .inputs) { saved, dy in
      if exponent == 0 { return Variable(.zeros(like: dy.value)) }
      return dy * (saved.inputs[0].pow(exponent - 1) * exponent)
    }
  }

  /// The hyperbolic tangent of each element: `y = tanh x`. Derivative: `dx = dy · (1 − y²)`.
  public func tanh() -> Variable {
    record("tanh", self, value: value.tanh(), keep: .output) { saved, dy in
      dy.timesSlope(of: .tanh, kept: saved.output, saved) ?? dy * (1 - saved.output * saved.output)
    }
  }

  /// The logistic function of each element: `y = 1 / (1 + e⁻ˣ)`. Derivative: `dx = dy · y · (1 − y)`.
  public func sigmoid() -> Variable {
    record("sigmoid", self, value: value.sigmoid(), keep: .output) { saved, dy in
      dy.timesSlope(of: .sigmoid, kept: saved.output, saved)
        ?? dy * (saved.output * (1 - saved.output))
    }
  }

  /// `self · f′` in one pass over memory, where nobody differentiates it again and the vector unit knows `f`.
  func timesSlope(of f: Activation, kept: Variable, _ saved: Saved) -> Variable? {
    if saved.isRecording { return nil }
    return value.timesSlope(of: f, kept: kept.value).map { Variable($0) }
  }

  /// The rectifier: `y = x` where `x > 0`, otherwise 0. Derivative: `dx = dy` where `x > 0`, otherwise
  /// 0, also at 0 itself; `NaN` lets it pass.
  public func relu() -> Variable {
    noteBranches("relu") { value .> 0 }
    let y = value.relu()
    if guidesRectifiers {
      return record("relu", self, value: y, keep: .output) { saved, dy in
        dy.passed(whereRectified: saved.output.value, guided: true)
      }
    }
    return record("relu", self, value: y, keep: .output) { saved, dy in
      dy.passed(where: saved.output.value)
    }
  }

  /// Each element where that of `gate`, a constant, is not 0, otherwise 0. Derivative: the same of `dy`.
  func passed(where gate: Tensor) -> Variable {
    record("pass", self, value: value.passed(where: gate), keep: .nothing) { _, dy in
      dy.passed(where: gate)
    }
  }

  /// The magnitude of each element: `y = |x|`. Derivative: `dx = dy · sign x`, which is 0 at 0.
  public func abs() -> Variable {
    noteBranches("abs") { value.sign() }
    return record("abs", self, value: value.abs(), keep: .inputs) { saved, dy in
      dy * Variable(saved.inputs[0].value.sign())
    }
  }

  /// Each element, but at least `min` and at most `max`. Derivative: `dx = dy` between the bounds and
  /// at them, otherwise 0.
  public func clamp(min: Double? = nil, max: Double? = nil) -> Variable {
    @Sendable func isInside(_ x: Tensor) -> Tensor {
      (x .>= (min ?? -.infinity)) * (x .<= (max ?? .infinity))
    }
    noteBranches("clamp") { isInside(value) }
    return record("clamp", self, value: value.clamp(min: min, max: max), keep: .inputs) {
      saved, dy in
      dy * Variable(isInside(saved.inputs[0].value))
    }
  }
}

// MARK: - The larger, the smaller, the chosen

/// The larger of each two elements; shapes broadcast. Derivative: `dy` goes to the larger, half of it
/// to each where they are equal, all of it to both where one is `NaN`.
public func maximum(_ a: Variable, _ b: Variable) -> Variable {
  let (a, b) = promoted(a, b)
  return extreme("maximum", a, b, maximum(a.value, b.value)) { $0 .> $1 }
}

/// The smaller of each two elements; shapes broadcast. Derivative: `dy` goes to the smaller, half of
/// it to each where they are equal, all of it to both where one is `NaN`.
public func minimum(_ a: Variable, _ b: Variable) -> Variable {
  let (a, b) = promoted(a, b)
  return extreme("minimum", a, b, minimum(a.value, b.value)) { $0 .< $1 }
}

private func extreme(
  _ name: String, _ a: Variable, _ b: Variable, _ value: Tensor,
  _ wins: @escaping @Sendable (Tensor, Tensor) -> Tensor
) -> Variable {
  @Sendable func share(_ one: Variable, _ other: Variable) -> Variable {
    Variable(1 - wins(other.value, one.value) - (one.value .== other.value) * 0.5)
  }
  noteBranches(name) { wins(a.value, b.value) - wins(b.value, a.value) }
  return record(
    name, a, b, value: value, keep: .inputs,
    da: { saved, dy in
      (dy * share(saved.inputs[0], saved.inputs[1])).summed(to: saved.shape(0))
    },
    db: { saved, dy in
      (dy * share(saved.inputs[1], saved.inputs[0])).summed(to: saved.shape(1))
    })
}

/// Elements of `a` where `condition` is not 0, otherwise of `b`; shapes broadcast. Derivative: `dy`
/// goes to the one that was chosen.
public func select(_ condition: Tensor, _ a: Variable, _ b: Variable) -> Variable {
  let (a, b) = promoted(a, b)
  let value = select(condition, a.value, b.value)
  return record(
    "select", a, b, value: value, keep: .nothing,
    da: { saved, dy in
      select(condition, dy, Variable(.zeros(like: dy.value))).summed(to: saved.shape(0))
    },
    db: { saved, dy in
      select(condition, Variable(.zeros(like: dy.value)), dy).summed(to: saved.shape(1))
    })
}
