import RetrogradTensors

// Mistakes that leave the gradient's pattern as it is, or ignore what came in.

extension Diagnostician {
  /// Zero, the opposite sign, a constant factor, a constant added.
  func scaling() -> [Diagnosis] {
    if comparison.analytic.allSatisfy({ gradient in elements.allSatisfy { gradient[$0] == 0 } }) {
      return [
        Diagnosis(
          cause: .zero,
          explanation: isConnected
            ? "nothing flows back to this input: it is detached on the way, or its gradient is forgotten"
            : "the output is not connected to any input: a value was taken out of the graph "
              + "(detached(), .value, withoutGradients)",
          evidence: "all \(elements.count) compared elements are 0, the numerical ones up to "
            + text(comparison.numerical[0].filter(\.isFinite).map(abs).max() ?? 0))
      ]
    }
    // An output of one element: ignoring the cotangent looks like a factor, another for each.
    guard let factor = commonFactor() else { return constantAdded() }
    let (cause, words) = name(factor)
    return [
      Diagnosis(
        cause: cause, explanation: words,
        evidence:
          "analytic = \(text(factor)) × numerical in all \(elements.count) compared elements, "
          + "for \(comparison.cotangents.count) random cotangents")
    ]
  }

  /// The number that the right gradient is multiplied by, if there is one.
  private func commonFactor() -> Double? {
    var factors: [Double] = []
    for c in comparison.cotangents.indices {
      let (a, n) = (comparison.analytic[c], comparison.numerical[c])
      let square = elements.reduce(0) { $0 + n[$1] * n[$1] }
      guard square > 0 else { return nil }
      factors.append(elements.reduce(0) { $0 + a[$1] * n[$1] } / square)
    }
    let factor = factors[0]
    guard factors.allSatisfy({ abs($0 - factor) <= 1e-6 * max(abs(factor), 1e-3) }),
      fit({ c in comparison.numerical[c].map { $0 * factor } }) != nil
    else { return nil }
    return factor
  }

  private func name(_ factor: Double) -> (GradientCause, String) {
    if abs(factor + 1) < 1e-6 { return (.sign, "the sign is wrong") }
    let extents =
      outputShape.enumerated().map { ("the extent \($1) of the output's axis \($0)", $1) }
      + inputShape.enumerated().map { ("the extent \($1) of the input's axis \($0)", $1) }
      + [
        ("the number of the output's elements, \(outputCount)", outputCount),
        ("the number of the input's elements, \(inputCount)", inputCount),
        ("height × width, \(plane(inputShape))", plane(inputShape)),
        ("height × width, \(plane(outputShape))", plane(outputShape)),
      ]
      + otherShapes.flatMap { index, shape in
        shape.enumerated().map { ("the extent \($1) of input \(index)'s axis \($0)", $1) }
          + [
            ("the number of elements of input \(index), \(shape.reduce(1, *))", shape.reduce(1, *))
          ]
      }
    func isNear(_ number: Double) -> Bool { abs(factor.magnitude / number - 1) < 1e-6 }
    let opposite = factor < 0 ? " and the sign is wrong" : ""
    for (words, extent) in extents where extent > 1 {
      if isNear(1 / Double(extent)) {
        return (
          .constantFactor,
          "too small by 1/\(extent), \(words): a mean where a sum belongs, or the batch is divided by "
            + "twice\(opposite)"
        )
      }
      if isNear(Double(extent)) {
        return (
          .constantFactor,
          "too large by \(extent), \(words): the division of a mean is missing\(opposite)"
        )
      }
    }
    if isNear(2) { return (.constantFactor, "too large by a factor of 2\(opposite)") }
    if isNear(0.5) {
      return (
        .constantFactor,
        "too small by a factor of 2 (the 2 of a square's derivative?)\(opposite)"
      )
    }
    return (.constantFactor, "off by the constant factor \(text(factor))")
  }

  private func plane(_ shape: [Int]) -> Int {
    shape.count >= 3 ? shape.suffix(2).reduce(1, *) : 0
  }

  /// The shapes of the other inputs, with their places.
  private var otherShapes: [(Int, [Int])] {
    differences.values.enumerated().filter { $0.offset != input }.map {
      ($0.offset, $0.element.shape)
    }
  }

  private func constantAdded() -> [Diagnosis] {
    guard elements.count > 2 else { return [] }
    let prediction: Prediction = { c in
      let offsets = elements.map { comparison.analytic[c][$0] - comparison.numerical[c][$0] }
      let mean = offsets.reduce(0, +) / Double(offsets.count)
      return comparison.numerical[c].map { $0 + mean }
    }
    return [
      diagnosis(
        .constantAdded, "the same number is added to the gradient of each element", prediction)
    ].compactMap { $0 }
  }

  /// The incoming gradient plays no part, or only in part.
  func cotangents() -> [Diagnosis] {
    guard hasJacobian else { return [] }
    func weighed(_ weight: @escaping (Double) -> Double) -> Prediction {
      { c in
        (0..<inputCount).map { element in
          (0..<outputCount).reduce(0) {
            $0 + weight(comparison.cotangents[c][$1]) * derivative($1, element)
          }
        }
      }
    }
    let mean: Prediction = { c in
      let mean = comparison.cotangents[c].reduce(0, +) / Double(outputCount)
      return weighed { _ in mean }(c)
    }
    let sum: Prediction = { c in
      let sum = comparison.cotangents[c].reduce(0, +)
      return weighed { _ in sum }(c)
    }
    return [
      diagnosis(
        .cotangentIgnored,
        "the incoming gradient dy is ignored: the result is what dy = 1 would give. Multiply by dy",
        weighed { _ in 1 }),
      diagnosis(
        .cotangentIgnored, "only the sign of the incoming gradient dy is used",
        weighed { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }),
      diagnosis(.notLinear, "the incoming gradient dy is squared", weighed { $0 * $0 }),
      diagnosis(.notLinear, "the magnitude of the incoming gradient dy is used", weighed(abs)),
      outputCount > 1
        ? diagnosis(
          .cotangentIgnored, "the mean of the incoming gradient dy is used for each element", mean)
        : nil,
      outputCount > 1
        ? diagnosis(
          .cotangentIgnored, "the sum of the incoming gradient dy is used for each element", sum)
        : nil,
    ].compactMap { $0 }
  }
}
