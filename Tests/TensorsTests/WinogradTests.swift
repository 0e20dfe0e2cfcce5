import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Winograd's convolution")
struct WinogradTests {
  /// A convolution that Winograd's method takes.
  struct Shape: Sendable, CustomStringConvertible {
    var images = 2
    let channels: Int
    let height: Int
    let width: Int
    let outputs: Int
    let kernel: Int
    var stride = 1
    var padding = 0
    var dilation = 1

    var description: String {
      "\(images)×\(channels)×\(height)×\(width) → \(outputs), \(kernel)×\(kernel), stride \(stride), "
        + "padding \(padding), dilation \(dilation)"
    }
    var input: [Int] { [images, channels, height, width] }
    var weight: [Int] { [outputs, channels, kernel, kernel] }
    var algorithm: ConvolutionAlgorithm {
      ConvolutionAlgorithm(
        input: input, weight: weight, stride: Size2D(stride), padding: Size2D(padding),
        dilation: Size2D(dilation))
    }
    var options: ConvolutionOptions {
      .init(stride: Size2D(stride), padding: Size2D(padding), dilation: Size2D(dilation))
    }
  }

  /// AlexNet's, and awkward ones: channels that do not fill a block, tiles that stick out, strides whose
  /// channels straddle blocks, kernels that do not fill their folded form, more padding than the kernel
  /// needs, one picture and none.
  static let shapes: [Shape] = [
    Shape(channels: 3, height: 224, width: 224, outputs: 64, kernel: 11, stride: 4, padding: 2),
    Shape(images: 3, channels: 64, height: 27, width: 27, outputs: 192, kernel: 5, padding: 2),
    Shape(images: 5, channels: 192, height: 13, width: 13, outputs: 40, kernel: 3, padding: 1),
    Shape(images: 1, channels: 29, height: 20, width: 35, outputs: 31, kernel: 3, padding: 1),
    Shape(channels: 16, height: 14, width: 22, outputs: 16, kernel: 3),
    Shape(channels: 31, height: 12, width: 12, outputs: 16, kernel: 5, padding: 4),
    Shape(channels: 32, height: 19, width: 12, outputs: 48, kernel: 3, padding: 2),
    Shape(channels: 7, height: 61, width: 40, outputs: 30, kernel: 5, stride: 2, padding: 1),
    Shape(channels: 7, height: 50, width: 47, outputs: 20, kernel: 9, stride: 3, padding: 4),
    Shape(channels: 4, height: 43, width: 41, outputs: 32, kernel: 6, stride: 2, padding: 3),
    Shape(channels: 1, height: 96, width: 90, outputs: 16, kernel: 20, stride: 4, padding: 1),
    Shape(images: 0, channels: 32, height: 16, width: 16, outputs: 32, kernel: 3, padding: 1),
    Shape(channels: 48, height: 32, width: 56, outputs: 47, kernel: 3, stride: 2, padding: 1),
    Shape(channels: 16, height: 96, width: 90, outputs: 16, kernel: 11, stride: 4, padding: 2),
    Shape(channels: 16, height: 61, width: 40, outputs: 128, kernel: 5, stride: 2, padding: 1),
    Shape(images: 3, channels: 16, height: 61, width: 62, outputs: 16, kernel: 5, stride: 3),
    Shape(channels: 16, height: 41, width: 43, outputs: 30, kernel: 9, stride: 2, padding: 4),
    Shape(channels: 16, height: 64, width: 61, outputs: 16, kernel: 9, stride: 4, padding: 3),
    Shape(images: 3, channels: 20, height: 17, width: 17, outputs: 32, kernel: 3, stride: 2),
    Shape(channels: 32, height: 27, width: 28, outputs: 31, kernel: 4, stride: 2, padding: 1),
    Shape(channels: 16, height: 21, width: 17, outputs: 16, kernel: 2),
    Shape(channels: 4, height: 49, width: 37, outputs: 16, kernel: 6, stride: 3, padding: 1),
    Shape(channels: 24, height: 28, width: 28, outputs: 16, kernel: 3, padding: 2, dilation: 2),
    Shape(channels: 16, height: 31, width: 20, outputs: 33, kernel: 3, padding: 1, dilation: 2),
    Shape(images: 3, channels: 17, height: 35, width: 37, outputs: 16, kernel: 3, dilation: 3),
    Shape(channels: 16, height: 40, width: 33, outputs: 16, kernel: 5, padding: 5, dilation: 2),
    Shape(channels: 16, height: 40, width: 33, outputs: 16, kernel: 2, dilation: 4),
    Shape(images: 0, channels: 16, height: 16, width: 16, outputs: 16, kernel: 3, dilation: 2),
  ]

  /// What one convolution gives: outputs, both gradients alone, and both together.
  private struct Results: Equatable {
    let names = ["outputs", "dx", "dW", "dx with dW", "dW with dx"]
    let tensors: [Tensor]

    init(_ shape: Shape, _ x: Tensor, _ weight: Tensor, _ bias: Tensor, dy: Tensor? = nil) {
      let options = shape.options
      let y = conv2d(x, weight, bias: bias, options: options)
      let dy = dy ?? y
      let (dx, dw) = conv2dGradients(dy, x, weight, options: options)
      tensors = [
        y,
        conv2dInputGradient(
          dy, weight, inputSize: [shape.height, shape.width], options: options),
        conv2dWeightGradient(dy, x, kernelSize: Size2D(shape.kernel), options: options),
        dx, dw,
      ]
    }
  }

  private func numbers(
    _ shape: Shape, dtype: DType = .float32
  ) -> (x: Tensor, weight: Tensor, bias: Tensor) {
    var random = RandomSource(seed: 7)
    let fan = Double(shape.channels * shape.kernel * shape.kernel)
    return (
      Tensor.normal(shape.input, dtype: dtype, using: &random),
      Tensor.normal(shape.weight, dtype: dtype, using: &random) / fan.squareRoot(),
      Tensor.normal([shape.outputs], dtype: dtype, using: &random)
    )
  }

  @Test("agrees with the plain sums, with every instruction set", arguments: shapes)
  func agreement(shape: Shape) {
    #expect(!shape.algorithm.isExact, "\(shape.algorithm)")
    let (x, weight, bias) = numbers(shape)
    let y64 = conv2d(
      x.converted(to: .float64), weight.converted(to: .float64),
      bias: bias.converted(to: .float64), options: shape.options)
    let exact = Results(
      shape, x.converted(to: .float64), weight.converted(to: .float64),
      bias.converted(to: .float64), dy: y64)
    for instructions in InstructionSet.available {
      let results = instructions.use {
        Results(shape, x, weight, bias, dy: y64.converted(to: .float32))
      }
      for ((name, result), expected) in zip(zip(results.names, results.tensors), exact.tensors) {
        let difference = disagreement(result.converted(to: .float64), expected, tolerance: 3e-5)
        #expect(difference == nil, "\(name), \(instructions.name): \(difference ?? "")")
      }
    }
  }

  @Test("does not depend on the number of threads", arguments: shapes)
  func threads(shape: Shape) {
    let (x, weight, bias) = numbers(shape)
    let one = Threads.withLimit(1) { Results(shape, x, weight, bias) }
    for limit in [2, 3, 8] {
      #expect(Threads.withLimit(limit) { Results(shape, x, weight, bias) } == one)
    }
  }

  @Test("gives a picture the same outputs alone and among others")
  func batches() {
    let shape = Shape(images: 40, channels: 64, height: 13, width: 13, outputs: 64, kernel: 3)
    let (x, weight, bias) = numbers(shape)
    let all = conv2d(x, weight, bias: bias)
    for image in [0, 17, 39] {
      #expect(
        conv2d(x[image..<(image + 1)], weight, bias: bias) == all[image..<(image + 1)])
    }
  }

  @Test("rectifies in its last step as a separate pass would, bit for bit", arguments: shapes)
  func rectified(shape: Shape) {
    let (x, weight, bias) = numbers(shape)
    func y(relu: Bool) -> Tensor {
      conv2d(x, weight, bias: bias, options: shape.options, relu: relu)
    }
    #expect(y(relu: true) == y(relu: false).relu())
    withExactConvolutions { #expect(y(relu: true) == y(relu: false).relu()) }
  }

  @Test("sees when the weights have changed")
  func changedWeights() {
    let shape = Shape(channels: 16, height: 12, width: 12, outputs: 16, kernel: 3, padding: 1)
    var (x, weight, _) = numbers(shape)
    let before = conv2d(x, weight, padding: 1)
    let shared = weight
    weight *= 2
    #expect(conv2d(x, weight, padding: 1) == before * 2)
    #expect(conv2d(x, shared, padding: 1) == before)
    // In place, with nobody else holding the numbers.
    weight[0, 0, 0, 0] = 100
    #expect(conv2d(x, weight, padding: 1) != before * 2)
    weight.fill(0)
    #expect(conv2d(x, weight, padding: 1) == .zeros(before.shape))
    // Other weights in the same memory: a range of a larger tensor.
    var random = RandomSource(seed: 1)
    let both = Tensor.normal([32, 16, 3, 3], using: &random)
    let (first, second) = (
      conv2d(x, both[0..<16], padding: 1), conv2d(x, both[16..<32], padding: 1)
    )
    #expect(first != second)
    #expect(conv2d(x, both[0..<16], padding: 1) == first)
    x *= 1
  }

  @Test("does not take weights that were transformed for another stride")
  func otherStride() {
    var random = RandomSource(seed: 3)
    let x = Tensor.normal([1, 16, 40, 40], using: &random)
    let weight = Tensor.normal([16, 16, 9, 9], using: &random) / 36
    for stride in [3, 4] {
      let shape = Shape(
        images: 1, channels: 16, height: 40, width: 40, outputs: 16, kernel: 9, stride: stride)
      #expect(shape.algorithm.description.hasPrefix("Winograd"), "\(shape.algorithm)")
      let exact = withExactConvolutions { conv2d(x, weight, options: shape.options) }
      let difference = disagreement(
        conv2d(x, weight, options: shape.options), exact, tolerance: 3e-5)
      #expect(difference == nil, "stride \(stride): \(difference ?? "")")
    }
  }

  @Test("keeps what is not finite within the tiles that see it")
  func notFinite() {
    let shape = Shape(images: 1, channels: 16, height: 32, width: 32, outputs: 16, kernel: 3)
    var (x, weight, bias) = numbers(shape)
    let clean = conv2d(x, weight, bias: bias)
    x[0, 3, 0, 0] = .nan
    let y = conv2d(x, weight, bias: bias)
    #expect(y[0, 5, 0, 0].isNaN)
    #expect(y[0, 5, 20, 20] == clean[0, 5, 20, 20])
    weight *= 1
    bias *= 1
  }

  @Test("is chosen by shapes and dtype, with a reason")
  func choice() {
    func choice(
      _ input: [Int], _ weight: [Int], stride: Size2D = 1, dilation: Size2D = 1, groups: Int = 1,
      dtype: DType = .float32
    ) -> String {
      ConvolutionAlgorithm(
        input: input, weight: weight, stride: stride, padding: 1, dilation: dilation,
        groups: groups, dtype: dtype
      ).description
    }
    let plain = [1, 32, 13, 13]
    #expect(
      choice(plain, [32, 32, 3, 3]) == "Winograd F(5, 3): 3.4 times fewer multiplications")
    #expect(
      choice([1, 8, 61, 61], [32, 8, 5, 5], stride: 2).hasPrefix(
        "Winograd F(5, 3) after folding stride 2 into channels"))
    #expect(
      choice(plain, [32, 32, 3, 3], dtype: .float64)
        == "matrix product in place: float64 is always exact")
    #expect(
      choice(plain, [32, 16, 3, 3], groups: 2)
        == "matrix product in place: the channels fall into 2 groups")
    #expect(
      choice([1, 32, 26, 26], [32, 32, 3, 3], dilation: 2).hasPrefix(
        "Winograd F(4, 3) on each picture's 4 phases: "))
    #expect(
      choice(plain, [32, 32, 3, 3], stride: 2, dilation: 2)
        == "matrix product: the kernel has gaps, and the stride steps over some of what it meets")
    #expect(
      choice([1, 32, 56, 56], [32, 32, 3, 3], stride: 2)
        == "Winograd F(4, 2) after folding stride 2 into channels: 1.8 times fewer multiplications")
    #expect(
      choice(plain, [32, 32, 3, 1]) == "matrix product in place: kernel or stride is not square")
    #expect(
      choice(plain, [32, 32, 1, 1])
        == "matrix product in place: no short convolution for a kernel of 1×1 with stride 1×1")
    #expect(
      choice([1, 3, 13, 13], [32, 3, 3, 3]) == "matrix product in place: fewer than 16 channels")
    #expect(
      choice([1, 2048, 13, 13], [2048, 2048, 3, 3]).hasPrefix(
        "matrix product: transformed weights would take"))
    #expect(
      choice([1, 32, 4, 4], [32, 32, 3, 3]).hasPrefix("Winograd F(4, 3)"))
    withExactConvolutions {
      #expect(
        choice(plain, [32, 32, 3, 3])
          == "matrix product in place: exact convolutions were asked for")
    }
    for images in [1, 100] {
      #expect(choice([images, 32, 13, 13], [32, 32, 3, 3]) == choice(plain, [32, 32, 3, 3]))
    }
  }
}
