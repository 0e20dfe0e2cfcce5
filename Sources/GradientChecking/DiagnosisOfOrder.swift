import RetrogradTensors

// Mistakes that put the right numbers in the wrong places.

extension Diagnostician {
  /// Transposed, flipped, shifted, or the gradient of another input.
  func rearrangements() -> [Diagnosis] {
    [
      transposed(), flipped(), exchanged(), shifted(), rolledCotangent(), transposedCotangent(),
    ].compactMap { $0 }
  }

  private func transposed() -> Diagnosis? {
    for a in inputShape.indices {
      for b in inputShape.indices where b > a && inputShape[a] > 1 && inputShape[b] > 1 {
        let words = inputShape.count == 2 ? "transposed" : "with its axes \(a) and \(b) exchanged"
        var exchanged = inputShape
        exchanged.swapAt(a, b)
        // As numbers in memory: read in the order of the exchanged axes.
        let sources = (0..<inputCount).map { position -> Int in
          var index = unravel(position, exchanged)
          index.swapAt(a, b)
          return ravel(index, inputShape)
        }
        var back = sources
        for (position, source) in sources.enumerated() { back[source] = position }
        for order in [sources, back] {
          if let found = movement(
            .transposed, "the gradient is \(words)", order.map { Optional($0) })
          {
            return found
          }
        }
      }
    }
    return nil
  }

  private func flipped() -> Diagnosis? {
    let axes = inputShape.indices.filter { inputShape[$0] > 1 }
    let pairs = axes.count >= 2 ? [Array(axes.suffix(2))] : []
    for flipped in pairs + axes.map({ [$0] }) {
      let sources = (0..<inputCount).map { position -> Int? in
        var index = unravel(position, inputShape)
        for axis in flipped { index[axis] = inputShape[axis] - 1 - index[axis] }
        return ravel(index, inputShape)
      }
      let words =
        flipped.count == 2 && inputShape.count >= 3
        ? "the kernel is flipped in space: convolution where correlation belongs, or the reverse"
        : "the gradient is reversed along axis \(flipped.map(String.init).joined(separator: " and "))"
      if let found = movement(.flippedKernel, words, sources) { return found }
    }
    return flippedOther()
  }

  /// The gradient with another input's kernel flipped, or with another matrix transposed.
  private func flippedOther() -> Diagnosis? {
    guard order == 1 else { return nil }
    for (other, value) in differences.values.enumerated()
    where other != input && value.rank == 2 && value.shape[0] == value.shape[1]
      && value.shape[0] > 1
    {
      var values = differences.values
      values[other] = value.transposed()
      if let found = diagnosis(
        .transposed,
        "fits with input \(other) transposed: the product on the way back needs it the other way round",
        numericalGradient(at: values))
      {
        return found
      }
    }
    for (other, value) in differences.values.enumerated()
    where other != input && value.rank >= 3 && value.shape.suffix(2).contains(where: { $0 > 1 }) {
      let shape = value.shape
      let scalars = value.scalars
      let turned = scalars.indices.map { position -> Double in
        var index = unravel(position, shape)
        for axis in [shape.count - 2, shape.count - 1] {
          index[axis] = shape[axis] - 1 - index[axis]
        }
        return scalars[ravel(index, shape)]
      }
      var values = differences.values
      values[other] = Tensor(turned, shape: shape, dtype: .float64)
      if let found = diagnosis(
        .flippedKernel,
        "fits with the kernel (input \(other)) flipped in space: the backward pass needs it the other "
          + "way round", numericalGradient(at: values))
      {
        return found
      }
    }
    return nil
  }

  private func exchanged() -> Diagnosis? {
    guard order == 1 else { return nil }
    for (other, value) in differences.values.enumerated()
    where other != input && value.shape == inputShape {
      let swapped = numericalGradient(at: differences.values, of: other)
      if let found = diagnosis(
        .exchangedInputs, "this is the gradient of input \(other): the two are exchanged", swapped)
      {
        return found
      }
      var values = differences.values
      values.swapAt(input, other)
      if let found = diagnosis(
        .exchangedInputs,
        "fits with inputs \(input) and \(other) exchanged: the derivative reads the wrong one of the two",
        numericalGradient(at: values))
      {
        return found
      }
    }
    return nil
  }

  private func shifted() -> Diagnosis? {
    let axes = inputShape.indices.filter { inputShape[$0] > 2 }
    let candidates: [[Int: Int]] = axes.flatMap { axis in [1, -1, 2, -2].map { [axis: $0] } }
    let last = Array(axes.suffix(2))
    let diagonal: [[Int: Int]] =
      last.count == 2 ? [1, -1, 2, -2].map { [last[0]: $0, last[1]: $0] } : []
    for shift in candidates + diagonal {
      for wraps in [true, false] {
        let sources = (0..<inputCount).map { position -> Int? in
          var index = unravel(position, inputShape)
          for (axis, step) in shift {
            index[axis] += step
            if wraps { index[axis] = (index[axis] + inputShape[axis]) % inputShape[axis] }
            guard inputShape[axis] > index[axis], index[axis] >= 0 else { return nil }
          }
          return ravel(index, inputShape)
        }
        let words = shift.sorted { $0.key < $1.key }.map { "\($0.value) along axis \($0.key)" }
          .joined(separator: " and ")
        if let found = movement(
          .shifted,
          "the gradient is shifted by \(words): a padding, an offset or an index is off", sources,
          least: wraps ? 1 : 0.25)
        {
          return found
        }
      }
    }
    return nil
  }

  /// The gradient that a shifted cotangent would give: an index is off on the output's side.
  private func rolledCotangent() -> Diagnosis? {
    guard hasJacobian else { return nil }
    for axis in outputShape.indices where outputShape[axis] > 2 {
      for step in [1, -1] {
        for wraps in [true, false] {
          let prediction: Prediction = { c in
            let v = comparison.cotangents[c]
            let moved = (0..<outputCount).map { position -> Double in
              var index = unravel(position, outputShape)
              index[axis] += step
              if wraps {
                index[axis] = (index[axis] + outputShape[axis]) % outputShape[axis]
              }
              guard index[axis] >= 0, index[axis] < outputShape[axis] else { return 0 }
              return v[ravel(index, outputShape)]
            }
            return pulledBack(moved)
          }
          if let found = diagnosis(
            .shifted,
            "fits with the incoming gradient shifted by \(step) along its axis \(axis): an index is off",
            prediction)
          {
            return found
          }
        }
      }
    }
    return nil
  }

  /// The gradient that a transposed cotangent would give.
  private func transposedCotangent() -> Diagnosis? {
    guard hasJacobian else { return nil }
    for a in outputShape.indices {
      for b in outputShape.indices
      where b > a && outputShape[a] == outputShape[b] && outputShape[a] > 1 {
        let prediction: Prediction = { c in
          let v = comparison.cotangents[c]
          return pulledBack(
            (0..<outputCount).map { position in
              var index = unravel(position, outputShape)
              index.swapAt(a, b)
              return v[ravel(index, outputShape)]
            })
        }
        if let found = diagnosis(
          .wrongAxis,
          "fits with axes \(a) and \(b) of the incoming gradient exchanged: it is transposed, or summed "
            + "over the wrong axis", prediction)
        {
          return found
        }
      }
    }
    return nil
  }

  /// A diagnosis if each element has the right gradient of another one, `sources[element]`.
  private func movement(
    _ cause: GradientCause, _ explanation: String, _ sources: [Int?], least: Double = 1
  ) -> Diagnosis? {
    let prediction: Prediction = { c in
      let n = comparison.numerical[c]
      return sources.map { $0.map { n[$0] } ?? .nan }
    }
    guard let moved = prediction(0),
      differs(moved.map { $0.isNaN ? 0 : $0 }, comparison.numerical[0])
    else { return nil }
    return diagnosis(cause, explanation, least: least, prediction)
  }

  /// `vᵀJ` for a cotangent.
  func pulledBack(_ cotangent: [Double]) -> [Double] {
    (0..<inputCount).map { element in
      (0..<outputCount).reduce(0) { $0 + cotangent[$1] * derivative($1, element) }
    }
  }

  /// The numerical gradient of an input at other values; only for inputs that were compared whole.
  func numericalGradient(at values: [Tensor], of which: Int? = nil) -> Prediction {
    let which = which ?? input
    guard hasJacobian, values[which].shape == inputShape else { return { _ in nil } }
    let elsewhere = Differences(differences.laboratory, at: values)
    guard elsewhere.center.output.shape == outputShape else { return { _ in nil } }
    var slopes: [Slope?] = []
    for element in 0..<inputCount {
      if case .slope(let slope) = elsewhere.slope(input: which, element: element) {
        slopes.append(slope)
      } else {
        slopes.append(nil)
      }
    }
    return { c in
      slopes.map { $0?.projected(on: comparison.cotangents[c]).value ?? .nan }
    }
  }
}
