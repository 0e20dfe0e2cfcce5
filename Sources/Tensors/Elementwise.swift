import RealModule
import RetrogradCKernels

/// Below this many elements a second thread costs more than it brings.
let elementwiseGrain = 1 << 15

/// A function of one number, written once for both element types.
protocol UnaryFunction: Sendable {
  func callAsFunction<T: Scalar>(_ x: T) -> T
}

extension Tensor {
  /// `f` of each element.
  func mapped<F: UnaryFunction>(_ f: F) -> Tensor {
    var result = Tensor(uninitialized: shape, dtype: dtype)
    switch dtype {
    case .float32: mapLoop(self, into: &result, f, Float.self)
    case .float64: mapLoop(self, into: &result, f, Double.self)
    }
    return result
  }
}

private func mapLoop<F: UnaryFunction, T: Scalar>(
  _ tensor: Tensor, into result: inout Tensor, _ f: F, _ type: T.Type
) {
  let count = tensor.count
  tensor.withElements(T.self) { buffer in
    result.withMutable(T.self) { y in
      guard let x = buffer.baseAddress else { return }
      parallelRanges(count, grain: elementwiseGrain) { range in
        for i in range { y[i] = f(x[i]) }
      }
    }
  }
}

// MARK: - Arithmetic

private struct Add: BinaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x + y }
}
private struct Subtract: BinaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x - y }
}
private struct Multiply: BinaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x * y }
}
private struct Divide: BinaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x / y }
}
private struct AddScalar: UnaryFunction {
  let scalar: Double
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x + T(scalar) }
}
private struct MultiplyScalar: UnaryFunction {
  let scalar: Double
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x * T(scalar) }
}
private struct DivideByScalar: UnaryFunction {
  let scalar: Double
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x / T(scalar) }
}
private struct SubtractFromScalar: UnaryFunction {
  let scalar: Double
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T(scalar) - x }
}
private struct DivideScalar: UnaryFunction {
  let scalar: Double
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T(scalar) / x }
}

extension Tensor {
  /// Element-wise sum; shapes broadcast.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    a.combined(with: b, Add(), operation: "add")
  }
  /// Element-wise difference; shapes broadcast.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    a.combined(with: b, Subtract(), operation: "subtract")
  }
  /// Element-wise product; shapes broadcast.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    a.combined(with: b, Multiply(), operation: "multiply")
  }
  /// Element-wise quotient; shapes broadcast.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    a.combined(with: b, Divide(), operation: "divide")
  }
  /// Adds a number to each element.
  public static func + (a: Tensor, b: Double) -> Tensor { a.mapped(AddScalar(scalar: b)) }
  /// Adds a number to each element.
  public static func + (a: Double, b: Tensor) -> Tensor { b.mapped(AddScalar(scalar: a)) }
  /// Subtracts a number from each element.
  public static func - (a: Tensor, b: Double) -> Tensor { a.mapped(AddScalar(scalar: -b)) }
  /// Subtracts each element from a number.
  public static func - (a: Double, b: Tensor) -> Tensor { b.mapped(SubtractFromScalar(scalar: a)) }
  /// Multiplies each element by a number.
  public static func * (a: Tensor, b: Double) -> Tensor { a.mapped(MultiplyScalar(scalar: b)) }
  /// Multiplies each element by a number.
  public static func * (a: Double, b: Tensor) -> Tensor { b.mapped(MultiplyScalar(scalar: a)) }
  /// Divides each element by a number.
  public static func / (a: Tensor, b: Double) -> Tensor { a.mapped(DivideByScalar(scalar: b)) }
  /// Divides a number by each element.
  public static func / (a: Double, b: Tensor) -> Tensor { b.mapped(DivideScalar(scalar: a)) }
  /// The negative of each element.
  public static prefix func - (a: Tensor) -> Tensor { a.mapped(MultiplyScalar(scalar: -1)) }

  /// Adds another tensor; in place where the shapes are equal and nobody shares the memory.
  public static func += (a: inout Tensor, b: Tensor) {
    a.combine(with: b, Add(), operation: "add in place")
  }
  /// Subtracts another tensor; in place where nobody shares the memory.
  public static func -= (a: inout Tensor, b: Tensor) {
    a.combine(with: b, Subtract(), operation: "subtract in place")
  }
  /// Multiplies by another tensor; in place where nobody shares the memory.
  public static func *= (a: inout Tensor, b: Tensor) {
    a.combine(with: b, Multiply(), operation: "multiply in place")
  }
  /// Multiplies each element by a number.
  public static func *= (a: inout Tensor, b: Double) { a = a * b }

  private mutating func combine<F: BinaryFunction>(
    with other: Tensor, _ f: F, operation: String
  ) {
    if dtype != other.dtype {
      let (a, b) = Tensor.promoted(self, other, operation: operation)
      self = a
      return combine(with: b, f, operation: operation)
    }
    require(
      Tensor.broadcastShape(shape, other.shape) == shape,
      "\(operation): shape \(other.shape) does not broadcast to \(shape), which cannot grow")
    let other = other.broadcast(to: shape)
    switch dtype {
    case .float32: combineInPlace(&self, other, f, Float.self)
    case .float64: combineInPlace(&self, other, f, Double.self)
    }
  }
}

private func combineInPlace<F: BinaryFunction, T: Scalar>(
  _ a: inout Tensor, _ b: Tensor, _ f: F, _ type: T.Type
) {
  let count = a.count
  b.withElements(T.self) { buffer in
    a.withMutable(T.self) { x in
      guard let y = buffer.baseAddress else { return }
      parallelRanges(count, grain: elementwiseGrain) { range in
        for i in range { x[i] = f(x[i], y[i]) }
      }
    }
  }
}

// MARK: - Functions of one number

private struct Exp: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.exp(x) }
}
private struct Log: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.log(x) }
}
private struct Sqrt: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x.squareRoot() }
}
private struct Power: UnaryFunction {
  let exponent: Double
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T {
    T.power(x, T(exponent))
  }
}
private struct Reciprocal: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { 1 / x }
}
private struct Square: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x * x }
}
private struct Tanh: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T.tanh(x) }
}
private struct Sigmoid: UnaryFunction {
  /// The exponential's argument is never positive, so that it cannot overflow.
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T {
    let e = T.exp(-abs(x))
    return x >= 0 ? 1 / (1 + e) : e / (1 + e)
  }
}
private struct ReLU: UnaryFunction {
  /// `NaN` stays `NaN`, as in PyTorch.
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x <= 0 ? 0 : x }
}
private struct Magnitude: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x.magnitude }
}
private struct Sign: UnaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x > 0 ? 1 : x < 0 ? -1 : 0 }
}
private struct Clamp: UnaryFunction {
  let low: Double
  let high: Double
  /// `NaN` stays `NaN`; with `low > high` the result is `high`, as in PyTorch.
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T {
    let raised = x < T(low) ? T(low) : x
    return raised > T(high) ? T(high) : raised
  }
}

extension Tensor {
  /// `eˣ` of each element.
  public func exp() -> Tensor { mapped(RETROGRAD_EXP, Exp()) }
  /// The natural logarithm of each element.
  public func log() -> Tensor { mapped(RETROGRAD_LOG, Log()) }
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
  /// The hyperbolic tangent of each element.
  public func tanh() -> Tensor { mapped(RETROGRAD_TANH, Tanh()) }
  /// `1 / (1 + e⁻ˣ)` of each element.
  public func sigmoid() -> Tensor { mapped(RETROGRAD_SIGMOID, Sigmoid()) }
  /// Each element where it is positive, otherwise 0.
  public func relu() -> Tensor { mapped(ReLU()) }
  /// The magnitude of each element.
  public func abs() -> Tensor { mapped(Magnitude()) }
  /// -1, 0 or 1 by the sign of each element.
  public func sign() -> Tensor { mapped(Sign()) }
  /// Each element, but at least `min` and at most `max`.
  public func clamp(min: Double? = nil, max: Double? = nil) -> Tensor {
    mapped(Clamp(low: min ?? -.infinity, high: max ?? .infinity))
  }
}

// MARK: - The larger, the smaller, the chosen

private struct Pass: BinaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ gate: T) -> T { gate != 0 ? x : 0 }
}

extension Tensor {
  /// Each element where that of `gate` is not 0, otherwise 0; shapes broadcast.
  package func passed(where gate: Tensor) -> Tensor {
    combined(with: gate, Pass(), operation: "pass")
  }
}

private struct Maximum: BinaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T {
    x > y || x.isNaN ? x : y
  }
}
private struct Minimum: BinaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T {
    x < y || x.isNaN ? x : y
  }
}

/// The larger of each two elements; `NaN` wins; shapes broadcast.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor {
  a.combined(with: b, Maximum(), operation: "maximum")
}

/// The smaller of each two elements; `NaN` wins; shapes broadcast.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor {
  a.combined(with: b, Minimum(), operation: "minimum")
}

/// Elements of `a` where `condition` is not 0, otherwise of `b`; the three shapes broadcast.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
  if a.dtype != b.dtype {
    let (a, b) = Tensor.promoted(a, b, operation: "select")
    return select(condition, a, b)
  }
  let shape = Tensor.requireBroadcast(
    condition.shape, Tensor.requireBroadcast(a.shape, b.shape, operation: "select"),
    operation: "select")
  let condition = condition.converted(to: a.dtype).broadcast(to: shape)
  var result = a.broadcast(to: shape)
  switch result.dtype {
  case .float32: selectLoop(condition, b.broadcast(to: shape), into: &result, Float.self)
  case .float64: selectLoop(condition, b.broadcast(to: shape), into: &result, Double.self)
  }
  return result
}

private func selectLoop<T: Scalar>(
  _ condition: Tensor, _ b: Tensor, into result: inout Tensor, _ type: T.Type
) {
  condition.withElements(T.self) { choice in
    b.withElements(T.self) { b in
      result.withMutable(T.self) { y in
        for i in 0..<choice.count where choice[i] == 0 { y[i] = b[i] }
      }
    }
  }
}
