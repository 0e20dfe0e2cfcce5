import RetrogradAutograd
import RetrogradTensors

/// Convolution of pictures: [N, inputs, H, W] → [N, outputs, H', W'] with
/// `H' = ⌊(H + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1`; also a single picture
/// [inputs, H, W].
///
/// See `conv2d` for the formula.
public final class Conv2d: Layer {
  /// The kernels, [outputs, inputs/groups, kernel height, kernel width].
  public let weight: Variable
  /// The number to add to each output channel, [outputs].
  public let bias: Variable?
  /// The distance by which the kernel moves between outputs.
  public let stride: Size2D
  /// The number of zeros to add on each side.
  public let padding: Size2D
  /// The number of rows and columns of zeros to add at the end besides ``padding``: 1 where the same size needs an
  /// odd number of them.
  public internal(set) var extraPadding: Size2D = 0
  /// The distance between the kernel's elements.
  public let dilation: Size2D
  /// The number of independent groups of channels.
  public let groups: Int

  /// A convolution with newly drawn parameters.
  ///
  /// - Parameters:
  ///   - inputs: The number of input channels.
  ///   - outputs: The number of output channels.
  ///   - kernel: The height and width of the kernels.
  ///   - stride: The distance by which the kernel moves between outputs.
  ///   - padding: The number of zeros to add on each side.
  ///   - dilation: The distance between the kernel's elements.
  ///   - groups: The number of independent groups of channels; divides both numbers of channels.
  ///   - bias: Whether a number is added to each output channel.
  ///   - initializer: The initializer of the kernels and the bias.
  ///   - dtype: The element type.
  ///   - random: The source of random numbers.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0,
    dilation: Size2D = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .pyTorchDefault, dtype: DType = .float32,
    using random: inout RandomSource
  ) {
    requireChannels("Conv2d", inputs, outputs, groups, kernel)
    let shape = [outputs, inputs / groups, kernel.height, kernel.width]
    (weight, self.bias) = makeParameters(
      weight: shape, bias: bias ? outputs : nil, initializer, dtype, &random)
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  /// A convolution with newly drawn parameters, different on every call; see
  /// ``init(_:_:kernel:stride:padding:dilation:groups:bias:initializer:dtype:using:)-(_,_,_,_,Size2D,_,_,_,_,_,_)``.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0,
    dilation: Size2D = 1, groups: Int = 1, bias: Bool = true,
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
  ///   - kernel: The height and width of the kernels.
  ///   - stride: The distance by which the kernel moves between outputs; 1 for ``PaddingRule/same``.
  ///   - padding: The rule.
  ///   - dilation: The distance between the kernel's elements.
  ///   - groups: The number of independent parts into which the channels fall; divides both numbers of channels.
  ///   - bias: Whether a number is added to each output channel.
  ///   - initializer: The initializer of the kernels and the bias.
  ///   - dtype: The element type.
  ///   - random: The source of random numbers.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Size2D, stride: Size2D = 1, padding rule: PaddingRule,
    dilation: Size2D = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .pyTorchDefault, dtype: DType = .float32,
    using random: inout RandomSource
  ) {
    let (padding, more) = rule.widths(
      kernel: kernel, stride: stride, dilation: dilation, operation: "Conv2d")
    self.init(
      inputs, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
      groups: groups, bias: bias, initializer: initializer, dtype: dtype, using: &random)
    extraPadding = more
  }

  /// A convolution with padding by a rule, and newly drawn parameters, different on every call.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Size2D, stride: Size2D = 1, padding: PaddingRule,
    dilation: Size2D = 1, groups: Int = 1, bias: Bool = true,
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
  ///   - weight: The kernels, [outputs, inputs/groups, kernel height, kernel width].
  ///   - bias: The number to add to each output channel, [outputs]; none by default.
  ///   - stride: The distance by which the kernel moves between outputs.
  ///   - padding: The number of zeros to add on each side.
  ///   - dilation: The distance between the kernel's elements.
  ///   - groups: The number of independent groups of channels; divides the number of outputs.
  public init(
    weight: Tensor, bias: Tensor? = nil, stride: Size2D = 1, padding: Size2D = 0,
    dilation: Size2D = 1, groups: Int = 1
  ) {
    require(
      weight.rank == 4,
      "Conv2d: expects a weight [outputs, inputs/groups, height, width], got \(weight.shape)")
    requireChannels(
      "Conv2d", weight.shape[1] * groups, weight.shape[0], groups,
      Size2D(weight.shape[2], weight.shape[3]))
    requireBias("Conv2d", bias, outputs: weight.shape[0], weight)
    self.weight = Variable(weight, requiresGrad: true)
    self.bias = bias.map { Variable($0, requiresGrad: true) }
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  /// `weight`, and `bias` if there is one.
  public var parameters: [(name: String, variable: Variable)] { named(weight, bias) }

  /// The convolution of `x`.
  public func forward(_ x: Variable) -> Variable { forward(x, relu: false) }

  private func forward(_ x: Variable, relu: Bool) -> Variable {
    requirePictures(x, channels: weight.shape[1] * groups)
    return conv2d(
      x.padded(atEnd: extraPadding), weight, bias: bias, stride: stride, padding: padding,
      dilation: dilation, groups: groups,
      relu: relu)
  }
}

extension Conv2d: RectifyingLayer {
  /// `max(y, 0)` of the convolution of `x`, in one pass.
  public func rectifiedForward(_ x: Variable) -> Variable { forward(x, relu: true) }
}

/// Transposed convolution of pictures, which makes them larger: [N, inputs, H, W] →
/// [N, outputs, H', W'] with
/// `H' = (H − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1`; also a single
/// picture [inputs, H, W].
public final class ConvTranspose2d: Layer {
  /// The kernels, [inputs, outputs/groups, kernel height, kernel width].
  public let weight: Variable
  /// The number to add to each output channel, [outputs].
  public let bias: Variable?
  /// The distance between inputs in the result.
  public let stride: Size2D
  /// The number of rows and columns to cut off on each side.
  public let padding: Size2D
  /// The number of rows and columns to add at the end.
  public let outputPadding: Size2D
  /// The distance between the kernel's elements.
  public let dilation: Size2D
  /// The number of independent groups of channels.
  public let groups: Int

  /// A transposed convolution with newly drawn parameters.
  ///
  /// - Parameters:
  ///   - inputs: The number of input channels.
  ///   - outputs: The number of output channels.
  ///   - kernel: The height and width of the kernels.
  ///   - stride: The distance between inputs in the result.
  ///   - padding: The number of rows and columns to cut off on each side.
  ///   - outputPadding: The number of rows and columns to add at the end.
  ///   - dilation: The distance between the kernel's elements.
  ///   - groups: The number of independent groups of channels; divides both numbers of channels.
  ///   - bias: Whether a number is added to each output channel.
  ///   - initializer: The initializer of the kernels and the bias.
  ///   - dtype: The element type.
  ///   - random: The source of random numbers.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0,
    outputPadding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .pyTorchDefault, dtype: DType = .float32,
    using random: inout RandomSource
  ) {
    requireChannels("ConvTranspose2d", inputs, outputs, groups, kernel)
    let shape = [inputs, outputs / groups, kernel.height, kernel.width]
    (weight, self.bias) = makeParameters(
      weight: shape, bias: bias ? outputs : nil, initializer, dtype, &random)
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
  }

  /// A transposed convolution with newly drawn parameters, different on every call; see
  /// ``init(_:_:kernel:stride:padding:outputPadding:dilation:groups:bias:initializer:dtype:using:)``.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0,
    outputPadding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .pyTorchDefault, dtype: DType = .float32
  ) {
    var random = RandomSource.unpredictable()
    self.init(
      inputs, outputs, kernel: kernel, stride: stride, padding: padding,
      outputPadding: outputPadding, dilation: dilation, groups: groups, bias: bias,
      initializer: initializer, dtype: dtype, using: &random)
  }

  /// A transposed convolution with given parameters; nothing is drawn or copied.
  ///
  /// - Parameters:
  ///   - weight: The kernels, [inputs, outputs/groups, kernel height, kernel width].
  ///   - bias: The number to add to each output channel, [outputs]; none by default.
  ///   - stride: The distance between inputs in the result.
  ///   - padding: The number of rows and columns to cut off on each side.
  ///   - outputPadding: The number of rows and columns to add at the end.
  ///   - dilation: The distance between the kernel's elements.
  ///   - groups: The number of independent groups of channels; divides the number of inputs.
  public init(
    weight: Tensor, bias: Tensor? = nil, stride: Size2D = 1, padding: Size2D = 0,
    outputPadding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1
  ) {
    require(
      weight.rank == 4,
      "ConvTranspose2d: expects a weight [inputs, outputs/groups, height, width], got "
        + "\(weight.shape)")
    requireChannels(
      "ConvTranspose2d", weight.shape[0], weight.shape[1] * groups, groups,
      Size2D(weight.shape[2], weight.shape[3]))
    requireBias("ConvTranspose2d", bias, outputs: weight.shape[1] * groups, weight)
    self.weight = Variable(weight, requiresGrad: true)
    self.bias = bias.map { Variable($0, requiresGrad: true) }
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
  }

  /// `weight`, and `bias` if there is one.
  public var parameters: [(name: String, variable: Variable)] { named(weight, bias) }

  /// The transposed convolution of `x`.
  public func forward(_ x: Variable) -> Variable {
    requirePictures(x, channels: weight.shape[0])
    return convTranspose2d(
      x, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding,
      dilation: dilation, groups: groups)
  }
}

func requireChannels(
  _ name: String, _ inputs: Int, _ outputs: Int, _ groups: Int, _ kernel: Size2D
) {
  require(
    inputs > 0 && outputs > 0 && kernel.height > 0 && kernel.width > 0,
    "\(name): needs at least one input channel, output channel and kernel element, got \(inputs), "
      + "\(outputs) and \(kernel)")
  require(
    groups > 0 && inputs % groups == 0 && outputs % groups == 0,
    "\(name): \(groups) groups must divide the \(inputs) input and the \(outputs) output channels")
}

private func requirePictures(_ x: Variable, channels: Int) {
  require(
    x.rank == 4 && x.shape[1] == channels || x.rank == 3 && x.shape[0] == channels,
    "expects [N, \(channels), H, W] or [\(channels), H, W], got \(x.shape)")
}
