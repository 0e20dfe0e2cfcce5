import RetrogradTensors

/// Says why the gradient of one input is wrong.
///
/// A cause is named only if it predicts all derivatives that the backward pass returned at least a hundred
/// times better than "the gradient is right" does, and again at a second point, with what was fitted at the
/// first. What does not is at most an observation.
struct Explainer {
  let scene: Scene
  let input: Int
  let isConnected: Bool

  var first: Site { scene.first }
  var sites: [Site] { [scene.first] + (scene.second.map { [$0] } ?? []) }

  /// The gradients that the backward pass would return at a site if the cause were true; `nil` where it says nothing.
  typealias Prediction = (Site) -> Jacobian?

  /// The explanation, or else what can be observed.
  func diagnoses() -> [Diagnosis] {
    if first.right(input).columns == 0 { return [] }
    if scene.second != nil {
      for family in families {
        if let found = family() { return [found] }
      }
    }
    return observations()
  }

  /// The families of causes, the simplest first.
  private var families: [() -> Diagnosis?] {
    [
      nothing, flatFunction, exchangedInputs, { scaling(.single) }, couplings, elsewhere, formulas,
      { terms(.single) }, summands, { scaling(.derived) }, { passedOn(.single) }, denominator,
      { terms(.derived) },
      { transposedJacobian() }, dropped, picks, orders, selections, halves, oneInputsGradient,
      { scaling(.pairs) }, { passedOn(.all) }, writtenFormula,
    ]
  }

  // MARK: - Evidence

  /// The ratio by which a cause must predict better than "the gradient is right".
  private static let ratio = 100.0
  /// The required precision of a prediction at wrong places: relative to the error, and to the derivatives.
  private static let (ofError, ofSize) = (1e-5, 1e-7)

  /// The diagnosis, if what it predicts is what was returned.
  func diagnosis(
    _ cause: GradientCause, _ words: @autoclosure () -> String, at more: Site? = nil,
    _ prediction: Prediction
  ) -> Diagnosis? {
    guard let error = error(of: prediction, at: more) else { return nil }
    let count = first.right(input).numbers.count
    let times = error < 1e-6 ? "over a million" : shortText(1 / error)
    return Diagnosis(
      cause: cause, explanation: words(),
      evidence:
        "predicts all \(count) derivatives that were returned, \(times) times closer than the right "
        + "ones do, and again at other inputs")
  }

  /// The largest share of what is wrong that a prediction leaves open at the two points; `nil` where that is
  /// too much.
  ///
  /// - Parameters:
  ///   - prediction: The predicted derivatives.
  ///   - more: A third point at which it must come true as well.
  func error(of prediction: Prediction, at more: Site? = nil) -> Double? {
    var worst = 0.0
    for site in sites + (more.map { [$0] } ?? []) {
      guard let predicted = prediction(site) else { return nil }
      let (right, returned) = (site.right(input), site.returned(input))
      var (wrong, left, size, seen) = (0.0, 0.0, 0.0, 0)
      for i in right.numbers.indices {
        let (n, a, p) = (right.numbers[i], returned.numbers[i], predicted.numbers[i])
        if n.isNaN { continue }
        guard p.isFinite, a.isFinite else { return nil }
        seen += 1
        wrong += (a - n) * (a - n)
        left += (a - p) * (a - p)
        size += max(n * n, a * a)
      }
      guard seen * 2 > right.numbers.count else { return nil }
      (wrong, left, size) = (wrong.squareRoot(), left.squareRoot(), size.squareRoot())
      // What differences cannot see explains nothing.
      guard wrong > 1e-9 * size || site !== first else { return nil }
      var allowed = max(Self.ofError * wrong, Self.ofSize * size)
      if wrong > Self.ofSize * size || site === first { allowed = min(allowed, wrong / Self.ratio) }
      guard left <= allowed, wrong > 0 || site !== first else { return nil }
      if wrong > 0 { worst = max(worst, left / wrong) }
    }
    return worst
  }

  // MARK: - What the families share

  /// Returned less right.
  func residual(_ site: Site) -> Jacobian {
    site.returned(input).combined(site.right(input)) { $0 - $1 }
  }

  var inputShape: [Int] { first.values[input].shape }
  var outputShape: [Int] { first.outputShape }
  /// The bound below which a number is too small to be a derivative.
  var nothingAt: Double { 1e-7 * max(first.right(input).largest, first.returned(input).largest) }

  /// Returns whether a Jacobian has numbers only where output and element have the same place.
  func isDiagonal(_ jacobian: Jacobian, _ site: Site) -> Bool {
    guard site.output.count == site.values[input].count else { return false }
    let (rows, columns) = (site.rows, site.columns(input))
    let least = 1e-8 * jacobian.largest
    for (r, row) in rows.enumerated() {
      for (c, column) in columns.enumerated() where row != column {
        if abs(jacobian[r, c]) > least { return false }
      }
    }
    return true
  }

  /// Indicates whether nothing is wrong at the places that are looked at.
  var isBlind: Bool {
    let (right, returned) = (first.right(input), first.returned(input))
    let error = zip(right.numbers, returned.numbers).reduce(0.0) {
      $1.0.isNaN ? $0 : max($0, abs($1.0 - $1.1))
    }
    return error <= 1e-8 * max(right.largest, returned.largest)
  }

  /// Indicates whether each output is one of the elements.
  var isPicking: Bool {
    let right = first.right(input)
    let ones = support(right)
    return right.rows > 0
      && (0..<right.rows).allSatisfy { r in (0..<right.columns).count { ones[r, $0] == 1 } == 1 }
      && zip(right.numbers, ones.numbers).allSatisfy { $1 == 0 || abs($0 - 1) < 1e-6 }
  }

  /// Indicates whether the derivatives have no more than a few different values, so that much is true of them by
  /// chance.
  var hasFewValues: Bool {
    let right = first.right(input)
    let size = max(right.largest, .leastNormalMagnitude)
    return Set(right.numbers.compactMap { $0.isNaN ? nil : Float($0 / size) }).count <= 4
  }

  /// Indicates whether each output depends on its own element alone, and sends its gradient there alone.
  var isElementwise: Bool {
    inputShape == outputShape && isDiagonal(first.right(input), first)
      && isDiagonal(first.returned(input), first)
  }

  /// 1 where output and element have the same place.
  func identity(_ site: Site) -> Jacobian {
    let (rows, columns) = (site.rows, site.columns(input))
    return Jacobian(rows: rows.count, columns: columns.count) { rows[$0] == columns[$1] ? 1 : 0 }
  }

  /// 1 where an output depends on an element.
  func support(_ jacobian: Jacobian) -> Jacobian {
    let least = 1e-8 * jacobian.largest
    return jacobian.map { abs($0) > least ? 1 : 0 }
  }
}
