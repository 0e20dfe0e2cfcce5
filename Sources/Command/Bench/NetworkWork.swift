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

  /// A network for a batch of pictures: a training step with SGD, or its outputs.
  ///
  /// - Parameters:
  ///   - shape: The pictures' shape, [N, C, H, W].
  ///   - training: Whether it is trained.
  ///   - network: Makes it; its outputs are ten logits for each picture, or two for each pixel.
  static func pictures(
    _ shape: [Int], training: Bool, _ network: (inout RandomSource) -> any Layer
  ) -> () -> Void {
    var random = RandomSource(seed: 1)
    let model = network(&random)
    let pictures = Variable(.normal(shape, using: &random))
    guard training else {
      model.eval()
      return { withoutGradients { _ = model(pictures) } }
    }
    model.train()
    let optimizer = SGD(model.namedParameters, learningRate: 0.01, momentum: 0.9)
    return step(model, optimizer, pictures, classes: 10)
  }

  private static func step(
    _ model: any Layer, _ optimizer: some Optimizer, _ inputs: Variable, classes: Int
  ) -> () -> Void {
    let labels = IntTensor((0..<inputs.shape[0]).map { $0 % classes })
    return {
      optimizer.zeroGrad()
      let outputs = model(inputs)
      // Maps of outputs have no labels here: half of their squares is a loss as well.
      let loss =
        outputs.shape.count == 2
        ? crossEntropy(outputs, labels) : (outputs * outputs).mean() * 0.5
      loss.backward()
      optimizer.step()
    }
  }
}
