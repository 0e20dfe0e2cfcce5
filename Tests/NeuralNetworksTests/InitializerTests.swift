import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// Tests/Fixtures/layers.json.
struct LayerFixtures: Sendable, Decodable {
  struct Arguments: Sendable, Decodable {
    let inputs: Int
    let outputs: Int
    let bias: Bool
    let kernel: [Int]?
    let stride: [Int]?
    let padding: [Int]?
    let outputPadding: [Int]?
    let dilation: [Int]?
    let groups: Int?
  }

  struct Parameter: Sendable, Decodable {
    let shape: [Int]
    let bound: Double
  }

  struct Example: Sendable, Decodable, CustomTestStringConvertible {
    let layer: String
    let arguments: Arguments
    let parameters: [String: Parameter]

    var testDescription: String { "\(layer) \(arguments)" }
  }

  struct InitializerExample: Sendable, Decodable, CustomTestStringConvertible {
    struct Arguments: Sendable, Decodable {
      let a: Double?
      let gain: Double?
    }

    let initializer: String
    let arguments: Arguments
    let shape: [Int]
    let bound: Double?
    let standardDeviation: Double?

    var testDescription: String { "\(initializer) \(arguments) \(shape)" }
  }

  let layers: [Example]
  let initializers: [InitializerExample]

  static let all: LayerFixtures = Fixtures.json("layers.json")
}

/// Whether many draws fill the range from −bound to bound and do not leave it.
func expectUniform(_ numbers: [Double], bound: Double) {
  let largest = numbers.map(abs).max() ?? 0
  #expect(largest <= bound * (1 + 1e-6))
  #expect(largest >= bound * (1 - 20 / Double(numbers.count)))
  // Five standard deviations of a uniform variance.
  let variance = numbers.map { $0 * $0 }.reduce(0, +) / Double(numbers.count)
  let error = 5 * (4.0 / 5).squareRoot() / Double(numbers.count).squareRoot()
  #expect(abs(variance / (bound * bound / 3) - 1) < error)
}

@Suite("Fresh parameters")
struct InitializerTests {
  func layer(_ example: LayerFixtures.Example, _ random: inout RandomSource) -> any Layer {
    let a = example.arguments
    func size(_ pair: [Int]?) -> Size2D { pair.map { Size2D($0[0], $0[1]) }! }
    switch example.layer {
    case "Conv2d":
      return Conv2d(
        a.inputs, a.outputs, kernel: size(a.kernel), stride: size(a.stride),
        padding: size(a.padding), dilation: size(a.dilation), groups: a.groups!, bias: a.bias,
        using: &random)
    case "ConvTranspose2d":
      return ConvTranspose2d(
        a.inputs, a.outputs, kernel: size(a.kernel), stride: size(a.stride),
        padding: size(a.padding), outputPadding: size(a.outputPadding), dilation: size(a.dilation),
        groups: a.groups!, bias: a.bias, using: &random)
    case "Conv1d":
      return Conv1d(
        a.inputs, a.outputs, kernel: a.kernel![0], stride: a.stride![0], padding: a.padding![0],
        dilation: a.dilation![0], groups: a.groups!, bias: a.bias, using: &random)
    default: return Linear(a.inputs, a.outputs, bias: a.bias, using: &random)
    }
  }

  @Test("have PyTorch's names, shapes and ranges", arguments: LayerFixtures.all.layers)
  func layers(_ example: LayerFixtures.Example) {
    var random = RandomSource(seed: 3)
    var drawn: [String: [Double]] = [:]
    for _ in 0..<400 {
      let layer = layer(example, &random)
      #expect(Set(layer.parameters.map(\.name)) == Set(example.parameters.keys))
      for (name, variable) in layer.parameters {
        #expect(variable.shape == example.parameters[name]?.shape)
        #expect(variable.requiresGrad)
        drawn[name, default: []] += variable.value.scalars
      }
    }
    for (name, numbers) in drawn {
      expectUniform(numbers, bound: example.parameters[name]!.bound)
    }
  }

  @Test("scale with fans as PyTorch's do", arguments: LayerFixtures.all.initializers)
  func initializers(_ example: LayerFixtures.InitializerExample) throws {
    let gain = example.arguments.gain ?? 1
    let initializer: Initializer =
      switch example.initializer {
      case "kaiming_uniform_":
        .kaimingUniform(gain: (2 / (1 + pow(example.arguments.a!, 2))).squareRoot())
      case "kaiming_normal_": .kaimingNormal()
      case "xavier_uniform_": .xavierUniform(gain: gain)
      default: .xavierNormal(gain: gain)
      }
    var random = RandomSource(seed: 4)
    let numbers = (0..<400).flatMap { _ in
      initializer(example.shape, dtype: .float64, using: &random).scalars
    }
    if let bound = example.bound { expectUniform(numbers, bound: bound) }
    if let deviation = example.standardDeviation {
      let measured = (numbers.map { $0 * $0 }.reduce(0, +) / Double(numbers.count)).squareRoot()
      #expect(abs(measured / deviation - 1) < 5 / (2 * Double(numbers.count)).squareRoot())
      #expect(numbers.map(abs).max()! > 3.5 * deviation)
    }
  }

  /// The mean and the standard deviation of many draws.
  func moments(_ initializer: Initializer) -> (mean: Double, deviation: Double, largest: Double) {
    var random = RandomSource(seed: 5)
    let x = initializer([1000, 400], dtype: .float64, using: &random)
    return (x.mean().item(), x.variance().sqrt().item(), x.abs().max().item())
  }

  @Test("truncated normal numbers keep within two deviations")
  func truncatedNormal() {
    let (mean, deviation, largest) = moments(.truncatedNormal(mean: 3, standardDeviation: 0.5))
    #expect(abs(mean - 3) < 0.005)
    // √(1 − 4 φ(2) / (2 Φ(2) − 1)) = 0.8796.
    #expect(abs(deviation - 0.5 * 0.8796) < 0.002)
    #expect(largest <= 4 && largest > 3.99)
  }

  @Test("Box and Muller's form from u₁ ≥ e⁻² lies within ±2, with a smaller deviation")
  func boxMuller() {
    let (mean, deviation, largest) = moments(.boxMuller())
    #expect(abs(mean) < 0.01)
    // √((1 − 3e⁻²) / (1 − e⁻²)) = 0.8288.
    #expect(abs(deviation - 0.8288) < 0.003)
    #expect(largest <= 2 && largest > 1.99)
  }

  @Test("constants, zeros, uniform and normal numbers are what they say")
  func simple() {
    var random = RandomSource(seed: 6)
    #expect(Initializer.zeros([2], using: &random) == [0, 0])
    #expect(Initializer.constant(0.5)([2], using: &random) == [0.5, 0.5])
    let uniform = moments(.uniform(low: 1, high: 3))
    #expect(abs(uniform.mean - 2) < 0.005 && abs(uniform.deviation - 1 / 3.0.squareRoot()) < 0.003)
    let normal = moments(.normal(mean: -1, standardDeviation: 2))
    #expect(abs(normal.mean + 1) < 0.02 && abs(normal.deviation - 2) < 0.02)
  }

  @Test("the same source gives the same network, and without one each is different")
  func repeatable() {
    func network() -> [Tensor] {
      var random = RandomSource(seed: 9)
      let model = Sequential(
        Conv2d(1, 2, kernel: 3, using: &random), Linear(4, 3, using: &random))
      return model.namedParameters.map(\.variable.value)
    }
    #expect(network() == network())
    #expect(Linear(4, 3).weight.value != Linear(4, 3).weight.value)
  }
}
