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

  /// How many elements of an input that failed along directions are looked at one by one.
  private static let located = 400
  /// How many are printed.
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
      let result = differences.laboratory.pullBack($0, at: differences.values)
      return (result.gradients, result.isConnected)
    }
    let isLarge = differences.values.reduce(0) { $0 + $1.count } > options.largestJacobian
    directions = differences.values.map { value in
      guard isLarge && value.count > 1 else { return [] }
      // A step is relative to the size of the numbers that it changes.
      let size = (value * value).mean().item().squareRoot()
      return (0..<max(options.directions, 1)).map { _ in
        Tensor.normal(value.shape, dtype: .float64, using: &random) * (size > 0 ? size : 1)
      }
    }
    self.random = random.split()
  }

  func parts() -> [GradientReport.Part] {
    differences.values.indices.map { input in
      directions[input].isEmpty ? elementwise(input) : alongDirections(input)
    }
  }

  private var subject: any Subject { differences.laboratory.subject }

  private func comparison(_ input: Int, _ elements: [Int]) -> Comparison {
    Comparison(
      elements, { differences.slope(input: input, element: $0) },
      inputShape: differences.values[input].shape,
      outputShape: differences.center.output.shape, cotangents: cotangents.map(\.scalars),
      analytic: pulled.map { $0.gradients[input].scalars }, tolerance: tolerance)
  }

  private func elementwise(_ input: Int) -> GradientReport.Part {
    let comparison = comparison(input, Array(0..<differences.values[input].count))
    return part(
      input, comparison, compared: comparison.elements.count, leftOut: comparison.kinks.count,
      wrong: comparison.wrong.count, usesDirections: false)
  }

  private func alongDirections(_ input: Int) -> GradientReport.Part {
    var (compared, leftOut, wrong) = (0, 0, 0)
    var worstError = 0.0
    for direction in directions[input] {
      guard case .slope(let slope) = differences.slope(input: input, direction: direction) else {
        leftOut += 1
        continue
      }
      compared += 1
      for (cotangent, result) in zip(cotangents, pulled) {
        let (numerical, uncertainty) = slope.projected(on: cotangent.scalars)
        let gradient = result.gradients[input]
        let analytic = (gradient * direction).sum().item()
        // What the sum could be at most: a wrong element is not to hide behind cancellation.
        let scale = ((gradient * gradient).sum() * (direction * direction).mean()).item()
          .squareRoot()
        let error = abs(analytic - numerical)
        worstError = max(worstError, error.isNaN ? .infinity : error / max(scale, 1e-300))
        if !(error <= 10 * uncertainty + tolerance * max(abs(numerical), 1e-3 * scale) + 1e-12) {
          wrong += 1
        }
      }
    }
    guard wrong > 0 else {
      return .init(
        name: subject.names[input], order: order, shape: differences.values[input].shape,
        verdict: compared == 0 ? .inconclusive : .passed, usesDirections: true,
        compared: compared, leftOut: leftOut, wrong: 0, worstError: worstError, worst: [],
        kinks: [], diagnoses: [])
    }
    return part(
      input, comparison(input, sample(differences.values[input].shape)), compared: compared,
      leftOut: leftOut, wrong: wrong, usesDirections: true)
  }

  /// Elements to look at one by one: the corners, and others at random.
  private func sample(_ shape: [Int]) -> [Int] {
    let count = shape.reduce(1, *)
    if count <= Self.located { return Array(0..<count) }
    var random = random
    let corners = (0..<(1 << min(shape.count, 6))).map { bits in
      ravel(shape.indices.map { bits >> $0 & 1 == 1 ? shape[$0] - 1 : 0 }, shape)
    }
    let others = (0..<Self.located).map { _ in random.integer(in: 0..<count) }
    return Set(corners + others).sorted()
  }

  private func part(
    _ input: Int, _ comparison: Comparison, compared: Int, leftOut: Int, wrong: Int,
    usesDirections: Bool
  ) -> GradientReport.Part {
    let coverage = compared + leftOut == 0 ? 1 : Double(compared) / Double(compared + leftOut)
    let diagnoses =
      wrong == 0
      ? []
      : Diagnostician(
        comparison, differences: differences, input: input, order: order,
        gradients: pulled.map(\.gradients), isConnected: pulled[0].isConnected
      ).diagnoses()
    return .init(
      name: subject.names[input], order: order, shape: differences.values[input].shape,
      verdict: wrong > 0
        ? .failed : coverage < options.smallestCoverage ? .inconclusive : .passed,
      usesDirections: usesDirections, compared: compared, leftOut: leftOut, wrong: wrong,
      worstError: comparison.worstError, worst: comparison.worst(Self.shown),
      kinks: comparison.kinks(Self.shown), diagnoses: diagnoses)
  }
}
