import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("A convolution of each channel by itself")
struct DepthwiseTests {
  private static let cases:
    [(x: [Int], weight: [Int], stride: Size2D, padding: Size2D, dilation: Size2D)] = [
      ([2, 3, 7, 9], [3, 1, 3, 3], 1, 1, 1), ([1, 2, 8, 8], [4, 1, 3, 2], 2, 0, 1),
      ([2, 4, 28, 28], [4, 1, 3, 3], 1, 1, 1),
      ([1, 5, 17, 40], [10, 1, 5, 5], Size2D(3, 2), 2, 1),
      ([3, 2, 9, 11], [2, 1, 3, 3], 1, 4, 2), ([1, 2, 6, 5], [2, 1, 2, 3], 1, 3, 1),
      ([2, 2, 5, 5], [6, 1, 5, 5], Size2D(1000, (1 << 31) - 1), 0, 1),
      ([0, 2, 5, 5], [2, 1, 3, 3], 1, 0, 1),
      ([1, 2, 1, 1], [2, 1, 1, 1], 2, 2, 3), ([2, 3, 20, 20], [3, 1, 3, 3], 2, 1, Size2D(2, 3)),
    ]

  /// The same convolution channel by channel, by the matrix product.
  private func separately(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor, _ c: (Size2D, Size2D, Size2D)
  ) -> Tensor {
    let multiplier = weight.shape[0] / x.shape[1]
    let parts = (0..<x.shape[1]).map { channel in
      let kernels = channel * multiplier..<(channel + 1) * multiplier
      return conv2d(
        x.slice(channel..<channel + 1, axis: 1), weight[kernels], bias: bias[kernels], stride: c.0,
        padding: c.1, dilation: c.2)
    }
    return concatenate(parts, axis: 1)
  }

  @Test(
    "is that of its channels one after the other", arguments: InstructionSet.available,
    DType.allCases)
  func forward(instructions: InstructionSet, dtype: DType) {
    var random = RandomSource(seed: 4)
    for c in Self.cases {
      let x = Tensor.normal(c.x, dtype: dtype, using: &random)
      let weight = Tensor.normal(c.weight, dtype: dtype, using: &random)
      let bias = Tensor.normal([c.weight[0]], dtype: dtype, using: &random)
      instructions.use {
        let found = conv2d(
          x, weight, bias: bias, stride: c.stride, padding: c.padding, dilation: c.dilation,
          groups: c.x[1])
        let expected = separately(x, weight, bias, (c.stride, c.padding, c.dilation))
        #expect(found.shape == expected.shape)
        let tolerance = dtype == .float32 ? 1e-5 : 1e-13
        if x.count > 0 { #expect((found - expected).abs().max().item() <= tolerance, "\(c)") }
        let rectified = conv2d(
          x, weight, bias: bias, stride: c.stride, padding: c.padding, dilation: c.dilation,
          groups: c.x[1], relu: true)
        #expect(rectified == found.relu())
      }
    }
  }

  @Test(
    "has gradients that are its adjoints: ⟨dy, conv(x, w)⟩ = ⟨dx, x⟩ = ⟨dw, w⟩",
    arguments: InstructionSet.available, DType.allCases)
  func adjoints(instructions: InstructionSet, dtype: DType) {
    var random = RandomSource(seed: 5)
    for c in Self.cases {
      let x = Tensor.normal(c.x, dtype: dtype, using: &random)
      let weight = Tensor.normal(c.weight, dtype: dtype, using: &random)
      instructions.use {
        let y = conv2d(
          x, weight, stride: c.stride, padding: c.padding, dilation: c.dilation, groups: c.x[1])
        let dy = Tensor.normal(y.shape, dtype: dtype, using: &random)
        let (dx, dw) = conv2dGradients(
          dy, x, weight,
          options: .init(
            stride: c.stride, padding: c.padding, dilation: c.dilation, groups: c.x[1]))
        func product(_ a: Tensor, _ b: Tensor) -> Double { (a * b).sum().item() }
        let (forward, tolerance) = (product(dy, y), dtype == .float32 ? 2e-4 : 1e-11)
        let scale = max(1, y.count > 0 ? (dy * y).abs().sum().item() : 1)
        #expect(abs(forward - product(dx, x)) <= tolerance * scale, "\(c)")
        #expect(abs(forward - product(dw, weight)) <= tolerance * scale, "\(c)")
      }
    }
  }

  @Test("does not depend on the number of threads, and says how it is computed")
  func threads() {
    var random = RandomSource(seed: 6)
    let x = Tensor.normal([5, 32, 30, 30], using: &random)
    let weight = Tensor.normal([32, 1, 3, 3], using: &random)
    func run() -> [Tensor] {
      let y = conv2d(x, weight, padding: 1, groups: 32)
      let (dx, dw) = conv2dGradients(y, x, weight, options: .init(padding: 1, groups: 32))
      return [y, dx, dw]
    }
    #expect(Threads.withLimit(1, run) == Threads.withLimit(4, run))
    let algorithm = ConvolutionAlgorithm(input: x.shape, weight: weight.shape, groups: 32)
    #expect("\(algorithm)" == "direct: every channel has kernels of its own" && algorithm.isExact)
  }
}
