import Foundation
import RetrogradTensors

/// The difference quotient along one random direction for smaller and smaller steps, beside the gradient.
///
/// Where the gradient is right the error falls with the square of the step until rounding takes over: the
/// picture of a V. Where it is wrong the error stays. How close two neighboring quotients come says how
/// exact numerical derivatives of this function can be, and so how much a check may demand.
struct StepSizeStudy {
  let points: [GradientReport.SweepPoint]
  let measuredOrder: Double?
  /// The smallest relative difference that the numerical derivative of this function can tell apart, with room to
  /// spare.
  let tolerance: Double

  private static let exponents = Array(stride(from: -4, through: -32, by: -2))
  /// For large inputs, whose evaluation takes long.
  private static let fewExponents = [-12, -16, -20, -24, -28]
  private static let largeCount = 1_000_000
  private static let tolerances = 1e-7...1e-4

  init(_ differences: Differences, using random: inout RandomSource) {
    let directions = differences.values.indices.map {
      differences.direction(input: $0, using: &random)
    }
    let cotangent = Tensor.normal(
      differences.center.output.shape, dtype: .float64, using: &random)
    let gradients = differences.evaluator.pullBack(cotangent, at: differences.values).gradients
    let analytic = zip(gradients, directions).reduce(0) { $0 + ($1.0 * $1.1).sum().item() }
    let weights = cotangent.scalars
    func project(_ slopes: [Double]) -> Double {
      zip(slopes, weights).reduce(0) { $0 + $1.0 * $1.1 }
    }
    var quotients: [(step: Double, value: Double?)] = []
    let isLarge = differences.values.reduce(0) { $0 + $1.count } > Self.largeCount
    for exponent in isLarge ? Self.fewExponents : Self.exponents {
      let step = Foundation.pow(2.0, Double(exponent))
      let quotient = differences.quotient(directions: directions, step: step)
      quotients.append((step, quotient.map(project)))
    }
    let sizes = ([analytic] + quotients.compactMap(\.value)).map(abs).filter(\.isFinite)
    let scale = max(sizes.max() ?? 0, 1e-300)
    points = quotients.map { step, value in
      .init(step: step, error: value.map { abs($0 - analytic) / scale })
    }
    measuredOrder = Self.order(points)
    let agreements = zip(quotients, quotients.dropFirst()).compactMap { coarse, fine in
      coarse.value.flatMap { a in fine.value.map { abs(a - $0) / scale } }
    }.filter(\.isFinite)
    let best = agreements.min() ?? 0
    tolerance = min(max(100 * best, Self.tolerances.lowerBound), Self.tolerances.upperBound)
  }

  /// The slope of the logarithm of the error over that of the step, as long as the error falls.
  private static func order(_ points: [GradientReport.SweepPoint]) -> Double? {
    var run: [(x: Double, y: Double)] = []
    for point in points {
      guard let error = point.error, error.isFinite else {
        if run.isEmpty { continue } else { break }
      }
      // At the bottom of the V rounding takes over.
      guard error > 1e-11 else { break }
      if let last = run.last, log(error) > last.y + 0.5 { break }
      run.append((log(point.step), log(error)))
    }
    guard run.count >= 3 else { return nil }
    // The beginning may still be far from the limit.
    let tail = run.suffix(5)
    let meanX = tail.reduce(0) { $0 + $1.x } / Double(tail.count)
    let meanY = tail.reduce(0) { $0 + $1.y } / Double(tail.count)
    let covariance = tail.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
    return covariance / tail.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
  }
}
