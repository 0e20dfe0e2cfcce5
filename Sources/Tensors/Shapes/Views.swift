// Other shapes and parts by their usual names: reshapes, broadcasts and slices, written once for tensors and
// variables. So are their derivatives.

extension TensorProtocol {
  /// Merges the axes from `first` to `last` into one.
  public func flattened(from first: Int = 0, to last: Int = -1) -> Self {
    if rank == 0 { return reshaped([1]) }
    let first = resolve(axis: first, operation: "flattened")
    let last = resolve(axis: last, operation: "flattened")
    require(first <= last, "flattened: axis \(first) comes after axis \(last) in shape \(shape)")
    return reshaped(shape[..<first] + [shape[first...last].reduce(1, *)] + shape[(last + 1)...])
  }

  /// The numbers without axes of extent 1.
  public func squeeze() -> Self { reshaped(shape.filter { $0 != 1 }) }

  /// The numbers without one axis if its extent is 1; otherwise as they are.
  public func squeeze(axis: Int) -> Self {
    if isSingleNumber(alongAxes: [axis]) { return self }
    let axis = resolve(axis: axis, operation: "squeeze")
    if shape[axis] != 1 { return self }
    return reshaped(Array(shape[..<axis] + shape[(axis + 1)...]))
  }

  /// The numbers with a new axis of extent 1 before `axis`; -1 puts it last.
  public func unsqueeze(axis: Int) -> Self { unsqueezed(axis: axis, operation: "unsqueeze") }

  /// ``unsqueeze(axis:)`` for an operation that inserts an axis.
  func unsqueezed(axis: Int, operation: String) -> Self {
    let resolved = axis < 0 ? axis + rank + 1 : axis
    require(
      resolved >= 0 && resolved <= rank,
      "\(operation): axis \(axis) is out of bounds for \(rank + 1) axes")
    return reshaped(Array(shape[..<resolved]) + [1] + Array(shape[resolved...]))
  }

  /// The numbers repeated along axes of extent 1, and along new leading axes, to a larger shape; -1 keeps an
  /// extent.
  public func expanded(to shape: [Int]) -> Self {
    let added = shape.count - rank
    let target = shape.enumerated().map { axis, extent in
      if extent != -1 { return extent }
      require(
        axis >= added,
        "expanded: -1 stands for an extent that is there; axis \(axis) of \(shape) would be new to shape "
          + "\(self.shape)")
      return self.shape[axis - added]
    }
    return broadcast(to: target)
  }

  /// Parts of `size` along an axis, in order; the last may be smaller.
  public func split(_ size: Int, axis: Int = 0) -> [Self] {
    let axis = resolve(axis: axis, operation: "split")
    let extent = shape[axis]
    require(
      size > 0 || (size == 0 && extent == 0),
      "split: the size must be at least 1, got \(size) for an axis of \(extent) elements")
    if extent == 0 { return [self] }
    return stride(from: 0, to: extent, by: size).map { start in
      slice(start..<Swift.min(start + Swift.min(size, extent), extent), step: 1, axis: axis)
    }
  }

  /// Parts of the given sizes along an axis, in order.
  public func split(sizes: [Int], axis: Int = 0) -> [Self] {
    let axis = resolve(axis: axis, operation: "split")
    require(
      sizes.allSatisfy { $0 >= 0 } && sizes.reduce(0, +) == shape[axis],
      "split: the sizes \(sizes) must add up to the \(shape[axis]) elements of axis \(axis)")
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return slice(start..<(start + size), step: 1, axis: axis)
    }
  }

  /// At most `count` parts of one size along an axis, in order; the last may be smaller.
  public func chunk(_ count: Int, axis: Int = 0) -> [Self] {
    let axis = resolve(axis: axis, operation: "chunk")
    require(count > 0, "chunk: the number of parts must be at least 1, got \(count)")
    let extent = shape[axis]
    if extent == 0 { return (0..<count).map { _ in slice(0..<0, step: 1, axis: axis) } }
    return split((extent + count - 1) / count, axis: axis)
  }

  /// `count` elements along an axis, from `start`; a negative start counts from the end.
  public func narrow(start: Int, count: Int, axis: Int) -> Self {
    let axis = resolve(axis: axis, operation: "narrow")
    let first = start < 0 ? start + shape[axis] : start
    require(
      first >= 0 && count >= 0 && first <= shape[axis] - count,
      "narrow: \(count) elements from \(start) do not fit axis \(axis), which has \(shape[axis])")
    return slice(first..<(first + count), step: 1, axis: axis)
  }

  /// The slice at one index of an axis, without the axis; a negative index counts from the end.
  public func select(_ index: Int, axis: Int) -> Self {
    let axis = resolve(axis: axis, operation: "select")
    let resolved = index < 0 ? index + shape[axis] : index
    require(
      resolved >= 0 && resolved < shape[axis],
      "select: index \(index) is out of bounds for axis \(axis), which has \(shape[axis]) elements")
    return slice(resolved..<(resolved + 1), step: 1, axis: axis).squeeze(axis: axis)
  }

  /// The numbers repeated `counts[i]` times along axis `i`, as a whole (PyTorch's `repeat`); where there are more
  /// counts than axes, the first ones make new axes.
  public func repeated(_ counts: [Int]) -> Self {
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

  /// The elements moved on by `shift` places in row-major order, the last ones to the beginning. Derivative: `dy`
  /// moved back.
  public func rolled(by shift: Int) -> Self {
    reshaped([count]).rolled(by: [shift], axes: [0]).reshaped(shape)
  }
}

/// Each of several with a new axis, along which they can be joined; stops unless all have one shape.
package func unsqueezedForStack<T: TensorProtocol>(_ parts: [T], axis: Int) -> [T] {
  guard let first = parts.first else { stop("stack: needs something to join") }
  for part in parts {
    require(
      part.shape == first.shape,
      "stack: all shapes must be equal, got \(first.shape) and \(part.shape)")
  }
  return parts.map { $0.unsqueezed(axis: axis, operation: "stack") }
}
