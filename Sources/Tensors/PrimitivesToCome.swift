public func conv2d(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Size2D = 1, padding: Size2D = 0,
  dilation: Size2D = 1, groups: Int = 1
) -> Tensor { x }
public func conv2dInputGradient(
  _ dy: Tensor, _ weight: Tensor, inputSize: Size2D, stride: Size2D = 1, padding: Size2D = 0,
  dilation: Size2D = 1, groups: Int = 1
) -> Tensor { dy }
public func conv2dWeightGradient(
  _ dy: Tensor, _ x: Tensor, kernelSize: Size2D, stride: Size2D = 1, padding: Size2D = 0,
  dilation: Size2D = 1, groups: Int = 1
) -> Tensor { dy }
