// What both kinds of pooling need.

/// The windows of a pooling along one axis.
struct PoolingWindows {
  let extent: Int
  /// The windows' size; 0 for those that cover the axis evenly, each with a size of its own, which only kernels know.
  let kernel: Int
  let stride: Int
  let padding: Int
  let dilation: Int
  let count: Int

  init(
    _ extent: Int, kernel: Int, stride: Int, padding: Int, dilation: Int, ceilMode: Bool,
    shape: [Int], operation: String
  ) {
    require(
      kernel > 0 && stride > 0 && dilation > 0 && padding >= 0 && 2 * padding <= kernel,
      "\(operation): kernel, stride and dilation must be at least 1, and the padding at most half the "
        + "kernel, got kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation)"
    )
    let room = extent + 2 * padding - dilation * (kernel - 1) - 1
    let rounded = ceilMode ? room + stride - 1 : room
    var count = rounded < 0 ? 0 : rounded / stride + 1
    // A window that hangs over the end counts if it begins inside the picture or its left border.
    if ceilMode && (count - 1) * stride >= extent + padding { count -= 1 }
    require(
      count > 0,
      "\(operation): a window of \(dilation * (kernel - 1) + 1) does not fit input \(shape) with padding "
        + "\(padding): use a smaller kernel or more padding")
    (self.extent, self.kernel, self.stride) = (extent, kernel, stride)
    (self.padding, self.dilation, self.count) = (padding, dilation, count)
    for index in 0..<count {
      let (first, end) = bounds(index)
      require(
        first < end,
        "\(operation): window \(index) of dilation \(dilation) lies in the padding alone, outside of "
          + "input \(shape): use less dilation or padding")
    }
  }

  /// The windows of ``adaptiveWindows(_:_:)``, for kernels.
  init(_ extent: Int, coveredBy count: Int) {
    (self.extent, self.count) = (extent, count)
    (kernel, stride, padding, dilation) = (0, 0, 0, 1)
  }

  /// The first place of window `index` that lies inside the picture, and the end of its places.
  @inline(__always)
  func bounds(_ index: Int) -> (first: Int, end: Int) {
    let first = index * stride - padding
    let skipped = first < 0 ? (-first + dilation - 1) / dilation * dilation : 0
    return (first + skipped, min(first + (kernel - 1) * dilation + 1, extent))
  }

  /// The places of window `index` inside the picture, for windows without dilation.
  @inline(__always)
  func range(_ index: Int) -> Range<Int> {
    let first = index * stride - padding
    let start = max(first, 0)
    return start..<max(start, min(first + kernel, extent))
  }

  /// The windows that lie wholly inside the picture.
  var wholeWindows: Range<Int> {
    let first = min((padding + stride - 1) / stride, count)
    let room = extent + padding - dilation * (kernel - 1) - 1
    return first..<max(first, min(count, room < 0 ? 0 : room / stride + 1))
  }

  /// The number of positions of window `index` inside the picture or its border.
  @inline(__always)
  func countWithPadding(_ index: Int) -> Int {
    let first = index * stride - padding
    return min(first + kernel, extent + padding) - first
  }
}

struct PoolingPlan {
  let rows: PoolingWindows
  let columns: PoolingWindows
  let outputShape: [Int]

  init(
    _ shape: [Int], kernel: Size2D, stride: Size2D?, padding: Size2D, dilation: Size2D = 1,
    ceilMode: Bool, operation: String
  ) {
    requirePictures(shape, operation: operation)
    let stride = stride ?? kernel
    requireExtents(
      [
        "input": Size2D(shape[2], shape[3]), "kernel": kernel, "stride": stride,
        "padding": padding, "dilation": dilation,
      ], with: shape, operation: operation)
    rows = PoolingWindows(
      shape[2], kernel: kernel.height, stride: stride.height, padding: padding.height,
      dilation: dilation.height, ceilMode: ceilMode, shape: shape, operation: operation)
    columns = PoolingWindows(
      shape[3], kernel: kernel.width, stride: stride.width, padding: padding.width,
      dilation: dilation.width, ceilMode: ceilMode, shape: shape, operation: operation)
    outputShape = [shape[0], shape[1], rows.count, columns.count]
  }

  /// Windows that cover pictures evenly, for kernels.
  init(_ shape: [Int], coveredBy size: Size2D) {
    rows = PoolingWindows(shape[2], coveredBy: size.height)
    columns = PoolingWindows(shape[3], coveredBy: size.width)
    outputShape = [shape[0], shape[1], size.height, size.width]
  }
}
