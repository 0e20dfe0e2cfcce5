import RetrogradTensors

// The same numbers in another shape or order. Each derivative is the way back: slice ⇄ embed,
// broadcast ⇄ sum, concatenate ⇄ slices.

extension Variable {
  /// The same numbers in another shape; one extent may be -1. Derivative: `dy` in the old shape.
  public func reshaped(_ shape: [Int]) -> Variable {
    if shape == self.shape { return self }
    return record("reshape", self, value: value.reshaped(shape), keep: .nothing) { saved, dy in
      dy.reshaped(saved.shape(0))
    }
  }

  /// The same numbers as another dtype. Derivative: `dy` in the old dtype.
  public func converted(to dtype: DType) -> Variable {
    if dtype == self.dtype { return self }
    let old = self.dtype
    return record("convert", self, value: value.converted(to: dtype), keep: .nothing) { _, dy in
      dy.converted(to: old)
    }
  }

  /// Merges the axes from `first` to `last` into one. Derivative: `dy` in the old shape.
  public func flattened(from first: Int = 0, to last: Int = -1) -> Variable {
    reshaped(value.flattenedShape(from: first, to: last))
  }

  /// The axes in another order: axis `i` of the result is axis `order[i]`. Derivative: `dy` in the
  /// inverse order.
  public func permuted(_ order: [Int]) -> Variable {
    let permuted = value.permuted(order)
    let order = order.map { $0 < 0 ? $0 + rank : $0 }
    let inverse = order.indices.sorted { order[$0] < order[$1] }
    return record("permute", self, value: permuted, keep: .nothing) { _, dy in
      dy.permuted(inverse)
    }
  }

  /// Two axes exchanged, by default the last two. Derivative: `dy` with the same two exchanged.
  public func transposed(_ a: Int = -2, _ b: Int = -1) -> Variable {
    record("transpose", self, value: value.transposed(a, b), keep: .nothing) { _, dy in
      dy.transposed(a, b)
    }
  }

  /// The tensor repeated to a larger shape, by the rule of broadcasting. Derivative: `dy` summed over
  /// the repetitions.
  public func broadcast(to shape: [Int]) -> Variable {
    if shape == self.shape { return self }
    return record("broadcast", self, value: value.broadcast(to: shape), keep: .nothing) {
      saved, dy in
      dy.summed(to: saved.shape(0))
    }
  }

  /// The sum over the axes that broadcasting from `shape` repeated. Derivative: `dy` broadcast.
  func summed(to shape: [Int]) -> Variable {
    if shape == self.shape { return self }
    return record("sumTo", self, value: value.summed(to: shape), keep: .nothing) { saved, dy in
      dy.broadcast(to: saved.shape(0))
    }
  }

  /// Every `step`-th element of a range of one axis. Derivative: `dy` in its places, 0 elsewhere.
  public func slice(axis: Int, _ range: Range<Int>, step: Int = 1) -> Variable {
    let axis = value.resolve(axis: axis, operation: "slice")
    let sliced = value.slice(axis: axis, range, step: step)
    return record("slice", self, value: sliced, keep: .nothing) { saved, dy in
      dy.embedded(axis: axis, range, step: step, extent: saved.shape(0)[axis])
    }
  }

  /// Zeros of `extent` along `axis` with this variable at every `step`-th place of `range`.
  /// Derivative: the slice of `dy`.
  func embedded(axis: Int, _ range: Range<Int>, step: Int, extent: Int) -> Variable {
    let embedded = value.embedded(axis: axis, range, step: step, extent: extent)
    return record("embed", self, value: embedded, keep: .nothing) { _, dy in
      dy.slice(axis: axis, range, step: step)
    }
  }

  /// A range of the leading axis; see ``slice(axis:_:step:)``.
  public subscript(range: Range<Int>) -> Variable { slice(axis: 0, range) }

  /// The tensor with a border along each axis. Derivative: `dy` without the border.
  ///
  /// - Parameters:
  ///   - widths: The numbers of elements to add before and after, one pair per axis.
  ///   - value: The value that the border is filled with.
  public func padded(_ widths: [(before: Int, after: Int)], value fill: Double = 0) -> Variable {
    record("pad", self, value: value.padded(widths, value: fill), keep: .nothing) { saved, dy in
      var inner = dy
      for (axis, width) in widths.enumerated() where width != (0, 0) {
        inner = inner.slice(axis: axis, width.before..<(width.before + saved.shape(0)[axis]))
      }
      return inner
    }
  }
}

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
      return saved.needs(index) ? dy.slice(axis: axis, range) : nil
    }
  }
}

/// Joins variables of one shape along a new axis. Derivative: to each its slice of `dy`.
public func stack(_ variables: [Variable], axis: Int = 0) -> Variable {
  guard let first = variables.first else { stop("stack: needs at least one variable") }
  for variable in variables {
    require(
      variable.shape == first.shape,
      "stack: all shapes must be equal, got \(first.shape) and \(variable.shape)")
  }
  let axis = axis < 0 ? axis + first.rank + 1 : axis
  require(
    axis >= 0 && axis <= first.rank,
    "stack: axis \(axis) is out of bounds for \(first.rank + 1) axes")
  var shape = first.shape
  shape.insert(1, at: axis)
  return concatenate(variables.map { $0.reshaped(shape) }, axis: axis)
}

extension Variable {
  /// The elements in reverse order along each of `axes`. Derivative: `dy` reversed the same way.
  public func flipped(axes: [Int]) -> Variable {
    record("flip", self, value: value.flipped(axes: axes), keep: .nothing) { _, dy in
      dy.flipped(axes: axes)
    }
  }

  /// The elements moved on by `shifts[i]` places along `axes[i]`; what leaves at the end comes in again
  /// at the beginning. Derivative: `dy` moved back.
  public func rolled(by shifts: [Int], axes: [Int]) -> Variable {
    record("roll", self, value: value.rolled(by: shifts, axes: axes), keep: .nothing) { _, dy in
      dy.rolled(by: shifts.map { -$0 }, axes: axes)
    }
  }

  /// The elements moved on by `shift` places in row-major order, the last ones to the beginning.
  /// Derivative: `dy` moved back.
  public func rolled(by shift: Int) -> Variable {
    reshaped([count]).rolled(by: [shift], axes: [0]).reshaped(shape)
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
