import RealModule
import RetrogradCKernels

private struct Sine: UnaryFunction {
  static let kernel = "sin(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.sin(x) }
}
private struct Cosine: UnaryFunction {
  static let kernel = "cos(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.cos(x) }
}
private struct Tanh: UnaryFunction {
  static let kernel = "exactTanh(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.tanh(x) }
}

extension Tensor {
  /// The sine of each element.
  public func sin() -> Tensor { mapped(RETROGRAD_SIN, Sine()) }
  /// The cosine of each element.
  public func cos() -> Tensor { mapped(RETROGRAD_COS, Cosine()) }
  /// The hyperbolic tangent of each element.
  public func tanh() -> Tensor { mapped(RETROGRAD_TANH, Tanh()) }
}
