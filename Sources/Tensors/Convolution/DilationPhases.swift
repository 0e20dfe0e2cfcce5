// A kernel with gaps of d meets only every d-th row and column, so that pictures fall into d · d phases which never
// meet one another: element (a + i · d, b + j · d) belongs to phase (a, b). Each is a smaller picture, and the kernel has
// no gaps on it, so that Winograd's method does what it does for others.

/// The pictures that a convolution with gaps in its kernel falls into.
struct DilationPhases: Sendable {
  /// The convolution of all phases of all pictures, without gaps.
  let part: ConvolutionGeometry
  /// The phases of the input with its padding, and of the output.
  private let input: PhaseLayout
  private let output: PhaseLayout

  /// The number of phases of a picture.
  var count: Int { input.phaseCount }
  /// The shape of the input before it is split.
  fileprivate var inputShape: [Int] { input.geometry.inputShape }

  /// The phases of a convolution; `nil` where a stride steps over some of them, or some have no output.
  init?(_ geometry: ConvolutionGeometry) {
    let gaps = geometry.dilation
    guard geometry.stride == 1, geometry.groups == 1, geometry.output.height >= gaps.height,
      geometry.output.width >= gaps.width
    else { return nil }
    func layout(_ shape: [Int], padding: Size2D) -> PhaseLayout {
      PhaseLayout(
        ConvolutionGeometry(
          "conv2d", input: shape, weight: [1, shape[1], 1, 1],
          .init(stride: gaps, padding: padding)),
        planes: shape[1])
    }
    input = layout(geometry.inputShape, padding: geometry.padding)
    output = layout(geometry.outputShape, padding: 0)
    part = ConvolutionGeometry(
      "conv2d",
      input: [
        geometry.images * input.phaseCount, geometry.inputChannels, input.phaseRows, input.pitch,
      ],
      weight: geometry.weightShape, .init())
  }

  /// The phases of the inputs: [N, C, H, W] → ``part``'s input.
  func splitInput(_ x: Tensor) -> Tensor { split(x, input, part.inputShape) }
  /// The phases of the outputs' gradient, with zeros where a phase has fewer: [N, O, H', W'] → ``part``'s output.
  func splitOutput(_ dy: Tensor) -> Tensor { split(dy, output, part.outputShape) }
  /// Pictures from phases of the inputs' gradient, without the padding.
  func joinInput(_ phases: Tensor, into dx: inout Tensor) { join(phases, input, into: &dx) }
  /// Pictures from phases of the outputs.
  func joinOutput(_ phases: Tensor, into y: inout Tensor) { join(phases, output, into: &y) }

  private func split(_ x: Tensor, _ layout: PhaseLayout, _ shape: [Int]) -> Tensor {
    let channels = layout.geometry.inputChannels
    var phases = Tensor.zeros(shape)
    let source = x.elements(Float.self)
    phases.withMutable(Float.self) { target in
      forEachPlane(of: layout) { plane in
        layout.split(
          source + plane * layout.geometry.inputPixels,
          into: target + plane / channels * layout.phaseCount * layout.phaseStep
            + plane % channels * layout.phaseSize)
      }
    }
    withExtendedLifetime(x) {}
    return phases
  }

  private func join(_ phases: Tensor, _ layout: PhaseLayout, into x: inout Tensor) {
    let channels = layout.geometry.inputChannels
    let source = phases.elements(Float.self)
    x.withMutable(Float.self) { target in
      forEachPlane(of: layout) { plane in
        layout.join(
          source + plane / channels * layout.phaseCount * layout.phaseStep
            + plane % channels * layout.phaseSize,
          into: target + plane * layout.geometry.inputPixels)
      }
    }
    withExtendedLifetime(phases) {}
  }

  private func forEachPlane(of layout: PhaseLayout, _ body: (Int) -> Void) {
    let geometry = layout.geometry
    parallelRanges(
      geometry.images * geometry.inputChannels,
      grain: max(1, elementwiseGrain / geometry.inputPixels)
    ) {
      for plane in $0 { body(plane) }
    }
  }
}

extension ConvolutionAlgorithm {
  /// `y = x ∗ W + b` by Winograd's method, rectified if that is wanted.
  func convolve(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, relu: Bool, into y: inout Tensor
  ) {
    guard let phases else {
      return winograd!.convolve(x, weight, bias, relu: relu, into: &y)
    }
    var outputs = Tensor(uninitialized: phases.part.outputShape, dtype: .float32)
    winograd!.convolve(phases.splitInput(x), weight, bias, relu: relu, into: &outputs)
    phases.joinOutput(outputs, into: &y)
  }

  /// The gradients by Winograd's method: `nil` without it, or without what they are computed from.
  func gradients(
    _ dy: Tensor, x: Tensor?, weight: Tensor?
  ) -> (input: Tensor?, weight: Tensor?) {
    guard let winograd else { return (nil, nil) }
    guard let phases else { return winograd.gradients(dy, x: x, weight: weight) }
    let gradients = winograd.gradients(
      phases.splitOutput(dy), x: x.map(phases.splitInput), weight: weight)
    let dx = gradients.input.map {
      var dx = Tensor(uninitialized: phases.inputShape, dtype: .float32)
      phases.joinInput($0, into: &dx)
      return dx
    }
    return (dx, gradients.weight)
  }
}
