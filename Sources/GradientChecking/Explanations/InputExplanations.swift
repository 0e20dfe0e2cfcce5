import RetrogradTensors

// Gradients of other inputs, and uses of an input that do not count.

extension Explainer {
  /// Two inputs that get each other's gradients.
  func exchangedInputs() -> Diagnosis? {
    for other in alike where isOther(other, of: input) && isOther(input, of: other) {
      let words =
        "this is the gradient of \(first.names[other]), which gets that of \(first.names[input]): the two "
        + "are exchanged"
      if let found = diagnosis(.exchangedInputs, words, { $0.right(other) }) { return found }
    }
    return nil
  }

  /// The gradient that another input rightly gets as well.
  func oneInputsGradient() -> Diagnosis? {
    for other in alike {
      if let found = diagnosis(
        .exchangedInputs, "what is returned is the gradient of \(first.names[other])",
        { $0.right(other) })
      {
        return found
      }
    }
    return nil
  }

  /// The derivative at the inputs that the same operation has where it runs later on.
  func readsLater(_ later: OperationSubject) -> Diagnosis? {
    diagnosis(
      .sharedState,
      "it returns the derivative at the inputs of its later use: it reads something that each use writes over "
        + "(a stored property, a shared buffer)"
    ) { $0.right(input, at: later.values) }
  }

  private var alike: [Int] {
    first.values.indices.filter { $0 != input && first.values[$0].shape == inputShape }
  }

  private func isOther(_ other: Int, of input: Int) -> Bool {
    let (returned, right, own) = (
      first.returned(input), first.right(other), first.right(input)
    )
    let allowed = 1e-6 * max(returned.largest, right.largest)
    func isClose(_ a: Jacobian, _ b: Jacobian) -> Bool {
      zip(a.numbers, b.numbers).allSatisfy { $1.isNaN || abs($0 - $1) <= allowed }
    }
    return isClose(returned, right) && !isClose(returned, own)
  }

  /// A variable that is used twice, of which one use counts, or one is taken for the other: together with its
  /// mirror image the returned gradient is right.
  func halves() -> Diagnosis? {
    guard first.isWhole(input) else { return nil }
    for (isMean, words) in [
      (false, "the input is used twice, and one of the two uses counts"),
      (true, "the input is used in two ways, and one of the two is counted twice"),
    ] {
      for mirror in mirrors() {
        if let found = diagnosis(
          .overwritten,
          "\(words): right is "
            + (isMean ? "the mean of what is returned and" : "what is returned and")
            + " the same with \(mirror.words)",
          { site in
            mirror.at(site).map { mirrored in
              site.right(input).combined(mirrored) { (isMean ? 2 * $0 : $0) - $1 }
            }
          })
        {
          return found
        }
      }
    }
    return nil
  }

  /// The returned derivatives with something transposed.
  private func mirrors() -> [(words: String, at: (Site) -> Jacobian?)] {
    var found: [(String, (Site) -> Jacobian?)] = []
    func transposed(_ shape: [Int]) -> Rearrangement? {
      guard shape.count == 2, shape[0] == shape[1], shape[0] > 1 else { return nil }
      return Rearrangement.all(shape).first { $0.words == "transposed" }
    }
    let columns = first.columns(input).count
    if let turn = transposed(outputShape) {
      found.append(
        ("dy transposed", { $0.returned(input).rearranged(turn, .identity(columns)) }))
      if let own = transposed(inputShape) {
        found.append(
          (
            "dy, the input and the result transposed",
            { site in
              var values = site.values
              values[input] = values[input].transposed()
              return site.returned(input, at: values).rearranged(turn, own)
            }
          ))
      }
    }
    for (other, value) in first.values.enumerated()
    where other != input && transposed(value.shape) != nil {
      found.append(
        (
          "\(first.names[other]) transposed",
          { site in
            var values = site.values
            values[other] = values[other].transposed()
            return site.returned(input, at: values)
          }
        ))
    }
    return found
  }
}
