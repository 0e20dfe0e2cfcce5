import RetrogradTensors

// Functions that pick elements (maximum, pooling, sorting), with the gradient sent to others.

extension Explainer {
  /// The gradient goes to another element of the same slice, or to all of it.
  func picks() -> Diagnosis? {
    guard isPicking, first.isWhole(input) else { return nil }
    for axis in inputShape.indices where inputShape[axis] > 1 {
      for target in targets {
        for isShared in target.isWhole ? [false, true] : [false] {
          let share = isShared ? 1 / Double(inputShape[axis]) : 1
          let words =
            "each output is one element, and its gradient goes to \(target.words) along axis \(axis)"
            + (isShared ? ", in equal shares" : "") + " instead"
          if let found = diagnosis(
            .wrongPlace, words, at: scene.shuffled, { sent($0, axis, target.pick, share) })
          {
            return found
          }
        }
      }
    }
    return nil
  }

  private typealias Target = (words: String, isWhole: Bool, pick: ([Double]) -> [Int])

  private var targets: [Target] {
    func place(_ numbers: [Double], _ isBetter: (Double, Double) -> Bool) -> [Int] {
      [numbers.indices.reduce(0) { isBetter(numbers[$1], numbers[$0]) ? $1 : $0 }]
    }
    return [
      ("the smallest", false, { place($0, <) }), ("the largest", false, { place($0, >) }),
      ("the first", false, { _ in [0] }), ("the last", false, { [$0.count - 1] }),
      ("all elements", true, { Array($0.indices) }),
    ]
  }

  /// The Jacobian if each output's gradient went to others along an axis.
  private func sent(
    _ site: Site, _ axis: Int, _ pick: ([Double]) -> [Int], _ share: Double
  ) -> Jacobian? {
    let right = site.right(input)
    let x = site.values[input].scalars
    var numbers = [Double](repeating: 0, count: right.numbers.count)
    for row in 0..<right.rows {
      guard let read = (0..<right.columns).first(where: { right[row, $0] > 0.5 }) else {
        return nil
      }
      let slice = (0..<inputShape[axis]).map { place -> Int in
        var index = unravel(read, inputShape)
        index[axis] = place
        return ravel(index, inputShape)
      }
      for place in pick(slice.map { x[$0] }) {
        numbers[row * right.columns + slice[place]] += share
      }
    }
    return Jacobian(rows: right.rows, columns: right.columns, numbers)
  }
}
