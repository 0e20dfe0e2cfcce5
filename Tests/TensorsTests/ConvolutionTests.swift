import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Convolution")
struct ConvolutionTests {
  private let convolutions = Fixtures.json("kernels.json", as: KernelFixtures.self).convolutions

  @Test("and its gradients are exactly PyTorch's on whole numbers", arguments: DType.allCases)
  func reference(dtype: DType) {
    for instructions in InstructionSet.available {
      for threads in [1, 2, 5] {
        instructions.use {
          Threads.withLimit(threads) {
            for (number, each) in convolutions.enumerated() {
              let comment: Comment = "case \(number), \(instructions.name), \(threads) threads"
              #expect(each.forward(dtype) == each.y.tensor(dtype), comment)
              #expect(each.inputGradient(dtype) == each.dx.tensor(dtype), comment)
              #expect(each.weightGradient(dtype) == each.dWeight.tensor(dtype), comment)
            }
          }
        }
      }
    }
  }

  @Test("slides the kernel over the picture without turning it round")
  func smallest() {
    let x = Tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], shape: [1, 1, 3, 3])
    let weight = Tensor([1, 0, 0, -1], shape: [1, 1, 2, 2])
    #expect(conv2d(x, weight) == Tensor([-4, -4, -4, -4], shape: [1, 1, 2, 2]))
    #expect(
      conv2d(x, weight, stride: 2, padding: 1) == Tensor([-1, -3, -7, -4], shape: [1, 1, 2, 2]))
    #expect(conv2d(x, weight, bias: [10], stride: [1, 2]).scalars == [6, 6])
  }

  /// Layers of real networks, where sums are long and blocks are many.
  static let layers: [Layer] = [
    Layer(channels: 3, size: 35, outputs: 64, kernel: 11, stride: 4, padding: 2),
    Layer(channels: 64, size: 13, outputs: 96, kernel: 5, padding: 2),
    Layer(channels: 48, size: 9, outputs: 50, kernel: 3, padding: 1),
    Layer(channels: 32, size: 14, outputs: 17, kernel: 1),
    Layer(channels: 20, size: 11, outputs: 40, kernel: 3, padding: 1, groups: 20),
    Layer(channels: 3, size: 70, outputs: 8, kernel: 7, stride: 2, padding: 3),
  ]

  @Test("is the sum that defines it", arguments: layers)
  func definition(layer: Layer) {
    let (x, weight) = (layer.input(.float64), layer.weight(.float64))
    let y = layer.forward(x, weight)
    var random = RandomSource(seed: 3)
    for _ in 0..<200 {
      let n = random.integer(in: 0..<y.shape[0])
      let o = random.integer(in: 0..<y.shape[1])
      let i = random.integer(in: 0..<y.shape[2])
      let j = random.integer(in: 0..<y.shape[3])
      let sum = layer.sum(x, weight, n, o, i, j)
      #expect(abs(y[n, o, i, j] - sum) <= 1e-13 * max(1, abs(sum)) * 10)
    }
  }

  @Test("⟨C(x, W), dy⟩ = ⟨x, Cᵢ(dy, W)⟩ = ⟨W, C_w(dy, x)⟩", arguments: layers)
  func adjoints(layer: Layer) {
    let (x, weight) = (layer.input(.float64), layer.weight(.float64))
    let y = layer.forward(x, weight)
    var random = RandomSource(seed: 4)
    let dy = Tensor.normal(y.shape, dtype: .float64, using: &random)
    let product = (y * dy).sum().item()
    let bound = 1e-13 * (y * dy).abs().sum().item()
    #expect(abs((x * layer.inputGradient(dy, weight)).sum().item() - product) <= bound)
    #expect(abs((weight * layer.weightGradient(dy, x)).sum().item() - product) <= bound)
  }

  @Test("does not depend on the number of threads", arguments: layers)
  func threads(layer: Layer) {
    for dtype in DType.allCases {
      let (x, weight) = (layer.input(dtype), layer.weight(dtype))
      func all() -> [Tensor] {
        let y = layer.forward(x, weight)
        return [y, layer.inputGradient(y, weight), layer.weightGradient(y, x)]
      }
      let one = Threads.withLimit(1, all)
      for limit in [2, 3, 8] { #expect(Threads.withLimit(limit, all) == one) }
    }
  }

  @Test("single precision is as near to double as its rounding allows", arguments: layers)
  func singlePrecision(layer: Layer) {
    let (x, weight) = (layer.input(.float64), layer.weight(.float64))
    let y = layer.forward(x, weight)
    let (x32, weight32, y32) = (
      x.converted(to: .float32), weight.converted(to: .float32), y.converted(to: .float32)
    )
    func error(_ single: Tensor, _ double: Tensor) -> Double {
      relativeError(single.converted(to: .float64), double)
    }
    withExactConvolutions {
      #expect(error(layer.forward(x32, weight32), y) < 1e-6)
      #expect(error(layer.inputGradient(y32, weight32), layer.inputGradient(y, weight)) < 1e-6)
      #expect(error(layer.weightGradient(y32, x32), layer.weightGradient(y, x)) < 1e-6)
    }
  }

  @Test("of no pictures is empty, and its weight gradient zero")
  func noPictures() {
    let weight = Tensor.ones([4, 3, 2, 2])
    let y = conv2d(Tensor.ones([0, 3, 5, 5]), weight)
    #expect(y.shape == [0, 4, 4, 4])
    #expect(conv2dInputGradient(y, weight, inputSize: 5).shape == [0, 3, 5, 5])
    #expect(
      conv2dWeightGradient(y, Tensor.ones([0, 3, 5, 5]), kernelSize: 2)
        == Tensor.zeros([4, 3, 2, 2]))
  }

  @Test("of no channels is the bias")
  func noChannels() {
    let y = conv2d(Tensor.ones([1, 0, 3, 3]), Tensor.ones([2, 0, 2, 2]), bias: [1, 2])
    #expect(y == Tensor([1, 1, 1, 1, 2, 2, 2, 2], shape: [1, 2, 2, 2]))
    #expect(conv2d(Tensor.ones([1, 2, 3, 3]), Tensor.ones([0, 2, 2, 2])).shape == [1, 0, 2, 2])
    // Wide pictures with few kernels are convolved another way.
    let wide = conv2d(Tensor.ones([1, 0, 3, 40]), Tensor.ones([2, 0, 1, 2]), bias: [1, 2])
    #expect(wide.shape == [1, 2, 3, 39] && wide[0, 0, 2, 38] == 1)
    #expect(conv2d(Tensor.ones([1, 2, 9, 40]), Tensor.ones([0, 2, 1, 2])).shape == [1, 0, 9, 39])
  }

  @Test("inputs that no kernel reaches get a gradient of zero")
  func unreached() {
    let dx = conv2dInputGradient(
      Tensor.ones([1, 1, 2, 2]), Tensor.ones([1, 1, 1, 1]), inputSize: [5, 4],
      options: .init(stride: 3))
    var expected = Tensor.zeros([1, 1, 5, 4])
    for (row, column) in [(0, 0), (0, 3), (3, 0), (3, 3)] { expected[0, 0, row, column] = 1 }
    #expect(dx == expected)
  }

  @Test("what does not fit stops with the shapes and what to do")
  func mistakes() async {
    func message(_ result: ExitTest.Result?) -> String {
      String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }
    let large = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = conv2d(Tensor.ones([1, 3, 4, 4]), Tensor.ones([8, 3, 5, 5])) }
    #expect(message(large).contains("a kernel of 5×5 with dilation 1×1 is larger than the input"))
    let channels = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = conv2d(Tensor.ones([1, 4, 9, 9]), Tensor.ones([8, 3, 5, 5])) }
    #expect(message(channels).contains("input [1, 4, 9, 9] does not fit weight [8, 3, 5, 5]"))
    let gradient = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = conv2dInputGradient(Tensor.ones([1, 8, 4, 4]), Tensor.ones([8, 3, 5, 5]), inputSize: 9)
    }
    #expect(message(gradient).contains("gives [1, 8, 5, 5]"))
  }

  @Test("sizes are written as one number or as height and width")
  func sizes() {
    let square: Size2D = 3
    let rectangle: Size2D = [2, 5]
    #expect(square == Size2D(3, 3) && rectangle == Size2D(2, 5))
    #expect("\(rectangle)" == "2×5")
  }
}

/// One convolution and the data for it.
struct Layer: Sendable, CustomTestStringConvertible {
  var channels: Int
  var size: Int
  var outputs: Int
  var kernel: Int
  var stride = 1
  var padding = 0
  var groups = 1

  var testDescription: String {
    "\(channels)→\(outputs), kernel \(kernel), stride \(stride), \(size)×\(size), \(groups) groups"
  }

  func input(_ dtype: DType) -> Tensor {
    var random = RandomSource(seed: 1)
    return .normal([3, channels, size, size], dtype: dtype, using: &random)
  }

  func weight(_ dtype: DType) -> Tensor {
    var random = RandomSource(seed: 2)
    return .normal([outputs, channels / groups, kernel, kernel], dtype: dtype, using: &random)
  }

  func forward(_ x: Tensor, _ weight: Tensor) -> Tensor {
    conv2d(x, weight, stride: Size2D(stride), padding: Size2D(padding), groups: groups)
  }

  func inputGradient(_ dy: Tensor, _ weight: Tensor) -> Tensor {
    conv2dInputGradient(
      dy, weight, inputSize: Size2D(size),
      options: .init(
        stride: Size2D(stride), padding: Size2D(padding),
        groups: groups))
  }

  func weightGradient(_ dy: Tensor, _ x: Tensor) -> Tensor {
    conv2dWeightGradient(
      dy, x, kernelSize: Size2D(kernel),
      options: .init(
        stride: Size2D(stride), padding: Size2D(padding),
        groups: groups))
  }

  /// One output, by the definition.
  func sum(_ x: Tensor, _ weight: Tensor, _ n: Int, _ o: Int, _ i: Int, _ j: Int) -> Double {
    var sum = 0.0
    let group = o / (outputs / groups)
    for c in 0..<(channels / groups) {
      for u in 0..<kernel {
        for v in 0..<kernel {
          let (row, column) = (i * stride + u - padding, j * stride + v - padding)
          if row < 0 || row >= size || column < 0 || column >= size { continue }
          sum += weight[o, c, u, v] * x[n, group * (channels / groups) + c, row, column]
        }
      }
    }
    return sum
  }
}
