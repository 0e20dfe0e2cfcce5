// Names of the release before, for one more.

extension Tensor {
  /// See ``clamped(min:max:)``.
  @available(*, deprecated, renamed: "clamped(min:max:)")
  public func clamp(min: Double? = nil, max: Double? = nil) -> Tensor {
    clamped(min: min, max: max)
  }

  /// See ``flipped(axes:)``.
  @available(*, deprecated, renamed: "flipped(axes:)")
  public func flip(axes: [Int]) -> Tensor { flipped(axes: axes) }

  /// See ``rolled(by:axes:)``.
  @available(*, deprecated, renamed: "rolled(by:axes:)")
  public func roll(by shifts: [Int], axes: [Int]) -> Tensor { rolled(by: shifts, axes: axes) }
}

/// See `scatterAdd(_:_:into:axis:)`.
@available(*, deprecated, renamed: "scatterAdd(_:_:into:axis:)")
public func scatterAdd(_ x: Tensor, _ indices: IntTensor, axis: Int, into shape: [Int]) -> Tensor {
  scatterAdd(x, indices, into: shape, axis: axis)
}

extension Tensor {
  /// See ``indexSelect(_:axis:)``.
  @available(*, deprecated, renamed: "indexSelect(_:axis:)")
  public func indexSelect(axis: Int, _ indices: IntTensor) -> Tensor {
    indexSelect(indices, axis: axis)
  }
}

extension TensorProtocol {
  /// See `slice(_:step:axis:)`.
  @available(*, deprecated, renamed: "slice(_:step:axis:)")
  public func slice(axis: Int, _ range: Range<Int>, step: Int = 1) -> Self {
    slice(range, step: step, axis: axis)
  }

  /// See ``narrow(start:count:axis:)``.
  @available(*, deprecated, renamed: "narrow(start:count:axis:)")
  public func narrow(axis: Int, start: Int, count: Int) -> Self {
    narrow(start: start, count: count, axis: axis)
  }

  /// See ``select(_:axis:)``.
  @available(*, deprecated, renamed: "select(_:axis:)")
  public func select(axis: Int, index: Int) -> Self { select(index, axis: axis) }

  /// See ``padded(_:mode:)``.
  @available(*, deprecated, message: "Write padded(_:mode: .constant(…)).")
  public func padded(_ widths: [(before: Int, after: Int)], value: Double) -> Self {
    padded(widths, mode: .constant(value))
  }
}
