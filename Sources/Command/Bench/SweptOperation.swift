import Retrograd

/// An operation whose size can be chosen, as `retrograd bench threads` measures it.
struct SweptOperation: Sendable {
  let name: String
  /// Makes the work on inputs with 2^exponent elements; `nil` where that is too much of it.
  let prepare: @Sendable (_ exponent: Int) -> (() -> Void)?

  /// Forward alone and with gradients, and steps of optimizers.
  static let all: [SweptOperation] =
    swept(.add) { [[1 << $0]] } + swept(.products) { [[1 << $0]] }
    + swept(.relu) { [[1 << $0]] } + swept(.gelu) { [[1 << $0]] }
    + swept(.sigmoid) { [[1 << $0]] } + swept(.exp) { [[1 << $0]] }
    + swept(.broadcastProduct) { [maps($0), [1, maps($0)[1], 1, 1]] }
    + swept(.sumOfChannels) { [maps($0)] } + swept(.meanOverChannels) { [maps($0)] }
    + swept(.maxOverChannels) { [maps($0)] } + swept(.cumulativeSum) { [rows($0)] }
    + swept(.softmax) { [rows($0)] } + swept(.logSoftmax) { [rows($0)] }
    + swept(.layerNorm) { [rows($0), [rows($0)[1]], [rows($0)[1]]] }
    + swept(.batchNorm) { [maps($0), [maps($0)[1]], [maps($0)[1]]] }
    + swept(.channelsLast) { [maps($0)] } + swept(.maxPool) { [maps($0)] }
    + swept(.averagePool) { [maps($0)] } + swept(.enlarged) { [maps($0)] }
    + swept(.linear, upTo: 22) { [rows($0), [64, rows($0)[1]], [64]] }
    + swept(.matrixProduct, upTo: 22) { [matrix($0), [matrix($0)[1], matrix($0)[0]]] }
    + swept(.convolution, upTo: 22, options: ["padding": 1]) {
      [maps($0), [maps($0)[1], maps($0)[1], 3, 3]]
    }
    + [
      SweptOperation(name: "crossEntropy+") { exponent in
        var random = RandomSource(seed: 1)
        let logits = Variable(.normal(rows(exponent), using: &random), requiresGrad: true)
        let labels = IntTensor((0..<logits.shape[0]).map { $0 % logits.shape[1] })
        return {
          logits.zeroGrad()
          crossEntropy(logits, labels).backward()
        }
      },
      SweptOperation(name: "sgd") { exponent in
        step(of: exponent) { SGD([$0], learningRate: 1e-3, momentum: 0.9) }
      },
      SweptOperation(name: "adam") { exponent in step(of: exponent) { Adam([$0]) } },
    ]

  private static func swept(
    _ operation: BenchOperation, upTo largest: Int = 24, options: [String: Int] = [:],
    _ shapes: @escaping @Sendable (_ exponent: Int) -> [[Int]]
  ) -> [SweptOperation] {
    [false, true].map { withGradients in
      SweptOperation(name: operation.rawValue + (withGradients ? "+" : "")) { exponent in
        guard exponent <= largest else { return nil }
        return OperationWork(
          operation: operation, shapes: shapes(exponent), options: options,
          withGradients: withGradients
        ).prepare()
      }
    }
  }

  private static func step(
    of exponent: Int, _ optimizer: (Variable) -> some Optimizer
  ) -> () -> Void {
    var random = RandomSource(seed: 1)
    let parameter = Variable(.normal([1 << exponent], using: &random), requiresGrad: true)
    parameter.grad = .normal([1 << exponent], using: &random)
    let optimizer = optimizer(parameter)
    return { optimizer.step() }
  }

  // MARK: Shapes of 2^exponent elements

  /// Pictures of at most 32 × 32 with at most 64 channels.
  private static func maps(_ exponent: Int) -> [Int] {
    let side = min(5, (exponent - 2) / 2)
    let channels = min(6, exponent - 2 * side)
    return [1 << (exponent - channels - 2 * side), 1 << channels, 1 << side, 1 << side]
  }

  /// Rows of at most 512 numbers.
  private static func rows(_ exponent: Int) -> [Int] {
    let width = min(9, (exponent + 1) / 2)
    return [1 << (exponent - width), 1 << width]
  }

  /// A square matrix, or one twice as high as wide.
  private static func matrix(_ exponent: Int) -> [Int] {
    [1 << ((exponent + 1) / 2), 1 << (exponent / 2)]
  }
}
