import RetrogradDevices
import Synchronization

// Pooling: one work item for each output, and for each pixel in the gradients, which gathers from the windows that
// it lies in.

/// Positions that a kernel found and left on the device, with the windows that they were found in.
final class DevicePositions: Sendable {
  let block: DeviceBlock
  let count: Int
  let plan: PoolingPlan
  private let onHost = Mutex<[Int]?>(nil)

  init(_ block: DeviceBlock, count: Int, plan: PoolingPlan) {
    (self.block, self.count, self.plan) = (block, count, plan)
  }

  /// The positions, fetched when they are first read.
  var scalars: [Int] {
    onHost.withLock { known in
      if let known { return known }
      var positions = [Int32](repeating: 0, count: count)
      let outcome = positions.withUnsafeMutableBytes { bytes in
        Result<Void, DeviceError>(catching: { () throws(DeviceError) in
          try block.device.read(block, into: bytes)
        })
      }
      if case .failure(let error) = outcome { stop("positions on the device are lost: \(error)") }
      DeviceTrace.noteDownload(count * MemoryLayout<Int32>.size, for: nil)
      let scalars = positions.map(Int.init)
      known = scalars
      return scalars
    }
  }
}

extension OpenDevice {
  /// The largest number of each window, and if wanted where it was found.
  func maxPooled(
    _ x: Tensor, _ plan: PoolingPlan, keepsPositions: Bool
  ) -> (values: Tensor, positions: DevicePositions?)? {
    attempt("maxPool2d") { () throws(DeviceError) in
      let y = try output(plan.outputShape)
      let positions =
        keepsPositions
        ? DevicePositions(try block(byteCount: 4 * y.count), count: y.count, plan: plan) : nil
      try call(
        maxPoolKernel,
        input(x) + target(y) + (keepsPositions ? [.block(positions!.block)] : target(y))
          + [.int(keepsPositions ? 1 : 0), .int(y.count), .ints(plan.numbers)],
        WorkSize(count: y.count))
      return (y, positions)
    }
  }

  /// Planes with the elements of `x` added at positions that ``maxPooled(_:_:keepsPositions:)`` found, or with the
  /// last for each position put there.
  func scattered(
    _ x: Tensor, _ positions: DevicePositions, planeSize: Size2D, keepsLast: Bool = false
  ) -> Tensor? {
    let plan = positions.plan
    guard positions.block.device === self, x.count == positions.count,
      planeSize == Size2D(plan.rows.extent, plan.columns.extent)
    else { return nil }
    return attempt(keepsLast ? "maxUnpool2d" : "maxPool2d's gradient") {
      () throws(DeviceError) in
      let y = try output([x.shape[0], x.shape[1], planeSize.height, planeSize.width])
      try call(
        scatterKernel,
        input(x) + [.block(positions.block)] + target(y)
          + [.int(keepsLast ? 1 : 0), .int(y.count), .ints(plan.numbers)],
        WorkSize(count: y.count))
      return y
    }
  }

  /// The elements of each plane of `x` at positions.
  func gathered(_ x: Tensor, _ positions: IntTensor) -> Tensor? {
    attempt("gatherPlanes") { () throws(DeviceError) in
      let y = try output(positions.shape)
      let places: [KernelArgument]
      if let known = positions.positions, known.block.device === self {
        places = [.block(known.block)]
      } else {
        places = try list(positions.scalars.map(Int32.init))
      }
      try call(
        gatherKernel,
        input(x) + places + target(y)
          + [
            .int(y.count), .int(x.shape[2] * x.shape[3]),
            .int(positions.shape[2] * positions.shape[3]),
          ],
        WorkSize(count: y.count))
      return y
    }
  }

  /// The mean of each window.
  ///
  /// - Parameters:
  ///   - x: Pictures.
  ///   - rows: For each row of windows its first row, the end of its rows, and its factor of the divisor.
  ///   - columns: The same for each column of windows.
  func averaged(_ x: Tensor, rows: [[Int]], columns: [[Int]]) -> Tensor? {
    attempt("avgPool2d") { () throws(DeviceError) in
      let y = try output([x.shape[0], x.shape[1], rows.count, columns.count])
      let sizes = [y.count, x.shape[2], x.shape[3], rows.count, columns.count]
      try call(
        averageKernel,
        input(x) + list((rows + columns).joined().map(Int32.init)) + target(y)
          + sizes.map { .int($0) },
        WorkSize(count: y.count))
      return y
    }
  }

  /// `dy` divided over the windows of which it is the mean; the adjoint of ``averaged(_:rows:columns:)``.
  func spread(_ dy: Tensor, over size: Size2D, rows: [[Int]], columns: [[Int]]) -> Tensor? {
    attempt("avgPool2d's gradient") { () throws(DeviceError) in
      let dx = try output([dy.shape[0], dy.shape[1], size.height, size.width])
      let sizes = [dx.count, size.height, size.width, rows.count, columns.count]
      try call(
        spreadKernel,
        input(dy) + list((rows + columns).joined().map(Int32.init)) + target(dx)
          + sizes.map { .int($0) },
        WorkSize(count: dx.count))
      return dx
    }
  }
}

extension PoolingPlan {
  /// The numbers of the kernels' `struct`.
  fileprivate var numbers: [Int32] {
    [rows, columns].flatMap { axis in
      [axis.extent, axis.kernel, axis.stride, axis.padding, axis.dilation, axis.count]
        .map(Int32.init)
    }
  }
}

/// The windows of a pooling along both axes. Without a size, `count` windows cover the axis evenly: window `i` from
/// `⌊i · extent / count⌋` to `⌈(i + 1) · extent / count⌉`.
private let windows = """
  typedef struct { int extent, kernelSize, stride, padding, dilation, count; } Windows;
  typedef struct { Windows rows, columns; } Pooling;

  // The first place of a window that lies inside the picture.
  int firstOf(int window, Windows w) {
    if (w.kernelSize == 0) return (long)window * w.extent / w.count;
    int first = window * w.stride - w.padding;
    return first < 0 ? first + (-first + w.dilation - 1) / w.dilation * w.dilation : first;
  }

  // The end of the places of a window.
  int endOf(int window, Windows w) {
    if (w.kernelSize == 0) return ((long)(window + 1) * w.extent + w.count - 1) / w.count;
    return min(window * w.stride - w.padding + (w.kernelSize - 1) * w.dilation + 1, w.extent);
  }

  """

/// `y[i, j] = max x[u, v]` over the window of output `(i, j)`; the position is that of the first of equals, but of
/// the last that is no number.
private let maxPoolKernel = Kernel(
  "maxPool",
  text: kernelPrelude + windows + """
    KERNEL maxPool(READ x, int xStart, WRITE y, WRITE_INTS positions, int keepsPositions, int count,
                   Pooling pool) {
      const int output = ITEM;
      if (output >= count) return;
      const int i = output / pool.columns.count % pool.rows.count, j = output % pool.columns.count;
      x += xStart + output / (pool.rows.count * pool.columns.count) * pool.rows.extent * pool.columns.extent;
      int best = firstOf(i, pool.rows) * pool.columns.extent + firstOf(j, pool.columns);
      float largest = x[best];
      for (int row = firstOf(i, pool.rows); row < endOf(i, pool.rows); row += pool.rows.dilation) {
        for (int column = firstOf(j, pool.columns); column < endOf(j, pool.columns);
             column += pool.columns.dilation) {
          float candidate = x[row * pool.columns.extent + column];
          if (candidate > largest || isnan(candidate)) {
            largest = candidate;
            best = row * pool.columns.extent + column;
          }
        }
      }
      y[output] = largest;
      if (keepsPositions) positions[output] = best;
    }
    """)

/// `dx[p] = Σ dy[i, j]` over the windows whose largest number was found at pixel `p`, or the last of these alone.
private let scatterKernel = Kernel(
  "maxPoolBack",
  text: kernelPrelude + windows + """
    // The first window that may have a place, and the end of those.
    int firstWindow(int place, Windows w) {
      if (w.kernelSize == 0) return (long)place * w.count / w.extent;
      int beyond = place + w.padding - (w.kernelSize - 1) * w.dilation;
      return beyond <= 0 ? 0 : (beyond + w.stride - 1) / w.stride;
    }
    int endWindow(int place, Windows w) {
      if (w.kernelSize == 0) return ((long)(place + 1) * w.count + w.extent - 1) / w.extent;
      return min((place + w.padding) / w.stride + 1, w.count);
    }

    KERNEL maxPoolBack(READ dy, int dyStart, READ_INTS positions, WRITE dx, int keepsLast, int count,
                       Pooling pool) {
      const int pixel = ITEM;
      if (pixel >= count) return;
      const int plane = pool.rows.extent * pool.columns.extent, position = pixel % plane;
      const int row = position / pool.columns.extent, column = position % pool.columns.extent;
      const int outputs = pixel / plane * pool.rows.count * pool.columns.count;
      float sum = 0;
      for (int i = firstWindow(row, pool.rows); i < endWindow(row, pool.rows); i++) {
        for (int j = firstWindow(column, pool.columns); j < endWindow(column, pool.columns); j++) {
          int output = outputs + i * pool.columns.count + j;
          if (positions[output] == position) sum = (keepsLast ? 0 : sum) + dy[dyStart + output];
        }
      }
      dx[pixel] = sum;
    }
    """)

/// `y[i] = x[positions[i]]` within each plane.
private let gatherKernel = Kernel(
  "gatherPlanes",
  text: kernelPrelude + """
    KERNEL gatherPlanes(READ x, int xStart, READ_INTS positions, WRITE y, int count, int plane,
                        int outputPlane) {
      const int i = ITEM;
      if (i < count) y[i] = x[xStart + i / outputPlane * plane + positions[i]];
    }
    """)

/// The windows of a mean along an axis: first place, end, factor of the divisor.
private let meanWindows = """
  #define FIRST(window) windows[3 * (window)]
  #define END(window) windows[3 * (window) + 1]
  #define DIVISOR(window) windows[3 * (window) + 2]

  """

/// `y[i, j] = Σ x[u, v] / n` over the window of output `(i, j)`. Windows of columns are listed behind those of rows.
private let averageKernel = Kernel(
  "average",
  text: kernelPrelude + meanWindows + """
    KERNEL average(READ x, int xStart, READ_INTS windows, WRITE y, int count, int height, int width,
                   int rows, int columns) {
      const int output = ITEM;
      if (output >= count) return;
      const int i = output / columns % rows, j = rows + output % columns;
      x += xStart + output / (rows * columns) * height * width;
      float sum = 0;
      for (int row = FIRST(i); row < END(i); row++) {
        for (int column = FIRST(j); column < END(j); column++) sum += x[row * width + column];
      }
      bool isEmpty = FIRST(i) >= END(i) || FIRST(j) >= END(j);
      y[output] = isEmpty ? 0 : sum / (DIVISOR(i) * DIVISOR(j));
    }
    """)

/// `dx[u, v] = Σ dy[i, j] / n` over the windows that pixel `(u, v)` lies in.
private let spreadKernel = Kernel(
  "averageBack",
  text: kernelPrelude + meanWindows + """
    KERNEL averageBack(READ dy, int dyStart, READ_INTS windows, WRITE dx, int count, int height,
                       int width, int rows, int columns) {
      const int pixel = ITEM;
      if (pixel >= count) return;
      const int row = pixel / width % height, column = pixel % width;
      dy += dyStart + pixel / (height * width) * rows * columns;
      float sum = 0;
      for (int i = 0; i < rows; i++) {
        if (row < FIRST(i) || row >= END(i)) continue;
        for (int j = rows; j < rows + columns; j++) {
          if (column < FIRST(j) || column >= END(j)) continue;
          sum += dy[i * columns + j - rows] / (DIVISOR(i) * DIVISOR(j));
        }
      }
      dx[pixel] = sum;
    }
    """)
