// Average pooling of pictures [N, C, H, W] with the semantics of PyTorch, and its adjoint.

/// The mean of each window.
///
/// - Parameters:
///   - x: Pictures [N, C, H, W].
///   - kernel: The window's size.
///   - stride: The distance between windows; the kernel's size by default.
///   - padding: The number of zeros to add on each side, at most half the kernel.
///   - ceilMode: Whether a window that hangs over the end counts too.
///   - countIncludesPadding: Whether the zeros of the padding count in the mean.
///   - divisorOverride: The number to divide each window's sum by; that of its elements by default.
/// - Returns: The means [N, C, H', W'].
public func avgPool2d(
  _ x: Tensor, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0,
  ceilMode: Bool = false, countIncludesPadding: Bool = true, divisorOverride: Int? = nil
) -> Tensor {
  AveragePooling(
    x.shape, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
    countIncludesPadding: countIncludesPadding, divisorOverride: divisorOverride)(x)
}

/// The mean of each of `size` windows that cover the picture evenly.
///
/// Window `i` of `n` reaches from `⌊i·H/n⌋` to `⌈(i + 1)·H/n⌉`.
///
/// - Parameters:
///   - x: Pictures [N, C, H, W].
///   - size: The height and width of the result.
/// - Returns: The means [N, C, size.height, size.width].
public func adaptiveAvgPool2d(_ x: Tensor, to size: Size2D) -> Tensor {
  AveragePooling(x.shape, to: size)(x)
}

/// The windows of an average pooling, each with the number that its sum is divided by, and their adjoint.
package struct AveragePooling: Sendable {
  private let inputSize: Size2D
  fileprivate let rows: [Range<Int>]
  fileprivate let columns: [Range<Int>]
  /// The factors of the divisor along each axis.
  private let rowCounts: [Int]
  private let columnCounts: [Int]
  private let divisorOverride: Int?

  /// The windows on pictures of a shape [N, C, H, W]; parameters as in `avgPool2d`.
  package init(
    _ shape: [Int], kernel: Size2D, stride: Size2D?, padding: Size2D, ceilMode: Bool,
    countIncludesPadding: Bool, divisorOverride: Int?
  ) {
    let plan = PoolingPlan(
      shape, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
      operation: "avgPool2d")
    require(
      divisorOverride != 0,
      "avgPool2d: the sums cannot be divided by 0. Leave divisorOverride out for the mean")
    func windows(_ axis: PoolingWindows) -> (ranges: [Range<Int>], counts: [Int]) {
      let ranges = (0..<axis.count).map(axis.range)
      let counts =
        countIncludesPadding
        ? (0..<axis.count).map(axis.countWithPadding) : ranges.map(\.count)
      return (ranges, counts)
    }
    inputSize = Size2D(plan.rows.extent, plan.columns.extent)
    (rows, rowCounts) = windows(plan.rows)
    (columns, columnCounts) = windows(plan.columns)
    self.divisorOverride = divisorOverride
  }

  /// `size` windows that cover pictures of a shape [N, C, H, W] evenly.
  package init(_ shape: [Int], to size: Size2D) {
    requirePictures(shape, operation: "adaptiveAvgPool2d")
    require(
      shape[2] > 0 && shape[3] > 0 && size.height >= 0 && size.width >= 0,
      "adaptiveAvgPool2d: cannot average pictures of shape \(shape) to \(size)")
    inputSize = Size2D(shape[2], shape[3])
    requireExtents(
      ["input": inputSize, "size": size], with: shape, operation: "adaptiveAvgPool2d")
    _ = Tensor.checkedCount(
      [shape[0], shape[1], size.height, size.width], operation: "adaptiveAvgPool2d")
    requireMemory(forNumbers: size.height + size.width, operation: "adaptiveAvgPool2d")
    rows = adaptiveWindows(inputSize.height, size.height)
    columns = adaptiveWindows(inputSize.width, size.width)
    rowCounts = rows.map(\.count)
    columnCounts = columns.map(\.count)
    divisorOverride = nil
  }

  fileprivate var width: Int { inputSize.width }

  /// The number that the sum of the window in row `i` and column `j` is divided by.
  fileprivate func divisor(_ i: Int, _ j: Int) -> Int {
    divisorOverride ?? rowCounts[i] * columnCounts[j]
  }

  /// For devices: the first place, the end and the factor of the divisor of each window along both axes; `nil` for a
  /// divisor that they cannot count to.
  private var numbers: (rows: [[Int]], columns: [[Int]])? {
    if let divisorOverride {
      guard let divisor = Int32(exactly: divisorOverride).map(Int.init) else { return nil }
      return (
        rows.map { [$0.lowerBound, $0.upperBound, divisor] },
        columns.map { [$0.lowerBound, $0.upperBound, 1] }
      )
    }
    func numbers(_ ranges: [Range<Int>], _ counts: [Int]) -> [[Int]] {
      zip(ranges, counts).map { [$0.lowerBound, $0.upperBound, $1] }
    }
    return (numbers(rows, rowCounts), numbers(columns, columnCounts))
  }

  /// The means of pictures.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    if let device = computingDevice(x), let (rows, columns) = numbers,
      let y = device.averaged(x, rows: rows, columns: columns)
    {
      return y
    }
    var result = Tensor(
      uninitialized: [x.shape[0], x.shape[1], rows.count, columns.count], dtype: x.dtype)
    x.dtype.dispatch { averageLoop(x, self, &result, $0) }
    return result
  }

  /// Each element of `dy` divided over the window that it is the mean of.
  package func adjoint(_ dy: Tensor) -> Tensor {
    require(
      dy.rank == 4 && dy.shape[2] == rows.count && dy.shape[3] == columns.count,
      "avgPool2d: pictures of \(inputSize) have means [N, C, \(rows.count), \(columns.count)], got a gradient "
        + "of shape \(dy.shape)")
    if let device = computingDevice(dy), let (rows, columns) = numbers,
      let dx = device.spread(dy, over: inputSize, rows: rows, columns: columns)
    {
      return dx
    }
    var result = Tensor.zeros(
      [dy.shape[0], dy.shape[1], inputSize.height, inputSize.width], dtype: dy.dtype)
    dy.dtype.dispatch { spreadLoop(dy, self, &result, $0) }
    return result
  }
}

private func averageLoop<T: Scalar>(
  _ x: Tensor, _ windows: AveragePooling, _ result: inout Tensor, _ type: T.Type
) {
  let width = windows.width
  forEachPlane(x.shape[0] * x.shape[1], of: x, into: &result, T.self) { source, target in
    var output = target
    for (i, rows) in windows.rows.enumerated() {
      for (j, columns) in windows.columns.enumerated() {
        var sum: T = 0
        for row in rows { for column in columns { sum += source[row * width + column] } }
        output.pointee = rows.isEmpty || columns.isEmpty ? 0 : sum / T(windows.divisor(i, j))
        output += 1
      }
    }
  }
}

private func spreadLoop<T: Scalar>(
  _ dy: Tensor, _ windows: AveragePooling, _ result: inout Tensor, _ type: T.Type
) {
  let width = windows.width
  forEachPlane(dy.shape[0] * dy.shape[1], of: dy, into: &result, T.self) { source, target in
    var cotangent = source
    for (i, rows) in windows.rows.enumerated() {
      for (j, columns) in windows.columns.enumerated() {
        let share = cotangent.pointee / T(windows.divisor(i, j))
        for row in rows { for column in columns { target[row * width + column] += share } }
        cotangent += 1
      }
    }
  }
}

// MARK: - Deprecated

/// The adjoint of `avgPool2d`.
@available(*, deprecated, message: "Take gradients(of:withRespectTo:) of avgPool2d.")
public func avgPool2dInputGradient(
  _ dy: Tensor, inputSize: Size2D, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0,
  ceilMode: Bool = false, countIncludesPadding: Bool = true
) -> Tensor {
  requirePictures(dy.shape, operation: "avgPool2dInputGradient")
  return AveragePooling(
    [dy.shape[0], dy.shape[1], inputSize.height, inputSize.width], kernel: kernel, stride: stride,
    padding: padding, ceilMode: ceilMode, countIncludesPadding: countIncludesPadding,
    divisorOverride: nil
  ).adjoint(dy)
}

/// The adjoint of `adaptiveAvgPool2d`.
@available(*, deprecated, message: "Take gradients(of:withRespectTo:) of adaptiveAvgPool2d.")
public func adaptiveAvgPool2dInputGradient(_ dy: Tensor, inputSize: Size2D) -> Tensor {
  requirePictures(dy.shape, operation: "adaptiveAvgPool2dInputGradient")
  return AveragePooling(
    [dy.shape[0], dy.shape[1], inputSize.height, inputSize.width],
    to: Size2D(dy.shape[2], dy.shape[3])
  ).adjoint(dy)
}
