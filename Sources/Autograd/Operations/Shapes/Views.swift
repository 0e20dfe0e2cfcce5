import RetrogradTensors

// Other shapes and parts of a variable, by their usual names. All of them are reshapes, broadcasts and
// slices, and so are their derivatives.

extension Variable {
  /// The variable without its axes of extent 1.
  public func squeeze() -> Variable { reshaped(shape.filter { $0 != 1 }) }

  /// The variable without one axis if its extent is 1; otherwise as it is.
  public func squeeze(axis: Int) -> Variable {
    let axis = value.resolve(axis: axis, operation: "squeeze")
    if shape[axis] != 1 { return self }
    return reshaped(Array(shape[..<axis] + shape[(axis + 1)...]))
  }

  /// The variable with a new axis of extent 1 before `axis`; -1 puts it last.
  public func unsqueeze(axis: Int) -> Variable {
    let resolved = axis < 0 ? axis + rank + 1 : axis
    require(
      resolved >= 0 && resolved <= rank,
      "unsqueeze: axis \(axis) is out of bounds for \(rank + 1) axes")
    return reshaped(Array(shape[..<resolved]) + [1] + Array(shape[resolved...]))
  }

  /// The variable repeated along axes of extent 1, and along new leading axes, to a larger shape; -1
  /// keeps an extent.
  public func expanded(to shape: [Int]) -> Variable {
    let added = shape.count - rank
    let target = shape.enumerated().map { axis, extent in
      if extent != -1 { return extent }
      require(
        axis >= added,
        "expand: -1 stands for an extent that is there; axis \(axis) of \(shape) would be new to shape "
          + "\(self.shape)")
      return self.shape[axis - added]
    }
    return broadcast(to: target)
  }

  /// Parts of `size` along an axis, in order; the last may be smaller.
  public func split(_ size: Int, axis: Int = 0) -> [Variable] {
    let axis = value.resolve(axis: axis, operation: "split")
    let extent = shape[axis]
    require(
      size > 0 || (size == 0 && extent == 0),
      "split: the size must be at least 1, got \(size) for an axis of \(extent) elements")
    if extent == 0 { return [self] }
    return stride(from: 0, to: extent, by: size).map { start in
      slice(axis: axis, start..<Swift.min(start + Swift.min(size, extent), extent))
    }
  }

  /// Parts of the given sizes along an axis, in order.
  public func split(sizes: [Int], axis: Int = 0) -> [Variable] {
    let axis = value.resolve(axis: axis, operation: "split")
    require(
      sizes.allSatisfy { $0 >= 0 } && sizes.reduce(0, +) == shape[axis],
      "split: the sizes \(sizes) must add up to the \(shape[axis]) elements of axis \(axis)")
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return slice(axis: axis, start..<(start + size))
    }
  }

  /// At most `count` parts of one size along an axis, in order; the last may be smaller.
  public func chunk(_ count: Int, axis: Int = 0) -> [Variable] {
    let axis = value.resolve(axis: axis, operation: "chunk")
    require(count > 0, "chunk: the number of parts must be at least 1, got \(count)")
    let extent = shape[axis]
    if extent == 0 { return (0..<count).map { _ in slice(axis: axis, 0..<0) } }
    return split((extent + count - 1) / count, axis: axis)
  }

  /// `count` elements along an axis, from `start`; a negative start counts from the end.
  public func narrow(axis: Int, start: Int, count: Int) -> Variable {
    let axis = value.resolve(axis: axis, operation: "narrow")
    let first = start < 0 ? start + shape[axis] : start
    require(
      first >= 0 && count >= 0 && first <= shape[axis] - count,
      "narrow: \(count) elements from \(start) do not fit axis \(axis), which has \(shape[axis])")
    return slice(axis: axis, first..<(first + count))
  }

  /// One part of the leading axes, without them: `x[0]` is the first row of a matrix, `x[0, 2]` one of its elements, as a
  /// variable without axes. Negative indices count from the end. Derivative: `dy` at its place, zeros elsewhere.
  public subscript(first: Int, others: Int...) -> Variable {
    let indices = [first] + others
    require(
      indices.count <= rank,
      "subscript: \(indices.count) indices \(indices) are too many for shape \(shape)")
    return indices.reduce(self) { $0.select(axis: 0, index: $1) }
  }

  /// The slice at one index of an axis, without the axis; a negative index counts from the end.
  public func select(axis: Int, index: Int) -> Variable {
    let axis = value.resolve(axis: axis, operation: "select")
    let resolved = index < 0 ? index + shape[axis] : index
    require(
      resolved >= 0 && resolved < shape[axis],
      "select: index \(index) is out of bounds for axis \(axis), which has \(shape[axis]) elements")
    return slice(axis: axis, resolved..<(resolved + 1)).squeeze(axis: axis)
  }

  /// The variable repeated `counts[i]` times along axis `i`, as a whole (PyTorch's `repeat`); where
  /// there are more counts than axes, the first ones make new axes.
  public func repeated(_ counts: [Int]) -> Variable {
    require(
      counts.count >= rank && counts.allSatisfy { $0 >= 0 },
      "repeated: needs a count for each of the \(rank) axes of shape \(shape), none negative, got "
        + "\(counts)")
    let extents = [Int](repeating: 1, count: counts.count - rank) + shape
    // Each axis as two: which copy, and where in it.
    let apart = extents.flatMap { [1, $0] }
    let copies = zip(counts, extents).flatMap { [$0, $1] }
    return reshaped(apart).broadcast(to: copies).reshaped(zip(counts, extents).map { $0 * $1 })
  }
}
