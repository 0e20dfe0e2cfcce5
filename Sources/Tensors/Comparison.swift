// Comparisons give masks: 1 where true and 0 where not, in the dtype of the operands, so that a mask
// can be multiplied with directly.

private struct Greater: BinaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x > y ? 1 : 0 }
}
private struct GreaterOrEqual: BinaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x >= y ? 1 : 0 }
}
private struct Equal: BinaryFunction {
  @inline(__always) func callAsFunction<T: Scalar>(_ x: T, _ y: T) -> T { x == y ? 1 : 0 }
}
private struct NotEqual: BinaryFunction {
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
