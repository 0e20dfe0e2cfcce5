import RetrogradTensors

extension Variable {
  /// The `k` largest elements along an axis in falling order, or the `k` smallest in rising order, and
  /// where they are. `NaN` counts as the largest number. Derivative: `dy` goes to the elements that were
  /// picked.
  ///
  /// Of equal elements those that come first are picked, in the order they stand in.
  ///
  /// - Parameters:
  ///   - k: The number of elements to pick.
  ///   - axis: The axis to search.
  ///   - largest: Whether to pick the largest.
  public func topK(
    _ k: Int, axis: Int = -1, largest: Bool = true
  ) -> (
    values: Variable, indices: IntTensor
  ) {
    let indices = value.topIndices(k, axis: axis, largest: largest)
    noteBranches("topK") { indices }
    return (gather(self, indices, axis: axis), indices)
  }
}
