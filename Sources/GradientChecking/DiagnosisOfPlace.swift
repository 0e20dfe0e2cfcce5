import RetrogradTensors

// Mistakes in where the derivative is taken, in a factor that differs between elements, in which elements
// it reaches.

extension Diagnostician {
  private var x: [Double] { differences.values[input].scalars }
  private var y: [Double] { differences.center.output.scalars }

  /// The derivative at another point than the input.
  func elsewhere() -> [Diagnosis] {
    guard order == 1, hasJacobian, outputShape == inputShape else { return [] }
    var atOutput = differences.values
    atOutput[input] = differences.center.output
    return [
      diagnosis(
        .wrongPoint,
        "the derivative is evaluated at the output instead of the input", least: 0.6,
        numericalGradient(at: atOutput)),
      atInputOfOutputFormula(),
    ].compactMap { $0 }
  }

  /// A formula meant for the output (tanh: 1 − y²) that was given the input: the derivative at the point
  /// whose output is the input, as far as there is one.
  private func atInputOfOutputFormula() -> Diagnosis? {
    guard isElementwise else { return nil }
    var point = x
    var isFound = [Bool](repeating: false, count: inputCount)
    for _ in 0..<40 {
      var values = differences.values
      values[input] = Tensor(point, shape: inputShape, dtype: .float64)
      let local = Differences(differences.laboratory, at: values)
      let outputs = local.center.output.scalars
      var next = point
      var isDone = true
      for element in 0..<inputCount {
        let miss = outputs[element] - x[element]
        isFound[element] = abs(miss) < 1e-10
        if isFound[element] { continue }
        isDone = false
        // Newton's step, with a bound so that it does not run away.
        let h = 1e-6
        let slope = slopes(values, element, h)
        guard slope.isFinite, abs(slope) > 1e-12 else { continue }
        next[element] -= max(-1, min(1, miss / slope))
      }
      if isDone { break }
      point = next
    }
    guard isFound.count(where: { $0 }) >= max(2, inputCount / 4) else { return nil }
    var values = differences.values
    values[input] = Tensor(point, shape: inputShape, dtype: .float64)
    let gradient = numericalGradient(at: values)
    return diagnosis(
      .wrongPoint,
      "a formula for the output's value is given the input: read saved.output where saved.inputs is read",
      least: 0.2
    ) { c in
      gradient(c).map { zip($0, isFound).map { $1 ? $0 : .nan } }
    }
  }

  private func slopes(_ values: [Tensor], _ element: Int, _ h: Double) -> Double {
    func output(_ offset: Double) -> Double {
      var scalars = values[input].scalars
      scalars[element] += offset
      var moved = values
      moved[input] = Tensor(scalars, shape: inputShape, dtype: .float64)
      return differences.laboratory.observe(moved).output.scalars[element]
    }
    return (output(h) - output(-h)) / (2 * h)
  }

  /// Whether each output depends on its own element alone.
  var isElementwise: Bool {
    guard hasJacobian, outputCount == inputCount else { return false }
    for element in 0..<inputCount {
      for output in 0..<outputCount where output != element && derivative(output, element) != 0 {
        return false
      }
    }
    return true
  }

  /// A factor that is the input, the output or another input.
  func factors() -> [Diagnosis] {
    guard elements.count > 1 else { return [] }
    if let found = passedOn() { return [found] }
    var candidates: [(String, [Double])] = [
      ("the input", x), ("the input's magnitude", x.map(abs)),
    ]
    candidates.append(("the input's square", x.map { $0 * $0 }))
    if outputCount == inputCount {
      candidates += [
        ("the output", y), ("one minus the output", y.map { 1 - $0 }),
        ("one plus the output", y.map { 1 + $0 }), ("the output's square", y.map { $0 * $0 }),
        ("the derivative itself", derivativeOnDiagonal),
      ]
    }
    for (other, value) in differences.values.enumerated()
    where other != input && value.shape == inputShape {
      candidates.append(("input \(other)", value.scalars))
    }
    for (words, factor) in candidates where factor.count == inputCount {
      for (inverse, sign) in [(false, 1.0), (true, 1.0), (false, -1.0), (true, -1.0)] {
        let prediction: Prediction = { c in
          zip(comparison.numerical[c], factor).map {
            sign * (inverse ? ($1 == 0 ? .nan : $0 / $1) : $0 * $1)
          }
        }
        guard let predicted = prediction(0), differs(predicted, comparison.numerical[0]) else {
          continue
        }
        let also = sign < 0 ? ", and the sign is wrong" : ""
        if let found = diagnosis(
          .wrongFactor,
          (inverse ? "a factor is missing: \(words)" : "there is a factor too many: \(words)")
            + also,
          prediction)
        {
          return [found]
        }
      }
    }
    return []
  }

  /// The cotangent handed to whatever an output depends on, without the derivative.
  private func passedOn() -> Diagnosis? {
    guard hasJacobian, !isPicking else { return nil }
    let prediction: Prediction = { c in
      (0..<inputCount).map { element in
        (0..<outputCount).reduce(0) {
          $0 + (abs(derivative($1, element)) > 1e-9 ? comparison.cotangents[c][$1] : 0)
        }
      }
    }
    return diagnosis(
      .wrongFactor, "dy is passed on as it is: the derivative of the function itself is missing",
      prediction)
  }

  /// Whether each output is one of the inputs.
  private var isPicking: Bool {
    (0..<outputCount).allSatisfy { output in
      let row = (0..<inputCount).map { derivative(output, $0) }
      return row.count { abs($0) > 1e-6 } == 1 && row.contains { abs($0 - 1) < 1e-6 }
    }
  }

  private var derivativeOnDiagonal: [Double] {
    hasJacobian ? (0..<inputCount).map { derivative($0, $0) } : []
  }

  /// The right numbers, sent to other elements than those that were chosen.
  func selections() -> [Diagnosis] {
    guard hasJacobian else { return [] }
    return [wrongMask(), wrongChoice()].compactMap { $0 }
  }

  /// Element by element one of a few slopes, but not the right one of them.
  private func wrongMask() -> Diagnosis? {
    guard isElementwise, elements.count > 2 else { return nil }
    func levels(_ numbers: [Double]) -> [Double] {
      numbers.reduce(into: []) { levels, number in
        if !levels.contains(where: { abs($0 - number) < 1e-6 }) { levels.append(number) }
      }
    }
    let known = levels(derivativeOnDiagonal)
    guard known.count <= 4 else { return nil }
    // A function may be on one side only here; its mask is then all 0 or all 1.
    let allowed = known.count > 1 ? known : levels(known + [0, 1])
    var disagreeing = 0
    for c in comparison.cotangents.indices {
      for element in elements {
        let v = comparison.cotangents[c][element]
        guard abs(v) > 1e-9 else { continue }
        let used = comparison.analytic[c][element] / v
        guard allowed.contains(where: { abs($0 - used) < 1e-5 }) else { return nil }
        if c == 0 && abs(used - derivativeOnDiagonal[element]) > 1e-5 { disagreeing += 1 }
      }
    }
    guard disagreeing > 0 else { return nil }
    return Diagnosis(
      cause: .wrongMask,
      explanation:
        "the mask is not that of this forward pass: elements get the slope of the other branch",
      evidence: "each element has one of the slopes \(allowed.map(text).joined(separator: ", ")), "
        + "\(disagreeing) of \(elements.count) have the wrong one")
  }

  /// Each output picks one input; the gradients arrive elsewhere, or everywhere.
  private func wrongChoice() -> Diagnosis? {
    guard isPicking, outputCount > 0 else { return nil }
    for c in comparison.cotangents.indices {
      let sent = comparison.cotangents[c]
      let arrived = comparison.analytic[c]
      let isWhole = elements.allSatisfy { element in
        abs(arrived[element]) < 1e-9 || sent.contains { abs($0 - arrived[element]) < 1e-6 }
      }
      guard isWhole || abs(sent.reduce(0, +) - arrived.reduce(0, +)) < 1e-6 else { return nil }
    }
    return Diagnosis(
      cause: .wrongMask,
      explanation:
        "each output takes one input, and its gradient goes to others: the indices are not those "
        + "of this forward pass",
      evidence: "what was sent arrives at the wrong elements, \(comparison.wrong.count) of "
        + "\(elements.count)")
  }
}
