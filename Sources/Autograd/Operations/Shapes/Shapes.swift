import RetrogradTensors

// The same numbers in another shape or order. Each derivative is the way back: slice ⇄ embed,
// broadcast ⇄ sum, concatenate ⇄ slices.

extension Variable {
  /// The same numbers in another shape; one extent may be -1. Derivative: `dy` in the old shape.
  public func reshaped(_ shape: [Int]) -> Variable {
    if shape == self.shape { return self }
    return record("reshaped", self, value: value.reshaped(shape), keep: .nothing) { saved, dy in
      dy.reshaped(saved.shape(0))
    }
  }

  /// The same numbers as another dtype. Derivative: `dy` in the old dtype.
  public func converted(to dtype: DType) -> Variable {
    if dtype == self.dtype { return self }
    let old = self.dtype
    return record("converted", self, value: value.converted(to: dtype), keep: .nothing) { _, dy in
      dy.converted(to: old)
    }
  }

  /// The axes in another order: axis `i` of the result is axis `order[i]`. Derivative: `dy` in the
  /// inverse order.
  public func permuted(_ order: [Int]) -> Variable {
    let permuted = value.permuted(order)
    let order = order.map { $0 < 0 ? $0 + rank : $0 }
    let inverse = order.indices.sorted { order[$0] < order[$1] }
    return record("permuted", self, value: permuted, keep: .nothing) { _, dy in
      dy.permuted(inverse)
    }
  }

  /// Two axes exchanged, by default the last two. Derivative: `dy` with the same two exchanged.
  public func transposed(_ a: Int = -2, _ b: Int = -1) -> Variable {
    record("transposed", self, value: value.transposed(a, b), keep: .nothing) { _, dy in
      dy.transposed(a, b)
    }
  }

  /// The tensor repeated to a larger shape, by the rule of broadcasting. Derivative: `dy` summed over
  /// the repetitions.
  public func broadcast(to shape: [Int]) -> Variable {
    if shape == self.shape { return self }
    return record("broadcast", self, value: value.broadcast(to: shape), keep: .nothing) {
      saved, dy in
      saved.unbroadcast(dy, to: 0)
    }
  }

  /// The sum over the axes that broadcasting from `shape` repeated. Derivative: `dy` broadcast.
  func summed(to shape: [Int]) -> Variable {
    if shape == self.shape { return self }
    return record("summed", self, value: value.summed(to: shape), keep: .nothing) { saved, dy in
      dy.broadcast(to: saved.shape(0))
    }
  }

  /// Every `step`-th element of a range of one axis. Derivative: `dy` in its places, 0 elsewhere.
  ///
  /// - Parameters:
  ///   - range: The places along the axis.
  ///   - step: The distance between the elements taken.
  ///   - axis: The axis; a negative one counts from the end.
  public func slice(_ range: Range<Int>, step: Int = 1, axis: Int) -> Variable {
    let axis = value.resolve(axis: axis, operation: "slice")
    let sliced = value.slice(range, step: step, axis: axis)
    return record("slice", self, value: sliced, keep: .nothing) { saved, dy in
      dy.embedded(range, step: step, axis: axis, extent: saved.shape(0)[axis])
    }
  }

  /// Zeros of `extent` along `axis` with this variable at every `step`-th place of `range`.
  /// Derivative: the slice of `dy`.
  func embedded(_ range: Range<Int>, step: Int, axis: Int, extent: Int) -> Variable {
    let embedded = value.embedded(range, step: step, axis: axis, extent: extent)
    return record("embedded", self, value: embedded, keep: .nothing) { _, dy in
      dy.slice(range, step: step, axis: axis)
    }
  }

  /// A range of the leading axis; see ``slice(_:step:axis:)``.
  public subscript(range: Range<Int>) -> Variable { slice(range, axis: 0) }

  /// One part of the leading axes, without them: `x[0]` is the first row of a matrix, `x[0, 2]` one of its elements, as a
  /// variable without axes. Negative indices count from the end. Derivative: `dy` at its place, zeros elsewhere.
  public subscript(first: Int, others: Int...) -> Variable {
    let indices = [first] + others
    require(
      indices.count <= rank,
      "subscript: \(indices.count) indices \(indices) are too many for shape \(shape)")
    return indices.reduce(self) { $0.select($1, axis: 0) }
  }
}

extension Variable: TensorProtocol {}

/// Joins variables along an axis that they already have. Derivative: to each its slice of `dy`.
public func concatenate(_ variables: [Variable], axis: Int = 0) -> Variable {
  let variables = promoted(variables)
  let value = concatenate(variables.map(\.value), axis: axis)
  let axis = value.resolve(axis: axis, operation: "concatenate")
  return record("concatenate", variables, value: value, keep: .nothing) { saved, dy in
    var start = 0
    return (0..<saved.inputCount).map { index in
      let range = start..<(start + saved.shape(index)[axis])
      start = range.upperBound
      return saved.needs(index) ? dy.slice(range, axis: axis) : nil
    }
  }
}

/// Joins variables of one shape along a new axis. Derivative: to each its slice of `dy`.
public func stack(_ variables: [Variable], axis: Int = 0) -> Variable {
  concatenate(unsqueezedForStack(variables, axis: axis), axis: axis)
}

extension Variable {
  /// The elements in reverse order along each of `axes`. Derivative: `dy` reversed the same way.
  public func flipped(axes: [Int]) -> Variable {
    record("flipped", self, value: value.flipped(axes: axes), keep: .nothing) { _, dy in
      dy.flipped(axes: axes)
    }
  }

  /// The elements moved on by `shifts[i]` places along `axes[i]`; what leaves at the end comes in again
  /// at the beginning. Derivative: `dy` moved back.
  public func rolled(by shifts: [Int], axes: [Int]) -> Variable {
    record("rolled", self, value: value.rolled(by: shifts, axes: axes), keep: .nothing) { _, dy in
      dy.rolled(by: shifts.map { -$0 }, axes: axes)
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
