import RetrogradTensors

// Windows of pictures as the columns of a matrix, and columns added up to pictures: each is the other's
// derivative. A convolution is a matrix product with the unfolded picture.

/// Every window of a picture as a column (PyTorch's `unfold`, also known as im2col).
///
/// `y[n, (c, u, v), (i, j)] = x[n, c, i·stride + u·dilation − padding, …]`, 0 in the padding.
/// Derivative: the cotangents folded. Shapes: [N, C, H, W] → [N, C·kH·kW, L], or without N, for `L`
/// windows, as many as `conv2d` has outputs.
///
/// - Parameters:
///   - x: The pictures.
///   - kernel: The window's size.
///   - dilation: The distance between the window's elements.
///   - padding: The number of zeros to add on each side.
///   - stride: The distance between windows.
public func unfold(
  _ x: Variable, kernel: Size2D, dilation: Size2D = 1, padding: Size2D = 0, stride: Size2D = 1
) -> Variable {
  asBatch(x) { x in
    unfolded(
      x,
      UnfoldPlan(
        pictures: x.shape, kernel: kernel, dilation: dilation, padding: padding, stride: stride))
  }
}

/// Columns added up to pictures, each where its window lies (PyTorch's `fold`, also known as col2im).
///
/// Where windows overlap their elements add up, so `fold` is the adjoint of ``unfold(_:kernel:dilation:padding:stride:)``
/// and not its inverse. Derivative: the cotangents unfolded. Shapes: [N, C·kH·kW, L] → [N, C, H, W], or
/// without N.
///
/// - Parameters:
///   - x: One column for each of the `L` windows of a picture.
///   - outputSize: The height and width of the pictures.
///   - kernel: The window's size.
///   - dilation: The distance between the window's elements.
///   - padding: The number of zeros that were added on each side.
///   - stride: The distance between windows.
public func fold(
  _ x: Variable, outputSize: Size2D, kernel: Size2D, dilation: Size2D = 1, padding: Size2D = 0,
  stride: Size2D = 1
) -> Variable {
  let plan = UnfoldPlan(
    outputSize, kernel: kernel, dilation: dilation, padding: padding, stride: stride,
    operation: "fold")
  return asBatch(x, rank: 3) { folded($0, plan) }
}

private func unfolded(_ x: Variable, _ plan: UnfoldPlan) -> Variable {
  record("unfold", x, value: plan.unfold(x.value), keep: .nothing) { _, dy in folded(dy, plan) }
}

private func folded(_ x: Variable, _ plan: UnfoldPlan) -> Variable {
  record("fold", x, value: plan.fold(x.value), keep: .nothing) { _, dy in unfolded(dy, plan) }
}
