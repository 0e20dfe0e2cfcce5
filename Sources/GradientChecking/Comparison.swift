import RetrogradTensors

/// The gradient of one input beside its numerical derivative, element by element.
struct Comparison {
  let inputShape: [Int]
  let outputShape: [Int]
  /// The elements that were compared: those with a slope.
  let elements: [Int]
  /// The slope of each of `elements` for each output; empty where that would be too many numbers.
  let slopes: [Int: Slope]
  /// The elements at kinks, with what was seen there.
  let kinks: [(element: Int, left: [Double], right: [Double], isDeclared: Bool)]
  /// The elements without a numerical derivative to compare with, and why.
  let unknown: [(element: Int, reason: String)]
  /// The cotangents.
  let cotangents: [[Double]]
  /// The gradient for each cotangent, all elements.
  let analytic: [[Double]]
  /// The numerical derivative for each cotangent; `NaN` where there is none.
  let numerical: [[Double]]
  /// The uncertainty of each.
  let tolerances: [[Double]]

  /// The most derivatives that are kept, all elements and outputs together.
  private static let keptDerivatives = 1 << 21

  /// The number of elements that are looked at again before the others that are as wrong are believed to be.
  private static let confirmed = 24

  /// - Parameters:
  ///   - candidates: The elements to compare.
  ///   - differentiate: The numerical derivative with respect to one of them, thoroughly or not.
  ///   - checksKinks: Whether a gradient at a kink must lie between the slopes on its sides.
  ///   - gradientNoise: The effect of rounding on the gradient, for each cotangent; asked for if something
  ///     is in doubt.
  init(
    _ candidates: [Int], _ differentiate: (_ element: Int, _ thoroughly: Bool) -> SlopeResult,
    inputShape: [Int], outputShape: [Int], cotangents: [[Double]], analytic: [[Double]],
    tolerance: Double, checksKinks: Bool = false, gradientNoise: () -> [[Double]]? = { nil }
  ) {
    let keepsSlopes = candidates.count * outputShape.reduce(1, *) <= Self.keptDerivatives
    var table = SlopeTable(cotangents: cotangents, analytic: analytic, tolerance: tolerance)
    table.keepsSlopes = keepsSlopes
    table.checksKinks = checksKinks
    for element in candidates { table.note(differentiate(element, false), element) }
    // What looks wrong, or says nothing yet, is looked at with more steps: the worst first.
    var confirmed = 0
    table.measureScales()
    if !table.doubtful.isEmpty, let noise = gradientNoise() { table.allow(gradientNoise: noise) }
    for element in table.doubtful {
      if table.excess(element) > 1 {
        if confirmed >= Self.confirmed { continue }
        table.note(differentiate(element, true), element)
        if table.excess(element) > 1 && table.isResolved(element) { confirmed += 1 }
      } else {
        table.note(differentiate(element, true), element)
      }
    }
    table.measureScales()
    table.dropUnresolved()
    self.inputShape = inputShape
    self.outputShape = outputShape
    self.elements = table.elements
    self.slopes = table.slopes
    self.kinks = table.kinks.sorted { $0.key < $1.key }.map {
      ($0.key, $0.value.left, $0.value.right, $0.value.isDeclared)
    }
    self.unknown = table.unknown.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    self.cotangents = cotangents
    self.analytic = analytic
    self.numerical = table.numerical
    self.tolerances = table.tolerances
  }

  /// The elements at which some cotangent's gradient is off.
  var wrong: [Int] { elements.filter { excess($0) > 1 } }

  /// The error of an element in units of what is allowed.
  func excess(_ element: Int) -> Double {
    cotangents.indices.map { c in
      let error = abs(analytic[c][element] - numerical[c][element])
      return error.isNaN ? .infinity : error / tolerances[c][element]
    }.max() ?? 0
  }

  /// The largest error, relative to the gradient's largest element; 0 where both are 0 as far as can be
  /// told.
  var worstError: Double {
    cotangents.indices.map { c in
      let scale = elements.map { abs(numerical[c][$0]) }.max() ?? 0
      let worst = elements.max {
        abs(analytic[c][$0] - numerical[c][$0]) < abs(analytic[c][$1] - numerical[c][$1])
      }
      guard let worst else { return 0 }
      let error = abs(analytic[c][worst] - numerical[c][worst])
      if error.isNaN { return .infinity }
      // Numbers that are all rounding have no size to compare with.
      if error <= tolerances[c][worst] && scale <= 10 * tolerances[c][worst] { return 0 }
      return error / max(scale, abs(analytic[c][worst]), .leastNormalMagnitude)
    }.max() ?? 0
  }

  /// The elements that are furthest off, for the report.
  func worst(_ count: Int) -> [GradientReport.Element] {
    elements.sorted { excess($0) > excess($1) }.prefix(count).map { element in
      let c = cotangents.indices.max {
        abs(analytic[$0][element] - numerical[$0][element]) / tolerances[$0][element]
          < abs(analytic[$1][element] - numerical[$1][element]) / tolerances[$1][element]
      }!
      return .init(
        index: unravel(element, inputShape), analytic: analytic[c][element],
        numerical: numerical[c][element],
        error: abs(analytic[c][element] - numerical[c][element]),
        tolerance: tolerances[c][element])
    }
  }

  /// The one-sided slopes at exact kinks, for the report.
  func kinks(_ count: Int) -> [GradientReport.Kink] {
    kinks.prefix(count).map { kink in
      func project(_ slopes: [Double]) -> Double {
        zip(slopes, cotangents[0]).reduce(0) { $0 + $1.0 * $1.1 }
      }
      return .init(
        index: unravel(kink.element, inputShape), left: project(kink.left),
        right: project(kink.right), returned: analytic[0][kink.element], isDeclared: kink.isDeclared
      )
    }
  }
}

extension Comparison {
  /// Returns the reasons why elements were left out, for the report.
  func reasons(_ count: Int) -> [GradientReport.LeftOut] {
    unknown.prefix(count).map { .init(index: unravel($0.element, inputShape), reason: $0.reason) }
  }
}

/// The index of a position in row-major order.
func unravel(_ position: Int, _ shape: [Int]) -> [Int] {
  var rest = position
  var index = [Int](repeating: 0, count: shape.count)
  for axis in shape.indices.reversed() {
    index[axis] = rest % shape[axis]
    rest /= shape[axis]
  }
  return index
}

/// The position of an index in row-major order.
func ravel(_ index: [Int], _ shape: [Int]) -> Int {
  zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
}
