import RetrogradTensors
import Testing

/// A convolution with all that it takes.
private struct Case {
  var x: Tensor
  var weight: Tensor
  var bias: Tensor?
  var stride: Size2D = 1
  var padding: Size2D = 0
  var dilation: Size2D = 1
  var groups = 1

  var inputSize: Size2D { Size2D(x.shape[2], x.shape[3]) }
  var kernel: Size2D { Size2D(weight.shape[2], weight.shape[3]) }

  var outputShape: [Int] {
    func extent(_ input: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int) -> Int
    {
      (input + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
    }
    return [
      x.shape[0], weight.shape[0],
      extent(inputSize.height, kernel.height, stride.height, padding.height, dilation.height),
      extent(inputSize.width, kernel.width, stride.width, padding.width, dilation.width),
    ]
  }

  /// Calls `body` with each output, the weight and the input that are multiplied for it: the definition
  /// of a convolution.
  func forEachProduct(
    _ body: (_ output: [Int], _ weight: [Int], _ input: [Int]) -> Void
  ) {
    let inputs = weight.shape[1]
    for output in allIndices(outputShape) {
      let group = output[1] / (weight.shape[0] / groups)
      for place in allIndices(Array(weight.shape[1...])) {
        let i = output[2] * stride.height + place[1] * dilation.height - padding.height
        let j = output[3] * stride.width + place[2] * dilation.width - padding.width
        if i < 0 || i >= inputSize.height || j < 0 || j >= inputSize.width { continue }
        body(output, [output[1]] + place, [output[0], group * inputs + place[0], i, j])
      }
    }
  }

  /// Any convolution, small enough that every sum is exact.
  static func any(_ choices: inout Choices) -> Case {
    let dtype = choices.dtype()
    let (kernel, stride) = (choices.size(in: 1...4), choices.size(in: 1...3))
    let (padding, dilation) = (choices.size(in: 0...3), choices.size(in: 1...3))
    let groups = choices.element(of: [1, 1, 2, 3])
    let (inputs, outputs) = (choices.integer(in: 1...4), choices.integer(in: 1...4))
    func extent(_ kernel: Int, _ dilation: Int, _ padding: Int, _ choices: inout Choices) -> Int {
      max(1, dilation * (kernel - 1) + 1 - 2 * padding) + choices.integer(in: 0...6)
    }
    let size = Size2D(
      extent(kernel.height, dilation.height, padding.height, &choices),
      extent(kernel.width, dilation.width, padding.width, &choices))
    let images = choices.isChosen(onceIn: 15) ? 0 : choices.integer(in: 1...3)
    return Case(
      x: choices.tensor([images, groups * inputs, size.height, size.width], dtype),
      weight: choices.tensor([groups * outputs, inputs, kernel.height, kernel.width], dtype),
      bias: choices.isChosen() ? choices.tensor([groups * outputs], dtype) : nil,
      stride: stride, padding: padding, dilation: dilation, groups: groups)
  }

  /// A convolution of the kind that Winograd's method takes.
  static func square(_ choices: inout Choices) -> Case {
    let (kernel, stride) = (choices.element(of: [3, 5, 6, 11]), choices.element(of: [1, 1, 2, 4]))
    let padding = choices.integer(in: 0...2)
    let (height, width) = (kernel + choices.integer(in: 0...9), kernel + choices.integer(in: 0...9))
    let inputs = choices.integer(in: stride > 1 ? 4...6 : 16...18)
    let outputs = choices.integer(in: 16...20)
    return Case(
      x: choices.tensor([choices.integer(in: 1...2), inputs, height, width], .float32),
      weight: choices.tensor([outputs, inputs, kernel, kernel], .float32),
      stride: Size2D(stride), padding: Size2D(padding))
  }

  var description: String {
    "x \(x), weight \(weight), bias \(bias as Any), stride \(stride), padding \(padding), "
      + "dilation \(dilation), groups \(groups)"
  }

  func convolved(relu: Bool = false) -> Tensor {
    conv2d(
      x, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups,
      relu: relu)
  }
}

/// Numbers that are added to by their indices.
private struct Sums {
  let shape: [Int]
  var scalars: [Double]

  init(_ shape: [Int]) {
    self.shape = shape
    scalars = [Double](repeating: 0, count: shape.reduce(1, *))
  }

  mutating func add(_ number: Double, at indices: [Int]) {
    var position = 0
    for (axis, index) in indices.enumerated() { position = position * shape[axis] + index }
    scalars[position] += number
  }

  func tensor(_ dtype: DType) -> Tensor { Tensor(scalars, shape: shape, dtype: dtype) }
}

@Suite struct ConvolutionProperties {
  @Test("a convolution adds up every product of its definition, exactly")
  func convolution() {
    checkProperty { choices in
      let problem = Case.any(&choices)
      let relu = choices.isChosen()
      choices.note("\(problem.description), relu \(relu)")
      let (x, weight) = (Slow(problem.x), Slow(problem.weight))
      var sums = Sums(problem.outputShape)
      if let bias = problem.bias.map(Slow.init) {
        for output in allIndices(sums.shape) { sums.add(bias[[output[1]]], at: output) }
      }
      problem.forEachProduct { sums.add(weight[$1] * x[$2], at: $0) }
      if relu { sums.scalars = sums.scalars.map { max($0, 0) } }
      return difference(problem.convolved(relu: relu), sums.tensor(problem.x.dtype))
    }
  }

  @Test("its gradients add up the same products, exactly, alone and together")
  func gradients() {
    checkProperty { choices in
      var problem = Case.any(&choices)
      problem.bias = nil
      let dtype = problem.x.dtype
      let dy = choices.tensor(problem.outputShape, dtype)
      choices.note("\(problem.description), dy \(dy)")
      let (x, weight, slopes) = (Slow(problem.x), Slow(problem.weight), Slow(dy))
      var (dx, dw) = (Sums(x.shape), Sums(weight.shape))
      problem.forEachProduct {
        dx.add(slopes[$0] * weight[$1], at: $2)
        dw.add(slopes[$0] * x[$2], at: $1)
      }
      let both = conv2dGradients(
        dy, problem.x, problem.weight,
        options: .init(
          stride: problem.stride, padding: problem.padding,
          dilation: problem.dilation, groups: problem.groups))
      return difference(
        conv2dInputGradient(
          dy, problem.weight, inputSize: problem.inputSize,
          options: .init(
            stride: problem.stride,
            padding: problem.padding, dilation: problem.dilation, groups: problem.groups)),
        dx.tensor(dtype), "the input's gradient")
        ?? difference(
          conv2dWeightGradient(
            dy, problem.x, kernelSize: problem.kernel,
            options: .init(
              stride: problem.stride,
              padding: problem.padding, dilation: problem.dilation, groups: problem.groups)),
          dw.tensor(dtype), "the weight's gradient")
        ?? difference(both.input, dx.tensor(dtype), "the input's gradient of both")
        ?? difference(both.weight, dw.tensor(dtype), "the weight's gradient of both")
    }
  }

  /// The largest error of Winograd's method, relative to the sum of the magnitudes that are added up.
  private static let tolerance = 2e-5

  @Test("Winograd's method gives what plain sums give, but for rounding")
  func winograd() {
    checkProperty { choices in
      let problem = Case.square(&choices)
      let dy = choices.tensor(problem.outputShape, .float32)
      choices.note("\(problem.description), dy \(dy)")
      func results(_ x: Tensor, _ weight: Tensor, _ dy: Tensor) -> [Tensor] {
        let gradients = conv2dGradients(
          dy, x, weight,
          options: .init(stride: problem.stride, padding: problem.padding))
        return [
          conv2d(x, weight, stride: problem.stride, padding: problem.padding), gradients.input,
          gradients.weight,
        ]
      }
      let (fast, exact, magnitudes) = (
        results(problem.x, problem.weight, dy),
        withExactConvolutions { results(problem.x, problem.weight, dy) },
        withExactConvolutions { results(problem.x.abs(), problem.weight.abs(), dy.abs()) }
      )
      for (name, index) in [("the result", 0), ("the input's gradient", 1), ("the weight's", 2)] {
        let largest = magnitudes[index].scalars.max() ?? 0
        let scale = max(1, exact[index].abs().scalars.max() ?? 0)
        if let wrong = difference(
          fast[index], exact[index], tolerance: Self.tolerance * max(1, largest) / scale, name)
        {
          return wrong
        }
      }
      return nil
    }
  }
}
