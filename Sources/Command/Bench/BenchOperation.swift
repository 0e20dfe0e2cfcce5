import Retrograd

/// An operation that is measured. peer.py has each under the same name.
enum BenchOperation: String, Codable, Sendable {
  case add, products, broadcastProduct
  case relu, gelu, sigmoid, tanh, exp
  case sumOfChannels, meanOverChannels, maxOverChannels, cumulativeSum
  case softmax, logSoftmax, layerNorm, batchNorm
  case channelsLast, pickedRows
  case maxPool, averagePool, enlarged
  case convolution, transposedConvolution
  case linear, matrixProduct

  /// The function, with whatever does not depend on its inputs made once.
  ///
  /// - Parameter options: Integers that the operation needs, such as a convolution's stride.
  func prepared(_ options: [String: Int] = [:]) -> ([Variable]) -> Variable {
    switch self {
    case .add: { $0[0] + $0[0] }
    case .products: { ($0[0] * $0[0] + $0[0]) * $0[0] - $0[0] }
    case .broadcastProduct: { $0[0] * $0[1] }
    case .relu: { $0[0].relu() }
    case .gelu: { $0[0].gelu() }
    case .sigmoid: { $0[0].sigmoid() }
    case .tanh: { $0[0].tanh() }
    case .exp: { $0[0].exp() }
    case .sumOfChannels: { $0[0].sum(axes: [0, 2, 3]) }
    case .meanOverChannels: { $0[0].mean(axes: [1]) }
    case .maxOverChannels: { $0[0].max(axis: 1) }
    case .cumulativeSum: { $0[0].cumsum(axis: 1) }
    case .softmax: { Retrograd.softmax($0[0], axis: -1) }
    case .logSoftmax: { Retrograd.logSoftmax($0[0], axis: 1) }
    case .layerNorm:
      {
        Retrograd.layerNorm($0[0], normalizedShape: $0[1].shape, weight: $0[1], bias: $0[2])
      }
    case .batchNorm: { batchNorm2d($0[0], weight: $0[1], bias: $0[2]) }
    case .channelsLast: { $0[0].permuted([0, 2, 3, 1]) }
    case .pickedRows: Self.pickingRows(options)
    case .maxPool: { maxPool2d($0[0], kernel: 3, stride: 2, padding: 1) }
    case .averagePool: { avgPool2d($0[0], kernel: 2) }
    case .enlarged: { interpolate($0[0], scale: 2, mode: .bilinear) }
    case .convolution: Self.convolving(options)
    case .transposedConvolution:
      { convTranspose2d($0[0], $0[1], stride: 2, padding: 1) }
    case .linear: { Retrograd.linear($0[0], $0[1], bias: $0[2]) }
    case .matrixProduct: { matmul($0[0], $0[1]) }
    }
  }

  private static func convolving(_ options: [String: Int]) -> ([Variable]) -> Variable {
    let stride = Size2D(options["stride", default: 1])
    let padding = Size2D(options["padding", default: 0])
    let dilation = Size2D(options["dilation", default: 1])
    let groups = options["groups", default: 1]
    return {
      conv2d($0[0], $0[1], stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
  }

  /// Rows here and there, as words come in a text.
  private static func pickingRows(_ options: [String: Int]) -> ([Variable]) -> Variable {
    let rows = options["rows", default: 1]
    let indices = IntTensor((0..<options["picked", default: 1]).map { $0 * 7919 % rows })
    return { $0[0].indexSelect(indices, axis: 0) }
  }
}

/// An operation on random numbers, as it is measured here and by the peers.
struct OperationWork: Codable, Sendable {
  let operation: BenchOperation
  /// The shapes of the inputs.
  let shapes: [[Int]]
  var options: [String: Int] = [:]
  /// Indicates whether the gradients of all inputs are computed as well.
  var withGradients = true

  /// Makes the inputs, and returns the work.
  func prepare() -> () -> Void {
    var random = RandomSource(seed: 1)
    let inputs = shapes.map { Variable(.normal($0, using: &random), requiresGrad: true) }
    let function = operation.prepared(options)
    guard withGradients else { return { withoutGradients { _ = function(inputs) } } }
    let seed = Tensor.normal(function(inputs).shape, using: &random)
    return {
      for input in inputs { input.zeroGrad() }
      function(inputs).backward(seed)
    }
  }

  /// The arithmetic of convolutions and matrix products; with gradients as much for each input again.
  var cost: BenchCost {
    let passes = withGradients ? 3.0 : 1
    switch operation {
    case .convolution:
      let (input, weight) = (shapes[0], shapes[1])
      let (stride, dilation) = (options["stride", default: 1], options["dilation", default: 1])
      let reach = dilation * (weight[2] - 1) + 1
      let side = (input[2] + 2 * options["padding", default: 0] - reach) / stride + 1
      let outputs = input[0] * side * side
      return BenchCost(operations: passes * 2 * Double(outputs) * Self.product(weight))
    case .transposedConvolution:
      let pixels = shapes[0][0] * shapes[0][2] * shapes[0][3]
      return BenchCost(operations: passes * 2 * Double(pixels) * Self.product(shapes[1]))
    case .linear:
      return BenchCost(
        operations: passes * 2 * Double(shapes[1][0]) * Self.product(shapes[0]))
    case .matrixProduct:
      return BenchCost(
        operations: passes * 2 * Double(shapes[1].last ?? 1) * Self.product(shapes[0]))
    default: return BenchCost()
    }
  }

  private static func product(_ extents: [Int]) -> Double { Double(extents.reduce(1, *)) }
}
