import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("A convolution that reads what its kernels meet in place")
struct RunConvolutionTests {
  private static let cases: [(x: [Int], weight: [Int], options: ConvolutionOptions)] = [
    ([1, 3, 20, 33], [16, 3, 3, 3], .init(padding: 1)),
    ([5, 3, 20, 33], [5, 3, 3, 3], .init(padding: 1)),
    ([2, 8, 30, 30], [12, 2, 3, 3], .init(padding: 1, groups: 4)),
    ([2, 2, 31, 40], [9, 2, 3, 2], .init(padding: 2, dilation: Size2D(2, 3))),
    ([3, 4, 41, 37], [7, 4, 5, 3], .init(stride: 2, padding: 1)),
    ([1, 6, 60, 64], [6, 3, 4, 4], .init(stride: Size2D(3, 2), padding: 1, groups: 2)),
    ([1, 1, 1, 9], [1, 1, 1, 1], .init()),
    ([4, 1, 28, 28], [20, 1, 5, 5], .init(padding: Size2D(0, 2))),
    ([0, 3, 20, 33], [16, 3, 3, 3], .init(padding: 1)),
  ]

  /// Every sum as the formula has it, in double precision.
  private func plain(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor, _ options: ConvolutionOptions
  )
    -> Tensor
  {
    let (s, p, d) = (options.stride, options.padding, options.dilation)
    let (kernel, size) = (Array(weight.shape[2...]), Array(x.shape[2...]))
    let output = [
      (size[0] + 2 * p.height - d.height * (kernel[0] - 1) - 1) / s.height + 1,
      (size[1] + 2 * p.width - d.width * (kernel[1] - 1) - 1) / s.width + 1,
    ]
    let (inputs, outputs) = (weight.shape[1], weight.shape[0] / options.groups)
    var y: [Double] = []
    for n in 0..<x.shape[0] {
      for o in 0..<weight.shape[0] {
        for i in 0..<output[0] {
          for j in 0..<output[1] {
            var sum: Double = bias[o]
            for c in 0..<inputs {
              for u in 0..<kernel[0] {
                for v in 0..<kernel[1] {
                  let row = i * s.height + u * d.height - p.height
                  let column = j * s.width + v * d.width - p.width
                  if (0..<size[0]).contains(row) && (0..<size[1]).contains(column) {
                    let factor: Double = weight[o, c, u, v]
                    let number: Double = x[n, o / outputs * inputs + c, row, column]
                    sum += factor * number
                  }
                }
              }
            }
            y.append(sum)
          }
        }
      }
    }
    return Tensor(y, shape: [x.shape[0], weight.shape[0]] + output, dtype: .float64)
  }

  @Test("is the sum that its formula says", arguments: InstructionSet.available, DType.allCases)
  func forward(instructions: InstructionSet, dtype: DType) {
    var random = RandomSource(seed: 5)
    for c in Self.cases {
      let x = Tensor.normal(c.x, dtype: dtype, using: &random)
      let weight = Tensor.normal(c.weight, dtype: dtype, using: &random)
      let bias = Tensor.normal([c.weight[0]], dtype: dtype, using: &random)
      instructions.use {
        let found = withExactConvolutions { conv2d(x, weight, bias: bias, options: c.options) }
        let expected = plain(x, weight, bias, c.options)
        #expect(found.shape == expected.shape)
        let tolerance = dtype == .float32 ? 3e-5 : 1e-12
        if x.count > 0 {
          let error = (found.converted(to: .float64) - expected).abs().max().item()
          #expect(error <= tolerance, "\(c)")
        }
        let rectified = withExactConvolutions {
          conv2d(x, weight, bias: bias, options: c.options, relu: true)
        }
        #expect(rectified == found.relu())
      }
    }
  }

  @Test(
    "has an input gradient that is its adjoint: ⟨dy, conv(x, w)⟩ = ⟨dx, x⟩",
    arguments: InstructionSet.available, DType.allCases)
  func adjoint(instructions: InstructionSet, dtype: DType) {
    var random = RandomSource(seed: 6)
    for c in Self.cases where c.x[0] > 0 {
      let x = Tensor.normal(c.x, dtype: dtype, using: &random)
      let weight = Tensor.normal(c.weight, dtype: dtype, using: &random)
      instructions.use {
        withExactConvolutions {
          let y = conv2d(x, weight, options: c.options)
          let dy = Tensor.normal(y.shape, dtype: dtype, using: &random)
          let dx = conv2dInputGradient(
            dy, weight, inputSize: Size2D(c.x[2], c.x[3]), options: c.options)
          let (there, back) = ((dy * y).sum().item(), (dx * x).sum().item())
          let size = (dy * y).abs().sum().item()
          #expect(abs(there - back) <= (dtype == .float32 ? 1e-6 : 1e-14) * size, "\(c)")
        }
      }
    }
  }

  /// Every sum of the kernels' gradient as the formula has it, in double precision.
  private func plainWeightGradient(
    _ dy: Tensor, _ x: Tensor, _ weight: [Int], _ options: ConvolutionOptions
  ) -> Tensor {
    let (s, p, d) = (options.stride, options.padding, options.dilation)
    let outputs = weight[0] / options.groups
    var dw: [Double] = []
    for o in 0..<weight[0] {
      for c in 0..<weight[1] {
        for u in 0..<weight[2] {
          for v in 0..<weight[3] {
            var sum = 0.0
            for n in 0..<x.shape[0] {
              for i in 0..<dy.shape[2] {
                for j in 0..<dy.shape[3] {
                  let row = i * s.height + u * d.height - p.height
                  let column = j * s.width + v * d.width - p.width
                  if (0..<x.shape[2]).contains(row) && (0..<x.shape[3]).contains(column) {
                    let slope: Double = dy[n, o, i, j]
                    let number: Double = x[n, o / outputs * weight[1] + c, row, column]
                    sum += slope * number
                  }
                }
              }
            }
            dw.append(sum)
          }
        }
      }
    }
    return Tensor(dw, shape: weight, dtype: .float64)
  }

  @Test(
    "has the weight gradient that its formula says", arguments: InstructionSet.available,
    DType.allCases)
  func weightGradient(instructions: InstructionSet, dtype: DType) {
    var random = RandomSource(seed: 8)
    for c in Self.cases {
      let x = Tensor.normal(c.x, dtype: dtype, using: &random)
      let weight = Tensor.normal(c.weight, dtype: dtype, using: &random)
      instructions.use {
        withExactConvolutions {
          let dy = Tensor.normal(
            conv2d(x, weight, options: c.options).shape, dtype: dtype, using: &random)
          func gradient() -> Tensor {
            conv2dWeightGradient(
              dy, x, kernelSize: Size2D(c.weight[2], c.weight[3]), options: c.options)
          }
          let found = gradient()
          let expected = plainWeightGradient(dy, x, c.weight, c.options)
          let error = (found.converted(to: .float64) - expected).abs().max().item()
          let size = max(expected.abs().max().item(), 1)
          #expect(error <= (dtype == .float32 ? 3e-6 : 1e-14) * size, "\(c)")
          #expect(Threads.withLimit(1, gradient) == found)
        }
      }
    }
  }

  @Test("has the same bits for a picture alone and among others, and with any number of threads")
  func alone() {
    var random = RandomSource(seed: 7)
    let x = Tensor.normal([7, 3, 20, 33], using: &random)
    let weight = Tensor.normal([16, 3, 3, 3], using: &random)
    let all = conv2d(x, weight, padding: 1)
    #expect(
      ConvolutionAlgorithm(input: x.shape, weight: weight.shape, padding: 1).description
        .hasPrefix("matrix product in place"))
    for picture in 0..<7 {
      #expect(conv2d(x[picture..<picture + 1], weight, padding: 1) == all[picture..<picture + 1])
    }
    #expect(Threads.withLimit(1) { conv2d(x, weight, padding: 1) } == all)
  }
}
