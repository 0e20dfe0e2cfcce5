import RealModule
import RetrogradCKernels

// What networks put between their layers, in one pass over the elements.

private struct Sigmoid: UnaryFunction {
  static let kernel = """
    float e = exp(-fabs(x));
    return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    """
  /// The exponential's argument is never positive, so that it cannot overflow.
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T {
    let e = T.exp(-abs(x))
    return x >= 0 ? 1 / (1 + e) : e / (1 + e)
  }
}
private struct ReLU: UnaryFunction {
  static let kernel = "x <= 0 ? 0 : x"
  static var grain: Int { readingGrain }
  /// `NaN` stays `NaN`, as in PyTorch.
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x <= 0 ? 0 : x }
}
private struct LeakyReLU: UnaryFunction {
  let slope: Double
  static let kernel = "x > 0 ? x : x * a"
  var numbers: [Double] { [slope] }
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x > 0 ? x : x * T(slope) }
}
private struct PReLU: BinaryFunction {
  static let kernel = "x > 0 ? x : x * y"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ slope: T) -> T {
    x > 0 ? x : x * slope
  }
}
private struct ELU: UnaryFunction {
  let alpha: Double
  static let kernel = "x > 0 ? x : a * expm1(x)"
  var numbers: [Double] { [alpha] }
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T {
    x > 0 ? x : T(alpha) * T.expMinusOne(x)
  }
}
private struct GELU: UnaryFunction {
  static let kernel = "x * ((1 + erf(x * 0.70710678f)) * 0.5f)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T {
    x * ((1 + T.erf(x * T(0.5.squareRoot()))) * 0.5)
  }
}
private struct TanhGELU: UnaryFunction {
  static let kernel = """
    float inner = 0.79788456f * (x + 0.044715f * (x * x * x));
    return x * ((1 + exactTanh(inner)) * 0.5f);
    """
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T {
    let inner = T((2 / Double.pi).squareRoot()) * (x + T(0.044715) * (x * x * x))
    return x * ((1 + T.tanh(inner)) * 0.5)
  }
}
private struct SiLU: UnaryFunction {
  static let kernel = """
    float e = exp(-fabs(x));
    return x * (x >= 0 ? 1 / (1 + e) : e / (1 + e));
    """
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T {
    let e = T.exp(-abs(x))
    return x * (x >= 0 ? 1 / (1 + e) : e / (1 + e))
  }
}
private struct Softplus: UnaryFunction {
  let beta: Double
  let threshold: Double
  static let kernel = """
    float scaled = x * a;
    if (scaled > b) return x;
    return ((scaled > 0 ? scaled : 0) + log1p(exp(-fabs(scaled)))) / a;
    """
  var numbers: [Double] { [beta, threshold] }
  /// The exponential's argument is never positive, so that it cannot overflow.
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T {
    let scaled = x * T(beta)
    if scaled > T(threshold) { return x }
    return ((scaled > 0 ? scaled : 0) + T.log(onePlus: T.exp(-abs(scaled)))) / T(beta)
  }
}

/// The way in which GELU computes the normal distribution.
public enum GELUApproximation: Sendable {
  /// By the error function.
  case none
  /// By a hyperbolic tangent.
  case tanh
}

extension Tensor {
  /// `1 / (1 + e⁻ˣ)` of each element.
  public func sigmoid() -> Tensor { mapped(RETROGRAD_SIGMOID, Sigmoid()) }
  /// Each element where it is positive, otherwise 0.
  public func relu() -> Tensor { mapped(ReLU()) }
  /// Each element where it is positive, otherwise `slope` times it.
  public func leakyReLU(slope: Double = 0.01) -> Tensor { mapped(LeakyReLU(slope: slope)) }
  /// Each element where it is positive, otherwise `alpha · (eˣ − 1)`.
  public func elu(alpha: Double = 1) -> Tensor {
    let f = ELU(alpha: alpha)
    return alpha == 1 ? mapped(RETROGRAD_ELU, f) : mapped(f)
  }
  /// Each element, but at least `min` and at most `max`.
  public func hardtanh(min: Double = -1, max: Double = 1) -> Tensor {
    require(min <= max, "hardtanh: min \(min) must not be greater than max \(max)")
    return clamped(min: min, max: max)
  }
  /// `x · Φ(x)` with the normal distribution `Φ`, or with its approximation by a hyperbolic tangent.
  public func gelu(approximation: GELUApproximation = .none) -> Tensor {
    switch approximation {
    case .none: mapped(RETROGRAD_GELU, GELU())
    case .tanh: mapped(RETROGRAD_GELU_TANH, TanhGELU())
    }
  }
  /// `x / (1 + e⁻ˣ)` of each element.
  public func silu() -> Tensor { mapped(RETROGRAD_SILU, SiLU()) }
  /// `ln(1 + e^(beta · x)) / beta` of each element, or `x` itself where `beta · x` exceeds `threshold`.
  public func softplus(beta: Double = 1, threshold: Double = 20) -> Tensor {
    let f = Softplus(beta: beta, threshold: threshold)
    // From 17 on, `float32` does not tell `x` from `ln(1 + eˣ)`: where the threshold is larger, it changes nothing.
    return beta == 1 && threshold >= 17 ? mapped(RETROGRAD_SOFTPLUS, f) : mapped(f)
  }
}

// MARK: - A slope for each channel

/// Each element where it is positive, otherwise `weight` times it.
///
/// - Parameters:
///   - x: The numbers, channels second; any shape where there is one slope.
///   - weight: The slopes: one for all, or [C], one for each channel.
public func prelu(_ x: Tensor, _ weight: Tensor) -> Tensor {
  x.combined(with: weight.asSlopes(for: x), PReLU(), operation: "prelu")
}

extension TensorProtocol {
  /// The slopes of ``prelu(_:_:)`` in a shape that broadcasts to that of `x`.
  package func asSlopes(for x: Self) -> Self {
    if count == 1 { return reshaped([]) }
    require(
      rank == 1 && x.rank >= 2 && count == x.shape[1],
      "prelu: input \(x.shape) needs one slope, or one for each channel (axis 1), got weight \(shape)"
    )
    return reshaped([count] + [Int](repeating: 1, count: x.rank - 2))
  }
}

// MARK: - Softmax

extension Tensor {
  /// Numbers to probabilities along an axis: `eˣ / Σ eˣ`.
  public func softmax(axis: Int) -> Tensor {
    if isSingleNumber(alongAxes: [axis]) { return reshaped([1]).softmax(axis: 0).reshaped([]) }
    let axis = resolve(axis: axis, operation: "softmax")
    if count == 0 { return self }
    if let device = computingDevice(self),
      let y = device.softmax(self, axis: axis, logarithm: false)
    {
      return y
    }
    if let fast = vectorSoftmax(axis: axis, logarithm: false) { return fast }
    let exponentials = (self - amax(axes: [axis], keepDims: true)).exp()
    return exponentials / exponentials.sum(axes: [axis], keepDims: true)
  }

  /// The logarithm of ``softmax(axis:)``: `x − ln Σ eˣ`.
  public func logSoftmax(axis: Int) -> Tensor {
    if isSingleNumber(alongAxes: [axis]) { return reshaped([1]).logSoftmax(axis: 0).reshaped([]) }
    let axis = resolve(axis: axis, operation: "logSoftmax")
    if count == 0 { return self }
    if let device = computingDevice(self),
      let y = device.softmax(self, axis: axis, logarithm: true)
    {
      return y
    }
    if let fast = vectorSoftmax(axis: axis, logarithm: true) { return fast }
    let shifted = self - amax(axes: [axis], keepDims: true)
    return shifted - shifted.exp().sum(axes: [axis], keepDims: true).log()
  }
}

// MARK: - As functions

/// The rectifier of each element; see ``Tensor/relu()``.
public func relu(_ x: Tensor) -> Tensor { x.relu() }

/// The logistic function of each element; see ``Tensor/sigmoid()``.
public func sigmoid(_ x: Tensor) -> Tensor { x.sigmoid() }

/// The Gaussian error linear unit of each element; see ``Tensor/gelu(approximation:)``.
public func gelu(_ x: Tensor, approximation: GELUApproximation = .none) -> Tensor {
  x.gelu(approximation: approximation)
}

/// The sigmoid linear unit of each element; see ``Tensor/silu()``.
public func silu(_ x: Tensor) -> Tensor { x.silu() }

/// Numbers to probabilities along an axis; see ``Tensor/softmax(axis:)``.
public func softmax(_ x: Tensor, axis: Int) -> Tensor { x.softmax(axis: axis) }

/// The logarithms of probabilities along an axis; see ``Tensor/logSoftmax(axis:)``.
public func logSoftmax(_ x: Tensor, axis: Int) -> Tensor { x.logSoftmax(axis: axis) }
