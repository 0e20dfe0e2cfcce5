/// The type of a tensor's elements.
public enum DType: String, Sendable, Codable, CaseIterable, CustomStringConvertible {
  /// IEEE 754 single precision, 4 bytes: the default.
  case float32
  /// IEEE 754 double precision, 8 bytes: for checking gradients.
  case float64

  /// Bytes that one element takes.
  public var byteCount: Int { self == .float32 ? 4 : 8 }

  /// The name, as PyTorch and NumPy write it.
  public var description: String { rawValue }
}

extension DType {
  /// Runs a loop written for every ``Scalar`` with the element type that this stands for: the one place
  /// where a loop's type is chosen.
  ///
  /// ```swift
  /// dtype.dispatch { move(towards: target, by: share, $0) }
  /// ```
  ///
  /// Inlined, each case hands its loop a known type, and the compiler writes both loops out. Call a
  /// generic function inside, once, and nothing else: a loop that is left generic is 200 times slower.
  @inline(__always)
  func dispatch<Result>(_ loop: (any Scalar.Type) -> Result) -> Result {
    switch self {
    case .float32: loop(Float.self)
    case .float64: loop(Double.self)
    }
  }

  /// The largest number of this type that is less than `bound`.
  func largest(below bound: Double) -> Double {
    guard self == .float32 else { return bound.nextDown }
    let rounded = Float(bound)
    return Double(Double(rounded) < bound ? rounded : rounded.nextDown)
  }
}
