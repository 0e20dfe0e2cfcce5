/// The movement of a kernel over pictures: what a convolution, its two gradients and the transposed
/// convolution have in common.
public struct ConvolutionOptions: Sendable, Hashable {
  /// The distance by which the kernel moves between outputs.
  public var stride: Size2D
  /// The number of zeros to add on each side.
  public var padding: Size2D
  /// The distance between the kernel's elements.
  public var dilation: Size2D
  /// The number of independent parts that the channels fall into.
  public var groups: Int

  /// Options with the values that PyTorch takes when they are left out.
  ///
  /// - Parameters:
  ///   - stride: The distance by which the kernel moves between outputs.
  ///   - padding: The number of zeros to add on each side.
  ///   - dilation: The distance between the kernel's elements.
  ///   - groups: The number of independent parts that the channels fall into.
  public init(
    stride: Size2D = 1, padding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1
  ) {
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
  }
}
