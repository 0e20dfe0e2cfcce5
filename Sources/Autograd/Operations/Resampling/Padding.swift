import RetrogradTensors

extension Variable {
  /// The tensor with a border along its last axes (PyTorch's `pad`):
  /// `x.padded([(1, 1), (2, 2)], mode: .reflect)` adds a row above and below, two columns left and right.
  ///
  /// Derivative: each element of `dy` in the border is added to the element that it was copied from;
  /// one of a constant border goes nowhere. Shape: […, A, B] → […, A + before + after, …].
  ///
  /// - Parameters:
  ///   - widths: The numbers of elements to add before and after, one pair for each of the last axes in their
  ///     order; negative ones cut off. A mirrored border must be narrower than its axis, a circular one
  ///     no wider.
  ///   - mode: The content of the border.
  public func padded(
    _ widths: [(before: Int, after: Int)], mode: PaddingMode = .constant(0)
  ) -> Variable {
    if case .constant = mode {
      return record("padded", self, value: value.padded(widths, mode: mode), keep: .nothing) {
        _, dy in
        // What was added is cut off, and what was cut off is 0.
        dy.padded(widths.map { (before: -$0.before, after: -$0.after) })
      }
    }
    require(
      widths.count <= rank,
      "padded: \(widths.count) pairs of widths are more than the axes of shape \(shape)")
    return bordered(self, Border(shape, widths, mode: mode))
  }
}

private func bordered(_ x: Variable, _ border: Border) -> Variable {
  record("padded", x, value: border(x.value), keep: .nothing) { _, dy in
    withoutBorder(dy, border)
  }
}

private func withoutBorder(_ dy: Variable, _ border: Border) -> Variable {
  record("paddedInputGradient", dy, value: border.adjoint(dy.value), keep: .nothing) { _, dx in
    bordered(dx, border)
  }
}
