import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Explanations of what a network sees")
struct ExplanationTests {
  /// A chain whose derivative is known in every detail.
  private func network(seed: UInt64 = 3) -> Sequential {
    var random = RandomSource(seed: seed)
    let network = Sequential(
      Conv2d(2, 3, kernel: 3, padding: 1, using: &random), ReLU(), MaxPool2d(kernel: 2, stride: 2),
      Flatten(), Linear(3 * 4 * 4, 4, using: &random))
    network.convert(to: .float64)
    network.eval()
    return network
  }

  private func picture(seed: UInt64 = 5) -> Tensor {
    var random = RandomSource(seed: seed)
    return .normal([1, 2, 8, 8], dtype: .float64, using: &random)
  }

  @Test("saliency is the largest derivative over the channels, by finite differences")
  func saliency() {
    let (network, x) = (network(), picture())
    let map = network.saliency(of: x, target: 2)
    #expect(map.shape == [8, 8])
    let step = 1e-6
    for (row, column) in [(0, 0), (3, 5), (7, 7), (4, 1)] {
      let slopes = (0..<2).map { channel -> Double in
        func score(_ change: Double) -> Double {
          var numbers = x.scalars
          numbers[channel * 64 + row * 8 + column] += change
          return network(Variable(Tensor(numbers, shape: [1, 2, 8, 8], dtype: .float64)))
            .value[0, 2]
        }
        return (score(step) - score(-step)) / (2 * step)
      }
      #expect(abs(map[row, column] - slopes.map(abs).max()!) < 1e-6)
    }
  }

  @Test("guided gradients pass only where number and gradient are positive")
  func guided() {
    // The derivative at (2, 3) is (2, −3): what speaks against the class is held back.
    #expect(guidedChain([1, -1]) == [2, 0])
    #expect(guidedChain([2, 3]) == [2, 0])
  }

  /// A rectifier and a linear layer with weights 2 and −3 on a picture of two channels and one pixel.
  private func guidedChain(_ numbers: [Double]) -> [Double] {
    let chain = Sequential(ReLU(), Flatten(), Linear(2, 1))
    chain.convert(to: .float64)
    chain.namedParameters[0].variable.value = Tensor([[2, -3]], dtype: .float64)
    let x = Tensor(numbers, shape: [1, 2, 1, 1], dtype: .float64)
    return chain.guidedGradient(of: x, target: 0).scalars
  }

  /// What Tests/Fixtures/explanations.py says.
  private struct Reference: Decodable {
    struct Grid: Decodable {
      let shape: [Int]
      let scalars: [Double]
      var tensor: Tensor { Tensor(scalars, shape: shape, dtype: .float64) }
    }
    let state: [String: Grid]
    let x: Grid
    let plain: [Grid]
    let guided: [Grid]
    let integrated: [Grid]
  }

  /// The network of Tests/Fixtures/explanations.py.
  private func network(_ reference: Reference) throws -> Sequential {
    let network = Sequential(
      Conv2d(2, 3, kernel: 3, padding: 1), ReLU(), Block(), MaxPool2d(kernel: 2), Flatten(),
      Linear(27, 8), ReLU(), Linear(8, 3))
    network.convert(to: .float64)
    try network.load(reference.state.mapValues(\.tensor))
    return network
  }

  /// A block that rectifies inside, once as it stores its results and once by itself.
  private final class Block: Layer {
    let first = Conv2d(3, 4, kernel: 3, padding: 1)
    let second = Conv2d(4, 3, kernel: 1)
    var children: [(name: String, layer: any Layer)] { [("first", first), ("second", second)] }
    func forward(_ x: Variable) -> Variable {
      let inner = conv2d(x, first.weight, bias: first.bias, padding: 1, relu: true)
      return (x + second(inner)).relu()
    }
  }

  @Test(
    "every rectifier is guided, as by PyTorch's hooks: in blocks, behind layers, inside of them")
  func guidedBlocks() throws {
    let reference: Reference = Fixtures.json("explanations.json")
    let network = try network(reference)
    let x = reference.x.tensor
    for target in 0..<3 {
      let guided = network.guidedGradient(of: x, target: target)
      let expected = reference.guided[target].tensor.reshaped(guided.shape)
      #expect(disagreement(guided, expected) == nil)
      // Afterwards derivatives are derivatives again.
      let plain = reference.plain[target].tensor
      #expect(
        disagreement(
          network.saliency(of: x, target: target),
          plain.abs().amax(axes: [1]).reshaped([6, 6])) == nil)
      #expect(relativeError(expected, plain) > 1e-2)
    }
  }

  @Test("guidance is asked when a rectifier runs, and may be nested")
  func guidance() {
    #expect(!guidesRectifiers)
    let x = Variable(Tensor([1, 2, -1]), requiresGrad: true)
    let y = withGuidedRectifiers {
      withGuidedRectifiers {}
      #expect(guidesRectifiers)
      return x.relu()
    }
    #expect(!guidesRectifiers)
    // The gradients of the one are guided, those of the other are not.
    let seed = Variable(Tensor([3, -4, 5]))
    #expect(gradients(of: y, withRespectTo: [x], seed: seed)[0].value.scalars == [3, 0, 0])
    #expect(gradients(of: x.relu(), withRespectTo: [x], seed: seed)[0].value.scalars == [3, -4, 0])
  }

  @Test("Grad-CAM weighs each map by its mean gradient and keeps what is positive")
  func gradCAM() {
    let (network, x) = (network(), picture())
    let map = network.gradCAM(of: x, target: 1, at: "1")
    let maps = network.activations(of: Variable(x), at: ["1"])["1"]!.value
    // Behind a pool and a linear layer the gradient of a map is a weight at the maxima, otherwise 0.
    let leaf = Variable(maps, requiresGrad: true)
    let rest = network.flattenedStages.dropFirst(2).reduce(leaf) { $1.layer($0) }
    rest.narrow(start: 1, count: 1, axis: 1).sum().backward()
    let weights = leaf.grad!.mean(axes: [2, 3], keepDims: true)
    let expected = (weights * maps).sum(axes: [1]).relu().reshaped([8, 8])
    #expect((map - expected).abs().max().item() < 1e-12)
    #expect(map.min().item() >= 0 && map.max().item() > 0)
  }

  @Test("occlusion finds the place that a class depends on")
  func occlusion() {
    let network = Sequential(Flatten(), Linear(64, 2))
    network.convert(to: .float64)
    // Only the pixel in row 5 and column 2 counts.
    var weights = [Double](repeating: 0, count: 128)
    weights[5 * 8 + 2] = 7
    network.namedParameters[0].variable.value = Tensor(weights, shape: [2, 64], dtype: .float64)
    var done = 0
    let picture = Tensor.ones([1, 1, 8, 8], dtype: .float64)
    let map = network.occlusion(of: picture, target: 0, size: 2, stride: 2, batchSize: 3) {
      done += $0
    }
    #expect(map.shape == [4, 4] && done == 16)
    #expect(network.occlusionCount(of: picture, size: 2, stride: 2) == 16)
    for row in 0..<4 {
      for column in 0..<4 {
        #expect(abs(map[row, column] - (row == 2 && column == 1 ? 7 : 0)) < 1e-12)
      }
    }
  }

  @Test("integrated gradients are those of PyTorch, in batches of any size", arguments: [1, 5, 24])
  func integratedGradients(batchSize: Int) throws {
    let reference: Reference = Fixtures.json("explanations.json")
    let network = try network(reference)
    var done = 0
    for target in 0..<3 {
      let result = network.integratedGradients(
        of: reference.x.tensor, target: target, baseline: 0.25, steps: 24, batchSize: batchSize
      ) { done += $0 }
      let expected = reference.integrated[target].tensor.reshaped([2, 6, 6])
      #expect(disagreement(result.attributions, expected) == nil)
      #expect(disagreement(result.map, expected.sum(axes: [0])) == nil)
    }
    #expect(done == 3 * 24)
  }

  @Test(
    "they add up to the difference of the scores: exactly where it is linear, with steps elsewhere")
  func completeness() {
    let x = picture()
    let linear = Sequential(Flatten(), Linear(128, 4))
    linear.convert(to: .float64)
    let exact = linear.integratedGradients(of: x, target: 1, baseline: -0.5, steps: 1)
    #expect(exact.completenessError < 1e-12)
    #expect(abs(exact.score - linear(Variable(x)).value[0, 1]) < 1e-12)
    #expect(abs(exact.difference - (exact.score - exact.baselineScore)) < 1e-12)
    let errors = [4, 64, 1024].map { steps in
      network().integratedGradients(of: x, target: 1, steps: steps).completenessError
    }
    #expect(errors[2] < 1e-3 && errors[2] < errors[0])
  }

  @Test("a deletion curve falls at once where a map is right, and late where it is wrong")
  func deletion() {
    let network = Sequential(Flatten(), Linear(64, 2))
    network.convert(to: .float64)
    // Only the upper left quarter speaks for class 0.
    let weights = (0..<128).map { $0 < 32 && $0 % 8 < 4 ? 1.0 : 0 }
    network.namedParameters[0].variable.value = Tensor(weights, shape: [2, 64], dtype: .float64)
    network.namedParameters[1].variable.value = .zeros([2], dtype: .float64)
    let x = Tensor.ones([1, 1, 8, 8], dtype: .float64)
    func curve(_ map: [Double]) -> DeletionCurve {
      network.deletionCurve(
        of: x, target: 0, by: Tensor(map, shape: [2, 2], dtype: .float64), tiles: 4, steps: 4)
    }
    let right = curve([1, 0, 0, 0])
    #expect(right.shares == [0, 0.25, 0.5, 0.75, 1])
    #expect(right.probabilities.dropFirst().allSatisfy { abs($0 - 0.5) < 1e-12 })
    #expect(right.probabilities[0] > 0.99)
    let wrong = curve([0, 1, 1, 1])
    #expect(wrong.probabilities[3] == right.probabilities[0] && wrong.probabilities[4] == 0.5)
    #expect(abs(right.area - (0.25 * (right.probabilities[0] + 0.5) / 2 + 0.375)) < 1e-12)
    var random = RandomSource(seed: 1)
    let chance = network.randomDeletionCurve(of: x, target: 0, tiles: 4, steps: 4, using: &random)
    #expect(right.area < chance.area && chance.area < wrong.area)
  }

  @Test("tiles cover pictures that they do not divide evenly")
  func unevenTiles() {
    let network = Sequential(Flatten(), Linear(35, 2))
    let curve = network.deletionCurve(
      of: .ones([1, 1, 5, 7]), target: 1, by: .ones([3, 3]), tiles: 3, steps: 20)
    #expect(curve.shares.count == 21 && curve.shares.last == 1)
    // All is covered: what is left are the biases.
    let biases = network.namedParameters[1].variable.value.reshaped([1, 2])
    #expect(abs(curve.probabilities[20] - biases.softmax(axis: 1)[0, 1]) < 1e-6)
  }
}
