import Foundation
import Retrograd

/// A result that a typical mistake gives, and what that mistake is.
public struct Suspect {
  let why: String
  let value: Tensor

  /// The result of a mistake.
  public init(_ why: String, _ value: Tensor) { (self.why, self.value) = (why, value) }

  /// The result of a mistake.
  public init(_ why: String, _ value: Double) {
    self.init(why, Tensor(value, dtype: .float64))
  }

  /// The result of a mistake.
  public init(_ why: String, _ value: Int) { self.init(why, Double(value)) }

  /// The result of a mistake.
  public init(_ why: String, _ value: [Int]) { self.init(why, row(value)) }

  /// The result of a mistake.
  public init(_ why: String, _ value: [Double]) { self.init(why, row(value)) }
}

private func row(_ numbers: [Int]) -> Tensor { row(numbers.map(Double.init)) }

private func row(_ numbers: [Double]) -> Tensor {
  Tensor(numbers, shape: [numbers.count], dtype: .float64)
}

/// Throws a ``Mistake`` unless two tensors have the same shape and nearly the same numbers.
///
/// - Parameters:
///   - actual: The result of the student's function.
///   - expected: The right result.
///   - name: The name of the student's function, with its arguments if that helps.
///   - axes: The meaning of the axes of the result.
///   - tolerance: The largest permitted difference, relative to numbers above 1.
///   - suspects: The results of typical mistakes.
public func compare(
  _ actual: Tensor, with expected: Tensor, _ name: String, axes: String? = nil,
  tolerance: Double = 1e-5, suspects: [Suspect] = []
) throws {
  try compare(
    actual, with: expected, name, axes, tolerance: tolerance, suspects, isWhole: false)
}

private func compare(
  _ actual: Tensor, with expected: Tensor, _ name: String, _ axes: String?, tolerance: Double,
  _ suspects: [Suspect], isWhole: Bool
) throws {
  // A result in single precision can agree no better than that.
  let tolerance = actual.dtype == .float32 ? max(tolerance, 1e-5) : tolerance
  let (actual, expected) = (
    actual.converted(to: .float64), expected.converted(to: .float64)
  )
  if isNear(actual, expected, tolerance) { return }
  let why = explanation(of: actual, expected, tolerance, suspects, isWhole: isWhole)
  guard actual.shape == expected.shape else {
    throw Mistake(
      "\(name) has the shape \(actual.shape), expected \(expected.shape)"
        + (axes.map { ": \($0)" } ?? "") + "." + why)
  }
  let (given, right) = (actual.scalars, expected.scalars)
  let wrong = given.indices.filter { !isNear(given[$0], right[$0], tolerance) }
  let place = place(of: wrong[0], in: expected.shape)
  let (one, other) = texts(given[wrong[0]], right[wrong[0]])
  throw Mistake(
    "\(name)\(place) is \(one), expected \(other)"
      + (given.count > 1 ? "; \(wrong.count) of \(given.count) numbers are wrong" : "") + "."
      + why)
}

/// Throws a ``Mistake`` unless two numbers are nearly the same; see ``compare(_:with:_:axes:tolerance:suspects:)``.
public func compare(
  _ actual: Double, with expected: Double, _ name: String, tolerance: Double = 1e-5,
  suspects: [Suspect] = []
) throws {
  try compare(
    Tensor(actual, dtype: .float64), with: Tensor(expected, dtype: .float64), name,
    tolerance: tolerance, suspects: suspects)
}

/// Throws a ``Mistake`` unless two whole numbers are the same.
public func compare(
  _ actual: Int, with expected: Int, _ name: String, suspects: [Suspect] = []
) throws {
  try compare(
    Tensor(Double(actual), dtype: .float64), with: Tensor(Double(expected), dtype: .float64), name,
    nil, tolerance: 1e-12, suspects, isWhole: true)
}

/// Throws a ``Mistake`` unless two lists of whole numbers are the same.
public func compare(
  _ actual: [Int], with expected: [Int], _ name: String, suspects: [Suspect] = []
) throws {
  try compareLists(
    actual.map(Double.init), with: expected.map(Double.init), name, 1e-12, suspects, isWhole: true)
}

/// Throws a ``Mistake`` unless two lists of numbers are nearly the same.
public func compare(
  _ actual: [Double], with expected: [Double], _ name: String, tolerance: Double = 1e-5,
  suspects: [Suspect] = []
) throws {
  try compareLists(actual, with: expected, name, tolerance, suspects, isWhole: false)
}

/// The possible reasons, as the end of a message. Different mistakes can give the same numbers.
///
/// - Parameter whys: All that fit.
public func explanation(_ whys: [String]) -> String {
  var said: [String] = []
  for why in whys where !said.contains(why) { said.append(why) }
  return said.prefix(3).enumerated().map { ($0 == 0 ? "\nWhy: " : "\nOr: ") + $1 }.joined()
}

/// Returns the reason why a result is wrong: the suspects that fit it, or else the kind of mistake it looks like.
private func explanation(
  of actual: Tensor, _ expected: Tensor, _ tolerance: Double, _ suspects: [Suspect], isWhole: Bool
) -> String {
  let whys = suspects.filter { isNear(actual, $0.value.converted(to: .float64), tolerance) }
  if !whys.isEmpty { return explanation(whys.map(\.why)) }
  return explanation(
    kinds(of: actual, besides: expected, isWhole: isWhole) { isNear($0, $1, tolerance) })
}

private func compareLists(
  _ actual: [Double], with expected: [Double], _ name: String, _ tolerance: Double,
  _ suspects: [Suspect], isWhole: Bool
) throws {
  func list(_ numbers: [Double]) -> String {
    "[" + numbers.prefix(12).map(text).joined(separator: ", ")
      + (numbers.count > 12 ? ", …" : "") + "]"
  }
  if isNear(row(actual), row(expected), tolerance) { return }
  throw Mistake(
    "\(name) is \(list(actual)), expected \(list(expected))."
      + explanation(of: row(actual), row(expected), tolerance, suspects, isWhole: isWhole))
}

/// Throws a ``Mistake`` unless a function gives the right values and its gradient agrees with difference quotients;
/// what the gradient check found out is in the explanation.
///
/// - Parameters:
///   - name: The name of the student's function.
///   - function: The student's function.
///   - input: The point at which it is checked.
///   - suspects: The gradients of the sum of all outputs for the input that typical mistakes give.
public func compareGradient(
  of name: String, _ function: DifferentiableFunction, at input: Tensor,
  suspects: [Suspect] = []
) throws {
  let report = checkGradients(of: { function($0) }, at: input)
  if report.passed { return }
  var lines = ["The gradient of \(name) is not that of its values."]
  if let part = report.parts.first(where: { $0.verdict == .failed }) {
    if let worst = part.worst.first {
      lines.append(
        "\(part.name)\(worst.index): the backward pass says \(text(worst.analytic)), a difference quotient "
          + "\(text(worst.numerical)); \(part.wrong) of \(part.compared) are wrong.")
    }
    let x = Variable(input.converted(to: .float64), requiresGrad: true)
    let gradient = gradients(of: function(x).sum(), withRespectTo: [x])[0].value
    if let suspect = suspects.first(where: { isNear(gradient, $0.value, 1e-5) }) {
      lines.append("Why: \(suspect.why)")
    } else if let diagnosis = part.diagnoses.first {
      // A second opinion beside a certain one would only confuse.
      lines.append("The check says: \(diagnosis.explanation).")
    }
  }
  for property in report.properties where !property.holds {
    lines.append("\(property.name): \(property.detail)")
  }
  if report.verdict == .inconclusive { lines.append("There are kinks almost everywhere.") }
  throw Mistake(lines.joined(separator: "\n"))
}

private func isNear(_ actual: Tensor, _ expected: Tensor, _ tolerance: Double = 1e-5) -> Bool {
  actual.shape == expected.shape
    && zip(actual.scalars, expected.scalars).allSatisfy { isNear($0, $1, tolerance) }
}

private func isNear(_ actual: Double, _ expected: Double, _ tolerance: Double = 1e-5) -> Bool {
  if actual.isNaN || expected.isNaN { return actual.isNaN && expected.isNaN }
  if actual.isInfinite || expected.isInfinite { return actual == expected }
  return abs(actual - expected) <= tolerance * max(1, abs(expected))
}

private func place(of index: Int, in shape: [Int]) -> String {
  if shape.isEmpty { return "" }
  var rest = index
  var place: [Int] = []
  for extent in shape.reversed() {
    place.insert(rest % extent, at: 0)
    rest /= extent
  }
  return "\(place)"
}

/// Two numbers with as many digits as they need to look different.
private func texts(_ a: Double, _ b: Double) -> (String, String) {
  let short = (text(a), text(b))
  return short.0 == short.1 && a != b
    ? (String(format: "%.12g", a), String(format: "%.12g", b)) : short
}

private func text(_ number: Double) -> String {
  if number.isNaN { return "nan" }
  return number == number.rounded() && abs(number) < 1e9
    ? String(format: "%.0f", number) : String(format: "%.6g", number)
}
