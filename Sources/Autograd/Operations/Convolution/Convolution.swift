import RetrogradTensors

// Convolution, its input gradient and its weight gradient: three operations, each linear in both of
// its inputs, whose derivatives are one another. `y = C(x, W)`, `dx = Cᵢ(dy, W)`, `dW = C_w(dy, x)`.

/// The cross-correlation that networks call convolution.
///
/// `y[n, o, i, j] = b[o] + Σ W[o, c, u, v] · x[n, c, i·stride + u·dilation − padding, …]`.
/// Derivative: `dx` scatters `dy` through the kernel, `dW` correlates `x` with `dy`, `db = Σ dy`.
/// Shapes: `x` [N, C, H, W] or [C, H, W], `weight` [O, C/groups, kH, kW], `bias` [O] →
/// [N, O, H', W'] with `H' = ⌊(H + 2·padding − dilation·(kH − 1) − 1) / stride⌋ + 1`.
///
/// - Parameters:
///   - x: The pictures.
///   - weight: The kernels.
///   - bias: The number to add to each output channel.
///   - stride: The distance by which the kernel moves between outputs.
///   - padding: The number of zeros to add on each side.
///   - dilation: The distance between the kernel's elements.
///   - groups: The number of independent groups of channels.
///   - relu: Whether to rectify the result: `max(y, 0)`, bit for bit as ``Variable/relu()`` would, in one
///     pass and as one operation of the graph.
public func conv2d(
  _ x: Variable, _ weight: Variable, bias: Variable? = nil, stride: Size2D = 1,
  padding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1, relu: Bool = false
) -> Variable {
  asBatch(x) { x in
    convolve(
      x, weight, bias: bias,
      .init(stride: stride, padding: padding, dilation: dilation, groups: groups), relu: relu)
  }
}

/// The transposed convolution: the input gradient of a convolution, used forward.
///
/// Shapes: `x` [N, C, H, W] or [C, H, W], `weight` [C, O/groups, kH, kW], `bias` [O] →
/// [N, O, H', W'] with `H' = (H − 1)·stride − 2·padding + dilation·(kH − 1) + outputPadding + 1`.
///
/// - Parameters:
///   - x: The pictures.
///   - weight: The kernels, input channels first.
///   - bias: The number to add to each output channel.
///   - stride: The distance between inputs in the result.
///   - padding: The number of rows and columns to cut off on each side.
///   - outputPadding: The number of rows and columns to add at the end, less than the stride or the
///     dilation.
///   - dilation: The distance between the kernel's elements.
///   - groups: The number of independent groups of channels.
public func convTranspose2d(
  _ x: Variable, _ weight: Variable, bias: Variable? = nil, stride: Size2D = 1,
  padding: Size2D = 0, outputPadding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1
) -> Variable {
  asBatch(x) { x in
    require(
      x.rank == 4 && weight.rank == 4 && groups > 0 && x.shape[1] == weight.shape[0]
        && x.shape[1] % groups == 0,
      "convTranspose2d: input \(x.shape) and weight \(weight.shape) do not fit: expects [N, C, H, W] and "
        + "[C, O/groups, kH, kW] with C divisible by \(groups) groups")
    requireExtents(
      [
        "input": spatialSize(x), "kernel": spatialSize(weight), "stride": stride,
        "padding": padding, "output padding": outputPadding, "dilation": dilation,
      ], with: x.shape, weight.shape, operation: "convTranspose2d")
    require(
      min(stride.height, stride.width, dilation.height, dilation.width) > 0
        && min(padding.height, padding.width, outputPadding.height, outputPadding.width) >= 0,
      "convTranspose2d: stride \(stride) and dilation \(dilation) must be positive, padding "
        + "\(padding) and output padding \(outputPadding) not negative")
    require(
      (outputPadding.height < stride.height || outputPadding.height < dilation.height)
        && (outputPadding.width < stride.width || outputPadding.width < dilation.width),
      "convTranspose2d: the output padding must be smaller than the stride or the dilation")
    func extent(
      _ n: Int, _ k: Int, _ stride: Int, _ padding: Int, _ dilation: Int, _ extra: Int
    )
      -> Int
    { (n - 1) * stride - 2 * padding + dilation * (k - 1) + extra + 1 }
    let height = extent(
      x.shape[2], weight.shape[2], stride.height, padding.height, dilation.height,
      outputPadding.height)
    let width = extent(
      x.shape[3], weight.shape[3], stride.width, padding.width, dilation.width,
      outputPadding.width)
    require(
      height > 0 && width > 0,
      "convTranspose2d: input \(x.shape) with weight \(weight.shape) leaves an output of \(height)×\(width): "
        + "use less padding")
    // Output padding of a stride or more (the dilation may allow it) is reached by kernels that stand
    // beyond the input: over zeros.
    let beyond = Size2D(
      outputPadding.height / stride.height, outputPadding.width / stride.width)
    let covered =
      beyond == 0 ? x : x.padded([(0, beyond.height), (0, beyond.width)])
    let y = inputGradient(
      covered, weight, inputSize: Size2D(height, width),
      .init(stride: stride, padding: padding, dilation: dilation, groups: groups),
      name: "convTranspose2d")
    guard let bias else { return y }
    require(
      bias.shape == [y.shape[1]],
      "convTranspose2d: the bias is \(bias.shape), expects [\(y.shape[1])]")
    return y + bias.reshaped([1, y.shape[1], 1, 1])
  }
}

private func convolve(
  _ x: Variable, _ weight: Variable, bias: Variable?, _ options: ConvolutionOptions,
  relu: Bool = false
) -> Variable {
  let inputs = promoted([x, weight] + (bias.map { [$0] } ?? []))
  let value = conv2d(
    inputs[0].value, inputs[1].value, bias: inputs.count > 2 ? inputs[2].value : nil,
    options: options, relu: relu)
  if relu { noteBranches("conv2d") { value .> 0 } }
  let guided = guidesRectifiers
  return record("conv2d", inputs, value: value, keep: relu ? .both : .inputs) { saved, dy in
    let dz = relu ? dy.passed(whereRectified: saved.output.value, guided: guided) : dy
    let (dx, dw) = gradients(dz, saved, options)
    var gradients = [dx, dw]
    if saved.inputCount == 3 { gradients.append(saved.needs(2) ? dz.sum(axes: [0, 2, 3]) : nil) }
    return gradients
  }
}

/// The gradients of the pictures and of the kernels that somebody needs.
private func gradients(
  _ dy: Variable, _ saved: Saved, _ options: ConvolutionOptions
) -> (x: Variable?, weight: Variable?) {
  let (x, weight) = (saved.inputs[0], saved.inputs[1])
  if !saved.isRecording && saved.needs(0) && saved.needs(1) {
    // Both share part of the work.
    let (dx, dw) = conv2dGradients(dy.value, x.value, weight.value, options: options)
    return (Variable(dx), Variable(dw))
  }
  return (
    saved.needs(0) ? inputGradient(dy, weight, inputSize: spatialSize(x), options) : nil,
    saved.needs(1) ? weightGradient(dy, x, kernelSize: spatialSize(weight), options) : nil
  )
}

private func inputGradient(
  _ dy: Variable, _ weight: Variable, inputSize: Size2D, _ options: ConvolutionOptions,
  name: String = "conv2dInputGradient"
) -> Variable {
  let (dy, weight) = promoted(dy, weight)
  let value = conv2dInputGradient(
    dy.value, weight.value, inputSize: inputSize, options: options)
  return record(name, [dy, weight], value: value, keep: .inputs) { saved, dx in
    let (dy, weight) = (saved.inputs[0], saved.inputs[1])
    return [
      saved.needs(0) ? convolve(dx, weight, bias: nil, options) : nil,
      saved.needs(1)
        ? weightGradient(dy, dx, kernelSize: spatialSize(weight), options) : nil,
    ]
  }
}

private func weightGradient(
  _ dy: Variable, _ x: Variable, kernelSize: Size2D, _ options: ConvolutionOptions
) -> Variable {
  let value = conv2dWeightGradient(
    dy.value, x.value, kernelSize: kernelSize, options: options)
  return record("conv2dWeightGradient", [dy, x], value: value, keep: .inputs) { saved, dw in
    let (dy, x) = (saved.inputs[0], saved.inputs[1])
    return [
      saved.needs(0) ? convolve(x, dw, bias: nil, options) : nil,
      saved.needs(1) ? inputGradient(dy, dw, inputSize: spatialSize(x), options) : nil,
    ]
  }
}

private func spatialSize(_ x: Variable) -> Size2D { Size2D(x.shape[2], x.shape[3]) }
