// The loops of max-pooling. A row of outputs is computed at once, for which every window has to lie inside the picture:
// where some do not, columns of −∞ are put beside it. Windows that hang over the top or the bottom just have fewer rows.

/// The largest element of each window into `values`, and its place in the plane as the result.
func maxPoolLoop<T: Scalar>(
  _ x: Tensor, _ plan: PoolingPlan, _ values: inout Tensor, _ type: T.Type
) -> [Int] {
  let count = values.count
  return [Int](unsafeUninitializedCapacity: count) { positions, initialized in
    initialized = count
    guard let positions = positions.baseAddress, count > 0 else { return }
    values.withMutable(T.self) { values in
      if plan.columns.areWide {
        searchWindows(x, plan, into: values, positions: positions)
      } else {
        poolPlanes(x, plan, into: values, positions: positions)
      }
    }
  }
}

/// The same without places: the largest of each column of a window first, whole rows at a time, and then the largest of those.
func maxPoolValuesLoop<T: Scalar>(
  _ x: Tensor, _ plan: PoolingPlan, _ values: inout Tensor, _ type: T.Type
) {
  let (rows, columns) = (plan.rows, plan.columns)
  let plane = rows.extent * columns.extent
  values.withMutable(T.self) { values in
    if columns.areWide { return searchWindows(x, plan, into: values, positions: nil) }
    let table = VectorKernels<T>.current.table
    let offsets = (0..<columns.kernel).map { $0 * columns.dilation }
    let filled = min(columns.extent, columns.reach - columns.padding)
    let source = x.elements(T.self)
    parallelRanges(x.shape[0] * x.shape[1], grain: planeGrain(plane)) { range in
      withScratchMemory(of: T.self, count: columns.reach + slack) { line in
        line.update(repeating: -.infinity, count: columns.reach + slack)
        let middle = line + columns.padding
        for output in (range.lowerBound * rows.count)..<(range.upperBound * rows.count) {
          let (first, end) = rows.bounds(output % rows.count)
          let picture = source + output / rows.count * plane
          middle.update(from: picture + first * columns.extent, count: filled)
          for row in stride(from: first + rows.dilation, to: end, by: rows.dilation) {
            table.larger(filled, picture + row * columns.extent, middle)
          }
          table.pool_row(
            columns.count, columns.stride, columns.kernel, line, offsets, columns.reach + slack,
            values + output * columns.count, nil, 0, nil)
        }
      }
    }
  }
  withExtendedLifetime(x) {}
}

/// Elements behind the last one that may be read, though nothing comes of them.
private let slack = 64

private func poolPlanes<T: Scalar>(
  _ x: Tensor, _ plan: PoolingPlan, into values: UnsafeMutablePointer<T>,
  positions: UnsafeMutablePointer<Int>
) {
  let (rows, columns) = (plan.rows, plan.columns)
  let width = columns.extent
  let (plane, planes) = (rows.extent * width, x.shape[0] * x.shape[1])
  let hasBorder = columns.wholeWindows.count < columns.count
  let pitch = hasBorder ? columns.reach : width
  let size = rows.extent * pitch + slack
  let (offsets, places) = (plan.offsets(pitch: pitch), plan.offsets(pitch: width))
  let pool = VectorKernels<T>.current.table.pool_row!
  let source = x.elements(T.self)
  parallelRanges(planes, grain: planeGrain(plane)) { range in
    withScratchMemory(of: T.self, count: hasBorder ? size : 0) { bordered in
      if hasBorder { bordered.update(repeating: -.infinity, count: size) }
      for index in range {
        let picture = source + index * plane
        for row in 0..<(hasBorder ? rows.extent : 0) {
          (bordered + row * pitch + columns.padding)
            .update(from: picture + row * width, count: min(width, pitch - columns.padding))
        }
        for i in 0..<rows.count {
          let (first, end) = rows.bounds(i)
          let output = (index * rows.count + i) * columns.count
          pool(
            columns.count, columns.stride,
            (end - first + rows.dilation - 1) / rows.dilation * columns.kernel,
            (hasBorder ? UnsafePointer(bordered) : picture) + first * pitch, offsets,
            (hasBorder ? size : (planes - index) * plane) - first * pitch, values + output, places,
            first * width - columns.padding, positions + output)
          // Of nothing but −∞ the first one is not to be found in the border.
          for j in 0..<(hasBorder ? columns.count : 0) where values[output + j] == -.infinity {
            positions[output + j] = largest(of: picture, plan, row: i, column: j)
          }
        }
      }
    }
  }
  withExtendedLifetime(x) {}
}

/// Windows that are much wider than the picture, one by one.
private func searchWindows<T: Scalar>(
  _ x: Tensor, _ plan: PoolingPlan, into values: UnsafeMutablePointer<T>,
  positions: UnsafeMutablePointer<Int>?
) {
  let plane = plan.rows.extent * plan.columns.extent
  let outputs = plan.rows.count * plan.columns.count
  let source = x.elements(T.self)
  parallelRanges(x.shape[0] * x.shape[1] * outputs, grain: planeGrain(plane)) { range in
    for output in range {
      let picture = source + output / outputs * plane
      let place = largest(
        of: picture, plan, row: output % outputs / plan.columns.count,
        column: output % plan.columns.count)
      values[output] = picture[place]
      positions?[output] = place
    }
  }
  withExtendedLifetime(x) {}
}

/// Where the largest element of one window lies.
private func largest<T: Scalar>(
  of picture: UnsafePointer<T>, _ plan: PoolingPlan, row: Int, column: Int
) -> Int {
  let (rows, columns) = (plan.rows.bounds(row), plan.columns.bounds(column))
  var best = rows.first * plan.columns.extent + columns.first
  for row in stride(from: rows.first, to: rows.end, by: plan.rows.dilation) {
    for column in stride(from: columns.first, to: columns.end, by: plan.columns.dilation) {
      let place = row * plan.columns.extent + column
      if picture[place] > picture[best] || picture[place].isNaN { best = place }
    }
  }
  return best
}

extension PoolingPlan {
  /// From the first element of a window to each, where rows are `pitch` apart. Windows with fewer rows have the first of
  /// these.
  fileprivate func offsets(pitch: Int) -> [Int] {
    let mostRows = min(rows.kernel, (rows.extent + rows.dilation - 1) / rows.dilation)
    return (0..<mostRows).flatMap { row in
      (0..<columns.kernel).map { row * rows.dilation * pitch + $0 * columns.dilation }
    }
  }
}

extension PoolingWindows {
  /// From the beginning of the first window to the end of the last one, borders included.
  fileprivate var reach: Int { (count - 1) * stride + dilation * (kernel - 1) + 1 }

  /// Indicates whether windows are much wider than the picture, so that borders would be larger than what they are put
  /// around.
  fileprivate var areWide: Bool { dilation * (kernel - 1) + 1 > 2 * extent + 16 }
}
