import RealModule

/// An element type that the loops of this room are written for: `Float` or `Double`, nothing else.
///
/// Generic code is fast only where the compiler sees the concrete type, so it stays inside this
/// module, and `DType` picks the type in one `switch` before each loop.
protocol Scalar: Real, BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
  static var dtype: DType { get }
}

extension Float: Scalar {
  static var dtype: DType { .float32 }
}

extension Double: Scalar {
  static var dtype: DType { .float64 }
}
