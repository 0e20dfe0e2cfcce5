// Average pooling of pictures [N, C, H, W] with the semantics of PyTorch, and the adjoints.

/// The mean of each window.
///
/// - Parameters:
///   - x: Pictures [N, C, H, W].
///   - kernel: The window's size.
///   - stride: The distance between windows; the kernel's size by default.
///   - padding: The number of zeros to add on each side, at most half the kernel.
///   - ceilMode: Whether a window that hangs over the end counts too.
///   - countIncludesPadding: Whether the zeros of the padding count in the mean.
/// - Returns: The means [N, C, H', W'].
public func avgPool2d(
  _ x: Tensor, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0,
  ceilMode: Bool = false, countIncludesPadding: Bool = true
) -> Tensor {
  let plan = PoolingPlan(
    x.shape, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
    operation: "avgPool2d")
  return averaged(x, MeanWindows(plan, countIncludesPadding))
}

/// `dy` divided over the windows that it is the mean of: the adjoint of `avgPool2d`, whose parameters
/// these are.
///
/// - Parameters:
///   - dy: Cotangents of the means [N, C, H', W'].
///   - inputSize: The height and width of the pictures.
///   - kernel: The window's size.
///   - stride: The distance between windows; the kernel's size by default.
///   - padding: The number of zeros that were added on each side.
///   - ceilMode: Whether a window that hangs over the end counts too.
///   - countIncludesPadding: Whether the zeros of the padding count in the mean.
/// - Returns: Cotangents of the pictures [N, C, H, W].
public func avgPool2dInputGradient(
  _ dy: Tensor, inputSize: Size2D, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0,
  ceilMode: Bool = false, countIncludesPadding: Bool = true
) -> Tensor {
  requirePictures(dy.shape, operation: "avgPool2dInputGradient")
  let plan = PoolingPlan(
    [dy.shape[0], dy.shape[1], inputSize.height, inputSize.width], kernel: kernel, stride: stride,
    padding: padding, ceilMode: ceilMode, operation: "avgPool2dInputGradient")
  require(
    dy.shape == plan.outputShape,
    "avgPool2dInputGradient: pictures of \(inputSize) have means of shape \(plan.outputShape), got "
      + "\(dy.shape)")
  return spread(dy, MeanWindows(plan, countIncludesPadding))
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
  requirePictures(x.shape, operation: "adaptiveAvgPool2d")
  require(
    x.shape[2] > 0 && x.shape[3] > 0 && size.height >= 0 && size.width >= 0,
    "adaptiveAvgPool2d: cannot average pictures of shape \(x.shape) to \(size)")
  requireExtents(
    ["input": Size2D(x.shape[2], x.shape[3]), "size": size], with: x.shape,
    operation: "adaptiveAvgPool2d")
  _ = Tensor.checkedCount(
    [x.shape[0], x.shape[1], size.height, size.width], operation: "adaptiveAvgPool2d")
  requireMemory(forNumbers: size.height + size.width, operation: "adaptiveAvgPool2d")
  return averaged(x, MeanWindows(Size2D(x.shape[2], x.shape[3]), to: size))
}

/// `dy` divided over the windows that it is the mean of: the adjoint of
/// ``adaptiveAvgPool2d(_:to:)-(Tensor,_)``.
///
/// - Parameters:
///   - dy: Cotangents of the means [N, C, H', W'].
///   - inputSize: The height and width of the pictures.
/// - Returns: Cotangents of the pictures [N, C, H, W].
public func adaptiveAvgPool2dInputGradient(_ dy: Tensor, inputSize: Size2D) -> Tensor {
  requirePictures(dy.shape, operation: "adaptiveAvgPool2dInputGradient")
  requireExtents(
    ["inputSize": inputSize, "gradient": Size2D(dy.shape[2], dy.shape[3])], with: dy.shape,
    operation: "adaptiveAvgPool2dInputGradient")
  return spread(dy, MeanWindows(inputSize, to: Size2D(dy.shape[2], dy.shape[3])))
}

/// The windows of an average pooling, each with the number that its sum is divided by.
private struct MeanWindows {
  let inputSize: Size2D
  let rows: [Range<Int>]
  let columns: [Range<Int>]
  /// The factors of the divisor along each axis.
  let rowCounts: [Int]
  let columnCounts: [Int]

  init(_ plan: PoolingPlan, _ countIncludesPadding: Bool) {
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
  }

  init(_ inputSize: Size2D, to size: Size2D) {
    self.inputSize = inputSize
    rows = adaptiveWindows(inputSize.height, size.height)
    columns = adaptiveWindows(inputSize.width, size.width)
    rowCounts = rows.map(\.count)
    columnCounts = columns.map(\.count)
  }

  /// The first place, the end and the factor of each window, for devices.
  var rowNumbers: [[Int]] { Self.numbers(rows, rowCounts) }
  var columnNumbers: [[Int]] { Self.numbers(columns, columnCounts) }

  private static func numbers(_ ranges: [Range<Int>], _ counts: [Int]) -> [[Int]] {
    zip(ranges, counts).map { [$0.lowerBound, $0.upperBound, $1] }
  }

  var plane: Int { inputSize.height * inputSize.width }
  var outputPlane: Int { rows.count * columns.count }
}

private func averaged(_ x: Tensor, _ windows: MeanWindows) -> Tensor {
  if let device = computingDevice(x),
    let y = device.averaged(x, rows: windows.rowNumbers, columns: windows.columnNumbers)
  {
    return y
  }
  var result = Tensor(
    uninitialized: [x.shape[0], x.shape[1], windows.rows.count, windows.columns.count],
    dtype: x.dtype)
  x.dtype.dispatch { averageLoop(x, windows, &result, $0) }
  return result
}

private func averageLoop<T: Scalar>(
  _ x: Tensor, _ windows: MeanWindows, _ result: inout Tensor, _ type: T.Type
) {
  let planes = x.shape[0] * x.shape[1]
  let width = windows.inputSize.width
  x.withElements(T.self) { buffer in
    result.withMutable(T.self) { y in
      guard let x = buffer.baseAddress else { return }
      parallelRanges(planes, grain: planeGrain(windows.plane)) { range in
        for index in range {
          let source = x + index * windows.plane
          var output = y + index * windows.outputPlane
          for (i, rows) in windows.rows.enumerated() {
            for (j, columns) in windows.columns.enumerated() {
              var sum: T = 0
              for row in rows { for column in columns { sum += source[row * width + column] } }
              let count = windows.rowCounts[i] * windows.columnCounts[j]
              output.pointee = rows.isEmpty || columns.isEmpty ? 0 : sum / T(count)
              output += 1
            }
          }
        }
      }
    }
  }
}

private func spread(_ dy: Tensor, _ windows: MeanWindows) -> Tensor {
  if let device = computingDevice(dy),
    let dx = device.spread(
      dy, over: windows.inputSize, rows: windows.rowNumbers, columns: windows.columnNumbers)
  {
    return dx
  }
  var result = Tensor.zeros(
    [dy.shape[0], dy.shape[1], windows.inputSize.height, windows.inputSize.width], dtype: dy.dtype)
  dy.dtype.dispatch { spreadLoop(dy, windows, &result, $0) }
  return result
}

private func spreadLoop<T: Scalar>(
  _ dy: Tensor, _ windows: MeanWindows, _ result: inout Tensor, _ type: T.Type
) {
  let planes = dy.shape[0] * dy.shape[1]
  let width = windows.inputSize.width
  dy.withElements(T.self) { buffer in
    result.withMutable(T.self) { x in
      guard let dy = buffer.baseAddress else { return }
      parallelRanges(planes, grain: planeGrain(windows.plane)) { range in
        for index in range {
          let target = x + index * windows.plane
          var cotangent = dy + index * windows.outputPlane
          for (i, rows) in windows.rows.enumerated() {
            for (j, columns) in windows.columns.enumerated() {
              let share = cotangent.pointee / T(windows.rowCounts[i] * windows.columnCounts[j])
              for row in rows { for column in columns { target[row * width + column] += share } }
              cotangent += 1
            }
          }
        }
      }
    }
  }
}
