// The same numbers in other places: turned round, moved, picked by rows; and triangles of matrices.

extension Tensor {
  /// The elements in reverse order along each of `axes`.
  public func flip(axes: [Int]) -> Tensor {
    var strides = BroadcastPlan.strides(of: shape, in: shape)
    var start = 0
    for axis in resolve(axes: axes, operation: "flip") {
      start += Swift.max(0, shape[axis] - 1) * strides[axis]
      strides[axis] = -strides[axis]
    }
    return strided(shape: shape, strides: strides, from: start)
  }

  /// The elements moved on by `shifts[i]` places along `axes[i]`; what leaves at the end comes in again
  /// at the beginning.
  public func roll(by shifts: [Int], axes: [Int]) -> Tensor {
    require(
      shifts.count == axes.count,
      "roll: needs one shift for each axis, got \(shifts) for axes \(axes)")
    var result = self
    for (shift, axis) in zip(shifts, axes) {
      let extent = shape[resolve(axis: axis, operation: "roll")]
      if extent == 0 { continue }
      let moved = (shift % extent + extent) % extent
      if moved == 0 { continue }
      let cut = extent - moved
      result = concatenate(
        [result.slice(axis: axis, cut..<extent), result.slice(axis: axis, 0..<cut)], axis: axis)
    }
    return result
  }

  /// The elements of each matrix (the last two axes) on its diagonal and below, 0 above.
  ///
  /// - Parameter diagonal: The number of the diagonal: 0 for the main one, positive above it.
  public func tril(diagonal: Int = 0) -> Tensor { triangle(isLower: true, diagonal, "tril") }

  /// The elements of each matrix (the last two axes) on its diagonal and above, 0 below.
  ///
  /// - Parameter diagonal: The number of the diagonal: 0 for the main one, positive above it.
  public func triu(diagonal: Int = 0) -> Tensor { triangle(isLower: false, diagonal, "triu") }

  private func triangle(isLower: Bool, _ diagonal: Int, _ operation: String) -> Tensor {
    require(
      rank >= 2,
      "\(operation): expects matrices, [rows, columns] or […, rows, columns]; got \(shape)")
    let (rows, columns) = (shape[rank - 2], shape[rank - 1])
    if count == 0 { return self }
    // Beyond the matrix all diagonals are alike, and one as far as Int.max would overflow.
    let diagonal = Swift.min(Swift.max(diagonal, -rows), columns)
    var result = self
    for slab in 0..<(count / (rows * columns)) {
      for row in 0..<rows {
        let start = (slab * rows + row) * columns
        let cut = Swift.min(Swift.max(row + diagonal + (isLower ? 1 : 0), 0), columns)
        result.clear(isLower ? start + cut..<start + columns : start..<start + cut)
      }
    }
    return result
  }

  private mutating func clear(_ range: Range<Int>) {
    switch dtype {
    case .float32:
      withMutable(Float.self) {
        $0.advanced(by: range.lowerBound).update(repeating: 0, count: range.count)
      }
    case .float64:
      withMutable(Double.self) {
        $0.advanced(by: range.lowerBound).update(repeating: 0, count: range.count)
      }
    }
  }
}

// MARK: - Rows by their numbers, and the adjoint

extension Tensor {
  /// The slices at `indices` of one axis, in that order.
  public func indexSelect(axis: Int, _ indices: IntTensor) -> Tensor {
    let axis = resolve(axis: axis, operation: "indexSelect")
    requireIndices(indices, extent: shape[axis], axis: axis, operation: "indexSelect")
    var selected = shape
    selected[axis] = indices.count
    var result = Tensor(uninitialized: selected, dtype: dtype)
    switch dtype {
    case .float32: selectLoop(self, axis, indices.scalars, into: &result, Float.self)
    case .float64: selectLoop(self, axis, indices.scalars, into: &result, Double.self)
    }
    return result
  }

  /// Zeros of `extent` along `axis` with the slices of this tensor added at `indices`: the adjoint of
  /// ``indexSelect(axis:_:)``.
  package func indexAdded(axis: Int, _ indices: IntTensor, extent: Int) -> Tensor {
    let axis = resolve(axis: axis, operation: "indexAdd")
    requireIndices(indices, extent: extent, axis: axis, operation: "indexAdd")
    var larger = shape
    larger[axis] = extent
    var result = Tensor.zeros(larger, dtype: dtype)
    switch dtype {
    case .float32: addLoop(self, axis, indices.scalars, into: &result, Float.self)
    case .float64: addLoop(self, axis, indices.scalars, into: &result, Double.self)
    }
    return result
  }

  private func requireIndices(_ indices: IntTensor, extent: Int, axis: Int, operation: String) {
    require(
      indices.rank == 1, "\(operation): expects indices of one axis, got shape \(indices.shape)")
    for index in indices.scalars {
      require(
        index >= 0 && index < extent,
        "\(operation): index \(index) is out of bounds for axis \(axis), which has \(extent) elements"
      )
    }
  }
}

private func selectLoop<T: Scalar>(
  _ x: Tensor, _ axis: Int, _ indices: [Int], into result: inout Tensor, _ type: T.Type
) {
  let (outer, extent) = (x.shape[..<axis].reduce(1, *), x.shape[axis])
  let inner = x.shape[(axis + 1)...].reduce(1, *)
  if result.count == 0 { return }
  x.withElements(T.self) { buffer in
    result.withMutable(T.self) { y in
      let x = buffer.baseAddress!
      for slab in 0..<outer {
        for (row, index) in indices.enumerated() {
          (y + (slab * indices.count + row) * inner).update(
            from: x + (slab * extent + index) * inner, count: inner)
        }
      }
    }
  }
}

private func addLoop<T: Scalar>(
  _ x: Tensor, _ axis: Int, _ indices: [Int], into result: inout Tensor, _ type: T.Type
) {
  let (outer, extent) = (x.shape[..<axis].reduce(1, *), result.shape[axis])
  let inner = x.shape[(axis + 1)...].reduce(1, *)
  x.withElements(T.self) { x in
    result.withMutable(T.self) { y in
      for slab in 0..<outer {
        for (row, index) in indices.enumerated() {
          let target = (slab * extent + index) * inner
          let source = (slab * indices.count + row) * inner
          for j in 0..<inner { y[target + j] += x[source + j] }
        }
      }
    }
  }
}
