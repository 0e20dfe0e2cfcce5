import Foundation
import Retrograd

// Kinds of mistakes that can be seen in any result, without knowing the exercise. They are named where none of an exercise's
// own suspects fits.

/// Describes the difference between a wrong result and the right one, if a few words can.
///
/// - Parameters:
///   - actual: The wrong result.
///   - expected: The right result.
///   - isWhole: Whether they are whole numbers, for which functions such as the square root mean little.
///   - isNear: Whether two tensors are the same.
func kinds(
  of actual: Tensor, besides expected: Tensor, isWhole: Bool,
  isNear: (Tensor, Tensor) -> Bool
) -> [String] {
  if expected.count == 0 || actual.count == 0 || expected.scalars.contains(where: { !$0.isFinite })
  {
    return []
  }
  return actual.shape == expected.shape
    ? otherNumbers(actual, expected, isWhole, isNear) : otherShape(actual, expected, isNear)
}

private func otherShape(
  _ actual: Tensor, _ expected: Tensor, _ isNear: (Tensor, Tensor) -> Bool
) -> [String] {
  if actual.count == expected.count && isNear(actual.reshaped(expected.shape), expected) {
    let isOnlyAxis = actual.shape.filter { $0 != 1 } == expected.shape.filter { $0 != 1 }
    return [
      isOnlyAxis
        ? "the numbers are right; an axis of length 1 is \(actual.rank > expected.rank ? "too many" : "missing")."
        : "the numbers are right and in the right order; only the shape is not."
    ]
  }
  guard actual.rank == expected.rank, actual.rank <= 4 else { return [] }
  if let order = orders(actual.rank).first(where: { isNear(actual, expected.permuted($0)) }) {
    return [
      actual.rank == 2
        ? "rows and columns are exchanged."
        : "the axes are in another order: those of the right result as \(order)."
    ]
  }
  let smaller = zip(actual.shape, expected.shape).map { min($0, $1) }
  func part(_ x: Tensor, fromEnd: Bool) -> Tensor {
    smaller.indices.reduce(x) {
      let start = fromEnd ? $0.shape[$1] - smaller[$1] : 0
      return $0.slice(start..<(start + smaller[$1]), axis: $1)
    }
  }
  let short = actual.shape.indices.filter { actual.shape[$0] < expected.shape[$0] }
  let long = actual.shape.indices.filter { actual.shape[$0] > expected.shape[$0] }
  func axes(_ list: [Int]) -> String {
    if actual.rank == 1 { return "" }
    return (list.count == 1 ? " of axis " : " of axes ")
      + list.map(String.init).joined(separator: " and ")
  }
  for fromEnd in [false, true]
  where isNear(part(actual, fromEnd: fromEnd), part(expected, fromEnd: fromEnd)) {
    let place = fromEnd ? "beginning" : "end"
    var said: [String] = []
    if !short.isEmpty { said.append("something is missing at the \(place)\(axes(short))") }
    if !long.isEmpty { said.append("there is too much at the \(place)\(axes(long))") }
    return [said.joined(separator: ", and ") + "; the rest is right."]
  }
  return []
}

private func otherNumbers(
  _ actual: Tensor, _ expected: Tensor, _ isWhole: Bool, _ isNear: (Tensor, Tensor) -> Bool
) -> [String] {
  let (given, right) = (actual.scalars, expected.scalars)
  if isNear(actual, -expected) { return ["the sign is wrong."] }
  if isWhole && right.count == 1 {
    let difference = given[0] - right[0]
    return abs(difference) == 1 ? ["that is one too \(difference > 0 ? "many" : "few")."] : []
  }
  // Numbers that are all alike fit everything.
  let isVaried = right.contains { abs($0 - right[0]) > 1e-3 * abs(right[0]) }
  if right.count >= 3 && isVaried {
    for axis in expected.shape.indices where isNear(actual, expected.flipped(axes: [axis])) {
      return [
        expected.rank == 1
          ? "the order is reversed." : "axis \(axis) runs the other way round."
      ]
    }
    if expected.rank == 2, expected.shape[0] == expected.shape[1],
      isNear(actual, expected.transposed())
    {
      return ["rows and columns are exchanged."]
    }
    let differences = actual - expected
    let difference = differences.scalars[0]
    if isNear(differences, Tensor(repeating: difference, shape: expected.shape, dtype: .float64)) {
      return [
        "all numbers are too \(difference > 0 ? "large" : "small") by the same, \(short(abs(difference)))."
      ]
    }
    if let factor = factor(given, right), isNear(actual, expected * factor) {
      return [
        "all numbers are \(short(factor)) times what they should be: is a factor missing, or is it divided by the wrong number?"
      ]
    }
  }
  if isWhole { return [] }
  let functions: [(String, (Double) -> Double)] = [
    ("that is twice as much.", { 2 * $0 }), ("that is half as much.", { $0 / 2 }),
    ("that is the reciprocal.", { 1 / $0 }), ("that is the square of it.", { $0 * $0 }),
    ("that is the square root of it.", { $0.squareRoot() }),
    ("that is its logarithm.", { log($0) }),
    ("that is its exponential.", { exp($0) }), ("that is 1 minus it.", { 1 - $0 }),
    ("the absolute value is taken.", { abs($0) }),
  ]
  for (words, function) in functions
  where isNear(actual, Tensor(right.map(function), shape: expected.shape, dtype: .float64)) {
    return [words]
  }
  return []
}

/// Returns the factor by which the first number that is not 0 was multiplied.
private func factor(_ given: [Double], _ right: [Double]) -> Double? {
  guard let place = right.indices.max(by: { abs(right[$0]) < abs(right[$1]) }), right[place] != 0
  else { return nil }
  let factor = given[place] / right[place]
  return factor.isFinite && abs(factor) > 1e-3 && abs(factor) < 1e6 ? factor : nil
}

private func short(_ number: Double) -> String { String(format: "%.4g", number) }

/// All orders of some axes but the usual one.
private func orders(_ count: Int) -> [[Int]] {
  var all: [[Int]] = [[]]
  for axis in 0..<count {
    all = all.flatMap { order in
      (0...order.count).map { place in
        var longer = order
        longer.insert(axis, at: place)
        return longer
      }
    }
  }
  return all.filter { $0 != Array(0..<count) }
}

extension Tensor {
  /// The results of a mean over two axes, where other ones were meant.
  ///
  /// - Parameters:
  ///   - right: The two axes that are right.
  ///   - why: The meaning of the right axes.
  public func meansOverWrongAxes(than right: [Int], _ why: String) -> [Suspect] {
    let pairs: [[Int]] = (0..<rank).flatMap { first in
      ((first + 1)..<rank).map { [first, $0] }
    }
    return pairs.filter { $0 != right }.map { (axes: [Int]) in
      Suspect("that is a mean over the axes \(axes); \(why).", mean(axes: axes))
    }
  }
}
