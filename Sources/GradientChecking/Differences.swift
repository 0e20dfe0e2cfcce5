import Foundation
import RetrogradAutograd
import RetrogradTensors

// Numerical derivatives. With D(h) = (f(x + h) − f(x − h)) / 2h the error of D(h) is c·h² + O(h⁴), so
// (4 D(h/2) − D(h)) / 3 is exact to O(h⁴) (Richardson, *The deferred approach to the limit*, 1927), and
// its distance from D(h/2) says how far either may be off. What rounding does to the function shows in
// the fourth difference of the same five values, from which everything smooth has gone (Hamming,
// *Introduction to applied numerical analysis*, 1971). Steps are relative to the number that is moved:
// larger ones are tried where rounding dominates, smaller ones where the function curves, has another
// branch or is not defined.

/// The derivative of all outputs with respect to one element or direction.
struct Slope {
  /// One derivative an output.
  let values: [Double]
  /// The uncertainty of each.
  let uncertainties: [Double]
  /// The rounding error of the function itself, an output.
  var noise: [Double] = []
  /// Indicates whether all steps were tried that could have told more.
  var isThorough = false
  /// The results of coarser steps that contradict those of the finer ones: a function that moves in steps of its
  /// own because of rounding has a slope in between that means nothing.
  var contradictions: [(values: [Double], uncertainties: [Double])] = []
}

/// The result of numerical differentiation at one place.
enum SlopeResult {
  case slope(Slope)
  /// The slopes to the left and to the right are different ones. An operation has declared it, with `noteBranches`, or
  /// not.
  case kink(left: [Double], right: [Double], changes: Int, isDeclared: Bool = true)
  /// There is nothing to compare with, and why.
  case none(String)
}

/// Differentiates a function numerically.
struct Differences {
  let evaluator: Evaluator
  let values: [Tensor]
  let center: Evaluator.Sample
  /// The outputs of `center`.
  let middle: [Double]
  /// The typical size of the numbers of each input.
  private let sizes: [Double]

  init(_ evaluator: Evaluator, at values: [Tensor]) {
    self.evaluator = evaluator
    self.values = values
    center = evaluator.observe(values)
    middle = center.output.scalars
    sizes = values.map { Self.size($0.scalars) }
  }

  /// The root of the mean square of all finite numbers; 1 where all are 0.
  static func size(_ numbers: [Double]) -> Double {
    // By the largest, so that squares of large and small numbers stay finite.
    let largest = numbers.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    if largest == 0 { return 1 }
    let (sum, count) = numbers.reduce((0.0, 0)) { result, number in
      number.isFinite
        ? (result.0 + (number / largest) * (number / largest), result.1 + 1) : result
    }
    return largest * (sum / Double(count)).squareRoot()
  }

  /// The derivative with respect to one element of one input.
  ///
  /// - Parameters:
  ///   - input: The input.
  ///   - element: The element's position.
  ///   - thoroughly: Whether to try all steps, for a derivative that is in doubt.
  func slope(input: Int, element: Int, thoroughly: Bool = false) -> SlopeResult {
    var x = values[input].scalars
    let shape = values[input].shape
    let place = x[element]
    guard place.isFinite else { return .none("the input is \(place) there") }
    let size = max(abs(place), sizes[input] / 16)
    let probe = Probe(self, size: size, smallest: place == 0 ? size : abs(place)) { offset in
      x[element] = place + offset
      defer { x[element] = place }
      var moved = values
      moved[input] = Tensor(x, shape: shape, dtype: .float64)
      // What was really added, after rounding.
      return (moved, x[element] - place)
    }
    return thoroughly ? probe.thoroughResult() : probe.result()
  }

  /// The derivative along a direction in one input.
  func slope(input: Int, direction: Tensor, thoroughly: Bool = false) -> SlopeResult {
    let probe = Probe(self, size: 1, smallest: 1) { offset in
      var moved = values
      moved[input] = values[input] + direction * offset
      return (moved, offset)
    }
    return thoroughly ? probe.thoroughResult() : probe.result()
  }

  /// The derivative along directions in all inputs at once.
  func slope(directions: [Tensor]) -> SlopeResult {
    Probe(self, size: 1, smallest: 1) { offset in
      (zip(values, directions).map { $0 + $1 * offset }, offset)
    }.result()
  }

  /// A random direction in one input, as long as the input's numbers are large.
  func direction(input: Int, using random: inout RandomSource) -> Tensor {
    Tensor.normal(values[input].shape, dtype: .float64, using: &random) * sizes[input]
  }

  /// Returns the effect of rounding on each gradient, element by element: the distance from the mean of those on
  /// both sides of a tiny step of inputs and cotangent, from which everything smooth has gone. The most
  /// of a few steps.
  func gradientNoise(_ cotangent: Tensor, _ gradients: [Tensor]) -> [Tensor] {
    var random = RandomSource(seed: 1)
    var noise = gradients.map { Tensor.zeros(like: $0) }
    for size in [0x1p-36, 0x1p-38, 0x1p-48] {
      let factors = ([cotangent] + values).map {
        Tensor.normal($0.shape, dtype: .float64, using: &random) * size
      }
      func moved(_ sign: Double) -> (gradients: [Tensor], trace: EvaluationTrace) {
        let there = zip([cotangent] + values, factors).map { $0 * ($1 * sign + 1) }
        let found = evaluator.pullBack(there[0], at: Array(there.dropFirst()))
        return (found.gradients, found.trace)
      }
      let (above, below) = (moved(1), moved(-1))
      // Where another branch is taken, the gradient is another one with reason.
      guard above.trace.branches == center.branches, below.trace.branches == center.branches
      else { continue }
      for input in noise.indices {
        let middle = (above.gradients[input] + below.gradients[input]) * 0.5
        noise[input] = maximum(noise[input], (middle - gradients[input]).abs())
      }
    }
    return noise
  }

  /// `(f(x + h) − f(x − h)) / 2h` along directions in all inputs; `nil` where a branch changes or the
  /// function is not finite.
  func quotient(directions: [Tensor], step: Double) -> [Double]? {
    func value(_ offset: Double) -> [Double]? {
      let moved = zip(values, directions).map { $0 + $1 * offset }
      let seen = evaluator.observe(moved)
      guard seen.branches == center.branches, seen.output.isFinite else { return nil }
      return seen.output.scalars
    }
    guard let above = value(step), let below = value(-step) else { return nil }
    return zip(above, below).map { ($0 - $1) / (2 * step) }
  }
}

extension Slope {
  /// The derivative of `Σ v · f`, how far it may be off, and the rounding error of `Σ v · f`.
  func projected(on cotangent: [Double]) -> (value: Double, uncertainty: Double) {
    var (value, uncertainty) = (0.0, 0.0)
    for (i, v) in cotangent.enumerated() where v != 0 {
      value += v * values[i]
      uncertainty += abs(v) * uncertainties[i]
    }
    return (value, uncertainty)
  }

  /// The rounding error of `Σ v · f`.
  func projectedNoise(on cotangent: [Double]) -> Double {
    zip(cotangent, noise).reduce(0) { $0 + abs($1.0) * $1.1 }
  }
}
