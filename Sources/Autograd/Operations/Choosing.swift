import RetrogradTensors

// The larger, the smaller, the chosen: what is chosen is a constant.

extension Variable {
  /// Each element, but at least `min` and at most `max`. Derivative: `dx = dy` between the bounds and
  /// at them, otherwise 0.
  public func clamped(min: Double? = nil, max: Double? = nil) -> Variable {
    @Sendable func isInside(_ x: Tensor) -> Tensor {
      (x .>= (min ?? -.infinity)) * (x .<= (max ?? .infinity))
    }
    noteBranches("clamp") { isInside(value) }
    return record("clamp", self, value: value.clamped(min: min, max: max), keep: .inputs) {
      saved, dy in
      dy * Variable(isInside(saved.inputs[0].value))
    }
  }
}

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

/// `x` with a number in the place of the elements where the mask is not 0; through those goes no
/// gradient. The mask may be larger than `x`, which is then repeated.
func replaced(_ x: Variable, where mask: Tensor, by number: Double) -> Variable {
  select(mask, Variable(Tensor(number, dtype: x.dtype)), x)
}
