import Foundation
import RealModule

/// An element type that the loops of this module are written for: `Float` or `Double`, nothing else.
///
/// Generic code is fast only where the compiler sees the concrete type, so it stays inside this
/// module, and `DType.dispatch` picks the type before each loop.
protocol Scalar: Real, BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
  static var dtype: DType { get }

  /// C's `pow`: defined for negative bases with whole exponents and for 0⁰, where `Real.pow` is not.
  static func power(_ base: Self, _ exponent: Self) -> Self
}

extension Float: Scalar {
  static var dtype: DType { .float32 }
  @inline(__always)
  static func power(_ base: Float, _ exponent: Float) -> Float { Foundation.pow(base, exponent) }
}

extension Double: Scalar {
  static var dtype: DType { .float64 }
  @inline(__always)
  static func power(_ base: Double, _ exponent: Double) -> Double { Foundation.pow(base, exponent) }
}
