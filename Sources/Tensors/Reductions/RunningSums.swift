// Running sums, and sums of windows that slide along an axis.

extension Tensor {
  /// The sum of each element along `axis` and all before it, or all after it.
  ///
  /// - Parameters:
  ///   - axis: The axis to run along.
  ///   - reversed: Whether to begin at the end.
  public func cumsum(axis: Int, reversed: Bool = false) -> Tensor {
    if isSingleNumber(alongAxes: [axis]) { return self }
    let axis = resolve(axis: axis, operation: "cumsum")
    let view = (
      outer: shape[..<axis].reduce(1, *), extent: shape[axis],
      inner: shape[(axis + 1)...].reduce(1, *)
    )
    if let device = computingDevice(self),
      let y = device.runningSums(self, view, reversed: reversed)
    {
      return y
    }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    dtype.dispatch { cumulativeLoop(self, view, reversed, into: &result, $0) }
    return result
  }
}

private func cumulativeLoop<T: Scalar>(
  _ x: Tensor, _ view: (outer: Int, extent: Int, inner: Int), _ reversed: Bool,
  into result: inout Tensor, _ type: T.Type
) {
  let (outer, extent, inner) = view
  if x.count == 0 { return }
  x.withElements(T.self) { buffer in
    result.withMutable(T.self) { y in
      let x = buffer.baseAddress!
      parallelRanges(outer, grain: Swift.max(1, elementwiseGrain / (extent * inner))) { slabs in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: inner) { sums in
          for slab in slabs {
            sums.update(repeating: 0)
            for step in 0..<extent {
              let row = (slab * extent + (reversed ? extent - 1 - step : step)) * inner
              for j in 0..<inner {
                sums[j] += Double(x[row + j])
                y[row + j] = T(sums[j])
              }
            }
          }
        }
      }
    }
  }
}

// MARK: - Windows

extension Tensor {
  /// For each place of an axis, the sum from `before` places before it to `after` places after it.
  ///
  /// The adjoint is the same with `before` and `after` exchanged.
  package func windowSums(before: Int, after: Int, axis: Int) -> Tensor {
    let axis = resolve(axis: axis, operation: "windowSums")
    require(
      before >= 0 && after >= 0,
      "windowSums: a window reaches \(before) before and \(after) after: neither may be negative")
    if computingDevice(self) != nil,
      let sums = composedWindowSums(before: before, after: after, axis: axis)
    {
      return sums
    }
    var result = Tensor.zeros(shape, dtype: dtype)
    dtype.dispatch { windowSumLoop(self, axis, before, after, &result, $0) }
    return result
  }
}

private func windowSumLoop<T: Scalar>(
  _ x: Tensor, _ axis: Int, _ before: Int, _ after: Int, _ result: inout Tensor, _ type: T.Type
) {
  if x.count == 0 { return }
  let extent = x.shape[axis]
  let outer = x.shape[..<axis].reduce(1, *)
  let inner = x.shape[(axis + 1)...].reduce(1, *)
  x.withElements(T.self) { buffer in
    result.withMutable(T.self) { y in
      guard let x = buffer.baseAddress else { return }
      parallelRanges(outer * extent, grain: planeGrain((before + after + 1) * inner)) { range in
        for index in range {
          let (slab, place) = index.quotientAndRemainder(dividingBy: extent)
          let target = y + index * inner
          for other in max(place - before, 0)..<min(place + after + 1, extent) {
            let source = x + (slab * extent + other) * inner
            for i in 0..<inner { target[i] += source[i] }
          }
        }
      }
    }
  }
}
