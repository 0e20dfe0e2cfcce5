// Comparisons, the larger and the smaller of two, and choices by a mask.

private struct Clamp: UnaryFunction {
  let low: Double
  let high: Double
  static let kernel = """
    float raised = x < a ? a : x;
    return raised > b ? b : raised;
    """
  var numbers: [Double] { [low, high] }
  /// `NaN` stays `NaN`; with `low > high` the result is `high`, as in PyTorch.
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T) -> T {
    let raised = x < T(low) ? T(low) : x
    return raised > T(high) ? T(high) : raised
  }
}

extension Tensor {
  /// Each element, but at least `min` and at most `max`.
  public func clamped(min: Double? = nil, max: Double? = nil) -> Tensor {
    mapped(Clamp(low: min ?? -.infinity, high: max ?? .infinity))
  }

  /// Each element, but at least that of `min` and at most that of `max`, which wins where `min` is greater; `NaN`
  /// stays, also of a bound; shapes broadcast.
  @_disfavoredOverload
  public func clamped(min: Tensor? = nil, max: Tensor? = nil) -> Tensor {
    let raised = min.map { maximum(self, $0) } ?? self
    return max.map { minimum(raised, $0) } ?? raised
  }
}

// MARK: - The larger, the smaller, the chosen

private struct Mask: BinaryFunction {
  static let kernel = "y != 0 ? x : 0"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ mask: T) -> T { mask != 0 ? x : 0 }
}

extension Tensor {
  /// Each element where that of `mask` is not 0, otherwise 0, also for infinite ones; shapes broadcast.
  package func masked(by mask: Tensor) -> Tensor {
    combined(with: mask.converted(to: dtype), Mask(), operation: "masked")
  }
}

private struct Maximum: BinaryFunction {
  static let kernel = "x > y || isnan(x) ? x : y"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T {
    x > y || x.isNaN ? x : y
  }
}
private struct Minimum: BinaryFunction {
  static let kernel = "x < y || isnan(x) ? x : y"
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
  if let device = computingDevice(a, b),
    let y = device.selected(condition, a.broadcast(to: shape), b.broadcast(to: shape))
  {
    return y
  }
  var result = a.broadcast(to: shape)
  result.dtype.dispatch { selectLoop(condition, b.broadcast(to: shape), into: &result, $0) }
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

// MARK: - Comparisons

// Comparisons give masks: 1 where true and 0 where not, in the dtype of the operands, so that a mask
// can be multiplied with directly.

private struct Greater: BinaryFunction {
  static let kernel = "x > y ? 1 : 0"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x > y ? 1 : 0 }
}
private struct GreaterOrEqual: BinaryFunction {
  static let kernel = "x >= y ? 1 : 0"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x >= y ? 1 : 0 }
}
private struct Equal: BinaryFunction {
  static let kernel = "x == y ? 1 : 0"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x == y ? 1 : 0 }
}
private struct NotEqual: BinaryFunction {
  static let kernel = "x != y ? 1 : 0"
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x != y ? 1 : 0 }
}

extension Tensor {
  /// 1 where an element of `a` is greater, otherwise 0; shapes broadcast.
  public static func .> (a: Tensor, b: Tensor) -> Tensor {
    a.combined(with: b, Greater(), operation: "compare")
  }
  /// 1 where an element of `a` is smaller, otherwise 0; shapes broadcast.
  public static func .< (a: Tensor, b: Tensor) -> Tensor {
    b.combined(with: a, Greater(), operation: "compare")
  }
  /// 1 where an element of `a` is greater or equal, otherwise 0; shapes broadcast.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor {
    a.combined(with: b, GreaterOrEqual(), operation: "compare")
  }
  /// 1 where an element of `a` is smaller or equal, otherwise 0; shapes broadcast.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor {
    b.combined(with: a, GreaterOrEqual(), operation: "compare")
  }
  /// 1 where elements are equal, otherwise 0; shapes broadcast.
  public static func .== (a: Tensor, b: Tensor) -> Tensor {
    a.combined(with: b, Equal(), operation: "compare")
  }
  /// 1 where elements differ, otherwise 0; shapes broadcast.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor {
    a.combined(with: b, NotEqual(), operation: "compare")
  }
  /// 1 where an element is greater than `b`, otherwise 0.
  public static func .> (a: Tensor, b: Double) -> Tensor { a .> Tensor(b, dtype: a.dtype) }
  /// 1 where an element is smaller than `b`, otherwise 0.
  public static func .< (a: Tensor, b: Double) -> Tensor { a .< Tensor(b, dtype: a.dtype) }
  /// 1 where an element is at least `b`, otherwise 0.
  public static func .>= (a: Tensor, b: Double) -> Tensor { a .>= Tensor(b, dtype: a.dtype) }
  /// 1 where an element is at most `b`, otherwise 0.
  public static func .<= (a: Tensor, b: Double) -> Tensor { a .<= Tensor(b, dtype: a.dtype) }
  /// 1 where an element equals `b`, otherwise 0.
  public static func .== (a: Tensor, b: Double) -> Tensor { a .== Tensor(b, dtype: a.dtype) }
  /// 1 where an element is not `b`, otherwise 0.
  public static func .!= (a: Tensor, b: Double) -> Tensor { a .!= Tensor(b, dtype: a.dtype) }
}
