// Windows of pictures as columns of a matrix, and back: each is the other's adjoint.

/// Every window of a picture as a column (PyTorch's `unfold`, also known as im2col).
///
/// `y[n, (c, u, v), (i, j)] = x[n, c, i·stride + u·dilation − padding, …]`, 0 in the padding. Shapes:
/// [N, C, H, W] → [N, C·kH·kW, L], or without N, for `L` windows, as many as `conv2d` has outputs.
///
/// - Parameters:
///   - x: The pictures.
///   - kernel: The window's size.
///   - dilation: The distance between the window's elements.
///   - padding: The number of zeros to add on each side.
///   - stride: The distance between windows.
public func unfold(
  _ x: Tensor, kernel: Size2D, dilation: Size2D = 1, padding: Size2D = 0, stride: Size2D = 1
) -> Tensor {
  asBatch(x) { x in
    UnfoldPlan(
      pictures: x.shape, kernel: kernel, dilation: dilation, padding: padding, stride: stride
    ).unfold(x)
  }
}

/// Columns added up to pictures, each where its window lies (PyTorch's `fold`, also known as col2im).
///
/// Where windows overlap their elements add up, so `fold` is the adjoint of ``unfold(_:kernel:dilation:padding:stride:)``
/// and not its inverse. Shapes: [N, C·kH·kW, L] → [N, C, H, W], or without N.
///
/// - Parameters:
///   - x: One column for each of the `L` windows of a picture.
///   - outputSize: The height and width of the pictures.
///   - kernel: The window's size.
///   - dilation: The distance between the window's elements.
///   - padding: The number of zeros that were added on each side.
///   - stride: The distance between windows.
public func fold(
  _ x: Tensor, outputSize: Size2D, kernel: Size2D, dilation: Size2D = 1, padding: Size2D = 0,
  stride: Size2D = 1
) -> Tensor {
  let plan = UnfoldPlan(
    outputSize, kernel: kernel, dilation: dilation, padding: padding, stride: stride,
    operation: "fold")
  return asBatch(x, rank: 3, plan.fold)
}

/// The windows on a picture, with the semantics of PyTorch's `unfold`.
package struct UnfoldPlan: Sendable {
  let size: Size2D
  let kernel: Size2D
  let dilation: Size2D
  let padding: Size2D
  let stride: Size2D
  let windows: Size2D

  /// Windows on pictures of a size.
  package init(
    _ size: Size2D, kernel: Size2D, dilation: Size2D, padding: Size2D, stride: Size2D,
    operation: String
  ) {
    func count(_ extent: Int, _ kernel: Int, _ dilation: Int, _ padding: Int, _ stride: Int) -> Int
    {
      require(
        kernel > 0 && dilation > 0 && stride > 0 && padding >= 0,
        "\(operation): kernel, dilation and stride must be at least 1, and the padding not negative, "
          + "got kernel \(kernel), dilation \(dilation), stride \(stride), padding \(padding)")
      let room = extent + 2 * padding - dilation * (kernel - 1) - 1
      require(
        room >= 0,
        "\(operation): a window of \(dilation * (kernel - 1) + 1) does not fit pictures of \(size) with "
          + "padding \(padding): use a smaller kernel or more padding")
      return room / stride + 1
    }
    windows = Size2D(
      count(size.height, kernel.height, dilation.height, padding.height, stride.height),
      count(size.width, kernel.width, dilation.width, padding.width, stride.width))
    self.size = size
    self.kernel = kernel
    self.dilation = dilation
    self.padding = padding
    self.stride = stride
  }

  /// Windows on pictures of a shape [N, C, H, W], for `unfold`.
  package init(
    pictures shape: [Int], kernel: Size2D, dilation: Size2D, padding: Size2D, stride: Size2D
  ) {
    requirePictures(shape, operation: "unfold")
    self.init(
      Size2D(shape[2], shape[3]), kernel: kernel, dilation: dilation, padding: padding,
      stride: stride, operation: "unfold")
  }

  /// Elements of a window.
  var windowCount: Int { kernel.height * kernel.width }

  /// Calls `body` for each row of each window element with the part of the outputs that lies inside the
  /// picture: how many there are, where the first stands in the columns and where in the plane.
  @inline(__always)
  func forEachRun(_ body: (_ count: Int, _ column: Int, _ pixel: Int) -> Void) {
    for u in 0..<kernel.height {
      for v in 0..<kernel.width {
        let element = (u * kernel.width + v) * windows.height * windows.width
        let shift = v * dilation.width - padding.width
        let first = shift >= 0 ? 0 : (-shift + stride.width - 1) / stride.width
        let end = min(
          windows.width, max(0, (size.width - shift + stride.width - 1) / stride.width))
        if first >= end { continue }
        for i in 0..<windows.height {
          let row = i * stride.height + u * dilation.height - padding.height
          if row < 0 || row >= size.height { continue }
          body(
            end - first, element + i * windows.width + first,
            row * size.width + shift + first * stride.width)
        }
      }
    }
  }
}

extension UnfoldPlan {
  /// The windows as columns: [N, C, H, W] → [N, C·kH·kW, L], 0 where a window reaches into the padding.
  package func unfold(_ x: Tensor) -> Tensor {
    let (n, channels) = (x.shape[0], x.shape[1])
    var result = Tensor.zeros(
      [n, channels * windowCount, windows.height * windows.width], dtype: x.dtype)
    x.dtype.dispatch { unfoldLoop(x, n * channels, self, &result, $0) }
    return result
  }

  /// The columns added where they lie in the picture: [N, C·kH·kW, L] → [N, C, H, W].
  package func fold(_ x: Tensor) -> Tensor {
    require(
      x.rank == 3 && x.shape[1] % windowCount == 0
        && x.shape[2] == windows.height * windows.width,
      "fold: pictures of \(size) have \(windows) windows of \(kernel): expects [N, C·\(windowCount), "
        + "\(windows.height * windows.width)], got \(x.shape)")
    let (n, channels) = (x.shape[0], x.shape[1] / windowCount)
    var result = Tensor.zeros([n, channels, size.height, size.width], dtype: x.dtype)
    x.dtype.dispatch { foldLoop(x, n * channels, self, &result, $0) }
    return result
  }
}

private func unfoldLoop<T: Scalar>(
  _ x: Tensor, _ planes: Int, _ plan: UnfoldPlan, _ result: inout Tensor, _ type: T.Type
) {
  forEachPlane(planes, of: x, into: &result, T.self) { source, target in
    plan.forEachRun { count, column, pixel in
      for i in 0..<count { target[column + i] = source[pixel + i * plan.stride.width] }
    }
  }
}

private func foldLoop<T: Scalar>(
  _ x: Tensor, _ planes: Int, _ plan: UnfoldPlan, _ result: inout Tensor, _ type: T.Type
) {
  forEachPlane(planes, of: x, into: &result, T.self) { source, target in
    plan.forEachRun { count, column, pixel in
      for i in 0..<count { target[pixel + i * plan.stride.width] += source[column + i] }
    }
  }
}
