import Retrograd

/// Networks that people write themselves, on random inputs.
enum NetworkWork {
  /// A training step of a perceptron with one hidden layer: cross-entropy and Adam.
  static func perceptron() -> () -> Void {
    var random = RandomSource(seed: 1)
    let model = Sequential(
      Linear(784, 256, using: &random), ReLU(), Linear(256, 10, using: &random))
    let optimizer = Adam(model.namedParameters)
    let inputs = Variable(.normal([64, 784], using: &random))
    return step(model, optimizer, inputs, classes: 10)
  }

  /// 50 steps of an LSTM cell, and the gradients of its weights.
  static func recurrent() -> () -> Void {
    var random = RandomSource(seed: 1)
    let weight = Variable(.normal([512, 256], using: &random), requiresGrad: true)
    let bias = Variable(.normal([512], using: &random), requiresGrad: true)
    let inputs = (0..<50).map { _ in Variable(.normal([32, 128], using: &random)) }
    return {
      weight.zeroGrad()
      bias.zeroGrad()
      var (output, memory) = (Variable(.zeros([32, 128])), Variable(.zeros([32, 128])))
      for input in inputs {
        let gates = linear(concatenate([input, output], axis: 1), weight, bias: bias)
          .chunk(4, axis: 1)
        memory = gates[1].sigmoid() * memory + gates[0].sigmoid() * gates[2].tanh()
        output = gates[3].sigmoid() * memory.tanh()
      }
      output.sum().backward()
    }
  }

  /// Attention with 8 heads, and the gradients of queries, keys and values.
  static func attention() -> () -> Void {
    var random = RandomSource(seed: 1)
    let inputs = (0..<3).map { _ in
      Variable(.normal([8, 8, 256, 64], using: &random), requiresGrad: true)
    }
    let seed = Tensor.normal([8, 8, 256, 64], using: &random)
    return {
      for input in inputs { input.zeroGrad() }
      let (queries, keys, values) = (inputs[0], inputs[1], inputs[2])
      let scores = matmul(queries, keys.transposed()) / 8.0
      matmul(softmax(scores, axis: 3), values).backward(seed)
    }
  }

  /// A small ResNet for pictures of 32 × 32, batch 64: a training step with SGD, or its logits.
  static func residual(training: Bool) -> () -> Void {
    var random = RandomSource(seed: 1)
    let blocks = [(16, 16, 1), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1)].map
    {
      ResidualBlock($0.0, $0.1, stride: $0.2, using: &random)
    }
    let model = Sequential(
      [
        Conv2d(3, 16, kernel: 3, padding: 1, bias: false, using: &random), BatchNorm2d(16), ReLU(),
      ] + blocks + [AdaptiveAvgPool2d(1), Flatten(), Linear(64, 10, using: &random)])
    let pictures = Variable(.normal([64, 3, 32, 32], using: &random))
    guard training else {
      model.eval()
      return { withoutGradients { _ = model(pictures) } }
    }
    model.train()
    let optimizer = SGD(model.namedParameters, learningRate: 0.01, momentum: 0.9)
    return step(model, optimizer, pictures, classes: 10)
  }

  private static func step(
    _ model: some Layer, _ optimizer: some Optimizer, _ inputs: Variable, classes: Int
  ) -> () -> Void {
    let labels = IntTensor((0..<inputs.shape[0]).map { $0 % classes })
    return {
      optimizer.zeroGrad()
      crossEntropy(model(inputs), labels).backward()
      optimizer.step()
    }
  }
}

/// Two convolutions, and a way around them (He et al., *Deep Residual Learning*, 2016).
private final class ResidualBlock: Layer {
  private let convolutions: [Conv2d]
  private let norms: [BatchNorm2d]
  /// Where the shape changes, the way around is a convolution too.
  private let shortcut: Conv2d?

  init(_ inputs: Int, _ outputs: Int, stride: Int, using random: inout RandomSource) {
    convolutions = [
      Conv2d(
        inputs, outputs, kernel: 3, stride: Size2D(stride), padding: 1, bias: false, using: &random),
      Conv2d(outputs, outputs, kernel: 3, padding: 1, bias: false, using: &random),
    ]
    norms = [BatchNorm2d(outputs), BatchNorm2d(outputs)]
    shortcut =
      stride == 1 && inputs == outputs
      ? nil
      : Conv2d(
        inputs, outputs, kernel: 1, stride: Size2D(stride), bias: false, using: &random)
  }

  var children: [(name: String, layer: any Layer)] {
    [
      ("conv1", convolutions[0]), ("norm1", norms[0]), ("conv2", convolutions[1]),
      ("norm2", norms[1]),
    ] + (shortcut.map { [("shortcut", $0)] } ?? [])
  }

  func forward(_ x: Variable) -> Variable {
    let y = norms[1](convolutions[1](norms[0](convolutions[0](x)).relu()))
    return (y + (shortcut?(x) ?? x)).relu()
  }
}
