import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Layers from tensors")
struct LayersFromTensorsTests {
  @Test("share memory with them, and do what the function does with all arguments")
  func layers() {
    var random = RandomSource(seed: 1)
    let x = Variable(.normal([2, 4, 7, 6], using: &random))
    let weight = Tensor.normal([6, 2, 3, 2], using: &random)
    let bias = Tensor.normal([6], using: &random)
    let convolution = Conv2d(
      weight: weight, bias: bias, stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2)
    #expect(convolution.weight.value.sharesMemory(with: weight))
    #expect(convolution.bias!.value.sharesMemory(with: bias))
    #expect(
      convolution(x).value
        == conv2d(
          x, Variable(weight), bias: Variable(bias), stride: [2, 1], padding: [1, 2],
          dilation: [1, 2], groups: 2
        ).value)

    let kernels = Tensor.normal([4, 3, 3, 2], using: &random)
    let transposed = ConvTranspose2d(
      weight: kernels, bias: bias, stride: 2, padding: [1, 0], outputPadding: [1, 0],
      dilation: [1, 2], groups: 2)
    #expect(transposed.weight.value.sharesMemory(with: kernels))
    #expect(
      transposed(x).value
        == convTranspose2d(
          x, Variable(kernels), bias: Variable(bias), stride: 2, padding: [1, 0],
          outputPadding: [1, 0], dilation: [1, 2], groups: 2
        ).value)

    let matrix = Tensor.normal([5, 3], dtype: .float64, using: &random)
    let row = Variable(.normal([2, 3], dtype: .float64, using: &random))
    let connected = Linear(weight: matrix)
    #expect(connected.inputs == 3 && connected.outputs == 5 && connected.bias == nil)
    #expect(connected.weight.value.sharesMemory(with: matrix))
    #expect(connected(row).value == matmul(row, Variable(matrix.transposed())).value)
    for layer: any Layer in [convolution, transposed, connected] {
      #expect(layer.namedParameters.allSatisfy { $0.variable.requiresGrad })
    }
    // Training changes the layer's own copy.
    connected.weight.value = connected.weight.value + 1
    #expect(!connected.weight.value.sharesMemory(with: matrix))
  }

  @Test("that do not belong together are refused with both shapes")
  func mistakes() async {
    let rank = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Conv2d(weight: .zeros([2, 3])) }
    #expect(rank?.message.contains("[outputs, inputs/groups, height, width], got [2, 3]") == true)
    let bias = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Linear(weight: .zeros([2, 3]), bias: .zeros([3])) }
    #expect(bias?.message.contains("Linear: a weight [2, 3] of float32 needs a bias [2]") == true)
    let type = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Linear(weight: .zeros([2, 3]), bias: .zeros([2], dtype: .float64)) }
    #expect(type?.message.contains("got [2] of float64") == true)
    let groups = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) { _ = Conv2d(weight: .zeros([3, 1, 1, 1]), groups: 2) }
    #expect(groups?.message.contains("2 groups must divide") == true)
  }
}

@Suite("AlexNet from tensors")
struct AlexNetFromTensorsTests {
  let state: [String: Tensor] = {
    var random = RandomSource(seed: 2)
    return AlexNet(classes: 3, width: 0.05, hidden: 7, using: &random).stateDict
  }()

  @Test("shares memory with all of them: none are drawn or copied")
  func shared() throws {
    let model = try AlexNet(state)
    #expect(model.namedParameters.count == 16)
    for (name, variable) in model.namedParameters {
      #expect(variable.value.sharesMemory(with: state[name]!), "\(name)")
    }
    // Another type is converted.
    let double = try AlexNet(state.mapValues { $0.converted(to: .float64) })
    #expect(double.stateDict == state)
  }

  @Test(
    "hands on what it has in the same memory, and draws a new last layer and two sources of masks")
  func transferred() throws {
    var random = RandomSource(seed: 3)
    let (model, new) = try AlexNet.transferring(state, classes: 2, using: &random)
    #expect(new == ["classifier.6"])
    for (name, variable) in model.namedParameters where !name.hasPrefix("classifier.6.") {
      #expect(variable.value.sharesMemory(with: state[name]!), "\(name)")
    }
    var other = RandomSource(seed: 3)
    let sources = [other.split(), other.split()]
    let head = Linear(7, 2, using: &other)
    #expect(model.classifier[6].stateDict == head.stateDict)
    let masks = [0, 3].map { (model.classifier[$0] as! Dropout).random }
    #expect(masks == sources)
    #expect(other == random)
  }

  @Test("with new hidden layers, each is drawn where it stands, as Linear draws it")
  func hidden() throws {
    var random = RandomSource(seed: 4)
    let convolutions = state.filter { $0.key.hasPrefix("features.") }
    let model = try AlexNet.transferring(convolutions, classes: 2, using: &random).model
    var other = RandomSource(seed: 4)
    let layers: [any Layer] = [
      Dropout(using: &other), Linear(13 * 36, 192, using: &other), ReLU(),
      Dropout(using: &other), Linear(192, 192, using: &other), ReLU(),
      Linear(192, 2, using: &other),
    ]
    #expect(model.classifier.stateDict == Sequential(layers).stateDict)
    #expect(other == random)
  }
}
