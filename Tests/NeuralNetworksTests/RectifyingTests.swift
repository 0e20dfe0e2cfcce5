import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Rectifiers that are left to the layer before")
struct RectifyingTests {
  private func network() -> Sequential {
    var random = RandomSource(seed: 3)
    return Sequential(
      Conv2d(3, 16, kernel: 3, padding: 1, using: &random), ReLU(),
      Conv2d(16, 16, kernel: 3, padding: 1, using: &random), ReLU(),
      MaxPool2d(kernel: 2), Flatten(),
      Linear(16 * 36, 20, using: &random), ReLU(), Linear(20, 4, using: &random))
  }

  private func input() -> Variable {
    var random = RandomSource(seed: 4)
    return Variable(.normal([2, 3, 12, 12], using: &random), requiresGrad: true)
  }

  /// What the network gives when each layer runs by itself, and the gradients.
  private func results(_ run: (Sequential, Variable) -> Variable) -> [Tensor?] {
    let (model, x) = (network(), input())
    let y = run(model, x)
    crossEntropy(y, [1, 3]).backward()
    return [y.value, x.grad] + model.namedParameters.map(\.variable.grad)
  }

  @Test("give the same outputs and gradients, bit for bit")
  func bits() {
    let folded = results { $0($1) }
    let apart = results { model, x in model.children.reduce(x) { $1.layer.forward($0) } }
    #expect(folded.allSatisfy { $0 != nil })
    #expect(folded == apart)
  }

  @Test("are one operation of the graph with it")
  func operations() {
    let (model, x) = (network(), input())
    let counts = [true, false].map { folds in
      let counter = NodeCounter()
      counter.run {
        _ = folds ? model(x) : model.children.reduce(x) { $1.layer.forward($0) }
      }
      return counter.totalCount
    }
    #expect(counts[1] - counts[0] == 3)
  }

  @Test("leave what lies between to whoever reads it")
  func readers() throws {
    let (model, x) = (network(), input())
    let seen = model.activations(of: x, at: ["0", "1", "2", "3", "6", "7", ""])
    let between = try #require(seen["0"])
    #expect(between.value.min().item() < 0)
    #expect(seen["1"]?.value == between.value.relu())
    #expect(seen["7"]?.value == seen["6"]?.value.relu())
    #expect(seen[""]?.value == model(x).value)
    let outputs = model.activations(of: x, at: ["1", "3", "7"])
    #expect(outputs["1"]?.value == between.value.relu())
    #expect(outputs["7"]?.value == seen["7"]?.value)
    // It stands in the graph: the gradient of the output flows through it.
    let rectified = try #require(outputs["1"])
    let last = try #require(outputs["7"])
    let gradient = gradients(of: last.sum(), withRespectTo: [rectified])[0]
    #expect(gradient.value.abs().max().item() > 0)
  }

  /// A rectifier that counts how often it is called.
  private final class CountingRectifier: Layer {
    var calls = 0
    let isRectifier = true
    func forward(_ x: Variable) -> Variable {
      calls += 1
      return x.relu()
    }
  }

  /// A layer that rectifies as it computes.
  private final class Doubling: RectifyingLayer {
    var rectified = 0
    func forward(_ x: Variable) -> Variable { x * 2 }
    func rectifiedForward(_ x: Variable) -> Variable {
      rectified += 1
      return x.relu() * 2
    }
  }

  @Test("may be of one's own, and so may the layer before")
  func own() throws {
    let (first, second) = (CountingRectifier(), CountingRectifier())
    let doubling = Doubling()
    var random = RandomSource(seed: 5)
    let convolution = Conv2d(3, 2, kernel: 3, using: &random)
    let model = Sequential(convolution, first, Tanh(), second, doubling, ReLU())
    let x = input()
    let expected = (convolution(x).relu().tanh().relu() * 2).relu()
    #expect(model(x).value == expected.value)
    #expect(first.calls == 0 && second.calls == 1 && doubling.rectified == 1)
    let seen = model.activations(of: x, at: ["0", "1", "4", "5"])
    #expect(first.calls == 1 && doubling.rectified == 1)
    #expect(try #require(seen["0"]).value.min().item() < 0)
    #expect(seen["5"]?.value == expected.value)
  }

  @Test("can be differentiated twice")
  func secondOrder() {
    func norm(_ run: (Sequential, Variable) -> Variable) -> Tensor {
      let (model, x) = (network(), input())
      model.convert(to: .float64)
      let x64 = Variable(x.value.converted(to: .float64), requiresGrad: true)
      let slope = gradients(
        of: crossEntropy(run(model, x64), [1, 3]), withRespectTo: [x64], createGraph: true)[0]
      return gradients(of: (slope * slope).sum(), withRespectTo: [x64])[0].value
    }
    let folded = norm { $0($1) }
    #expect(folded == norm { model, x in model.children.reduce(x) { $1.layer.forward($0) } })
    #expect(folded.abs().max().item() > 0)
  }
}
