import RetrogradTensors

/// `max|a − b| / max(1, max|b|)` over the elements that are finite in `b`.
///
/// The shapes must be equal. Elements of `b` that are infinite or not a number count as 0 where `a`
/// has the same, as infinitely wrong where it has not.
public func relativeError(_ a: Tensor, _ b: Tensor) -> Double {
  let errors = zip(a.scalars, b.scalars).map(distance)
  return (errors.max() ?? 0) / scale(of: b)
}

/// Describes the difference between `actual` and `expected`; `nil` where they agree.
///
/// - Parameters:
///   - actual: The computed numbers.
///   - expected: The right ones.
///   - tolerance: The largest ``relativeError(_:_:)`` that counts as agreement.
public func disagreement(
  _ actual: Tensor, _ expected: Tensor, tolerance: Double = 1e-12
) -> String? {
  if actual.shape != expected.shape {
    return "has shape \(actual.shape), expected \(expected.shape)"
  }
  let errors = zip(actual.scalars, expected.scalars).map(distance)
  guard let worst = errors.indices.max(by: { errors[$0] < errors[$1] }) else { return nil }
  let error = errors[worst] / scale(of: expected)
  if error <= tolerance { return nil }
  let wrong = errors.filter { $0 > tolerance * scale(of: expected) }.count
  return """
    differs by \(error) (relative; allowed \(tolerance)) in \(wrong) of \(errors.count) elements, most \
    at \(indices(of: worst, in: expected.shape)): \(actual.scalars[worst]), expected \
    \(expected.scalars[worst])
    """
}

/// Returns the distance between `a` and `b`; 0 where both are the same infinity or not a number.
private func distance(_ a: Double, _ b: Double) -> Double {
  if a == b || (a.isNaN && b.isNaN) { return 0 }
  return a.isFinite && b.isFinite ? abs(a - b) : .infinity
}

private func scale(of expected: Tensor) -> Double {
  expected.scalars.lazy.filter(\.isFinite).map(abs).reduce(1, max)
}

private func indices(of position: Int, in shape: [Int]) -> [Int] {
  var rest = position
  let reversed = shape.reversed().map { extent in
    defer { rest /= extent }
    return rest % extent
  }
  return reversed.reversed()
}
