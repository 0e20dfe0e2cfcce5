import RealModule
import RetrogradCKernels

// Exponentials, logarithms, powers, and the error function.

private struct Exp: UnaryFunction {
  static let kernel = "exp(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.exp(x) }
}
private struct Log: UnaryFunction {
  static let kernel = "log(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.log(x) }
}
private struct ExpMinusOne: UnaryFunction {
  static let kernel = "expm1(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.expMinusOne(x) }
}
private struct LogOnePlus: UnaryFunction {
  static let kernel = "log1p(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.log(onePlus: x) }
}
private struct ErrorFunction: UnaryFunction {
  static let kernel = "erf(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.erf(x) }
}

extension Tensor {
  /// `eˣ` of each element.
  public func exp() -> Tensor { mapped(RETROGRAD_EXP, Exp()) }
  /// The natural logarithm of each element.
  public func log() -> Tensor { mapped(RETROGRAD_LOG, Log()) }
  /// `eˣ − 1` of each element, exact also near 0.
  public func expm1() -> Tensor { mapped(RETROGRAD_EXPM1, ExpMinusOne()) }
  /// `ln(1 + x)` of each element, exact also near 0.
  public func log1p() -> Tensor { mapped(RETROGRAD_LOG1P, LogOnePlus()) }
  /// The error function of each element: `2/√π · ∫₀ˣ e^(−t²) dt`.
  public func erf() -> Tensor { mapped(RETROGRAD_ERF, ErrorFunction()) }
}

// MARK: - Sums of exponentials

private struct LogAddExp: BinaryFunction {
  static var grain: Int { elementwiseGrain }
  static let kernel = "fmax(x, y) + log1p(exp(x == y ? 0 : -fabs(x - y)))"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T {
    // The difference of equal infinities would be no number.
    let distance = x == y ? 0 : Swift.abs(x - y)
    return Swift.max(x, y) + T.log(onePlus: T.exp(-distance))
  }
}

/// `ln(eᵃ + eᵇ)` of each two elements, also where `eᵃ` or `eᵇ` would be infinite or 0; shapes broadcast.
public func logAddExp(_ a: Tensor, _ b: Tensor) -> Tensor {
  a.combined(with: b, LogAddExp(), operation: "logAddExp")
}

// MARK: - Powers

private struct Sqrt: UnaryFunction {
  static let kernel = "sqrt(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x.squareRoot() }
}
private struct Square: UnaryFunction {
  static let kernel = "x * x"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x * x }
}
private struct Reciprocal: UnaryFunction {
  static let kernel = "1 / x"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { 1 / x }
}
private struct Power: UnaryFunction {
  let exponent: Double
  static let kernel = "pow(x, a)"
  var numbers: [Double] { [exponent] }
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T {
    T.power(x, T(exponent))
  }
  @inline(__always)
  func run<T: Scalar>(_ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int) {
    withUnsafePointer(to: T(exponent)) { raise(x, 1, to: $0, 0, y, count) }
  }
}
private struct VariablePower: BinaryFunction {
  static var grain: Int { elementwiseGrain }
  static let kernel = "pow(x, y)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { T.power(x, y) }
  @inline(__always)
  func run<T: Scalar>(
    _ x: UnsafePointer<T>, _ xStride: Int, _ y: UnsafePointer<T>, _ yStride: Int,
    _ z: UnsafeMutablePointer<T>, _ count: Int
  ) {
    raise(x, xStride, to: y, yStride, z, count)
  }
}

/// `count` numbers to the powers of others: by the vector unit in single precision. The strides are 0 or 1, not both 0.
private func raise<T: Scalar>(
  _ x: UnsafePointer<T>, _ xStride: Int, to y: UnsafePointer<T>, _ yStride: Int,
  _ z: UnsafeMutablePointer<T>, _ count: Int
) {
  if let x = x as? UnsafePointer<Float>, let y = y as? UnsafePointer<Float>,
    let z = z as? UnsafeMutablePointer<Float>,
    let power = VectorKernels<Float>.current.table.power
  {
    return power(count, x, xStride, y, yStride, z)
  }
  for i in 0..<count { z[i] = T.power(x[i * xStride], y[i * yStride]) }
}

extension Tensor {
  /// The square root of each element.
  public func sqrt() -> Tensor { mapped(Sqrt()) }
  /// Each element to the power of `exponent`.
  ///
  /// As in PyTorch, exponents of ±½ are square roots: `NaN` for −∞, and signed for −0, where C's
  /// `pow` gives ∞ and 0.
  public func pow(_ exponent: Double) -> Tensor {
    switch exponent {
    case 2: mapped(Square())
    case 0.5: mapped(Sqrt())
    case -0.5: mapped(Sqrt()).mapped(Reciprocal())
    default: mapped(Power(exponent: exponent))
    }
  }
  /// Each element to the power of an element of `exponent`; shapes broadcast.
  public func pow(_ exponent: Tensor) -> Tensor {
    combined(with: exponent, VariablePower(), operation: "pow")
  }
}

/// A number to the power of each element.
public func pow(_ base: Double, _ exponent: Tensor) -> Tensor {
  Tensor(base, dtype: exponent.dtype).pow(exponent)
}
