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
