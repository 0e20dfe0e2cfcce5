/// The extents of a convolution, checked once and used by the convolution and both its gradients.
struct ConvolutionGeometry: Sendable {
  let images: Int
  /// Channels of each group.
  let inputChannels: Int
  let outputChannels: Int
  let input: Size2D
  let kernel: Size2D
  let output: Size2D
  let options: ConvolutionOptions

  var groups: Int { options.groups }
  var stride: Size2D { options.stride }
  var padding: Size2D { options.padding }
  var dilation: Size2D { options.dilation }
  var inputPixels: Int { input.height * input.width }
  var kernelPixels: Int { kernel.height * kernel.width }
  var outputPixels: Int { output.height * output.width }
  /// Indicates whether every channel has kernels of its own.
  var isDepthwise: Bool { inputChannels == 1 && groups > 1 }
  /// The number of inputs that each output is a weighted sum of.
  var patch: Int { inputChannels * kernelPixels }
  /// Number of multiplications of the convolution, and of either of its gradients.
  var multiplications: Int { images * groups * outputChannels * outputPixels * patch }

  var inputShape: [Int] { [images, groups * inputChannels, input.height, input.width] }
  var weightShape: [Int] {
    [groups * outputChannels, inputChannels, kernel.height, kernel.width]
  }
  var outputShape: [Int] { [images, groups * outputChannels, output.height, output.width] }

  /// The geometry of `x` convolved with `weight`; stops when the two do not fit.
  init(
    _ operation: String, input x: [Int], weight: [Int], _ options: ConvolutionOptions
  ) {
    let (stride, padding, dilation) = (options.stride, options.padding, options.dilation)
    let groups = options.groups
    require(
      x.count == 4 && weight.count == 4,
      "\(operation): input \(x) and weight \(weight) must have the shapes [N, C, H, W] and "
        + "[O, C/groups, kH, kW]; reshape a single picture to [1, C, H, W]")
    requireExtents(
      [
        "input": Size2D(x[2], x[3]), "kernel": Size2D(weight[2], weight[3]), "stride": stride,
        "padding": padding, "dilation": dilation,
      ], with: x, weight, operation: operation)
    require(
      stride.height > 0 && stride.width > 0 && dilation.height > 0 && dilation.width > 0
        && padding.height >= 0 && padding.width >= 0,
      "\(operation): stride \(stride) and dilation \(dilation) must be positive, padding "
        + "\(padding) not negative")
    require(
      groups > 0 && weight[0] % groups == 0 && x[1] % groups == 0 && x[1] / groups == weight[1],
      "\(operation): input \(x) does not fit weight \(weight) in \(groups) groups: the input "
        + "must have \(groups) · \(weight[1]) channels, and the outputs divide by the groups")
    kernel = Size2D(weight[2], weight[3])
    require(
      kernel.height > 0 && kernel.width > 0,
      "\(operation): weight \(weight) has a kernel without elements")
    input = Size2D(x[2], x[3])
    output = Size2D(
      Self.outputExtent(
        input.height, kernel.height, stride.height, padding.height, dilation.height),
      Self.outputExtent(input.width, kernel.width, stride.width, padding.width, dilation.width))
    require(
      output.height > 0 && output.width > 0,
      "\(operation): a kernel of \(kernel) with dilation \(dilation) is larger than the input "
        + "\(x) with padding \(padding): use a larger picture, more padding or a smaller kernel")
    (images, self.options) = (x[0], options)
    (inputChannels, outputChannels) = (weight[1], weight[0] / groups)
    requireWorkspace(operation)
  }

  /// Stops when what the convolution or a gradient lays out while it runs cannot be counted: planes
  /// with zeros around them, and the places of the kernel.
  private func requireWorkspace(_ operation: String) {
    func reach(_ input: Int, _ padding: Int, _ output: Int) -> Int {
      output + 2 * (input + 2 * padding)
    }
    // Only for its check.
    _ = Tensor.checkedCount(
      [
        groups * max(inputChannels, outputChannels),
        reach(input.height, padding.height, output.height),
        reach(input.width, padding.width, output.width),
      ], operation: "\(operation) of input \(inputShape) with padding \(padding)")
    requireMemory(forNumbers: outputPixels, operation: operation)
  }

  /// The number of positions of a kernel; 0 or less when it does not fit.
  private static func outputExtent(
    _ input: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int
  ) -> Int {
    let free = input + 2 * padding - dilation * (kernel - 1) - 1
    return free < 0 ? 0 : free / stride + 1
  }
}
