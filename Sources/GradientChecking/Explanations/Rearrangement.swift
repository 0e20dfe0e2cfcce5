import RetrogradTensors

/// Numbers taken from other places of a shape.
struct Rearrangement {
  let words: String
  let cause: GradientCause
  /// The source of each place's number; `nil` for a zero.
  let sources: [Int?]

  /// As it is.
  static func identity(_ count: Int) -> Rearrangement {
    Rearrangement(words: "", cause: .transposed, sources: Array(0..<count))
  }

  /// Returns the usual mistakes with a shape: axes exchanged, reversed, shifted.
  static func all(_ shape: [Int]) -> [Rearrangement] {
    let own = Array(0..<shape.reduce(1, *))
    return (exchanges(shape) + reversals(shape) + shifts(shape)).filter {
      $0.sources != own.map { Optional($0) }
    }
  }

  private static func exchanges(_ shape: [Int]) -> [Rearrangement] {
    var found: [Rearrangement] = []
    func add(_ order: [Int], _ words: String) {
      let exchanged = order.map { shape[$0] }
      // As numbers in memory: read in the order of the exchanged axes.
      let sources = (0..<shape.reduce(1, *)).map { position -> Int in
        let index = unravel(position, exchanged)
        var source = index
        for (place, axis) in order.enumerated() { source[axis] = index[place] }
        return ravel(source, shape)
      }
      var back = sources
      for (position, source) in sources.enumerated() { back[source] = position }
      found.append(Rearrangement(words: words, cause: .transposed, sources: sources))
      if back != sources {
        found.append(Rearrangement(words: words, cause: .transposed, sources: back))
      }
    }
    for a in shape.indices {
      for b in shape.indices where b > a && shape[a] > 1 && shape[b] > 1 {
        var order = Array(shape.indices)
        order.swapAt(a, b)
        add(order, shape.count == 2 ? "transposed" : "with its axes \(a) and \(b) exchanged")
      }
    }
    if shape.count >= 3 {
      let rotated = Array(shape.indices.dropFirst()) + [0]
      add(rotated, "with its axes in another order")
    }
    return found
  }

  private static func reversals(_ shape: [Int]) -> [Rearrangement] {
    let axes = shape.indices.filter { shape[$0] > 1 }
    let pairs = axes.count >= 2 && shape.count >= 3 ? [Array(axes.suffix(2))] : []
    return (pairs + axes.map { [$0] }).map { flipped in
      let sources = (0..<shape.reduce(1, *)).map { position -> Int? in
        var index = unravel(position, shape)
        for axis in flipped { index[axis] = shape[axis] - 1 - index[axis] }
        return ravel(index, shape)
      }
      return Rearrangement(
        words: "reversed along axis \(flipped.map(String.init).joined(separator: " and "))",
        cause: .flippedKernel, sources: sources)
    }
  }

  private static func shifts(_ shape: [Int]) -> [Rearrangement] {
    let axes = shape.indices.filter { shape[$0] > 1 }
    var moves: [[Int: Int]] = axes.flatMap { axis in
      [1, -1, 2, -2, 3, -3].filter { abs($0) < shape[axis] }.map { [axis: $0] }
    }
    let last = Array(axes.suffix(2))
    if last.count == 2 {
      moves += [1, -1, 2, -2].map { [last[0]: $0, last[1]: $0] }
    }
    return moves.flatMap { move in
      [false, true].map { wraps in
        let sources = (0..<shape.reduce(1, *)).map { position -> Int? in
          var index = unravel(position, shape)
          for (axis, step) in move {
            index[axis] -= step
            if wraps { index[axis] = (index[axis] + shape[axis]) % shape[axis] }
            guard index[axis] >= 0, index[axis] < shape[axis] else { return nil }
          }
          return ravel(index, shape)
        }
        let words = move.sorted { $0.key < $1.key }.map { "\($0.value) along axis \($0.key)" }
          .joined(separator: " and ")
        return Rearrangement(
          words: "shifted by \(words)"
            + (wraps ? ", what leaves at one end coming in at the other" : ""),
          cause: .shifted, sources: sources)
      }
    }
  }
}

extension Jacobian {
  /// Rows and columns taken from other places.
  func rearranged(_ rows: Rearrangement, _ columns: Rearrangement) -> Jacobian {
    Jacobian(rows: self.rows, columns: self.columns) { r, c in
      guard let row = rows.sources[r], let column = columns.sources[c] else { return 0 }
      return self[row, column]
    }
  }
}
