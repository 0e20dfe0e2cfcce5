import RetrogradTensors

extension Variable {
  /// Running sums along an axis: `y[i] = x[0] + … + x[i]`. Derivative: `dx[i] = dy[i] + … + dy[n − 1]`,
  /// the running sums from the end.
  public func cumsum(axis: Int) -> Variable { cumsum(axis: axis, reversed: false) }

  private func cumsum(axis: Int, reversed: Bool) -> Variable {
    record("cumsum", self, value: value.cumsum(axis: axis, reversed: reversed), keep: .nothing) {
      _, dy in
      dy.cumsum(axis: axis, reversed: !reversed)
    }
  }
}
