import RetrogradAutograd
import RetrogradTensors

/// Convolution of sequences: [N, inputs, L] → [N, outputs, L'] with
/// `L' = ⌊(L + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1`; also a single sequence [inputs, L].
///
/// See `conv1d` for the formula.
public final class Conv1d: Layer {
  /// The kernels, [outputs, inputs/groups, kernel].
  public let weight: Variable
  /// The number to add to each output channel, [outputs].
  public let bias: Variable?
  /// The distance by which the kernel moves between outputs.
  public let stride: Int
  /// The number of zeros to add at both ends.
  public let padding: Int
  /// The number of zeros to add at the end besides ``padding``: 1 where the same size needs an odd number of zeros.
  public let extraPadding: Int
  /// The distance between the kernel's elements.
  public let dilation: Int
  /// The number of independent parts into which the channels fall.
  public let groups: Int

  /// A convolution with newly drawn parameters.
  ///
  /// - Parameters:
  ///   - inputs: The number of input channels.
  ///   - outputs: The number of output channels.
  ///   - kernel: The length of the kernels.
  ///   - stride: The distance by which the kernel moves between outputs.
  ///   - padding: The number of zeros to add at both ends.
  ///   - dilation: The distance between the kernel's elements.
  ///   - groups: The number of independent parts into which the channels fall; divides both numbers of channels.
  ///   - bias: Whether a number is added to each output channel.
  ///   - initializer: The initializer of the kernels and the bias.
  ///   - dtype: The element type.
  ///   - random: The source of random numbers.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .pyTorchDefault, dtype: DType = .float32,
    using random: inout RandomSource
  ) {
    requireChannels("Conv1d", inputs, outputs, groups, Size2D(1, kernel))
    let (weight, bias) = makeParameters(
      weight: [outputs, inputs / groups, kernel], bias: bias ? outputs : nil, initializer, dtype,
      &random)
    self.init(weight, bias, stride, padding, 0, dilation, groups)
  }

  /// A convolution with newly drawn parameters, different on every call; see
  /// ``init(_:_:kernel:stride:padding:dilation:groups:bias:initializer:dtype:using:)-(_,_,_,_,Int,_,_,_,_,_,_)``.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .pyTorchDefault, dtype: DType = .float32
  ) {
    var random = RandomSource.unpredictable()
    self.init(
      inputs, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
      groups: groups, bias: bias, initializer: initializer, dtype: dtype, using: &random)
  }

  /// A convolution with padding by a rule, and newly drawn parameters.
  ///
  /// - Parameters:
  ///   - inputs: The number of input channels.
  ///   - outputs: The number of output channels.
  ///   - kernel: The length of the kernels.
  ///   - stride: The distance by which the kernel moves between outputs; 1 for ``PaddingRule/same``.
  ///   - padding: The rule.
  ///   - dilation: The distance between the kernel's elements.
  ///   - groups: The number of independent parts into which the channels fall; divides both numbers of channels.
  ///   - bias: Whether a number is added to each output channel.
  ///   - initializer: The initializer of the kernels and the bias.
  ///   - dtype: The element type.
  ///   - random: The source of random numbers.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: PaddingRule,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .pyTorchDefault, dtype: DType = .float32,
    using random: inout RandomSource
  ) {
    requireChannels("Conv1d", inputs, outputs, groups, Size2D(1, kernel))
    let (before, more) = padding.widths(
      kernel: Size2D(1, kernel), stride: Size2D(1, stride), dilation: Size2D(1, dilation),
      operation: "Conv1d")
    let (weight, bias) = makeParameters(
      weight: [outputs, inputs / groups, kernel], bias: bias ? outputs : nil, initializer, dtype,
      &random)
    self.init(weight, bias, stride, before.width, more.width, dilation, groups)
  }

  /// A convolution with padding by a rule, and newly drawn parameters, different on every call.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: PaddingRule,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .pyTorchDefault, dtype: DType = .float32
  ) {
    var random = RandomSource.unpredictable()
    self.init(
      inputs, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
      groups: groups, bias: bias, initializer: initializer, dtype: dtype, using: &random)
  }

  /// A convolution with given parameters; nothing is drawn or copied.
  ///
  /// - Parameters:
  ///   - weight: The kernels, [outputs, inputs/groups, kernel].
  ///   - bias: The number to add to each output channel, [outputs]; none by default.
  ///   - stride: The distance by which the kernel moves between outputs.
  ///   - padding: The number of zeros to add at both ends.
  ///   - dilation: The distance between the kernel's elements.
  ///   - groups: The number of independent parts into which the channels fall; divides the number of outputs.
  public convenience init(
    weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1
  ) {
    require(
      weight.rank == 3,
      "Conv1d: expects a weight [outputs, inputs/groups, kernel], got \(weight.shape)")
    requireChannels(
      "Conv1d", weight.shape[1] * groups, weight.shape[0], groups, Size2D(1, weight.shape[2]))
    requireBias("Conv1d", bias, outputs: weight.shape[0], weight)
    self.init(
      Variable(weight, requiresGrad: true), bias.map { Variable($0, requiresGrad: true) }, stride,
      padding, 0, dilation, groups)
  }

  private init(
    _ weight: Variable, _ bias: Variable?, _ stride: Int, _ padding: Int, _ extraPadding: Int,
    _ dilation: Int, _ groups: Int
  ) {
    self.weight = weight
    self.bias = bias
    self.stride = stride
    self.padding = padding
    self.extraPadding = extraPadding
    self.dilation = dilation
    self.groups = groups
  }

  /// `weight`, and `bias` if there is one.
  public var parameters: [(name: String, variable: Variable)] { named(weight, bias) }

  /// The convolution of `x`.
  public func forward(_ x: Variable) -> Variable { forward(x, relu: false) }

  private func forward(_ x: Variable, relu: Bool) -> Variable {
    let channels = weight.shape[1] * groups
    require(
      x.rank == 3 && x.shape[1] == channels || x.rank == 2 && x.shape[0] == channels,
      "expects [N, \(channels), L] or [\(channels), L], got \(x.shape)")
    let x = extraPadding == 0 ? x : x.padded([(0, extraPadding)], mode: .constant(0))
    return conv1d(
      x, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups,
      relu: relu)
  }
}

extension Conv1d: RectifyingLayer {
  /// `max(y, 0)` of the convolution of `x`, in one pass.
  public func rectifiedForward(_ x: Variable) -> Variable { forward(x, relu: true) }
}
