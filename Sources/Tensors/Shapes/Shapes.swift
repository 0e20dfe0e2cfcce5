// The same numbers in another shape or order. Reshaping shares memory, the rest copies.

extension Tensor {
  /// The same numbers in another shape; shares memory. One extent may be -1 and follows from the
  /// others.
  public func reshaped(_ shape: [Int]) -> Tensor {
    if shape == self.shape { return self }
    return Tensor(
      storage: storage, shape: Tensor.resolve(shape, from: self.shape, operation: "reshaped"),
      offset: offset)
  }

  /// The axes in another order: axis `i` of the result is axis `order[i]` of this tensor.
  public func permuted(_ order: [Int]) -> Tensor {
    require(
      order.count == rank,
      "permuted: the order \(order) must name each of the \(rank) axes of shape \(shape) once")
    let order = order.map { resolve(axis: $0, operation: "permuted") }
    require(
      Set(order).count == rank,
      "permuted: the order \(order) must name each of the \(rank) axes of shape \(shape) once")
    if order == Array(0..<rank) { return self }
    let strides = BroadcastPlan.strides(of: shape, in: shape)
    return strided(shape: order.map { shape[$0] }, strides: order.map { strides[$0] }, from: 0)
  }

  /// Two axes exchanged, by default the last two.
  public func transposed(_ a: Int = -2, _ b: Int = -1) -> Tensor {
    if isSingleNumber(alongAxes: [a]) && isSingleNumber(alongAxes: [b]) { return self }
    var order = Array(0..<rank)
    order.swapAt(
      resolve(axis: a, operation: "transposed"), resolve(axis: b, operation: "transposed"))
    return permuted(order)
  }

  /// The tensor repeated to a larger shape, by the rule of broadcasting.
  public func broadcast(to shape: [Int]) -> Tensor {
    if shape == self.shape { return self }
    require(
      Tensor.broadcastShape(self.shape, shape) == shape,
      "broadcast: shape \(self.shape) does not broadcast to \(shape)")
    let strides = BroadcastPlan.strides(of: self.shape, in: shape)
    if let device = computingDevice(self),
      let y = device.strided(self, shape: shape, strides: strides, from: 0)
    {
      return y
    }
    if count == 1 { return Tensor(repeating: scalar(at: 0), shape: shape, dtype: dtype) }
    return strided(shape: shape, strides: strides, from: 0)
  }

  /// The sum over the axes that broadcasting from `shape` repeated: the adjoint of
  /// ``broadcast(to:)``.
  package func summed(to shape: [Int]) -> Tensor {
    if shape == self.shape { return self }
    return sum(axes: Tensor.repeatedAxes(of: shape, in: self.shape), keepDims: true).reshaped(shape)
  }

  /// The axes of `shape` along which `operand` is repeated when it broadcasts to it.
  package static func repeatedAxes(of operand: [Int], in shape: [Int]) -> [Int] {
    let added = shape.count - operand.count
    return shape.indices.filter { $0 < added || operand[$0 - added] != shape[$0] }
  }

  /// Replaces a -1 by the extent that the elements of shape `old` leave for it, and checks that the
  /// shape fits.
  static func resolve(_ shape: [Int], from old: [Int], operation: String) -> [Int] {
    let count = old.reduce(1, *)
    func mistake(_ remedy: String) -> String {
      "\(operation): shape \(old) to \(shape): \(count) elements do not fit shape \(shape): \(remedy)"
    }
    let unknown = shape.firstIndex(of: -1)
    require(
      unknown == shape.lastIndex(of: -1),
      "\(operation): only one extent may be -1, got \(shape) for shape \(old)")
    var resolved = shape
    if let axis = unknown {
      let known = checkedCount(shape.filter { $0 != -1 }, operation: "\(operation) from \(old)")
      require(
        known > 0,
        mistake("with a 0 among the others, -1 may stand for any extent; write the number"))
      require(count % known == 0, mistake("\(count) is not a multiple of \(known)"))
      resolved[axis] = count / known
    }
    require(
      checkedCount(resolved, operation: "\(operation) from \(old)") == count,
      mistake("the products of both must be equal; use -1 for one extent that follows"))
    return resolved
  }
}

// MARK: - Slices and their adjoint

extension Tensor {
  /// Every `step`-th element of a range of one axis.
  ///
  /// - Parameters:
  ///   - range: The places along the axis.
  ///   - step: The distance between the elements taken.
  ///   - axis: The axis; a negative one counts from the end.
  public func slice(_ range: Range<Int>, step: Int = 1, axis: Int) -> Tensor {
    let axis = resolve(axis: axis, operation: "slice")
    requireSlice(range, step: step, of: shape[axis], axis: axis)
    if axis == 0 && step == 1 { return self[range] }
    var sliced = shape
    sliced[axis] = range.isEmpty ? 0 : (range.count - 1) / step + 1
    var strides = BroadcastPlan.strides(of: shape, in: shape)
    let start = range.lowerBound * strides[axis]
    // Of a single element the step does not matter, and it may be huge.
    strides[axis] = sliced[axis] > 1 ? strides[axis] * step : 0
    return strided(shape: sliced, strides: strides, from: start)
  }

  /// Zeros of `extent` along `axis` with this tensor at every `step`-th place of `range`: the adjoint
  /// of ``slice(_:step:axis:)``.
  package func embedded(_ range: Range<Int>, step: Int, axis: Int, extent: Int) -> Tensor {
    requireSlice(range, step: step, of: extent, axis: axis)
    var larger = shape
    larger[axis] = extent
    if let device = computingDevice(self),
      let y = device.placed(
        [(self, range.lowerBound)], axis: axis, step: step, in: larger, background: 0)
    {
      return y
    }
    var result = Tensor.zeros(larger, dtype: dtype)
    result.write(self, axis: axis, at: range.lowerBound, step: step)
    return result
  }

  private func requireSlice(_ range: Range<Int>, step: Int, of extent: Int, axis: Int) {
    require(
      range.lowerBound >= 0 && range.upperBound <= extent,
      "slice: range \(range) is out of bounds for axis \(axis), which has \(extent) elements")
    require(step > 0, "slice: the step must be at least 1, got \(step)")
  }

  /// The tensor with a border of one number along each axis, whose widths are not negative.
  func bordered(_ widths: [(before: Int, after: Int)], by number: Double) -> Tensor {
    var result = self
    for (axis, width) in widths.enumerated() where width != (0, 0) {
      var larger = result.shape
      larger[axis] = checkedSum(
        larger[axis], width.before, width.after,
        mistake:
          "padded: axis \(axis) of shape \(shape) with a border of \(width) has more elements "
          + "than memory can hold. Use a narrower border")
      if let device = computingDevice(result),
        let y = device.placed(
          [(result, width.before)], axis: axis, step: 1, in: larger, background: number)
      {
        result = y
        continue
      }
      var next = Tensor(uninitialized: larger, dtype: dtype, operation: "padded")
      next.fill(number)
      next.write(result, axis: axis, at: width.before, step: 1)
      result = next
    }
    return result
  }

  /// Joins tensors along an axis that they already have.
  package static func concatenated(_ tensors: [Tensor], axis: Int) -> Tensor {
    guard let first = tensors.first else { stop("concatenate: needs at least one tensor") }
    if let other = tensors.first(where: { $0.dtype != first.dtype }) {
      _ = promoted(first, other, operation: "concatenate")
      return concatenated(tensors.map { $0.converted(to: .float64) }, axis: axis)
    }
    let axis = first.resolve(axis: axis, operation: "concatenate")
    var shape = first.shape
    for tensor in tensors.dropFirst() {
      require(
        tensor.rank == first.rank
          && tensor.shape.indices.allSatisfy { $0 == axis || tensor.shape[$0] == shape[$0] },
        "concatenate: shapes \(first.shape) and \(tensor.shape) differ on another axis than \(axis)"
      )
      shape[axis] = checkedSum(
        shape[axis], tensor.shape[axis],
        mistake:
          "concatenate: shapes \(shape) and \(tensor.shape) have more elements on axis \(axis) "
          + "than memory can hold. Join fewer")
    }
    if let device = tensors.lazy.compactMap({ computingDevice($0) }).first,
      let y = device.concatenated(tensors, axis: axis, shape: shape)
    {
      return y
    }
    var result = Tensor(uninitialized: shape, dtype: first.dtype, operation: "concatenate")
    var start = 0
    for tensor in tensors {
      result.write(tensor, axis: axis, at: start, step: 1)
      start += tensor.shape[axis]
    }
    return result
  }

  /// Copies `part` into this tensor, from place `start` of `axis`, to every `step`-th place.
  private mutating func write(_ part: Tensor, axis: Int, at start: Int, step: Int) {
    let inner = shape[(axis + 1)...].reduce(1, *) * dtype.byteCount
    let outer = shape[..<axis].reduce(1, *)
    let (extent, partExtent) = (shape[axis], part.shape[axis])
    if part.count == 0 { return }
    let body = { (target: UnsafeMutableRawPointer, source: UnsafeRawPointer) in
      for slab in 0..<outer {
        let to = target + (slab * extent + start) * inner
        let from = source + slab * partExtent * inner
        if step == 1 {
          to.copyMemory(from: from, byteCount: partExtent * inner)
        } else {
          for i in 0..<partExtent {
            (to + i * step * inner).copyMemory(from: from + i * inner, byteCount: inner)
          }
        }
      }
    }
    let source = part.bytes(loop: "concatenated")
    withMutableBytes { body($0, source) }
    withExtendedLifetime(part) {}
  }
}

/// Joins tensors along an axis that they already have; all other extents must agree.
public func concatenate(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
  Tensor.concatenated(tensors, axis: axis)
}

/// Joins tensors of one shape along a new axis.
public func stack(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
  concatenate(unsqueezedForStack(tensors, axis: axis), axis: axis)
}

// MARK: - Turned round, moved; triangles of matrices

extension Tensor {
  /// The elements in reverse order along each of `axes`.
  public func flipped(axes: [Int]) -> Tensor {
    var strides = BroadcastPlan.strides(of: shape, in: shape)
    var start = 0
    for axis in resolve(axes: axes, operation: "flipped") {
      start += Swift.max(0, shape[axis] - 1) * strides[axis]
      strides[axis] = -strides[axis]
    }
    return strided(shape: shape, strides: strides, from: start)
  }

  /// The elements moved on by `shifts[i]` places along `axes[i]`; what leaves at the end comes in again
  /// at the beginning.
  public func rolled(by shifts: [Int], axes: [Int]) -> Tensor {
    require(
      shifts.count == axes.count,
      "rolled: needs one shift for each axis, got \(shifts) for axes \(axes)")
    var result = self
    for (shift, axis) in zip(shifts, axes) {
      let extent = shape[resolve(axis: axis, operation: "rolled")]
      if extent == 0 { continue }
      let moved = (shift % extent + extent) % extent
      if moved == 0 { continue }
      let cut = extent - moved
      result = concatenate(
        [result.slice(cut..<extent, axis: axis), result.slice(0..<cut, axis: axis)], axis: axis)
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
    dtype.dispatch { clear(range, $0) }
  }

  private mutating func clear<T: Scalar>(_ range: Range<Int>, _ type: T.Type) {
    withMutable(T.self) {
      $0.advanced(by: range.lowerBound).update(repeating: 0, count: range.count)
    }
  }
}

// MARK: - Copying in any order

extension Tensor {
  /// A copy whose elements are read with the given strides, beginning `start` elements in.
  func strided(shape: [Int], strides: [Int], from start: Int) -> Tensor {
    if let device = computingDevice(self),
      let y = device.strided(self, shape: shape, strides: strides, from: start)
    {
      return y
    }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    dtype.dispatch { stridedCopy(self, shape, strides, start, into: &result, $0) }
    return result
  }
}

/// The axes of a copy, neighbors merged where the source runs on through both, so that the last is long.
private struct CopyPlan {
  private(set) var extents: [Int] = []
  private(set) var strides: [Int] = []

  init(_ shape: [Int], _ sourceStrides: [Int]) {
    for (extent, stride) in zip(shape, sourceStrides) where extent != 1 {
      if let last = strides.last, last == stride * extent {
        extents[extents.count - 1] *= extent
        strides[strides.count - 1] = stride
      } else {
        extents.append(extent)
        strides.append(stride)
      }
    }
    // Always two at least: a plane is copied at a time.
    while extents.count < 2 {
      extents.insert(1, at: 0)
      strides.insert(0, at: 0)
    }
  }

  /// The offset of a plane in the source.
  func offset(ofPlane plane: Int) -> Int {
    var (rest, offset) = (plane, 0)
    for axis in extents.indices.dropLast(2).reversed() {
      offset += rest % extents[axis] * strides[axis]
      rest /= extents[axis]
    }
    return offset
  }
}

private func stridedCopy<T: Scalar>(
  _ x: Tensor, _ shape: [Int], _ strides: [Int], _ start: Int, into result: inout Tensor,
  _ type: T.Type
) {
  if result.count == 0 { return }
  let plan = CopyPlan(shape, strides)
  let pack = VectorKernels<T>.current.table.pack!
  let (rows, columns) = (plan.extents[plan.extents.count - 2], plan.extents.last!)
  let (rowStride, columnStride) = (plan.strides[plan.strides.count - 2], plan.strides.last!)
  // Rows that are copied together: as many as stay in the nearest cache while they are exchanged with
  // columns.
  let band = Swift.min(rows, Swift.max(64, elementwiseGrain / columns))
  let bands = (rows + band - 1) / band
  let planes = result.count / (rows * columns)
  x.withElements(T.self) { buffer in
    result.withMutable(T.self) { y in
      let x = buffer.baseAddress! + start
      parallelRanges(
        planes * bands, grain: Swift.max(1, readingGrain / (band * columns))
      ) { range in
        for item in range {
          let (plane, first) = (item / bands, item % bands * band)
          let count = Swift.min(band, rows - first)
          let source = x + plan.offset(ofPlane: plane) + first * rowStride
          let target = y + (plane * rows + first) * columns
          if rowStride == 1 && columnStride > 1 {
            pack(count, columns, source, 1, columnStride, columns, target)
          } else {
            for row in 0..<count {
              copyRow(source + row * rowStride, columnStride, to: target + row * columns, columns)
            }
          }
        }
      }
    }
  }
}

@inline(__always)
private func copyRow<T: Scalar>(
  _ source: UnsafePointer<T>, _ stride: Int, to target: UnsafeMutablePointer<T>, _ count: Int
) {
  switch stride {
  case 0: target.update(repeating: source[0], count: count)
  case 1: target.update(from: source, count: count)
  default: for i in 0..<count { target[i] = source[i * stride] }
  }
}
