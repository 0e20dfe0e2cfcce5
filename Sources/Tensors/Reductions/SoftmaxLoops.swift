import RetrogradCKernels

// Softmax, its logarithm and their derivatives by the vector unit.

extension Tensor {
  /// A shape seen along one axis.
  private func view(along axis: Int) -> (outer: Int, reduced: Int, inner: Int) {
    (
      shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *)
    )
  }

  /// Softmax along an axis, or its logarithm, by the vector unit; `nil` for `float64`.
  func vectorSoftmax(axis: Int, logarithm: Bool) -> Tensor? {
    let table = VectorKernels<Float>.current.table
    guard dtype == .float32, let rows = table.softmax_rows, let columns = table.softmax_columns
    else { return nil }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    let view = view(along: axis)
    withElements(Float.self) { buffer in
      result.withMutable(Float.self) { y in
        guard let x = buffer.baseAddress else { return }
        forEachBlock(of: view) { start, count in
          if view.inner == 1 {
            rows(logarithm, count, view.reduced, x + start, y + start)
          } else {
            columns(logarithm, view.reduced, view.inner, count, x + start, y + start)
          }
        }
      }
    }
    return result
  }

  /// The derivative of softmax along an axis, or of its logarithm, in one pass; `nil` for `float64`.
  ///
  /// - Parameters:
  ///   - y: The result of the function, of this tensor's shape.
  ///   - axis: The axis.
  ///   - logarithm: Whether the function is the logarithm.
  package func throughSoftmax(_ y: Tensor, axis: Int, logarithm: Bool) -> Tensor? {
    let table = VectorKernels<Float>.current.table
    guard dtype == .float32, y.dtype == .float32, y.shape == shape,
      let rows = table.softmax_back_rows, let columns = table.softmax_back_columns,
      !isSingleNumber(alongAxes: [axis])
    else { return nil }
    let axis = resolve(axis: axis, operation: "softmax")
    if let device = computingDevice(self, y),
      let dx = device.throughSoftmax(self, y, axis: axis, logarithm: logarithm)
    {
      return dx
    }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    let view = view(along: axis)
    withElements(Float.self) { dy in
      y.withElements(Float.self) { y in
        result.withMutable(Float.self) { dx in
          guard let dy = dy.baseAddress, let y = y.baseAddress else { return }
          forEachBlock(of: view) { start, count in
            if view.inner == 1 {
              rows(logarithm, count, view.reduced, y + start, dy + start, dx + start)
            } else {
              columns(
                logarithm, view.reduced, view.inner, count, y + start, dy + start, dx + start)
            }
          }
        }
      }
    }
    return result
  }

  /// Calls `body` with blocks of rows, or of columns where there is more behind the axis, several at once: with the
  /// place of the first element of each block, and with its number of rows or columns.
  private func forEachBlock(
    of view: (outer: Int, reduced: Int, inner: Int), _ body: (_ start: Int, _ count: Int) -> Void
  ) {
    if view.inner == 1 {
      let grain = Swift.max(1, elementwiseGrain / 4 / Swift.max(view.reduced, 1))
      parallelRanges(view.outer, grain: grain) { body($0.lowerBound * view.reduced, $0.count) }
      return
    }
    let width = Swift.max(1, Swift.min(view.inner, columnsAtOnce(of: view)))
    let blocks = (view.inner + width - 1) / width
    let grain = Swift.max(1, elementwiseGrain / 4 / Swift.max(view.reduced * width, 1))
    parallelRanges(view.outer * blocks, grain: grain) { items in
      for item in items {
        let (slab, first) = (item / blocks, item % blocks * width)
        body(
          slab * view.reduced * view.inner + first, Swift.min(width, view.inner - first))
      }
    }
  }

  /// The columns that are followed side by side: as many as stay in a second-level cache with all of their rows, because
  /// memory delivers long runs faster, in whole cache lines, and a block for each thread.
  private func columnsAtOnce(of view: (outer: Int, reduced: Int, inner: Int)) -> Int {
    let (fewest, cached) = (64, 1 << 16)
    let most = Swift.max(
      fewest, Swift.min(RETROGRAD_COLUMNS_AT_ONCE, cached / Swift.max(view.reduced, 1)))
    let outer = Swift.max(view.outer, 1)
    let parts = Swift.max(
      1, (view.inner + most - 1) / most, (Threads.count + outer - 1) / outer)
    let width = (view.inner + parts - 1) / parts
    return (width + fewest - 1) / fewest * fewest
  }
}
