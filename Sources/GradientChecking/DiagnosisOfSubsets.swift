import RetrogradTensors

// Gradients that are right but for some elements: what those have in common.

extension Diagnostician {
  private struct Description {
    let cause: GradientCause
    let words: String
    let isMember: (Int) -> Bool
  }

  /// Exactly the elements of some places are wrong.
  func places() -> [Diagnosis] { exact(placeDescriptions()) }

  /// Exactly the elements with some values are wrong.
  func values() -> [Diagnosis] { exact(valueDescriptions()) }

  /// Mostly the elements of a description are wrong, and no others; or else some elements.
  func subsets() -> [Diagnosis] {
    let wrong = Set(comparison.wrong)
    guard !wrong.isEmpty, wrong.count < elements.count else { return [] }
    for description in placeDescriptions() + valueDescriptions() {
      let members = elements.filter(description.isMember)
      if members.count <= elements.count * 2 / 3, wrong.isSubset(of: members), wrong.count > 1,
        wrong.count * 2 >= members.count
      {
        return [
          Diagnosis(
            cause: description.cause, explanation: "right everywhere but \(description.words)",
            evidence: share + ", and those are \(wrong.count) of \(members.count) such elements")
        ]
      }
    }
    let place =
      wrong.count == 1 ? "one element, \(unravel(wrong.first!, inputShape))" : "some elements"
    return [
      Diagnosis(
        cause: .someElements, explanation: "right everywhere but at \(place)", evidence: share)
    ]
  }

  private var share: String {
    "\(comparison.wrong.count) of \(elements.count) elements are wrong, all others agree"
  }

  private func exact(_ descriptions: [Description]) -> [Diagnosis] {
    let wrong = Set(comparison.wrong)
    guard !wrong.isEmpty, wrong.count < elements.count else { return [] }
    let found = descriptions.first { Set(elements.filter($0.isMember)) == wrong }
    return found.map {
      [Diagnosis(cause: $0.cause, explanation: "right everywhere but \($0.words)", evidence: share)]
    } ?? []
  }

  private func valueDescriptions() -> [Description] {
    let x = differences.values[input].scalars
    func description(_ words: String, _ isMember: @escaping (Int) -> Bool) -> Description {
      Description(cause: .someElements, words: words, isMember: isMember)
    }
    return [
      description("at ties: elements that are equal to another") { element in
        x.enumerated().contains { $0.offset != element && $0.element == x[element] }
      },
      description("where the input is 0") { x[$0] == 0 },
      description("where the input is negative") { x[$0] < 0 },
      description("where the input is positive") { x[$0] > 0 },
      description("where the input's magnitude is above 1") { abs(x[$0]) > 1 },
      description("at the largest element") { x[$0] == x.max() },
      description("at the smallest element") { x[$0] == x.min() },
    ]
  }

  private func placeDescriptions() -> [Description] {
    var list: [Description] = []
    if hasJacobian {
      list.append(
        Description(cause: .overwritten, words: "where an element is used more than once") {
          element in
          (0..<outputCount).count { abs(derivative($0, element)) > 1e-9 } > 1
        })
    }
    for axis in inputShape.indices where inputShape[axis] > 1 {
      list += ends(axis) + lattices(axis)
    }
    if inputShape.count >= 2 {
      let axes = [inputShape.count - 2, inputShape.count - 1]
      list.append(
        Description(cause: .someElements, words: "at the border, where padding plays a part") {
          element in
          let index = unravel(element, inputShape)
          return axes.contains { index[$0] == 0 || index[$0] == inputShape[$0] - 1 }
        })
    }
    return list
  }

  private func ends(_ axis: Int) -> [Description] {
    let last = inputShape[axis] - 1
    func index(_ element: Int) -> Int { unravel(element, inputShape)[axis] }
    func description(_ words: String, _ isMember: @escaping (Int) -> Bool) -> Description {
      Description(cause: .someElements, words: "\(words) axis \(axis)", isMember: isMember)
    }
    return [
      description("at the first index along") { index($0) == 0 },
      description("at the last index along") { index($0) == last },
      description("at both ends of") { index($0) == 0 || index($0) == last },
    ]
  }

  private func lattices(_ axis: Int) -> [Description] {
    guard inputShape[axis] > 3 else { return [] }
    return (2...min(4, inputShape[axis] - 1)).flatMap { step in
      (0..<step).map { start in
        Description(
          cause: .strideOrDilation,
          words:
            "between every \(step)th index along axis \(axis), from \(start) on: a stride or dilation "
            + "is left out"
        ) { unravel($0, inputShape)[axis] % step != start }
      }
    }
  }
}
