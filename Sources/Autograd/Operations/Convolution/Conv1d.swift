import RetrogradTensors

/// The convolution of sequences: that of pictures of one row.
///
/// `y[n, o, i] = b[o] + Σ W[o, c, u] · x[n, c, i·stride + u·dilation − padding]`. Derivative: as for
/// ``conv2d(_:_:bias:stride:padding:dilation:groups:relu:)-(_,_,_,_,Size2D,_,_,_)``. Shapes: `x` [N, C, L] or
/// [C, L], `weight` [O, C/groups, K], `bias` [O] → [N, O, L'] with
/// `L' = ⌊(L + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1`.
///
/// - Parameters:
///   - x: The sequences.
///   - weight: The kernels.
///   - bias: The number to add to each output channel.
///   - stride: The distance by which the kernel moves between outputs.
///   - padding: The number of zeros to add at both ends.
///   - dilation: The distance between the kernel's elements.
///   - groups: The number of independent parts into which the channels fall.
///   - relu: Whether to rectify the result, in one pass and as one operation of the graph.
public func conv1d(
  _ x: Variable, _ weight: Variable, bias: Variable? = nil, stride: Int = 1, padding: Int = 0,
  dilation: Int = 1, groups: Int = 1, relu: Bool = false
) -> Variable {
  asRow(x, weight, groups) { x, weight in
    conv2d(
      x, weight, bias: bias, stride: Size2D(1, stride), padding: Size2D(0, padding),
      dilation: Size2D(1, dilation), groups: groups, relu: relu)
  }
}

/// The convolution of sequences with padding by a rule; see
/// ``conv1d(_:_:bias:stride:padding:dilation:groups:relu:)-(_,_,_,_,Int,_,_,_)``.
///
/// - Parameters:
///   - x: The sequences.
///   - weight: The kernels.
///   - bias: The number to add to each output channel.
///   - stride: The distance by which the kernel moves between outputs; 1 for ``PaddingRule/same``.
///   - padding: The rule.
///   - dilation: The distance between the kernel's elements.
///   - groups: The number of independent parts into which the channels fall.
///   - relu: Whether to rectify the result, in one pass and as one operation of the graph.
public func conv1d(
  _ x: Variable, _ weight: Variable, bias: Variable? = nil, stride: Int = 1, padding: PaddingRule,
  dilation: Int = 1, groups: Int = 1, relu: Bool = false
) -> Variable {
  asRow(x, weight, groups) { x, weight in
    conv2d(
      x, weight, bias: bias, stride: Size2D(1, stride), padding: padding,
      dilation: Size2D(1, dilation), groups: groups, relu: relu)
  }
}

/// Runs `body` on pictures of one row, and kernels of one.
private func asRow(
  _ x: Variable, _ weight: Variable, _ groups: Int, _ body: (Variable, Variable) -> Variable
) -> Variable {
  require(
    (x.rank == 2 || x.rank == 3) && weight.rank == 3,
    "conv1d: expects sequences [N, C, L] or [C, L] and a weight [O, C/groups, K], got \(x.shape) and "
      + "\(weight.shape)" + (x.rank == 4 ? ". Pictures go through conv2d" : ""))
  let channels = x.shape[x.rank - 2]
  require(
    groups > 0 && channels % groups == 0 && channels / groups == weight.shape[1],
    "conv1d: input \(x.shape) has \(channels) channels, which weight \(weight.shape) in \(groups) groups does not "
      + "take: expects [N, C, L] and [O, C/groups, K]")
  func row(_ shape: [Int]) -> [Int] { shape.dropLast() + [1, shape[shape.count - 1]] }
  let y = body(x.reshaped(row(x.shape)), weight.reshaped(row(weight.shape)))
  return y.reshaped(y.shape.dropLast(2) + [y.shape[y.rank - 1]])
}
