import RetrogradTensors

// Names of the release before, for one more.

extension Variable {
  /// See ``clamped(min:max:)``.
  @available(*, deprecated, renamed: "clamped(min:max:)")
  public func clamp(min: Double? = nil, max: Double? = nil) -> Variable {
    clamped(min: min, max: max)
  }

  /// See ``flipped(axes:)``.
  @available(*, deprecated, renamed: "flipped(axes:)")
  public func flip(axes: [Int]) -> Variable { flipped(axes: axes) }

  /// See ``rolled(by:axes:)``.
  @available(*, deprecated, renamed: "rolled(by:axes:)")
  public func roll(by shifts: [Int], axes: [Int]) -> Variable { rolled(by: shifts, axes: axes) }

  /// See ``rolled(by:)``.
  @available(*, deprecated, renamed: "rolled(by:)")
  public func roll(by shift: Int) -> Variable { rolled(by: shift) }

  /// See ``expanded(to:)``.
  @available(*, deprecated, renamed: "expanded(to:)")
  public func expand(to shape: [Int]) -> Variable { expanded(to: shape) }

  /// See ``indexSelect(_:axis:)``.
  @available(*, deprecated, renamed: "indexSelect(_:axis:)")
  public func indexSelect(axis: Int, _ indices: IntTensor) -> Variable {
    indexSelect(indices, axis: axis)
  }

  /// See `GELUApproximation`.
  @available(*, deprecated, renamed: "RetrogradTensors.GELUApproximation")
  public typealias GELUApproximation = RetrogradTensors.GELUApproximation
}

/// See `scatterAdd(_:_:into:axis:)`.
@available(*, deprecated, renamed: "scatterAdd(_:_:into:axis:)")
public func scatterAdd(
  _ x: Variable, _ indices: IntTensor, axis: Int, into shape: [Int]
) -> Variable {
  scatterAdd(x, indices, into: shape, axis: axis)
}
