import RetrogradTensors

// The larger, the smaller, the chosen: what is chosen is a constant.

extension Variable {
  /// Each element where that of `mask`, a constant, is not 0, otherwise 0. Derivative: the same of `dy`.
  ///
  /// The mask broadcasts to this shape.
  func masked(by mask: Tensor) -> Variable {
    record("masked", self, value: value.masked(by: mask), keep: .nothing) { _, dy in
      dy.masked(by: mask)
    }
  }

  /// Each element, but at least `min` and at most `max`. Derivative: `dx = dy` between the bounds and
  /// at them, otherwise 0.
  public func clamped(min: Double? = nil, max: Double? = nil) -> Variable {
    @Sendable func isInside(_ x: Tensor) -> Tensor {
      (x .>= (min ?? -.infinity)) * (x .<= (max ?? .infinity))
    }
    noteBranches("clamped") { isInside(value) }
    return record("clamped", self, value: value.clamped(min: min, max: max), keep: .inputs) {
      saved, dy in
      dy.masked(by: isInside(saved.inputs[0].value))
    }
  }

  /// Each element, but at least that of `min` and at most that of `max`, which wins where `min` is greater; shapes
  /// broadcast.
  ///
  /// Derivative: `dy` goes to the element between the bounds and at them, otherwise to the bound that stands in its
  /// place.
  @_disfavoredOverload
  public func clamped(min: Variable? = nil, max: Variable? = nil) -> Variable {
    if min == nil && max == nil { return self }
    let (hasMin, hasMax) = (min != nil, max != nil)
    let inputs = promoted([self, min, max].compactMap { $0 })
    let values = inputs.map(\.value)
    noteBranches("clamped") {
      let origins = clampedOrigins(values, hasMin: hasMin, hasMax: hasMax)
      return origins[0] - origins[1]
    }
    let value = values[0].clamped(
      min: hasMin ? values[1] : nil, max: hasMax ? values[values.count - 1] : nil)
    return record("clamped", inputs, value: value, keep: .inputs) { saved, dy in
      let values = (0..<saved.inputCount).map { saved.inputs[$0].value }
      let origins = clampedOrigins(values, hasMin: hasMin, hasMax: hasMax)
      return origins.enumerated().map { index, origin in
        saved.needs(index) ? saved.unbroadcast(dy.masked(by: origin), to: index) : nil
      }
    }
  }
}

/// For each input of a clamping, a mask of the elements that come from it: the elements, then the bounds.
private func clampedOrigins(_ inputs: [Tensor], hasMin: Bool, hasMax: Bool) -> [Tensor] {
  let x = inputs[0]
  if !hasMax { return [x .>= inputs[1], x .< inputs[1]] }
  if !hasMin { return [x .<= inputs[1], x .> inputs[1]] }
  let (min, max) = (inputs[1], inputs[2])
  return [
    (x .>= min) * (x .<= max), (x .< min) * (min .< max), maximum(x .> max, max .< min),
  ]
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
      saved.unbroadcast(dy * share(saved.inputs[0], saved.inputs[1]), to: 0)
    },
    db: { saved, dy in
      saved.unbroadcast(dy * share(saved.inputs[1], saved.inputs[0]), to: 1)
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
      saved.unbroadcast(dy.masked(by: condition), to: 0)
    },
    db: { saved, dy in
      saved.unbroadcast(dy.masked(by: condition .== 0), to: 1)
    })
}

/// `x` with a number in the place of the elements where the mask is not 0; through those goes no
/// gradient. The mask may be larger than `x`, which is then repeated.
func replaced(_ x: Variable, where mask: Tensor, by number: Double) -> Variable {
  select(mask, Variable(Tensor(number, dtype: x.dtype)), x)
}
