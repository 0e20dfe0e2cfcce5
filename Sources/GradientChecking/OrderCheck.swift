import RetrogradTensors

/// Compares gradients with numerical derivatives at one order, input by input.
struct OrderCheck {
  let differences: Differences
  let order: Int
  let tolerance: Double
  let options: GradientCheckOptions
  private let cotangents: [Tensor]
  private let pulled: [(gradients: [Tensor], isConnected: Bool)]
  private let directions: [[Tensor]]
  private var random: RandomSource

  /// The number of elements of an input that failed along directions that are looked at one by one.
  private static let located = 400
  /// The fewest of them.
  private static let fewest = 8
  /// About how many elements all these evaluations may have together.
  private static let work = 4_000_000
  /// More elements than this are a large input.
  private static let large = 100_000
  /// The number of those that are printed.
  private static let shown = 5

  init(
    _ differences: Differences, order: Int, _ tolerance: Double, _ options: GradientCheckOptions,
    using random: inout RandomSource
  ) {
    self.differences = differences
    self.order = order
    self.tolerance = tolerance
    self.options = options
    let shape = differences.center.output.shape
    cotangents = (0..<max(options.cotangents, 1)).map { _ in
      .normal(shape, dtype: .float64, using: &random)
    }
    pulled = cotangents.map {
      let result = differences.evaluator.pullBack($0, at: differences.values)
      return (result.gradients, result.isConnected)
    }
    let isLarge = differences.values.reduce(0) { $0 + $1.count } > options.largestJacobian
    directions = differences.values.enumerated().map { input, value in
      guard isLarge && value.count > 1 else { return [] }
      return (0..<max(options.directions, 1)).map { _ in
        differences.direction(input: input, using: &random)
      }
    }
    self.random = random.split()
  }

  /// Returns the comparison of each input.
  ///
  /// - Parameter explains: Whether to say why something is wrong, asked if something is.
  func parts(explains: ([GradientReport.Part]) -> Bool) -> [GradientReport.Part] {
    let found = differences.values.indices.map { input in
      directions[input].isEmpty ? elementwise(input) : alongDirections(input)
    }
    var parts = found.map(\.part)
    if parts.contains(where: { $0.verdict == .failed }) && explains(parts) {
      let reasons = Reasons(
        differences, order: order, cotangents: cotangents, isConnected: pulled[0].isConnected,
        comparisons: found.map(\.comparison), isWhole: directions.map(\.isEmpty))
      for input in parts.indices where parts[input].verdict == .failed {
        parts[input].diagnoses = reasons.diagnoses(input)
      }
    }
    return parts
  }

  /// A part of the report with the comparison that it was made from, if there was one.
  private typealias Finding = (part: GradientReport.Part, comparison: Comparison?)

  private var subject: any Subject { differences.evaluator.subject }

  private func comparison(_ input: Int, _ elements: [Int]) -> Comparison {
    Comparison(
      elements, { differences.slope(input: input, element: $0, thoroughly: $1) },
      inputShape: differences.values[input].shape,
      outputShape: differences.center.output.shape, cotangents: cotangents.map(\.scalars),
      analytic: pulled.map { $0.gradients[input].scalars }, tolerance: tolerance,
      checksKinks: order == 1, gradientNoise: { gradientNoise(input).map(\.scalars) })
  }

  private func gradientNoise(_ input: Int) -> [Tensor] {
    zip(cotangents, pulled).map { differences.gradientNoise($0, $1.gradients)[input] }
  }

  private func elementwise(_ input: Int) -> Finding {
    let comparison = comparison(input, Array(0..<differences.values[input].count))
    return part(
      input, comparison, compared: comparison.elements.count,
      leftOut: comparison.kinks.count + comparison.unknown.count,
      wrong: comparison.wrong.count, usesDirections: false)
  }

  // MARK: - Along directions

  /// One direction beside the gradient, for each cotangent.
  private struct Encounter {
    /// The error in units of what is allowed; `nil` where nothing can be said.
    let excess: Double?
    /// The error relative to the gradient along such directions.
    let error: Double
    /// The share of the gradient's length that goes unnoticed.
    let unseen: Double
  }

  private func encounter(
    _ input: Int, _ direction: Tensor, thoroughly: Bool, gradientNoise: [Tensor]? = nil
  ) -> Encounter? {
    guard
      case .slope(let slope) = differences.slope(
        input: input, direction: direction, thoroughly: thoroughly)
    else { return nil }
    var (excess, worst, unseen, isResolved) = (0.0, 0.0, 0.0, true)
    for (c, (cotangent, result)) in zip(cotangents, pulled).enumerated() {
      let weights = cotangent.scalars
      let (numerical, uncertainty) = slope.projected(on: weights)
      let gradient = result.gradients[input]
      let analytic = (gradient * direction).sum().item()
      // What the sum could be at most: a wrong element is not to hide behind cancellation.
      let scale = ((gradient * gradient).sum() * (direction * direction).mean()).item()
        .squareRoot()
      let error = abs(analytic - numerical)
      // Errors that are independent add up as their squares do.
      let rounding =
        gradientNoise.map { noise in
          (noise[c] * direction).norm(2).item()
        } ?? 0
      let open = 10 * uncertainty + 32 * slope.projectedNoise(on: weights) + 30 * rounding
      let allowed = open + tolerance * max(abs(numerical), 1e-3 * scale)
      let size = max(abs(numerical), scale)
      if error != 0 {
        excess = max(excess, error.isNaN ? .infinity : error / allowed)
        worst = max(worst, error.isNaN ? .infinity : error <= open ? 0 : error / size)
      }
      unseen = max(unseen, size > 0 ? allowed / size : 0)
      isResolved =
        isResolved && (size <= open && slope.isThorough || open <= 5e-3 * size)
    }
    return Encounter(
      excess: isResolved || excess > 100 ? excess : nil, error: worst, unseen: unseen)
  }

  /// The error along a direction, looked at twice where it seems wrong or says nothing.
  private func confirmed(
    _ input: Int, _ direction: Tensor, _ quick: Encounter?
  ) -> Encounter? {
    if let quick, let excess = quick.excess, excess <= 1 { return quick }
    return encounter(
      input, direction, thoroughly: true, gradientNoise: gradientNoise(input))
  }

  private func alongDirections(_ input: Int) -> Finding {
    let quick = directions[input].map { encounter(input, $0, thoroughly: false) }
    if let found = singleElement(input, quick) { return found }
    var (compared, leftOut) = (0, 0)
    var (worstError, unseen) = (0.0, 0.0)
    var failing: [Tensor] = []
    for (direction, first) in zip(directions[input], quick) {
      guard
        let met = failing.isEmpty ? confirmed(input, direction, first) : first,
        let excess = met.excess
      else {
        leftOut += 1
        continue
      }
      compared += 1
      worstError = max(worstError, met.error)
      unseen = max(unseen, met.unseen)
      if excess > 1 { failing.append(direction) }
    }
    let shape = differences.values[input].shape
    guard !failing.isEmpty else {
      let count = shape.reduce(1, *)
      let part = GradientReport.Part(
        name: subject.names[input], order: order, shape: shape,
        verdict: compared == 0 ? .inconclusive : .passed, usesDirections: true,
        compared: compared, leftOut: leftOut, wrong: 0, worstError: worstError, worst: [],
        kinks: [], leftOutReasons: [], diagnoses: [],
        unseen: min(1, unseen * Double(count).squareRoot()))
      return (part, nil)
    }
    var found = comparison(input, sample(shape))
    if found.wrong.isEmpty {
      let culprits = failing.prefix(2).compactMap { bisect(input, $0) }
      if !culprits.isEmpty {
        found = comparison(input, Set(culprits + sample(shape)).sorted())
      }
    }
    return part(
      input, found, compared: compared, leftOut: leftOut, wrong: failing.count,
      usesDirections: true)
  }

  /// The one element of a large input that makes directions fail, found before anything is looked at twice.
  private func singleElement(_ input: Int, _ quick: [Encounter?]) -> Finding? {
    let shape = differences.values[input].shape
    guard shape.reduce(1, *) > Self.large else { return nil }
    let met = quick.compactMap { $0?.excess }
    guard let failing = quick.firstIndex(where: { ($0?.excess ?? 0) > 1 }),
      let element = traced(input, directions[input][failing])
    else { return nil }
    let found = comparison(input, Set(corners(shape) + [element]).sorted())
    guard !found.wrong.isEmpty else { return nil }
    return part(
      input, found, compared: met.count, leftOut: quick.count - met.count,
      wrong: met.count { $0 > 1 }, usesDirections: true)
  }

  /// The element in which most of a direction's error lies, half by half, from plain difference quotients.
  private func traced(_ input: Int, _ direction: Tensor) -> Int? {
    let numbers = direction.scalars
    let weights = cotangents[0].scalars
    let gradient = pulled[0].gradients[input].scalars
    func error(_ part: Range<Int>) -> Double? {
      var some = [Double](repeating: 0, count: numbers.count)
      var analytic = 0.0
      for i in part {
        some[i] = numbers[i]
        analytic += gradient[i] * numbers[i]
      }
      let zeros = differences.values.map { Tensor.zeros($0.shape, dtype: .float64) }
      var moves = zeros
      moves[input] = Tensor(some, shape: direction.shape, dtype: .float64)
      guard let slopes = differences.quotient(directions: moves, step: 0x1p-14) else { return nil }
      return zip(slopes, weights).reduce(-analytic) { $0 + $1.0 * $1.1 }
    }
    var range = 0..<numbers.count
    guard var all = error(range) else { return nil }
    while range.count > 1 {
      let middle = range.lowerBound + range.count / 2
      guard let lower = error(range.lowerBound..<middle) else { return nil }
      if abs(lower) > abs(all - lower) {
        (range, all) = (range.lowerBound..<middle, lower)
      } else {
        (range, all) = (middle..<range.upperBound, all - lower)
      }
    }
    return range.first
  }

  /// An element that makes a direction fail, found by halves.
  private func bisect(_ input: Int, _ direction: Tensor) -> Int? {
    let shape = differences.values[input].shape
    let numbers = direction.scalars
    var range = 0..<numbers.count
    func excess(_ part: Range<Int>) -> Double {
      var some = [Double](repeating: 0, count: numbers.count)
      for i in part { some[i] = numbers[i] }
      let met = encounter(
        input, Tensor(some, shape: shape, dtype: .float64), thoroughly: false)
      return met?.excess ?? 0
    }
    while range.count > 1 {
      let middle = range.lowerBound + range.count / 2
      let lower = range.lowerBound..<middle
      let upper = middle..<range.upperBound
      let first = excess(lower)
      if first > 1 {
        range = lower
      } else {
        guard excess(upper) > 1 else { return nil }
        range = upper
      }
    }
    return range.first
  }

  /// Elements to look at one by one: the corners, and others at random.
  private func sample(_ shape: [Int]) -> [Int] {
    let count = shape.reduce(1, *)
    // Of a large input fewer, because each takes an evaluation of all of it.
    let located = min(Self.located, max(Self.fewest, Self.work / max(count, 1)))
    if count <= located { return Array(0..<count) }
    var random = random
    let others = (0..<located).map { _ in random.integer(in: 0..<count) }
    return Set(corners(shape).prefix(located) + others).sorted()
  }

  private func corners(_ shape: [Int]) -> [Int] {
    (0..<(1 << min(shape.count, 4))).map { bits in
      ravel(shape.indices.map { bits >> min($0, 3) & 1 == 1 ? shape[$0] - 1 : 0 }, shape)
    }
  }

  private func part(
    _ input: Int, _ comparison: Comparison, compared: Int, leftOut: Int, wrong: Int,
    usesDirections: Bool
  ) -> Finding {
    let coverage = compared + leftOut == 0 ? 1 : Double(compared) / Double(compared + leftOut)
    let part = GradientReport.Part(
      name: subject.names[input], order: order, shape: differences.values[input].shape,
      verdict: wrong > 0
        ? .failed : coverage < options.smallestCoverage ? .inconclusive : .passed,
      usesDirections: usesDirections, compared: compared, leftOut: leftOut, wrong: wrong,
      worstError: comparison.worstError, worst: comparison.worst(Self.shown),
      kinks: comparison.kinks(Self.shown), leftOutReasons: comparison.reasons(Self.shown),
      diagnoses: [], unseen: 0)
    return (part, comparison)
  }
}
