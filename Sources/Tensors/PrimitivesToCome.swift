package func parallelRanges(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  if count > 0 { body(0..<count) }
}
public struct Size2D: Sendable, Equatable, ExpressibleByIntegerLiteral {
  public var height: Int, width: Int
  public init(_ h: Int, _ w: Int) {
    height = h
    width = w
  }
  public init(integerLiteral v: Int) {
    height = v
    width = v
  }
}
public func matmul(
  _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
) -> Tensor { a }
public func linear(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil) -> Tensor { x }
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
public func maxPool2d(
  _ x: Tensor, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, dilation: Size2D = 1,
  ceilMode: Bool = false
) -> (values: Tensor, indices: IntTensor) { (x, []) }
public func maxUnpool2d(_ dy: Tensor, _ indices: IntTensor, inputSize: Size2D) -> Tensor { dy }
public func gatherPlanes(_ x: Tensor, _ indices: IntTensor) -> Tensor { x }
public func avgPool2d(
  _ x: Tensor, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, ceilMode: Bool = false,
  countIncludesPadding: Bool = true
) -> Tensor { x }
public func avgPool2dInputGradient(
  _ dy: Tensor, inputSize: Size2D, kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0,
  ceilMode: Bool = false, countIncludesPadding: Bool = true
) -> Tensor { dy }
public func adaptiveAvgPool2d(_ x: Tensor, to: Size2D) -> Tensor { x }
public func adaptiveAvgPool2dInputGradient(_ x: Tensor, inputSize: Size2D) -> Tensor { x }
