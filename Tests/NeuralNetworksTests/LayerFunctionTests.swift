import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("GroupNorm, PReLU, Conv1d, Conv2d with padding by a rule, Embedding")
struct LayerFunctionTests {
  @Test("give what their functions give, with all arguments passed on")
  func functions() {
    var random = RandomSource(seed: 4)
    let x = Variable(.normal([2, 4, 9], using: &random))
    let norm = GroupNorm(2, 4, epsilon: 0.1)
    norm.weight!.value = [1, 2, 3, 4]
    #expect(
      norm(x).value
        == groupNorm(x, groups: 2, weight: norm.weight, bias: norm.bias, epsilon: 0.1).value)
    #expect(norm.parameters.map(\.name) == ["weight", "bias"])
    #expect(GroupNorm(1, 4, affine: false).parameters.isEmpty)
    let convolution = Conv1d(
      4, 6, kernel: 3, stride: 2, padding: 1, dilation: 2, groups: 2, using: &random)
    #expect(convolution.weight.shape == [6, 2, 3])
    #expect(
      convolution(x).value
        == conv1d(
          x, convolution.weight, bias: convolution.bias, stride: 2, padding: 1, dilation: 2,
          groups: 2
        ).value)
    let again = Conv1d(
      weight: convolution.weight.value, bias: convolution.bias!.value, stride: 2, padding: 1,
      dilation: 2, groups: 2)
    #expect(again(x).value == convolution(x).value)
    let words = Embedding(5, 3, using: &random)
    let indices = IntTensor([4, 0, 1, 1], shape: [2, 2])
    #expect(words(indices).value == embedding(indices, words.weight).value)
    #expect(Sequential(words, Flatten())(Variable([[4, 0], [1, 1]])).shape == [2, 6])
  }

  @Test("PReLU gives what its function gives, and begins as PyTorch's does")
  func learnedSlopes() {
    let x = Variable([[-2, 1, -4], [3, -1, 0]])
    let one = PReLU()
    #expect(one.weight.value == [0.25])
    #expect(one(x).value == [[-0.5, 1, -1], [3, -0.25, 0]])
    let each = PReLU(3, slope: 0.5)
    each.weight.value = [0.5, 2, 4]
    #expect(each(x).value == prelu(x, each.weight).value)
    #expect(each(x).value == [[-1, 1, -16], [3, -2, 0]])
    #expect(
      PReLU(2, slope: 0.5, dtype: .float64).weight.value == Tensor([0.5, 0.5], dtype: .float64))
    #expect(Sequential(each).stateDict.mapValues(\.shape) == ["0.weight": [3]])
  }

  @Test("keep the size of pictures and sequences, also where kernels are even")
  func samePadding() {
    var random = RandomSource(seed: 5)
    let picture = Variable(.normal([1, 2, 5, 7], using: &random))
    for kernel in [1, 2, 3, 4, [2, 5]] as [Size2D] {
      let layer = Conv2d(
        2, 3, kernel: kernel, padding: .same, dilation: [1, 2], using: &random)
      let y = layer(picture)
      #expect(y.shape == [1, 3, 5, 7])
      #expect(
        y.value
          == conv2d(picture, layer.weight, bias: layer.bias, padding: .same, dilation: [1, 2])
          .value)
      #expect(layer.rectifiedForward(picture).value == y.relu().value)
    }
    for kernel in 1...5 {
      let layer = Conv1d(2, 3, kernel: kernel, padding: .same, using: &random)
      let sequence = picture.reshaped([2, 35])
      #expect(layer(sequence).shape == [3, 35])
      #expect(
        layer(sequence).value
          == conv1d(sequence, layer.weight, bias: layer.bias, padding: .same).value)
    }
    #expect(Conv2d(2, 3, kernel: 3, stride: 2, padding: .valid)(picture).shape == [1, 3, 2, 3])
    #expect(
      Conv1d(2, 3, kernel: 3, stride: 2, padding: .valid)(Variable(.zeros([2, 7]))).shape == [3, 3])
  }

  @Test("a convolution with an odd number of zeros is folded with its normalization")
  func folding() {
    var random = RandomSource(seed: 6)
    let model = Sequential(
      Conv2d(2, 3, kernel: 2, padding: .same, using: &random), BatchNorm2d(3))
    let x = Variable(.normal([2, 2, 4, 5], using: &random))
    _ = model(x)
    model.eval()
    let folded = model.folded()
    #expect(folded.count == 1)
    #expect(disagreement(folded(x).value, model(x).value, tolerance: 1e-5) == nil)
  }

  @Test("the padding vector begins at 0 and stays as it is; others learn")
  func paddingVector() {
    var random = RandomSource(seed: 7)
    let words = Embedding(4, 2, paddingIndex: -1, using: &random)
    #expect(words.paddingIndex == 3)
    #expect(words.weight.value[3..<4] == [[0, 0]])
    #expect(words.weight.value[0..<3].scalars.allSatisfy { $0 != 0 })
    words(IntTensor([3, 1, 3])).sum().backward()
    #expect(words.weight.grad == [[0, 0], [1, 1], [0, 0], [0, 0]])
    let given = Embedding(weight: [[1, 2], [3, 4]], paddingIndex: 0)
    #expect(given(IntTensor([0, 1])).value == [[1, 2], [3, 4]])
    #expect(words(IntTensor([], shape: [2, 0])).shape == [2, 0, 2])
  }

  @Test("an embedding is drawn from the standard normal distribution, as PyTorch's")
  func drawnEmbedding() {
    var random = RandomSource(seed: 8)
    let numbers = Embedding(200, 50, using: &random).weight.value.scalars
    let variance = numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)
    #expect(abs(numbers.reduce(0, +) / Double(numbers.count)) < 0.05)
    #expect(abs(variance - 1) < 0.08)
    #expect(numbers.contains { abs($0) > 3 })
  }

  @Test("state dictionaries have PyTorch's names and shapes")
  func state() {
    let model = Sequential(named: [
      ("words", Embedding(5, 4)), ("convolution", Conv1d(3, 6, kernel: 2)),
      ("norm", GroupNorm(3, 6)),
    ])
    #expect(
      model.stateDict.mapValues(\.shape) == [
        "words.weight": [5, 4], "convolution.weight": [6, 3, 2], "convolution.bias": [6],
        "norm.weight": [6], "norm.bias": [6],
      ])
  }

  @Test("mistakes stop with the layer, the shapes and what to do")
  func mistakes() async {
    let groups = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = GroupNorm(64, 8)
    }
    #expect(groups?.message.contains("Groups come first: GroupNorm(8, 64)") == true)
    let channels = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = groupNorm(Variable(.zeros([2, 6, 3])), groups: 4)
    }
    #expect(channels?.message.contains("4 groups do not divide the 6 channels") == true)
    let slopes = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Sequential(PReLU(3))(Variable(.zeros([2, 4])))
    }
    #expect(slopes?.message.contains("0 (PReLU): expects [N, 3, …], got [2, 4]") == true)
    let weight = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = prelu(Variable(.zeros([2, 4])), Variable([1, 2]))
    }
    #expect(
      weight?.message.contains("prelu: input [2, 4] needs one slope, or one for each") == true)
    let stride = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Conv2d(3, 8, kernel: 3, stride: 2, padding: .same)
    }
    #expect(stride?.message.contains("which a stride of 2×2 does not. Use stride 1") == true)
    let sequence = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Sequential(Conv1d(3, 8, kernel: 3))(Variable(.zeros([2, 4, 9])))
    }
    #expect(
      sequence?.message.contains("0 (Conv1d): expects [N, 3, L] or [3, L], got [2, 4, 9]") == true)
    let picture = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = conv1d(Variable(.zeros([2, 4, 9, 9])), Variable(.zeros([1, 4, 3])))
    }
    #expect(picture?.message.contains("Pictures go through conv2d") == true)
    let width = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = conv1d(Variable(.zeros([2, 6, 9])), Variable(.zeros([4, 6, 3])), groups: 2)
    }
    #expect(
      width?.message.contains("input [2, 6, 9] has 6 channels, which weight [4, 6, 3]") == true)
    let index = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Embedding(10, 4)(IntTensor([3, 10]))
    }
    #expect(
      index?.message.contains("there is no row 10 in a table [10, 4]: indices go from 0 to 9")
        == true)
    let fraction = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Embedding(10, 4)(Variable([0.5]))
    }
    #expect(fraction?.message.contains("expects whole numbers from 0 to 9, got 0.5") == true)
    let padding = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Embedding(10, 4, paddingIndex: 10)
    }
    #expect(padding?.message.contains("the padding index 10 is not a row of a table of 10") == true)
    let corners = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = interpolate(
        Variable(.zeros([1, 1, 3, 3])), to: 6, mode: .nearestExact, alignCorners: true)
    }
    #expect(corners?.message.contains("bicubic interpolation, not for nearest-exact") == true)
  }
}
