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
