import RetrogradTensors

extension Variable {
  /// The tensor with a border along its last axes (PyTorch's `pad`):
  /// `x.padded([(1, 1), (2, 2)], mode: .reflect)` adds a row above and below, two columns left and right.
  ///
  /// Derivative: each element of `dy` in the border is added to the element that it was copied from;
  /// one of a constant border goes nowhere. Shape: [A, B] → [A + before + after, …].
  ///
  /// - Parameters:
  ///   - widths: The numbers of elements to add before and after, one pair for each of the last axes in their
  ///     order; negative ones cut off. A mirrored border must be narrower than its axis, a circular one
  ///     no wider.
  ///   - mode: The content of the border.
  public func padded(_ widths: [(before: Int, after: Int)], mode: PaddingMode) -> Variable {
    require(
      widths.count <= rank,
      "padded: \(widths.count) pairs of widths are more than the axes of shape \(shape)")
    if case .constant(let number) = mode { return paddedWithConstant(widths, number) }
    return bordered(self, Border(shape, widths, mode: mode))
  }

  private func paddedWithConstant(
    _ widths: [(before: Int, after: Int)], _ number: Double
  ) -> Variable {
    let outer = rank - widths.count
    var inner = self
    for (index, width) in widths.enumerated() where Swift.min(width.before, width.after) < 0 {
      let start = Swift.max(-width.before, 0)
      let end = inner.shape[outer + index] + Swift.min(width.after, 0)
      require(
        start <= end,
        "padded: widths \(width) cut off more of axis \(outer + index) of shape \(shape) than there is"
      )
      inner = inner.slice(axis: outer + index, start..<end)
    }
    return inner.padded(
      [(before: Int, after: Int)](repeating: (0, 0), count: outer)
        + widths.map { (Swift.max($0.before, 0), Swift.max($0.after, 0)) }, value: number)
  }
}

private func bordered(_ x: Variable, _ border: Border) -> Variable {
  record("padByCopies", x, value: border(x.value), keep: .nothing) { _, dy in
    withoutBorder(dy, border)
  }
}

private func withoutBorder(_ dy: Variable, _ border: Border) -> Variable {
  record("padByCopiesInputGradient", dy, value: border.adjoint(dy.value), keep: .nothing) { _, dx in
    bordered(dx, border)
  }
}
