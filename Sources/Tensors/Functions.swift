import RealModule
import RetrogradCKernels

// More functions of one number, and the power of one number to another.

private struct LogOnePlus: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.log(onePlus: x) }
}
private struct ExpMinusOne: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.expMinusOne(x) }
}
private struct Sine: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.sin(x) }
}
private struct Cosine: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.cos(x) }
}
private struct ErrorFunction: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.erf(x) }
}
private struct RoundHalfToEven: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x.rounded(.toNearestOrEven) }
}
private struct VariablePower: BinaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { T.power(x, y) }
}

extension Tensor {
  /// `ln(1 + x)` of each element, exact also near 0.
  public func log1p() -> Tensor { mapped(LogOnePlus()) }
  /// `eˣ − 1` of each element, exact also near 0.
  public func expm1() -> Tensor { mapped(ExpMinusOne()) }
  /// The sine of each element.
  public func sin() -> Tensor { mapped(Sine()) }
  /// The cosine of each element.
  public func cos() -> Tensor { mapped(Cosine()) }
  /// The error function of each element: `2/√π · ∫₀ˣ e^(−t²) dt`.
  public func erf() -> Tensor { mapped(RETROGRAD_ERF, ErrorFunction()) }
  /// The nearest whole number to each element; halves go to the even one.
  public func round() -> Tensor { mapped(RoundHalfToEven()) }

  /// Each element to the power of an element of `exponent`; shapes broadcast.
  public func pow(_ exponent: Tensor) -> Tensor {
    combined(with: exponent, VariablePower(), operation: "pow")
  }
}
