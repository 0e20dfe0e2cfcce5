// Reductions: many numbers to one, along some of the axes.
//
// Every reduction runs over an [outer, reduced, inner] view of memory; reduced axes that are not
// neighbors are taken one group after the other, from the last. Sums are accumulated in double
// precision whatever the dtype, and threads share out outputs, never one sum.

extension Tensor {
  /// The sum over `axes` (all of them by default).
  ///
  /// - Parameters:
  ///   - axes: The axes to sum over; negative ones count from the end.
  ///   - keepDims: Whether the axes stay, with extent 1.
  public func sum(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    reduced(axes, keepDims: keepDims, operation: "sum") { $0.summed($1) }
  }

  /// The mean over `axes` (all of them by default); `NaN` where there is nothing to average.
  public func mean(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    let total = sum(axes: axes, keepDims: keepDims)
    return total / Double(countReduced(axes, operation: "mean"))
  }

  /// The largest element over `axes` (all of them by default); `NaN` wins.
  public func amax(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    requireElements(axes, operation: "amax")
    return reduced(axes, keepDims: keepDims, operation: "amax") { $0.extremum($1, Larger()) }
  }

  /// The smallest element over `axes` (all of them by default); `NaN` wins.
  public func amin(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    requireElements(axes, operation: "amin")
    return reduced(axes, keepDims: keepDims, operation: "amin") { $0.extremum($1, Smaller()) }
  }

  /// The largest element of all.
  public func max() -> Tensor { amax() }

  /// The smallest element of all.
  public func min() -> Tensor { amin() }

  /// The largest element along one axis.
  public func max(axis: Int, keepDims: Bool = false) -> Tensor {
    amax(axes: [axis], keepDims: keepDims)
  }

  /// The smallest element along one axis.
  public func min(axis: Int, keepDims: Bool = false) -> Tensor {
    amin(axes: [axis], keepDims: keepDims)
  }

  /// The variance over `axes`: squared distances from the mean, divided by `n − correction`.
  public func variance(axes: [Int]? = nil, correction: Int = 1, keepDims: Bool = false) -> Tensor {
    let n = countReduced(axes, operation: "variance")
    let centered = self - mean(axes: axes, keepDims: true)
    return (centered * centered).sum(axes: axes, keepDims: keepDims)
      / Double(Swift.max(0, n - correction))
  }

  /// The square root of the variance over `axes`; see ``variance(axes:correction:keepDims:)``.
  public func standardDeviation(
    axes: [Int]? = nil, correction: Int = 1, keepDims: Bool = false
  ) -> Tensor {
    variance(axes: axes, correction: correction, keepDims: keepDims).sqrt()
  }

  /// The product over `axes` (all of them by default); 1 where there is nothing to multiply.
  public func product(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    product(axes: axes, keepDims: keepDims, multiplying: *)
  }

  /// The product along one axis; see ``product(axes:keepDims:)``.
  public func product(axis: Int, keepDims: Bool = false) -> Tensor {
    product(axes: [axis], keepDims: keepDims)
  }

  /// The index of the largest element along `axis`; the first of equals, the first `NaN` if there is one.
  public func argmax(axis: Int, keepDims: Bool = false) -> IntTensor {
    position(axis: axis, keepDims: keepDims, Larger(), operation: "argmax")
  }

  /// The index of the smallest element along `axis`; the first of equals, the first `NaN` if there is one.
  public func argmin(axis: Int, keepDims: Bool = false) -> IntTensor {
    position(axis: axis, keepDims: keepDims, Smaller(), operation: "argmin")
  }

  /// The position of the largest element, counted in row-major order.
  public func argmax() -> Int { reshaped([count]).argmax(axis: 0).scalars[0] }

  /// The position of the smallest element, counted in row-major order.
  public func argmin() -> Int { reshaped([count]).argmin(axis: 0).scalars[0] }
}

// MARK: - Axes

extension Tensor {
  private func requireElements(_ axes: [Int]?, operation: String) {
    require(
      countReduced(axes, operation: operation) > 0,
      "\(operation): nothing to choose from in shape \(shape) over axes "
        + "\(axes.map { "\($0)" } ?? "all")")
  }

  /// Applies `step` to an [outer, reduced, inner] view for each group of neighboring axes.
  private func reduced(
    _ axes: [Int]?, keepDims: Bool, operation: String,
    _ step: (Tensor, (outer: Int, reduced: Int, inner: Int)) -> Tensor
  ) -> Tensor {
    let axes = resolve(axes: axes, operation: operation)
    var current = self
    // The axes from here on are done with; together they have this many elements.
    var (end, inner) = (rank, 1)
    var last = axes.count - 1
    while last >= 0 {
      var first = last
      while first > 0 && axes[first - 1] == axes[first] - 1 { first -= 1 }
      inner *= shape[(axes[last] + 1)..<end].reduce(1, *)
      let view = (
        outer: shape[..<axes[first]].reduce(1, *),
        reduced: shape[axes[first]...axes[last]].reduce(1, *), inner: inner
      )
      current = step(current, view)
      end = axes[first]
      last = first - 1
    }
    var reducedShape: [Int] = []
    reducedShape.reserveCapacity(rank)
    for (axis, extent) in shape.enumerated() {
      if !axes.contains(axis) {
        reducedShape.append(extent)
      } else if keepDims {
        reducedShape.append(1)
      }
    }
    return Tensor(storage: current.storage, shape: reducedShape, offset: current.offset)
  }
}

// MARK: - Sums

extension Tensor {
  fileprivate func summed(_ view: (outer: Int, reduced: Int, inner: Int)) -> Tensor {
    if let device = computingDevice(self), let y = device.reduced(self, view, .sum) { return y }
    var result = Tensor(uninitialized: [view.outer * view.inner], dtype: dtype)
    dtype.dispatch { sumLoop(self, view, into: &result, $0) }
    return result
  }
}

private func sumLoop<T: Scalar>(
  _ x: Tensor, _ view: (outer: Int, reduced: Int, inner: Int), into result: inout Tensor,
  _ type: T.Type
) {
  let (outer, reduced, inner) = view
  if outer * inner == 0 { return }
  let kernels = VectorKernels<T>.current
  x.withElements(T.self) { buffer in
    result.withMutable(T.self) { y in
      guard reduced > 0, let x = buffer.baseAddress else {
        return y.update(repeating: 0, count: outer * inner)
      }
      if inner == 1 {
        parallelRanges(outer, grain: Swift.max(1, readingGrain / reduced)) { rows in
          for row in rows { y[row] = T(sumOfRow(x + row * reduced, reduced, kernels)) }
        }
        return
      }
      // Columns in blocks, so that the running sums stay in the nearest cache.
      let width = Swift.min(inner, 1024)
      let blocks = (inner + width - 1) / width
      parallelRanges(outer * blocks, grain: Swift.max(1, readingGrain / (reduced * width))) {
        items in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { sums in
          for item in items {
            let (slab, first) = (item / blocks, (item % blocks) * width)
            let columns = Swift.min(width, inner - first)
            for j in 0..<columns { sums[j] = 0 }
            let source = x + slab * reduced * inner + first
            if let add = kernels.table.add_to_sums {
              add(reduced, inner, columns, kernels.floats(source), sums.baseAddress!)
            } else {
              for row in 0..<reduced {
                for j in 0..<columns { sums[j] += Double(source[row * inner + j]) }
              }
            }
            for j in 0..<columns { y[slab * inner + first + j] = T(sums[j]) }
          }
        }
      }
    }
  }
}

/// Eight running sums: one would make every addition wait for the one before.
@inline(__always)
private func sumOfRow<T: Scalar>(
  _ x: UnsafePointer<T>, _ count: Int, _ kernels: VectorKernels<T>
) -> Double {
  if let sum = kernels.table.row_sum { return sum(count, kernels.floats(x)) }
  var lanes = SIMD8<Double>()
  var i = 0
  while i + 8 <= count {
    for lane in 0..<8 { lanes[lane] += Double(x[i + lane]) }
    i += 8
  }
  var sum = lanes.sum()
  while i < count {
    sum += Double(x[i])
    i += 1
  }
  return sum
}

// MARK: - Extremes

/// The rule by which a search for an extreme keeps one of two numbers.
private protocol Preference: Sendable {
  /// The same on a device.
  static var reduction: DeviceReduction { get }
  /// Returns whether `candidate` replaces `best`, which came first.
  func prefers<T: Scalar>(_ candidate: T, to best: T) -> Bool
}

private struct Larger: Preference {
  static let reduction = DeviceReduction.largest
  @inline(__always) func prefers<T: Scalar>(_ candidate: T, to best: T) -> Bool {
    candidate > best || (candidate.isNaN && !best.isNaN)
  }
}

private struct Smaller: Preference {
  static let reduction = DeviceReduction.smallest
  @inline(__always) func prefers<T: Scalar>(_ candidate: T, to best: T) -> Bool {
    candidate < best || (candidate.isNaN && !best.isNaN)
  }
}

extension Tensor {
  fileprivate func extremum<P: Preference>(
    _ view: (outer: Int, reduced: Int, inner: Int), _ preference: P
  ) -> Tensor {
    if let device = computingDevice(self), let y = device.reduced(self, view, P.reduction) {
      return y
    }
    var result = Tensor(uninitialized: [view.outer * view.inner], dtype: dtype)
    dtype.dispatch { extremumLoop(self, view, values: &result, preference, $0) }
    return result
  }

  fileprivate func position<P: Preference>(
    axis: Int, keepDims: Bool, _ preference: P, operation: String
  ) -> IntTensor {
    if isSingleNumber(alongAxes: [axis]) { return IntTensor([0], shape: []) }
    let axis = resolve(axis: axis, operation: operation)
    requireElements([axis], operation: operation)
    let view = (
      outer: shape[..<axis].reduce(1, *), reduced: shape[axis],
      inner: shape[(axis + 1)...].reduce(1, *)
    )
    let positions =
      dtype.dispatch { positionLoop(self, view, preference, $0) }
    var resultShape = shape
    if keepDims { resultShape[axis] = 1 } else { resultShape.remove(at: axis) }
    return IntTensor(positions, shape: resultShape)
  }
}

private func extremumLoop<T: Scalar, P: Preference>(
  _ x: Tensor, _ view: (outer: Int, reduced: Int, inner: Int), values: inout Tensor,
  _ preference: P, _ type: T.Type
) {
  let (outer, reduced, inner) = view
  // What the vector unit has a loop for: the largest of `Float`s that lie side by side.
  let larger = P.self == Larger.self && inner > 1 ? VectorKernels<T>.current.table.larger : nil
  x.withElements(T.self) { buffer in
    values.withMutable(T.self) { y in
      guard outer * inner > 0, let x = buffer.baseAddress else { return }
      parallelRanges(outer, grain: Swift.max(1, elementwiseGrain / (reduced * inner))) { slabs in
        for slab in slabs {
          let best = y + slab * inner
          best.update(from: x + slab * reduced * inner, count: inner)
          for row in 1..<Swift.max(reduced, 1) {
            let source = x + (slab * reduced + row) * inner
            if let larger {
              larger(inner, source, best)
              continue
            }
            for j in 0..<inner where preference.prefers(source[j], to: best[j]) {
              best[j] = source[j]
            }
          }
        }
      }
    }
  }
}

private func positionLoop<T: Scalar, P: Preference>(
  _ x: Tensor, _ view: (outer: Int, reduced: Int, inner: Int), _ preference: P, _ type: T.Type
) -> [Int] {
  let (outer, reduced, inner) = view
  let kernels = VectorKernels<T>.current
  if P.self == Larger.self, inner > 1, reduced <= Int(Int32.max),
    let first = kernels.table.first_larger
  {
    return x.withElements(T.self, loop: nil) { x in
      positionsOfLargest(kernels.floats(x.baseAddress!), view, first)
    }
  }
  return x.withElements(T.self, loop: nil) { x in
    var positions = [Int](repeating: 0, count: outer * inner)
    for slab in 0..<outer {
      for row in 1..<Swift.max(reduced, 1) {
        for j in 0..<inner {
          let best = positions[slab * inner + j]
          if preference.prefers(
            x[(slab * reduced + row) * inner + j], to: x[(slab * reduced + best) * inner + j])
          {
            positions[slab * inner + j] = row
          }
        }
      }
    }
    return positions
  }
}

/// The position of the largest `Float` in each column, by the vector unit.
private func positionsOfLargest(
  _ x: UnsafePointer<Float>, _ view: (outer: Int, reduced: Int, inner: Int),
  _ takeFirstLarger:
    @convention(c) (
      Int, UnsafePointer<Float>?, Int32, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Int32>?
    ) -> Void
) -> [Int] {
  let (outer, reduced, inner) = view
  return [Int](unsafeUninitializedCapacity: outer * inner) { buffer, count in
    nonisolated(unsafe) let all = buffer.baseAddress!
    // Columns in blocks whose best numbers stay in the nearest cache.
    let width = min(inner, 1024)
    let blocks = (inner + width - 1) / width
    parallelRanges(outer * blocks, grain: max(1, elementwiseGrain / (reduced * width))) { items in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { best in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: width) { positions in
          for item in items {
            let (slab, first) = (item / blocks, item % blocks * width)
            let columns = min(width, inner - first)
            let source = x + slab * reduced * inner + first
            for j in 0..<columns { (best[j], positions[j]) = (source[j], 0) }
            for row in 1..<max(reduced, 1) {
              takeFirstLarger(
                columns, source + row * inner, Int32(row), best.baseAddress, positions.baseAddress)
            }
            for j in 0..<columns { all[slab * inner + first + j] = Int(positions[j]) }
          }
        }
      }
    }
    count = outer * inner
  }
}

// MARK: - Norms and logarithms of sums

extension Tensor {
  /// The norm of order `p` over `axes` (all of them by default): `(Σ |x|ᵖ)^(1/p)`; the number of
  /// elements that are not 0 for `p = 0`, the largest magnitude for ∞, the smallest for −∞.
  public func norm(_ p: Double = 2, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    require(!p.isNaN, "norm: the order must be a number")
    require(
      p >= 0 || countReduced(axes, operation: "norm") > 0,
      "norm: shape \(shape) has nothing over axes \(axes.map { "\($0)" } ?? "all"), whose norm of order "
        + "\(p) is not defined")
    return switch p {
    case .infinity: abs().amax(axes: axes, keepDims: keepDims)
    case -.infinity: abs().amin(axes: axes, keepDims: keepDims)
    case 0: (self .!= 0).sum(axes: axes, keepDims: keepDims)
    case 1: abs().sum(axes: axes, keepDims: keepDims)
    case 2: (self * self).sum(axes: axes, keepDims: keepDims).sqrt()
    default: abs().pow(p).sum(axes: axes, keepDims: keepDims).pow(1 / p)
    }
  }

  /// `ln Σ eˣ` over `axes` (all of them by default); −∞ where there is nothing to sum.
  public func logSumExp(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    if countReduced(axes, operation: "logSumExp") == 0 {
      return sum(axes: axes, keepDims: keepDims).log()
    }
    let largest = amax(axes: axes, keepDims: true)
    // An infinite maximum would give ∞ − ∞; shifting by 0 then gives the right limit.
    let shift = RetrogradTensors.select(largest.abs() .< .infinity, largest, .zeros(like: largest))
    let logs = (self - shift).exp().sum(axes: axes, keepDims: keepDims).log()
    return logs + shift.reshaped(logs.shape)
  }
}
