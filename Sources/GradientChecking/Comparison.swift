import RetrogradTensors

/// The gradient of one input beside its numerical derivative, element by element.
struct Comparison {
  let inputShape: [Int]
  let outputShape: [Int]
  /// The elements that were compared: those with a slope.
  let elements: [Int]
  /// The slope of each of `elements` for each output; empty where that would be too many numbers.
  let slopes: [Int: Slope]
  /// The elements that were left out, with what was seen there.
  let kinks: [(element: Int, left: [Double], right: [Double])]
  /// The cotangents.
  let cotangents: [[Double]]
  /// The gradient for each cotangent, all elements.
  let analytic: [[Double]]
  /// The numerical derivative for each cotangent; `NaN` where there is none.
  let numerical: [[Double]]
  /// How far each may be off.
  let tolerances: [[Double]]

  /// The most derivatives that are kept, all elements and outputs together.
  private static let keptDerivatives = 1 << 21

  /// - Parameters:
  ///   - candidates: The elements to compare.
  ///   - differentiate: The numerical derivative with respect to one of them.
  init(
    _ candidates: [Int], _ differentiate: (Int) -> SlopeResult, inputShape: [Int],
    outputShape: [Int], cotangents: [[Double]], analytic: [[Double]], tolerance: Double
  ) {
    let keepsSlopes = candidates.count * outputShape.reduce(1, *) <= Self.keptDerivatives
    var slopes: [Int: Slope] = [:]
    var kinks: [(element: Int, left: [Double], right: [Double])] = []
    var elements: [Int] = []
    let unknown = [Double](repeating: .nan, count: analytic[0].count)
    var numerical = cotangents.map { _ in unknown }
    var uncertainties = numerical
    for element in candidates {
      switch differentiate(element) {
      case .slope(let slope):
        elements.append(element)
        if keepsSlopes { slopes[element] = slope }
        for (c, cotangent) in cotangents.enumerated() {
          (numerical[c][element], uncertainties[c][element]) = slope.projected(on: cotangent)
        }
      case .kink(let left, let right): kinks.append((element, left, right))
      }
    }
    let tolerances = zip(numerical, uncertainties).map { values, uncertainties in
      let scale = elements.map { abs(values[$0]) }.filter(\.isFinite).max() ?? 0
      return zip(values, uncertainties).map {
        10 * $1 + tolerance * max(abs($0), 1e-3 * scale) + 1e-12
      }
    }
    self.inputShape = inputShape
    self.outputShape = outputShape
    self.elements = elements
    self.slopes = slopes
    self.kinks = kinks
    self.cotangents = cotangents
    self.analytic = analytic
    self.numerical = numerical
    self.tolerances = tolerances
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

  /// The largest error relative to the largest element.
  var worstError: Double {
    cotangents.indices.map { c in
      let scale = elements.map { abs(numerical[c][$0]) }.max() ?? 0
      let error = elements.map { abs(analytic[c][$0] - numerical[c][$0]) }.max() ?? 0
      return error.isNaN ? .infinity : error / max(scale, .leastNormalMagnitude)
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
        right: project(kink.right), returned: analytic[0][kink.element])
    }
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
