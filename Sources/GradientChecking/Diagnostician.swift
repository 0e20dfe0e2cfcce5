import RetrogradTensors

/// Finds out why a gradient is wrong: compares it with what known mistakes would have made of the right
/// one, which the numerical derivative gives, and keeps the explanations that fit.
struct Diagnostician {
  let comparison: Comparison
  let differences: Differences
  let input: Int
  let order: Int
  /// The gradients of all inputs, for each cotangent.
  let gradients: [[Tensor]]
  let isConnected: Bool

  /// The backward pass's own Jacobian: for each output, the gradient for a cotangent of 1 there. `nil`
  /// where there are too many outputs.
  let analyticJacobian: [[Double]]?

  private static let mostOutputs = 256

  /// What a mistake would give for each cotangent; `nil` or `NaN` where it says nothing.
  typealias Prediction = (_ cotangent: Int) -> [Double]?

  /// How close a prediction must come, relative to its largest element.
  private static let closeness = 1e-5

  init(
    _ comparison: Comparison, differences: Differences, input: Int, order: Int,
    gradients: [[Tensor]], isConnected: Bool
  ) {
    self.comparison = comparison
    self.differences = differences
    self.input = input
    self.order = order
    self.gradients = gradients
    self.isConnected = isConnected
    let outputs = comparison.cotangents[0].count
    guard comparison.slopes.count == comparison.analytic[0].count, outputs <= Self.mostOutputs
    else {
      analyticJacobian = nil
      return
    }
    analyticJacobian = (0..<outputs).map { output in
      let cotangent = Tensor(
        (0..<outputs).map { $0 == output ? 1 : 0 }, shape: comparison.outputShape, dtype: .float64)
      return differences.laboratory.pullBack(cotangent, at: differences.values)
        .gradients[input].scalars
    }
  }

  /// The explanations that fit, the most specific first.
  func diagnoses() -> [Diagnosis] {
    var found: [Diagnosis] = []
    for family in [
      scaling, cotangents, rearrangements, jacobians, summation, places, selections, values,
      elsewhere, factors,
    ] as [() -> [Diagnosis]] {
      found += family()
      // What is explained exactly needs no guesses from the families after it.
      if found.count >= 2 { break }
    }
    if found.isEmpty { found = subsets() }
    if order > 1 {
      let detail = found.first.map { " At order \(order): \($0.explanation)" } ?? ""
      let value = Diagnosis(
        cause: .secondOrder,
        explanation: "the gradient itself is right, but it cannot be differentiated again as it is "
          + "written: something in it is treated as a constant, or was taken from the forward pass "
          + "without its history." + detail,
        evidence: found.first?.evidence
          ?? "order 1 agrees, order \(order) is off by \(text(comparison.worstError))")
      return [value] + found
    }
    return found
  }

  // MARK: - What the families use

  var elements: [Int] { comparison.elements }
  var inputShape: [Int] { comparison.inputShape }
  var outputShape: [Int] { comparison.outputShape }
  var inputCount: Int { comparison.analytic[0].count }
  var outputCount: Int { comparison.cotangents[0].count }
  /// Whether every element has its derivatives for each output.
  var hasJacobian: Bool { comparison.slopes.count == inputCount && inputCount > 0 }

  func derivative(_ output: Int, _ element: Int) -> Double {
    comparison.slopes[element]!.values[output]
  }

  /// How many elements a prediction speaks of and how closely it fits; `nil` where it does not fit.
  func fit(_ prediction: Prediction, least: Double = 1) -> (elements: Int, error: Double)? {
    var (error, scale, seen) = (0.0, 0.0, 0)
    for c in comparison.cotangents.indices {
      guard let predicted = prediction(c), predicted.count == inputCount else { return nil }
      seen = 0
      for element in elements where predicted[element].isFinite {
        seen += 1
        let allowed = comparison.tolerances[c][element]
        error = max(error, abs(comparison.analytic[c][element] - predicted[element]) - allowed)
        scale = max(scale, abs(predicted[element]))
      }
      guard seen > 0, Double(seen) >= least * Double(elements.count) else { return nil }
    }
    guard scale > 0, error <= Self.closeness * scale else { return nil }
    return (seen, max(error, 0) / scale)
  }

  /// A diagnosis if the prediction fits.
  func diagnosis(
    _ cause: GradientCause, _ explanation: String, least: Double = 1, _ prediction: Prediction
  ) -> Diagnosis? {
    fit(prediction, least: least).map { seen, error in
      Diagnosis(
        cause: cause, explanation: explanation,
        evidence: "fits \(seen) of \(elements.count) compared elements to "
          + "\(text(max(error, 1e-12))), for \(comparison.cotangents.count) random cotangents")
    }
  }

  /// Whether something is new to say, which a smooth constant function would make true of everything.
  func differs(_ a: [Double], _ b: [Double]) -> Bool {
    let scale = elements.map { max(abs(a[$0]), abs(b[$0])) }.filter(\.isFinite).max() ?? 0
    return elements.contains { abs(a[$0] - b[$0]) > 1e-3 * scale }
  }

  /// A number in few characters.
  func text(_ number: Double) -> String { shortText(number) }
}
