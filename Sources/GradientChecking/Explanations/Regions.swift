import RetrogradTensors

// The sets of places that mistakes usually leave out: signs, indices, bounds, plateaus, uses.

extension Explainer {
  /// Returns candidates for the region in which something is wrong, the simplest first.
  func regions(_ isWrong: [Bool]) -> [Region] {
    signs() + flatness() + indices(isWrong) + triangles() + thresholds(isWrong)
      + flatThresholds(isWrong) + reuse() + listed(isWrong) + diagonal()
  }

  /// The region where the function has the slope 0.
  private func flatness() -> [Region] {
    let isFlat = flat(first)
    guard isFlat.contains(true), isFlat.contains(false) else { return [] }
    return [
      isElementwise
        ? Region(
          words: "where the function is flat (its derivative is 0)", cause: .wrongMask,
          holds: { flat($0) })
        : Region(
          words: "for elements that the output does not depend on", cause: .wrongPlace,
          holds: { flat($0) })
    ]
  }

  private func flat(_ site: Site) -> [Bool] {
    let right = site.right(input)
    return right.numbers.map { abs($0) <= 1e-8 * right.largest }
  }

  /// The regions where a number is above or below a bound and the function is flat, or is not.
  private func flatThresholds(_ isWrong: [Bool]) -> [Region] {
    guard isElementwise else { return [] }
    let sides: [(String, (Bool) -> Bool)] = [
      ("where the function is flat", { $0 }), ("where it is not flat", { !$0 }),
    ]
    return sides.flatMap { words, isInside in
      thresholds(isWrong) { site in
        zip(flat(site), identity(site).numbers).map { isInside($0) && $1 == 1 }
      }.map {
        Region(words: "\($0.words) and \(words)", cause: .wrongMask, holds: $0.holds)
      }
    }
  }

  private func signs() -> [Region] {
    [
      ("where the input is negative", { $0 < 0 }), ("where the input is positive", { $0 > 0 }),
    ].map { words, test in
      Region(words: words, cause: .someElements) { site in
        let x = site.values[input].scalars
        let inside = site.columns(input).map { test(x[$0]) }
        return site.rows.flatMap { _ in inside }
      }
    }
  }

  /// Index sets along one axis of the input.
  private func indices(_ isWrong: [Bool]) -> [Region] {
    let columns = first.columns(input)
    var found: [Region] = []
    for axis in inputShape.indices where inputShape[axis] > 1 {
      let wrong = Set(
        isWrong.indices.filter { isWrong[$0] }.map {
          unravel(columns[$0 % columns.count], inputShape)[axis]
        })
      guard wrong.count < inputShape[axis] else { continue }
      found.append(
        Region(
          words: "at \(axisWords(wrong, axis, inputShape))",
          cause: .someElements
        ) { site in
          let inside = site.columns(input).map { wrong.contains(unravel($0, inputShape)[axis]) }
          return site.rows.flatMap { _ in inside }
        })
    }
    return found
  }

  /// Index sets of the incoming gradient, along one axis or any.
  func ofCotangent(_ isWrong: [Bool]) -> [Region] {
    let (rows, columns) = (first.rows, first.columns(input))
    guard rows.count > 1, !isElementwise else { return [] }
    // Something else must still arrive, or it is no sum.
    let right = first.right(input)
    let isPartial = columns.indices.allSatisfy { c in
      let used = rows.indices.filter { abs(right[$0, c]) > 1e-8 * right.largest }
      let lost = used.count { isWrong[$0 * columns.count + c] }
      return lost == 0 || lost < used.count
    }
    guard isPartial else { return [] }
    func region(_ words: String, _ isInside: @escaping (Int) -> Bool) -> Region {
      Region(words: "", cause: .missingSum, ofCotangent: words) { site in
        site.rows.flatMap { [Bool](repeating: isInside($0), count: site.columns(input).count) }
      }
    }
    let wrong = Set(isWrong.indices.filter { isWrong[$0] }.map { rows[$0 / columns.count] })
    var (ends, found): ([Region], [Region]) = ([], [])
    for axis in outputShape.indices where outputShape[axis] > 1 {
      let lost = Set(wrong.map { unravel($0, outputShape)[axis] })
      let kept = Set(0..<outputShape[axis]).subtracting(lost)
      guard !kept.isEmpty else { continue }
      let isEnd = kept == [0] || kept == [outputShape[axis] - 1]
      let own =
        region(
          kept.count == 1
            ? "of dy only \(axisWords(kept, axis, outputShape)) counts: the others are left out of the sum"
            : "dy at \(axisWords(lost, axis, outputShape)) does not count: it is left out of the sum"
        ) { lost.contains(unravel($0, outputShape)[axis]) }
      if isEnd { ends.append(own) } else { found.append(own) }
    }
    let kept = rows.filter { !wrong.contains($0) }
    if !kept.isEmpty && rows.count == first.output.count {
      found.append(
        region(
          kept.count < wrong.count
            ? "of dy only \(positionsText(kept, outputShape)) counts: the others are left out of the sum"
            : "dy at \(positionsText(wrong.sorted(), outputShape)) does not count: it is left out of the sum"
        ) { wrong.contains($0) })
    }
    return ends + reuse() + found
  }

  private func axisWords(_ indices: Set<Int>, _ axis: Int, _ shape: [Int]) -> String {
    let sorted = indices.sorted()
    let extent = shape[axis]
    if sorted == [0] { return "the first index along axis \(axis)" }
    if sorted == [extent - 1] { return "the last index along axis \(axis)" }
    if sorted == Array(1..<extent) { return "all but the first index along axis \(axis)" }
    if sorted == Array(0..<(extent - 1)) { return "all but the last index along axis \(axis)" }
    return "\(sorted.count == 1 ? "index" : "indices") \(listText(sorted)) along axis \(axis)"
  }

  /// The regions where a number is above or below a bound.
  private func thresholds(_ isWrong: [Bool]) -> [Region] {
    let isElementwise = inputShape == outputShape && isDiagonal(first.right(input), first)
    return thresholds(isWrong) { site in
      isElementwise
        ? identity(site).numbers.map { $0 == 1 } : site.right(input).numbers.map { _ in true }
    }
  }

  private func thresholds(
    _ isWrong: [Bool], within: @escaping (Site) -> [Bool]
  ) -> [Region] {
    let columns = first.columns(input).count
    let inside = within(first)
    let wrong = isWrong.indices.filter { isWrong[$0] && inside[$0] }
    let fine = isWrong.indices.filter { !isWrong[$0] && inside[$0] }
    guard !wrong.isEmpty, !fine.isEmpty else { return [] }
    var found: [Region] = []
    let derivative: (String, (Site, Int) -> Double) = (
      "the derivative", { site, i in site.right(input).numbers[i] }
    )
    var candidates: [(String, (Site, Int) -> Double)] = []
    for (index, quantity) in first.quantities(input).enumerated()
    where quantity.isPlain && quantity.words != Quantity.derivative {
      candidates.append(
        (
          quantity.words,
          { site, i in site.quantity(input, index)[i / columns, i % columns] }
        ))
    }
    for (words, number) in candidates + [derivative] {
      for isMagnitude in [false, true] {
        func value(_ site: Site, _ i: Int) -> Double {
          isMagnitude ? abs(number(site, i)) : number(site, i)
        }
        let (w, f) = (wrong.map { value(first, $0) }, fine.map { value(first, $0) })
        let name = isMagnitude ? "|\(words)|" : words
        let isAbove = w.min()! > f.max()!
        guard isAbove || w.max()! < f.min()! else { continue }
        let bound = roundBound(
          isAbove ? f.max()! : w.max()!, isAbove ? w.min()! : f.min()!)
        found.append(
          Region(
            words: "where \(name) is \(isAbove ? "above" : "below") \(shortText(bound))",
            cause: .someElements
          ) { site in
            within(site).enumerated().map { i, isInside in
              isInside && (isAbove ? value(site, i) > bound : value(site, i) < bound)
            }
          })
      }
    }
    return found
  }

  /// The roundest number between two others.
  private func roundBound(_ low: Double, _ high: Double) -> Double {
    for unit in [100.0, 10, 5, 1, 0.5, 0.25, 0.1, 0.05, 0.01, 0.001] {
      let candidate = (low / unit).rounded(.down) * unit + unit
      if candidate > low && candidate < high { return candidate }
    }
    return (low + high) / 2
  }

  /// Above and below the diagonal of a matrix, and on it.
  private func triangles() -> [Region] {
    let rank = inputShape.count
    guard rank >= 2, inputShape[rank - 1] > 1, inputShape[rank - 2] > 1 else { return [] }
    let tests: [(String, (Int, Int) -> Bool)] = [
      ("above the diagonal", { $0 < $1 }), ("below the diagonal", { $0 > $1 }),
      ("on the diagonal", { $0 == $1 }),
    ]
    return tests.map { words, test in
      Region(words: words, cause: .someElements) { site in
        let inside = site.columns(input).map { element -> Bool in
          let index = unravel(element, inputShape)
          return test(index[rank - 2], index[rank - 1])
        }
        return site.rows.flatMap { _ in inside }
      }
    }
  }

  private func diagonal() -> [Region] {
    guard inputShape == outputShape else { return [] }
    return [
      Region(words: "for an element's own output", cause: .diagonalOnly) { site in
        identity(site).numbers.map { $0 == 1 }
      }
    ]
  }

  /// Outputs that read an element which a later, or an earlier, output reads as well.
  private func reuse() -> [Region] {
    func others(_ site: Site, later: Bool) -> [Bool] {
      let right = site.right(input)
      let least = 1e-8 * right.largest
      var inside = [Bool](repeating: false, count: right.numbers.count)
      for column in 0..<right.columns {
        var isUsed = false
        let order = Array(0..<right.rows)
        for row in later ? order.reversed() : order where abs(right[row, column]) > least {
          inside[row * right.columns + column] = isUsed
          isUsed = true
        }
      }
      return inside
    }
    func several(_ site: Site) -> [Bool] {
      zip(others(site, later: true), others(site, later: false)).map { $0 || $1 }
    }
    return [
      Region(
        words:
          "where a later output uses the same element (uses overwrite one another instead of adding up)",
        cause: .overwritten, holds: { others($0, later: true) }),
      Region(
        words: "where an earlier output uses the same element (only the first use counts)",
        cause: .overwritten, holds: { others($0, later: false) }),
      Region(
        words: "where several outputs use the same element", cause: .overwritten, holds: several),
    ]
  }

  /// Places that have nothing in common but that they are wrong.
  private func listed(_ isWrong: [Bool]) -> [Region] {
    let columns = first.columns(input)
    let wrongColumns = Set(isWrong.indices.filter { isWrong[$0] }.map { $0 % columns.count })
    var found: [Region] = []
    if wrongColumns.count < columns.count {
      found.append(
        Region(
          words: "at \(positionsText(wrongColumns.sorted().map { columns[$0] }, inputShape))",
          cause: .someElements
        ) { site in site.rows.flatMap { _ in columns.indices.map { wrongColumns.contains($0) } } })
    }
    return found
  }
}
