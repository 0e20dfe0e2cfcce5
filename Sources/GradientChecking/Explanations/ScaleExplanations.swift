import RetrogradTensors

// Nothing at all, a factor too many or too few.

extension Explainer {
  /// Nothing arrives.
  func nothing() -> Diagnosis? {
    guard first.returned(input).largest == 0 else { return nil }
    let words =
      isConnected
      ? "nothing flows back to this input: its gradient is forgotten, or it is detached on the way"
      : "the output is not connected to any input: a value was taken out of the graph "
        + "(detached(), .value, withoutGradients)"
    return diagnosis(.zero, words) { site in site.right(input).map { $0.isNaN ? .nan : 0 } }
  }

  /// The right derivative times a constant and powers of what is known.
  func scaling(_ level: Level) -> Diagnosis? {
    law({ $0.returned(input) }, { $0.right(input) }, level, assemble: { $1 }) { relation in
      if relation.factors.isEmpty { return constantFactor(relation.constant) }
      if relation.factors.count == 1, relation.factors[0].words == Quantity.derivative {
        let power = relation.factors[0].power + 1
        if power == 0 { return nil }
        return (
          .wrongFactor,
          "analytic = \(Relation(constant: relation.constant, factors: []).prefix)"
            + "\(Relation.words("numerical", power)): "
            + (power > 1
              ? "a root is missing or a power too many" : "a power is missing, or a root too many")
        )
      }
      return (.wrongFactor, factorWords(relation))
    }
  }

  /// The words for a factor that is missing or too many.
  func factorWords(_ relation: Relation) -> String {
    if relation.factors.isEmpty { return constantFactor(relation.constant).1 }
    if relation.factors.allSatisfy({ $0.power < 0 }) {
      return "a factor is missing: \(relation.words(inverted: true))"
    }
    if relation.factors.allSatisfy({ $0.power > 0 }) {
      return "there is a factor too many: \(relation.words())"
    }
    return "analytic = \(relation.words()) × numerical: one factor stands for another"
  }

  func constantFactor(_ constant: Double) -> (GradientCause, String) {
    let size = abs(constant)
    let sign = constant < 0 ? "the sign is wrong, and it is " : ""
    if abs(size - 1) < 1e-9 { return (.sign, "the sign is wrong") }
    let equation = "(analytic = \(constantText(constant)) × numerical)"
    let words =
      abs(size - 1) < 1e-2
      ? "too \(size > 1 ? "large" : "small") by \(shortText(100 * abs(size - 1))) % \(equation)"
      : size > 1
        ? "too large by a factor of \(shortText(size)) \(equation)"
        : "too small by a factor of \(shortText(1 / size)) \(equation)"
    return (.constantFactor, sign + words + extentRemark(size))
  }

  private func constantText(_ constant: Double) -> String {
    abs(abs(constant) - 1) < 1e-4
      ? "(\(constant < 0 ? "−1" : "1") \(abs(constant) > 1 ? "+" : "−") \(shortText(abs(abs(constant) - 1))))"
      : shortText(constant)
  }

  /// Returns a remark where the factor is an extent as well: no cause, but worth a look.
  private func extentRemark(_ factor: Double) -> String {
    let whole = (factor > 1 ? factor : 1 / factor).rounded()
    guard whole >= 2, abs(max(factor, 1 / factor) - whole) < 1e-6 * whole else { return "" }
    let number = Int(whole)
    var places: [String] = []
    for (name, shape) in [("output", outputShape), ("input", inputShape)] {
      for (axis, extent) in shape.enumerated() where extent == number {
        places.append("the extent of axis \(axis) of the \(name)")
      }
      if shape.count > 1, shape.reduce(1, *) == number {
        places.append("the number of elements of the \(name)")
      }
    }
    guard let place = places.first else { return "" }
    return " [\(number) is also \(place)]"
  }

  /// The cotangent as it is, where the function's own derivative belongs.
  func passedOn(_ level: Level) -> Diagnosis? {
    law({ $0.returned(input) }, { support($0.right(input)) }, level, assemble: { $1 }) { relation in
      if relation.factors.isEmpty != (level == .single) { return nil }
      guard relation.factors.isEmpty else {
        return (
          .wrongFormula,
          "the backward pass computes dy · \(relation.words()), which is another formula than the function's derivative"
        )
      }
      return (
        .wrongFactor,
        abs(relation.constant - 1) < 1e-6
          ? "dy is passed on as it is, whatever the function's derivative there"
          : "each element gets \(shortText(relation.constant)) · dy from every output that reads it, whatever the "
            + "function's derivative there"
      )
    }
  }
}

extension Relation {
  /// The constant as it stands before something, nothing where it is 1.
  var prefix: String {
    abs(constant - 1) < 1e-6 ? "" : abs(constant + 1) < 1e-6 ? "−" : "\(shortText(constant)) · "
  }
}
