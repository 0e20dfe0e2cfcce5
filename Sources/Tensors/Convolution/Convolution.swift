// Convolution and its two gradients: three operations, each linear in both of its operands, and each
// a matrix product. The matrix of patches that they multiply with ("im2col") is never laid out: what
// the product needs of it at a time is gathered straight into the panels that it packs anyway.

/// The cross-correlation that networks call convolution.
///
/// `y[n, o, i, j] = b[o] + Σ W[o, c, u, v] · x[n, c, i·stride + u·dilation − padding, …]`, with
/// zeros outside of `x`.
/// Shapes: `x` [N, C, H, W], `weight` [O, C/groups, kH, kW], `bias` [O] → [N, O, H', W'] with
/// `H' = ⌊(H + 2·padding − dilation·(kH − 1) − 1) / stride⌋ + 1`.
///
/// - Parameters:
///   - x: The pictures.
///   - weight: The kernels, of the same dtype.
///   - bias: The number to add to each output channel.
///   - stride: The distance by which the kernel moves between outputs.
///   - padding: The number of zeros to add on each side.
///   - dilation: The distance between the kernel's elements.
///   - groups: The number of independent parts that the channels fall into.
///   - relu: Whether what is negative in the result becomes 0.
/// - Complexity: O(N · O · C/groups · kH · kW · H' · W'); ``ConvolutionAlgorithm`` says how it is
///   computed.
public func conv2d(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Size2D = 1, padding: Size2D = 0,
  dilation: Size2D = 1, groups: Int = 1, relu: Bool = false
) -> Tensor {
  conv2d(
    x, weight, bias: bias,
    options: .init(stride: stride, padding: padding, dilation: dilation, groups: groups), relu: relu
  )
}

/// As ``conv2d(_:_:bias:stride:padding:dilation:groups:relu:)-(Tensor,_,_,_,_,_,_,_)``, with the movement
/// of the kernel as one value.
public func conv2d(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, options: ConvolutionOptions,
  relu: Bool = false
) -> Tensor {
  for other in [weight, bias ?? weight] where x.dtype != other.dtype {
    let (x, _) = Tensor.promoted(x, other, operation: "conv2d")
    return conv2d(
      x, weight.converted(to: .float64), bias: bias?.converted(to: .float64), options: options,
      relu: relu)
  }
  let geometry = ConvolutionGeometry(
    "conv2d", input: x.shape, weight: weight.shape, options)
  if let bias {
    require(
      bias.shape == [weight.shape[0]],
      "conv2d: bias \(bias.shape) does not fit weight \(weight.shape): expects "
        + "[\(weight.shape[0])]")
  }
  if let device = computingDevice(x, weight),
    let y = device.convolved(x, weight, bias: bias, relu: relu, geometry)
  {
    return y
  }
  var y = Tensor(uninitialized: geometry.outputShape, dtype: x.dtype, operation: "conv2d")
  let algorithm = ConvolutionAlgorithm(geometry, x.dtype)
  if algorithm.isDepthwise {
    let plan = PhaseLayout(geometry)
    x.dtype.dispatch { plan.convolve(x, weight, bias, relu: relu, into: &y, $0) }
  } else if algorithm.winograd != nil {
    algorithm.convolve(x, weight, bias, relu: relu, into: &y)
  } else if algorithm.usesRuns {
    x.dtype.dispatch { convolveRuns(x, weight, bias, relu, into: &y, geometry, $0) }
  } else {
    x.dtype.dispatch { convolve(x, weight, bias, relu, into: &y, geometry, $0) }
  }
  return y
}

/// The adjoint of `conv2d` in its input: what the gradient of the outputs, `dy`, makes of the gradient of
/// `x`.
///
/// Shapes: `dy` [N, O, H', W'], `weight` [O, C/groups, kH, kW] → [N, C, H, W].
///
/// - Parameters:
///   - dy: The gradient of the output.
///   - weight: The kernels, of the same dtype.
///   - inputSize: Height and width of the convolution's input: strides leave several possible.
///   - options: The convolution's.
package func conv2dInputGradient(
  _ dy: Tensor, _ weight: Tensor, inputSize: Size2D, options: ConvolutionOptions = .init()
) -> Tensor {
  Tensor.requireSameDType(dy, weight, operation: "conv2dInputGradient")
  require(
    dy.rank == 4 && weight.rank == 4,
    "conv2dInputGradient: gradient \(dy.shape) and weight \(weight.shape) must have the shapes "
      + "[N, O, H', W'] and [O, C/groups, kH, kW]")
  let (channels, overflow) = weight.shape[1].multipliedReportingOverflow(by: options.groups)
  require(
    !overflow,
    "conv2dInputGradient: weight \(weight.shape) in \(options.groups) groups has too many input "
      + "channels")
  let geometry = ConvolutionGeometry(
    "conv2dInputGradient",
    input: [dy.shape[0], channels, inputSize.height, inputSize.width], weight: weight.shape, options
  )
  requireOutputShape("conv2dInputGradient", dy, geometry)
  if let device = computingDevice(dy, weight),
    let dx = device.inputGradient(dy, weight, geometry)
  {
    return dx
  }
  let algorithm = ConvolutionAlgorithm(geometry, dy.dtype)
  if let dx = algorithm.gradients(dy, x: nil, weight: weight).input { return dx }
  return exactInputGradient(dy, weight, geometry)
}

/// The adjoint of `conv2d` in its weight: what the gradient of the outputs, `dy`, makes of the gradient of
/// the kernels.
///
/// Shapes: `dy` [N, O, H', W'], `x` [N, C, H, W] → [O, C/groups, kH, kW].
///
/// - Parameters:
///   - dy: The gradient of the output.
///   - x: The convolution's input, of the same dtype.
///   - kernelSize: Height and width of the kernels: strides leave several possible.
///   - options: The convolution's.
package func conv2dWeightGradient(
  _ dy: Tensor, _ x: Tensor, kernelSize: Size2D, options: ConvolutionOptions = .init()
) -> Tensor {
  Tensor.requireSameDType(dy, x, operation: "conv2dWeightGradient")
  let groups = options.groups
  require(
    dy.rank == 4 && x.rank == 4 && groups > 0 && x.shape[1] % groups == 0,
    "conv2dWeightGradient: gradient \(dy.shape) and input \(x.shape) must have the shapes "
      + "[N, O, H', W'] and [N, C, H, W], with C divisible by \(groups) groups")
  let geometry = ConvolutionGeometry(
    "conv2dWeightGradient", input: x.shape,
    weight: [dy.shape[1], x.shape[1] / groups, kernelSize.height, kernelSize.width], options)
  requireOutputShape("conv2dWeightGradient", dy, geometry)
  if let device = computingDevice(dy, x), let dw = device.weightGradient(dy, x, geometry) {
    return dw
  }
  let algorithm = ConvolutionAlgorithm(geometry, dy.dtype)
  if let dw = algorithm.gradients(dy, x: x, weight: nil).weight { return dw }
  return exactWeightGradient(dy, x, geometry)
}

/// ``conv2dInputGradient(_:_:inputSize:options:)`` and ``conv2dWeightGradient(_:_:kernelSize:options:)`` at
/// once, which may share work.
///
/// Shapes: `dy` [N, O, H', W'], `x` [N, C, H, W], `weight` [O, C/groups, kH, kW] → those of `x` and
/// `weight`.
package func conv2dGradients(
  _ dy: Tensor, _ x: Tensor, _ weight: Tensor, options: ConvolutionOptions = .init()
) -> (input: Tensor, weight: Tensor) {
  Tensor.requireSameDType(dy, x, operation: "conv2dGradients")
  Tensor.requireSameDType(dy, weight, operation: "conv2dGradients")
  let geometry = ConvolutionGeometry(
    "conv2dGradients", input: x.shape, weight: weight.shape, options)
  requireOutputShape("conv2dGradients", dy, geometry)
  if let device = computingDevice(dy, x),
    let dx = device.inputGradient(dy, weight, geometry),
    let dw = device.weightGradient(dy, x, geometry)
  {
    return (dx, dw)
  }
  let algorithm = ConvolutionAlgorithm(geometry, dy.dtype)
  if case (let dx?, let dw?) = algorithm.gradients(dy, x: x, weight: weight) { return (dx, dw) }
  return (exactInputGradient(dy, weight, geometry), exactWeightGradient(dy, x, geometry))
}

private func exactInputGradient(
  _ dy: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry
) -> Tensor {
  var dx = Tensor(uninitialized: geometry.inputShape, dtype: dy.dtype)
  if geometry.isDepthwise {
    let plan = PhaseLayout(geometry)
    dy.dtype.dispatch { plan.inputGradient(dy, weight, into: &dx, $0) }
    return dx
  }
  dy.dtype.dispatch { convolveInputGradient(dy, weight, into: &dx, geometry, $0) }
  return dx
}

private func exactWeightGradient(
  _ dy: Tensor, _ x: Tensor, _ geometry: ConvolutionGeometry
) -> Tensor {
  var dw = Tensor(uninitialized: geometry.weightShape, dtype: dy.dtype)
  if geometry.isDepthwise {
    let plan = PhaseLayout(geometry)
    dy.dtype.dispatch { plan.weightGradient(dy, x, into: &dw, $0) }
    return dw
  }
  if geometry.usesRunsForWeights {
    dy.dtype.dispatch { convolveWeightGradientRuns(dy, x, into: &dw, geometry, $0) }
    return dw
  }
  dy.dtype.dispatch { convolveWeightGradient(dy, x, into: &dw, geometry, $0) }
  return dw
}

private func requireOutputShape(
  _ operation: String, _ dy: Tensor, _ geometry: ConvolutionGeometry
) {
  require(
    dy.shape == geometry.outputShape,
    "\(operation): the gradient has shape \(dy.shape), but the convolution of an input "
      + "\(geometry.inputShape) with weight \(geometry.weightShape), stride \(geometry.stride), "
      + "padding \(geometry.padding), dilation \(geometry.dilation) gives \(geometry.outputShape)")
}

// MARK: - Deprecated

/// A gradient of `conv2d`.
@available(*, deprecated, message: "Take gradients(of:withRespectTo:) of conv2d.")
@_disfavoredOverload
public func conv2dInputGradient(
  _ dy: Tensor, _ weight: Tensor, inputSize: Size2D, stride: Size2D = 1, padding: Size2D = 0,
  dilation: Size2D = 1, groups: Int = 1
) -> Tensor {
  conv2dInputGradient(
    dy, weight, inputSize: inputSize,
    options: .init(stride: stride, padding: padding, dilation: dilation, groups: groups))
}

/// A gradient of `conv2d`.
@available(*, deprecated, message: "Take gradients(of:withRespectTo:) of conv2d.")
@_disfavoredOverload
public func conv2dWeightGradient(
  _ dy: Tensor, _ x: Tensor, kernelSize: Size2D, stride: Size2D = 1, padding: Size2D = 0,
  dilation: Size2D = 1, groups: Int = 1
) -> Tensor {
  conv2dWeightGradient(
    dy, x, kernelSize: kernelSize,
    options: .init(stride: stride, padding: padding, dilation: dilation, groups: groups))
}

/// A gradient of `conv2d`.
@available(*, deprecated, message: "Take gradients(of:withRespectTo:) of conv2d.")
@_disfavoredOverload
public func conv2dGradients(
  _ dy: Tensor, _ x: Tensor, _ weight: Tensor, stride: Size2D = 1, padding: Size2D = 0,
  dilation: Size2D = 1, groups: Int = 1
) -> (input: Tensor, weight: Tensor) {
  conv2dGradients(
    dy, x, weight,
    options: .init(stride: stride, padding: padding, dilation: dilation, groups: groups))
}
