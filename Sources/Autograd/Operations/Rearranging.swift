import RetrogradTensors

// The same numbers in other places. Each derivative is the way back.

extension Variable {
  /// The elements in reverse order along each of `axes`. Derivative: `dy` reversed the same way.
  public func flip(axes: [Int]) -> Variable {
    record("flip", self, value: value.flip(axes: axes), keep: .nothing) { _, dy in
      dy.flip(axes: axes)
    }
  }

  /// The elements moved on by `shifts[i]` places along `axes[i]`; what leaves at the end comes in again
  /// at the beginning. Derivative: `dy` moved back.
  public func roll(by shifts: [Int], axes: [Int]) -> Variable {
    record("roll", self, value: value.roll(by: shifts, axes: axes), keep: .nothing) { _, dy in
      dy.roll(by: shifts.map { -$0 }, axes: axes)
    }
  }

  /// The elements moved on by `shift` places in row-major order, the last ones to the beginning.
  /// Derivative: `dy` moved back.
  public func roll(by shift: Int) -> Variable {
    reshaped([count]).roll(by: [shift], axes: [0]).reshaped(shape)
  }

  /// The slices at `indices` of one axis, in that order. Derivative: each slice of `dy` added where it
  /// came from.
  ///
  /// - Parameters:
  ///   - axis: The axis to pick from.
  ///   - indices: The indices of the slices; one axis.
  public func indexSelect(axis: Int, _ indices: IntTensor) -> Variable {
    let value = value.indexSelect(axis: axis, indices)
    let axis = self.value.resolve(axis: axis, operation: "indexSelect")
    return record("indexSelect", self, value: value, keep: .nothing) { saved, dy in
      dy.indexAdded(axis: axis, indices, extent: saved.shape(0)[axis])
    }
  }

  /// Zeros of `extent` along `axis` with the slices of this variable added at `indices`. Derivative: the
  /// slices of `dy` at the indices.
  private func indexAdded(axis: Int, _ indices: IntTensor, extent: Int) -> Variable {
    let value = value.indexAdded(axis: axis, indices, extent: extent)
    return record("indexAdd", self, value: value, keep: .nothing) { _, dy in
      dy.indexSelect(axis: axis, indices)
    }
  }

  /// The elements of each matrix (the last two axes) on its diagonal and below, 0 above. Derivative: `dy`
  /// on the diagonal and below.
  ///
  /// - Parameter diagonal: The number of the diagonal: 0 for the main one, positive above it.
  public func tril(diagonal: Int = 0) -> Variable {
    record("tril", self, value: value.tril(diagonal: diagonal), keep: .nothing) { _, dy in
      dy.tril(diagonal: diagonal)
    }
  }

  /// The elements of each matrix (the last two axes) on its diagonal and above, 0 below. Derivative: `dy`
  /// on the diagonal and above.
  ///
  /// - Parameter diagonal: The number of the diagonal: 0 for the main one, positive above it.
  public func triu(diagonal: Int = 0) -> Variable {
    record("triu", self, value: value.triu(diagonal: diagonal), keep: .nothing) { _, dy in
      dy.triu(diagonal: diagonal)
    }
  }
}
