import RetrogradAutograd
import RetrogradTensors

// Numerical derivatives. With D(h) = (f(x + h) − f(x − h)) / 2h the error of D(h) is c·h² + O(h⁴), so
// (4 D(h/2) − D(h)) / 3 is exact to O(h⁴) (Richardson, *The deferred approach to the limit*, 1927), and
// its distance from D(h/2) says how far either may be off. The step is chosen for each element: the
// largest of a few that takes the function to no other branch and gives the smallest estimate.

/// The derivative of all outputs with respect to one element or direction.
struct Slope {
  /// One derivative an output.
  let values: [Double]
  /// How far each may be off.
  let uncertainties: [Double]
}

/// What came of differentiating numerically at one place.
enum SlopeResult {
  case slope(Slope)
  /// Every step takes the function to another branch: the slopes to the left and to the right.
  case kink(left: [Double], right: [Double])
}

/// Differentiates a function numerically.
struct Differences {
  let laboratory: Laboratory
  let values: [Tensor]
  let center: Laboratory.Observation

  /// From about the fourth root of the machine's precision down to where rounding eats half the digits.
  static let steps = [0x1p-12, 0x1p-16, 0x1p-20, 0x1p-25]

  init(_ laboratory: Laboratory, at values: [Tensor]) {
    self.laboratory = laboratory
    self.values = values
    center = laboratory.observe(values)
  }

  /// The derivative with respect to one element of one input.
  func slope(input: Int, element: Int) -> SlopeResult {
    var x = values[input].scalars
    let shape = values[input].shape
    let place = x[element]
    let scale = max(1, abs(place))
    return slope { offset in
      x[element] = place + offset * scale
      defer { x[element] = place }
      var moved = values
      moved[input] = Tensor(x, shape: shape, dtype: .float64)
      // What was really added, after rounding.
      return (moved, x[element] - place)
    }
  }

  /// The derivative along a direction in one input.
  func slope(input: Int, direction: Tensor) -> SlopeResult {
    slope { offset in
      var moved = values
      moved[input] = values[input] + direction * offset
      return (moved, offset)
    }
  }

  /// The derivative along directions in all inputs at once.
  func slope(directions: [Tensor]) -> SlopeResult {
    slope { offset in (zip(values, directions).map { $0 + $1 * offset }, offset) }
  }

  /// `(f(x + h) − f(x − h)) / 2h` along directions in all inputs; `nil` where a branch changes.
  func quotient(directions: [Tensor], step: Double) -> [Double]? {
    quotient(step) { offset in (zip(values, directions).map { $0 + $1 * offset }, offset) }
  }

  private typealias Move = (Double) -> (values: [Tensor], offset: Double)

  private func quotient(_ step: Double, _ move: Move) -> [Double]? {
    let (up, upOffset) = move(step)
    let (down, downOffset) = move(-step)
    let above = laboratory.observe(up)
    guard above.branches == center.branches else { return nil }
    let below = laboratory.observe(down)
    guard below.branches == center.branches else { return nil }
    let width = upOffset - downOffset
    guard width > 0 else { return nil }
    return zip(above.output.scalars, below.output.scalars).map { ($0 - $1) / width }
  }

  private func slope(_ move: Move) -> SlopeResult {
    var best: Slope?
    for step in Self.steps {
      guard let coarse = quotient(step, move), let fine = quotient(step / 2, move) else { continue }
      let values = zip(coarse, fine).map { (4 * $1 - $0) / 3 }
      let rounding = 0x1p-50 / step
      let uncertainties = zip(zip(values, fine), center.output.scalars).map { pair, y in
        let difference = abs(pair.0 - pair.1)
        return (difference.isNaN ? .infinity : difference) + rounding * max(abs(y), 1e-3)
      }
      let candidate = Slope(values: values, uncertainties: uncertainties)
      if let known = best, candidate.largestUncertainty >= known.largestUncertainty { break }
      best = candidate
      if candidate.isExact { break }
    }
    if let best { return .slope(best) }
    let step = Self.steps.last!
    let (up, upOffset) = move(step)
    let (down, downOffset) = move(-step)
    let middle = center.output.scalars
    return .kink(
      left: zip(middle, laboratory.observe(down).output.scalars).map {
        ($0 - $1) / -downOffset
      },
      right: zip(laboratory.observe(up).output.scalars, middle).map { ($0 - $1) / upOffset })
  }
}

extension Slope {
  fileprivate var largestUncertainty: Double { uncertainties.max() ?? 0 }

  /// Whether it is as good as needed, so that no other step has to be tried.
  fileprivate var isExact: Bool {
    largestUncertainty <= 1e-9 * max(values.map(abs).max() ?? 0, 1e-2)
  }

  /// The derivative of `Σ v · f`, and how far it may be off.
  func projected(on cotangent: [Double]) -> (value: Double, uncertainty: Double) {
    var (value, uncertainty) = (0.0, 0.0)
    for (i, v) in cotangent.enumerated() where v != 0 {
      value += v * values[i]
      uncertainty += abs(v) * uncertainties[i]
    }
    return (value, uncertainty)
  }
}
