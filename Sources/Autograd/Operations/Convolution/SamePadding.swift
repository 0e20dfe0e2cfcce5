import RetrogradTensors

/// The padding of a convolution by a rule in the place of a number.
public enum PaddingRule: String, Sendable, Codable, CaseIterable {
  /// No zeros: the kernel stays within the picture.
  case valid
  /// As many zeros as the picture needs to keep its size; for a stride of 1. Where their number is odd, the one
  /// more is at the end, as in PyTorch.
  case same
}

extension PaddingRule {
  /// The zeros on each side, and how many more there are at the end: none or one.
  package func widths(
    kernel: Size2D, stride: Size2D, dilation: Size2D, operation: String
  ) -> (padding: Size2D, more: Size2D) {
    if self == .valid { return (0, 0) }
    require(
      stride == 1,
      "\(operation): padding .same keeps the size, which a stride of \(stride) does not. Use stride 1, or give "
        + "the padding as a number")
    func total(_ extent: Int, _ dilation: Int) -> Int {
      Int(Double(dilation) * Double(extent - 1), within: 0...(Int.max / 4))
    }
    let (height, width) = (
      total(kernel.height, dilation.height), total(kernel.width, dilation.width)
    )
    return (Size2D(height / 2, width / 2), Size2D(height % 2, width % 2))
  }
}

/// The convolution with padding by a rule; see
/// ``conv2d(_:_:bias:stride:padding:dilation:groups:relu:)-(_,_,_,_,Size2D,_,_,_)``.
///
/// - Parameters:
///   - x: The pictures.
///   - weight: The kernels.
///   - bias: The number to add to each output channel.
///   - stride: The distance by which the kernel moves between outputs; 1 for ``PaddingRule/same``.
///   - padding: The rule.
///   - dilation: The distance between the kernel's elements.
///   - groups: The number of independent parts into which the channels fall.
///   - relu: Whether to rectify the result, in one pass and as one operation of the graph.
public func conv2d(
  _ x: Variable, _ weight: Variable, bias: Variable? = nil, stride: Size2D = 1,
  padding rule: PaddingRule, dilation: Size2D = 1, groups: Int = 1, relu: Bool = false
) -> Variable {
  require(
    (x.rank == 3 || x.rank == 4) && weight.rank == 4,
    "conv2d: expects pictures [N, C, H, W] or [C, H, W] and a weight [O, C/groups, kH, kW], got \(x.shape) "
      + "and \(weight.shape)")
  let (padding, more) = rule.widths(
    kernel: Size2D(weight.shape[2], weight.shape[3]), stride: stride, dilation: dilation,
    operation: "conv2d")
  return conv2d(
    x.padded(atEnd: more), weight, bias: bias, stride: stride, padding: padding,
    dilation: dilation, groups: groups, relu: relu)
}

extension Variable {
  /// The pictures with more rows and columns of zeros at the end.
  package func padded(atEnd more: Size2D) -> Variable {
    more == 0 ? self : padded([(0, more.height), (0, more.width)])
  }
}
