import RetrogradTensors

// The right numbers in the wrong places.

extension Explainer {
  /// Transposed, reversed, shifted: the gradient, the incoming gradient, or an input that the derivative reads.
  func orders() -> Diagnosis? {
    guard first.isWhole(input), first.rows.count * first.columns(input).count <= 120_000 else {
      return nil
    }
    let orders = Orders(
      ofGradient: [.identity(first.columns(input).count)] + Rearrangement.all(inputShape),
      ofCotangent: [.identity(first.rows.count)] + Rearrangement.all(outputShape))
    if let found = rearranged("", nil, orders, both: false, { $0.right(input) }) { return found }
    let others = otherInputs()
    for both in [false, true] {
      if both,
        let found = rearranged("", nil, orders, both: true, { $0.right(input) })
      {
        return found
      }
      for other in others {
        if let found = rearranged(other.words, other.cause, orders, both: both, other.base) {
          return found
        }
      }
    }
    return transposedJacobian(always: true) ?? permuted()
  }

  /// The Jacobian where its transpose belongs: of one input this says most.
  func transposedJacobian() -> Diagnosis? { transposedJacobian(always: false) }

  private func transposedJacobian(always: Bool) -> Diagnosis? {
    guard first.isWhole(input), first.rows.count == first.columns(input).count,
      first.rows.count > 1, always || first.values.count == 1
    else { return nil }
    return diagnosis(
      .jacobianNotTransposed, "the Jacobian is applied to dy instead of its transpose"
    ) { site in
      let right = site.right(input)
      return Jacobian(rows: right.rows, columns: right.columns) { right[$1, $0] }
    }
  }

  /// The orders to try for the gradient and the incoming gradient.
  private struct Orders {
    let ofGradient: [Rearrangement]
    let ofCotangent: [Rearrangement]
  }

  /// - Parameters:
  ///   - words: The change of another input, if there was one.
  ///   - cause: Its cause.
  ///   - orders: The orders to try.
  ///   - both: Whether gradient and incoming gradient are rearranged together, or one of them.
  ///   - base: The derivatives that are rearranged.
  private func rearranged(
    _ words: String, _ cause: GradientCause?, _ orders: Orders, both: Bool,
    _ base: (Site) -> Jacobian?
  ) -> Diagnosis? {
    guard let right = base(first) else { return nil }
    let returned = first.returned(input)
    let sample = sample(right, returned)
    // Other numbers cannot be the same in another order.
    let (size, sent) = (dot(right.numbers, right.numbers), dot(returned.numbers, returned.numbers))
    if sent > size * (1 + 1e-4) || sent < 1e-3 * size { return nil }
    let (ofGradient, ofCotangent) = (orders.ofGradient, orders.ofCotangent)
    let allowed = 1e-5 * max(right.largest, returned.largest)
    func fits(_ rows: Rearrangement, _ columns: Rearrangement) -> Bool {
      sample.allSatisfy { r, c in
        let number =
          rows.sources[r].flatMap { row in columns.sources[c].map { right[row, $0] } } ?? 0
        return abs(number - returned[r, c]) <= allowed || number.isNaN
      }
    }
    func test(_ rows: Rearrangement, _ columns: Rearrangement) -> Diagnosis? {
      guard fits(rows, columns) else { return nil }
      if isElementwise && rows.sources == columns.sources {
        return diagnosis(
          columns.cause, "what dy is multiplied with, element by element, is \(columns.words)"
        ) { base($0)?.rearranged(rows, columns) }
      }
      var parts: [String] = []
      if !words.isEmpty && rows.words == "transposed" && columns.words == "transposed" {
        return diagnosis(
          .transposed,
          "the product on the way back has its factors in the wrong order (\(words), and dy and the result transposed)"
        ) { base($0)?.rearranged(rows, columns) }
      }
      if !columns.words.isEmpty { parts.append("the gradient is \(columns.words)") }
      if !rows.words.isEmpty {
        let also =
          rows.cause == .transposed
          ? ": it is transposed, or summed over the wrong axis" : ": an index is off"
        parts.append("it fits an incoming gradient that is \(rows.words)\(also)")
      }
      if !words.isEmpty { parts.append(words) }
      let hint =
        columns.cause == .shifted && !columns.words.isEmpty
        ? ": a padding, an offset or an index is off" : ""
      return diagnosis(
        columns.words.isEmpty
          ? rows.words.isEmpty
            ? cause ?? .transposed : rows.cause == .transposed ? .wrongAxis : rows.cause
          : columns.cause,
        parts.joined(separator: ", and ") + hint, at: scene.shuffled
      ) { base($0)?.rearranged(rows, columns) }
    }
    if !both {
      for columns in ofGradient where !(words.isEmpty && columns.words.isEmpty) {
        if let found = test(ofCotangent[0], columns) { return found }
      }
      for rows in ofCotangent.dropFirst() {
        if let found = test(rows, ofGradient[0]) { return found }
      }
      return nil
    }
    for rows in ofCotangent.dropFirst() where rows.cause != .shifted {
      for columns in ofGradient.dropFirst() where columns.cause == rows.cause {
        if let found = test(rows, columns) { return found }
      }
    }
    return nil
  }

  /// Places at which a rearrangement shows quickly whether it can be the one: the largest numbers, and some others.
  private func sample(_ right: Jacobian, _ returned: Jacobian) -> [(Int, Int)] {
    var random = RandomSource(seed: 3)
    let count = right.numbers.count
    var places = (0..<60).map { _ in random.integer(in: 0..<count) }
    let largest = returned.numbers.indices.filter {
      abs(returned.numbers[$0]) > 1e-3 * returned.largest
    }
    for i in stride(from: 0, to: largest.count, by: max(1, largest.count / 60)) {
      places.append(largest[i])
    }
    return places.map { ($0 / right.columns, $0 % right.columns) }
  }

  /// Another input that is transposed, reversed or shifted, or exchanged with this one.
  private struct OtherInput {
    let words: String
    let cause: GradientCause
    /// The right derivatives then.
    let base: (Site) -> Jacobian?
  }

  /// Returns the operations that may have been applied to other inputs on the way back.
  private func otherInputs() -> [OtherInput] {
    guard first.columns(input).count <= 200 else { return [] }
    var found: [OtherInput] = []
    func add(
      _ words: String, _ cause: GradientCause, _ change: @escaping ([Tensor]) -> [Tensor]
    ) {
      // At the first point it is asked for more than once.
      let atFirst = first.right(input, at: change(first.values))
      found.append(
        OtherInput(words: words, cause: cause) { site in
          site === first ? atFirst : site.right(input, at: change(site.values))
        })
    }
    for (other, value) in first.values.enumerated() where other != input && value.count > 1 {
      let name = first.formulaName(other)
      if value.shape == inputShape {
        add(
          "it fits with \(first.formulaName(input)) and \(name) exchanged: the derivative reads the wrong one of the two",
          .exchangedInputs
        ) { values in
          var values = values
          values.swapAt(input, other)
          return values
        }
      }
      guard value.rank >= 2, value.count <= 400 else { continue }
      var known: Set<[Int?]> = []
      for change in Rearrangement.all(value.shape)
      where change.sources.allSatisfy({ $0 != nil }) || value.rank >= 3 {
        guard known.insert(change.sources).inserted, known.count <= 24 else { continue }
        let what = value.rank >= 3 && change.cause == .flippedKernel ? "the kernel " : ""
        add(
          "it fits with \(what)\(name) \(change.words): the derivative needs it the other way round",
          change.cause
        ) { values in
          let scalars = values[other].scalars
          var values = values
          values[other] = Tensor(
            change.sources.map { $0.map { scalars[$0] } ?? 0 }, shape: value.shape,
            dtype: .float64)
          return values
        }
      }
    }
    return found
  }

  /// Elements, or outputs, that have got one another's derivatives, in no order that has a name.
  private func permuted() -> Diagnosis? {
    let (right, returned) = (first.right(input), first.returned(input))
    let allowed = 1e-6 * max(right.largest, returned.largest)
    func sources(_ count: Int, _ isSame: (Int, Int) -> Bool) -> [Int]? {
      var found: [Int] = []
      for place in 0..<count {
        guard
          let source = isSame(place, place)
            ? place : (0..<count).first(where: { isSame(place, $0) })
        else { return nil }
        found.append(source)
      }
      return found == Array(0..<count) || Set(found).count < count ? nil : found
    }
    func words(_ sources: [Int], _ shape: [Int]) -> String {
      let moved = sources.indices.filter { sources[$0] != $0 }
      let examples = moved.prefix(3).map {
        "\(indexText($0, shape)) gets that of \(indexText(sources[$0], shape))"
      }
      return examples.joined(separator: ", ") + (moved.count > 3 ? ", …" : "")
    }
    guard right.rows * right.columns <= 40_000 else { return nil }
    if right.columns > 1,
      let found = sources(
        right.columns,
        { c, d in (0..<right.rows).allSatisfy { abs(returned[$0, c] - right[$0, d]) <= allowed } })
    {
      let order = Rearrangement(
        words: "", cause: .shifted, sources: found.map { Optional($0) })
      return diagnosis(
        .wrongPlace, "elements get the gradients of others: \(words(found, inputShape))",
        at: scene.shuffled
      ) { $0.right(input).rearranged(.identity(right.rows), order) }
    }
    if right.rows > 1,
      let found = sources(
        right.rows,
        { r, s in (0..<right.columns).allSatisfy { abs(returned[r, $0] - right[s, $0]) <= allowed }
        })
    {
      let order = Rearrangement(
        words: "", cause: .shifted, sources: found.map { Optional($0) })
      return diagnosis(
        .wrongPlace,
        "outputs send what others should send: \(words(found, outputShape).replacing("gets that of", with: "sends that of"))",
        at: scene.shuffled
      ) { $0.right(input).rearranged(order, .identity(right.columns)) }
    }
    return nil
  }
}

/// An index as it is written.
func indexText(_ position: Int, _ shape: [Int]) -> String {
  "[" + unravel(position, shape).map(String.init).joined(separator: ", ") + "]"
}
