import RetrogradTensors

// Mistakes in how the derivatives of several outputs come together, seen in the numerical Jacobian.

extension Diagnostician {
  private var isSquare: Bool { outputCount == inputCount && inputCount > 1 }

  /// The Jacobian not transposed, or only its diagonal, or its parts in wrong shares.
  func jacobians() -> [Diagnosis] {
    guard hasJacobian, isSquare else { return [] }
    if let found = mixedAxes() { return [found] }
    let diagonal: Prediction = { c in
      (0..<inputCount).map { comparison.cotangents[c][$0] * derivative($0, $0) }
    }
    let untransposed: Prediction = { c in
      (0..<inputCount).map { row in
        (0..<inputCount).reduce(0) { $0 + derivative(row, $1) * comparison.cotangents[c][$1] }
      }
    }
    guard differs(diagonal(0)!, comparison.numerical[0]) else { return [] }
    return [
      diagnosis(
        .diagonalOnly,
        "each output is treated as if it depended on its own input alone: the terms through the other "
          + "elements are missing (softmax's − Σ dy·y, a mean's, a norm's)", diagonal),
      diagnosis(
        .jacobianNotTransposed,
        "the Jacobian is applied to dy instead of its transpose", untransposed),
      wrongAxis(), shares(),
    ].compactMap { $0 }
  }

  /// The axes along which elements depend on one another, in the backward pass and in truth.
  private func mixedAxes() -> Diagnosis? {
    guard outputShape == inputShape, let analytic = analyticJacobian else { return nil }
    func axes(_ entry: (_ output: Int, _ element: Int) -> Double) -> Set<Int> {
      var axes: Set<Int> = []
      for output in 0..<outputCount {
        for element in 0..<inputCount where abs(entry(output, element)) > 1e-7 {
          let (a, b) = (unravel(output, outputShape), unravel(element, inputShape))
          axes.formUnion(inputShape.indices.filter { a[$0] != b[$0] })
        }
      }
      return axes
    }
    let (returned, right) = (axes { analytic[$0][$1] }, axes(derivative))
    if returned == right || right.isEmpty { return nil }
    func words(_ axes: Set<Int>) -> String {
      axes.isEmpty ? "none" : axes.sorted().map(String.init).joined(separator: " and ")
    }
    if returned.isEmpty {
      return Diagnosis(
        cause: .diagonalOnly,
        explanation:
          "each output is treated as if it depended on its own input alone: the terms through "
          + "the other elements are missing (softmax's − Σ dy·y, a mean's, a variance's)",
        evidence:
          "the function mixes elements along axis \(words(right)), the backward pass along none")
    }
    return Diagnosis(
      cause: .wrongAxis, explanation: "something is summed over the wrong axis on the way back",
      evidence:
        "the function mixes elements along axis \(words(right)), the backward pass along axis "
        + words(returned))
  }

  /// The derivative of the function on the transposed input: a reduction over the other axis.
  private func wrongAxis() -> Diagnosis? {
    guard order == 1, outputShape == inputShape else { return nil }
    for a in inputShape.indices {
      for b in inputShape.indices where b > a && inputShape[a] == inputShape[b] && inputShape[a] > 1
      {
        let places = (0..<inputCount).map { position -> Int in
          var index = unravel(position, inputShape)
          index.swapAt(a, b)
          return ravel(index, inputShape)
        }
        var values = differences.values
        let scalars = values[input].scalars
        values[input] = Tensor(places.map { scalars[$0] }, shape: inputShape, dtype: .float64)
        let elsewhere = Differences(differences.laboratory, at: values)
        let slopes = (0..<inputCount).map { element -> Slope? in
          guard case .slope(let slope) = elsewhere.slope(input: input, element: element) else {
            return nil
          }
          return slope
        }
        let prediction: Prediction = { c in
          let v = places.map { comparison.cotangents[c][$0] }
          return places.map { slopes[$0]?.projected(on: v).value ?? .nan }
        }
        if let found = diagnosis(
          .wrongAxis,
          "fits the function along axis \(a) in place of axis \(b): something is reduced over the wrong "
            + "axis", prediction)
        {
          return found
        }
      }
    }
    return nil
  }

  /// The diagonal or the rest of the Jacobian times a constant, the other part not.
  private func shares() -> Diagnosis? {
    guard inputCount > 2, let analytic = analyticJacobian else { return nil }
    func ratio(_ isInside: (_ output: Int, _ element: Int) -> Bool) -> Double? {
      var ratio: Double?
      for output in 0..<outputCount {
        for element in 0..<inputCount where isInside(output, element) {
          let right = derivative(output, element)
          guard abs(right) > 1e-6 else { continue }
          let found = analytic[output][element] / right
          if let known = ratio, abs(known - found) > 1e-4 * max(1, abs(known)) { return nil }
          ratio = found
        }
      }
      return ratio
    }
    let (own, others) = (ratio { $0 == $1 }, ratio { $0 != $1 })
    let words = [("an element's own input", own), ("the other elements", others)].compactMap {
      name, ratio in ratio.map { "the one through \(name) counts \(text($0)) times" }
    }
    guard !words.isEmpty else { return nil }
    return Diagnosis(
      cause: .missingTerm,
      explanation: "one of the derivative's terms is missing or has the wrong share",
      evidence: "of the two parts of the Jacobian " + words.joined(separator: ", "))
  }

  /// Sums over uses that take only one, the first or the last.
  func summation() -> [Diagnosis] {
    guard hasJacobian else { return [] }
    return [slices(), overwritten()].compactMap { $0 }
  }

  /// Only one index along an axis of the output counts.
  private func slices() -> Diagnosis? {
    for axis in outputShape.indices where outputShape[axis] > 1 {
      for place in Set([0, outputShape[axis] - 1]).sorted() {
        let prediction: Prediction = { c in
          pulledBack(
            comparison.cotangents[c].enumerated().map {
              unravel($0.offset, outputShape)[axis] == place ? $0.element : 0
            })
        }
        let words = place == 0 ? "the first" : "the last"
        if let found = diagnosis(
          .missingSum,
          "only \(words) of \(outputShape[axis]) along the output's axis \(axis) counts: the sum over "
            + "what was repeated is missing", prediction)
        {
          return found
        }
      }
    }
    return nil
  }

  private func overwritten() -> Diagnosis? {
    for (words, order) in [
      ("last", Array((0..<outputCount).reversed())), ("first", Array(0..<outputCount)),
    ] {
      var repeated = 0
      let prediction: Prediction = { c in
        repeated = 0
        return (0..<inputCount).map { element in
          let uses = order.filter { abs(derivative($0, element)) > 1e-9 }
          if uses.count > 1 { repeated += 1 }
          return uses.first.map { comparison.cotangents[c][$0] * derivative($0, element) } ?? 0
        }
      }
      if let found = diagnosis(
        .overwritten,
        "where an element is used more than once only the \(words) use counts: gradients are written "
          + "over one another instead of added", prediction), repeated > 0
      {
        return found
      }
    }
    return nil
  }
}
