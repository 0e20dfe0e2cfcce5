// Sums, products, signs and rounding.

private struct Add: BinaryFunction {
  static let kernel = "x + y"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x + y }
}
private struct Subtract: BinaryFunction {
  static let kernel = "x - y"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x - y }
}
private struct Multiply: BinaryFunction {
  static let kernel = "x * y"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x * y }
}
private struct Divide: BinaryFunction {
  static let kernel = "x / y"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x / y }
}
private struct AddScalar: UnaryFunction {
  let scalar: Double
  static let kernel = "x + a"
  var numbers: [Double] { [scalar] }
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x + T(scalar) }
}
private struct MultiplyScalar: UnaryFunction {
  let scalar: Double
  static let kernel = "x * a"
  var numbers: [Double] { [scalar] }
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x * T(scalar) }
}
private struct DivideByScalar: UnaryFunction {
  let scalar: Double
  static let kernel = "x / a"
  var numbers: [Double] { [scalar] }
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x / T(scalar) }
}
private struct SubtractFromScalar: UnaryFunction {
  let scalar: Double
  static let kernel = "a - x"
  var numbers: [Double] { [scalar] }
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { T(scalar) - x }
}
private struct DivideScalar: UnaryFunction {
  let scalar: Double
  static let kernel = "a / x"
  var numbers: [Double] { [scalar] }
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
  // Whole numbers; out of favor, so that what is written out (`x * (1 / 3)`) is taken for `Double`.

  /// Adds a number to each element.
  @_disfavoredOverload public static func + (a: Tensor, b: Int) -> Tensor { a + Double(b) }
  /// Adds a number to each element.
  @_disfavoredOverload public static func + (a: Int, b: Tensor) -> Tensor { Double(a) + b }
  /// Subtracts a number from each element.
  @_disfavoredOverload public static func - (a: Tensor, b: Int) -> Tensor { a - Double(b) }
  /// Subtracts each element from a number.
  @_disfavoredOverload public static func - (a: Int, b: Tensor) -> Tensor { Double(a) - b }
  /// Multiplies each element by a number.
  @_disfavoredOverload public static func * (a: Tensor, b: Int) -> Tensor { a * Double(b) }
  /// Multiplies each element by a number.
  @_disfavoredOverload public static func * (a: Int, b: Tensor) -> Tensor { Double(a) * b }
  /// Divides each element by a number.
  @_disfavoredOverload public static func / (a: Tensor, b: Int) -> Tensor { a / Double(b) }
  /// Divides a number by each element.
  @_disfavoredOverload public static func / (a: Int, b: Tensor) -> Tensor { Double(a) / b }

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
    if let device = computingDevice(self, other),
      let sum = device.combined(self, other, f, shape: shape)
    {
      self = sum
      return
    }
    let other = other.broadcast(to: shape)
    dtype.dispatch { combineInPlace(&self, other, f, $0) }
  }
}

private func combineInPlace<F: BinaryFunction, T: Scalar>(
  _ a: inout Tensor, _ b: Tensor, _ f: F, _ type: T.Type
) {
  let count = a.count
  b.withElements(T.self) { buffer in
    a.withMutable(T.self) { x in
      guard let y = buffer.baseAddress else { return }
      parallelRanges(count, grain: F.grain) { range in
        for i in range { x[i] = f(x[i], y[i]) }
      }
    }
  }
}

// MARK: - Signs and rounding

private struct Magnitude: UnaryFunction {
  static let kernel = "fabs(x)"
  static var grain: Int { readingGrain }
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x.magnitude }
}
private struct Sign: UnaryFunction {
  static let kernel = "x > 0 ? 1 : x < 0 ? -1 : 0"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x > 0 ? 1 : x < 0 ? -1 : 0 }
}
private struct Floor: UnaryFunction {
  static let kernel = "floor(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x.rounded(.down) }
}
private struct Truncate: UnaryFunction {
  static let kernel = "trunc(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x.rounded(.towardZero) }
}
private struct RoundHalfToEven: UnaryFunction {
  static let kernel = "rint(x)"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T { x.rounded(.toNearestOrEven) }
}

extension Tensor {
  /// One over each element.
  public func reciprocal() -> Tensor { 1 / self }
  /// The square of each element.
  public func square() -> Tensor { pow(2) }
  /// The magnitude of each element.
  public func abs() -> Tensor { mapped(Magnitude()) }
  /// -1, 0 or 1 by the sign of each element.
  public func sign() -> Tensor { mapped(Sign()) }
  /// The largest whole number that is not greater than each element.
  public func floor() -> Tensor { mapped(Floor()) }
  /// Each element without what comes after the point: rounded towards 0.
  public func trunc() -> Tensor { mapped(Truncate()) }
  /// The nearest whole number to each element; halves go to the even one.
  public func round() -> Tensor { mapped(RoundHalfToEven()) }
}
