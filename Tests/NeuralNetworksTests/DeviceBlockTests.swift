import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

/// Few channels, from which small and large kernels make many (Iandola et al., *SqueezeNet*, 2016).
private final class Fire: Layer {
  private let squeeze: Conv2d
  private let expand1x1: Conv2d
  private let expand3x3: Conv2d

  init(_ inputs: Int, squeezed: Int, expanded: Int, using random: inout RandomSource) {
    squeeze = Conv2d(inputs, squeezed, kernel: 1, using: &random)
    expand1x1 = Conv2d(squeezed, expanded, kernel: 1, using: &random)
    expand3x3 = Conv2d(squeezed, expanded, kernel: 3, padding: 1, using: &random)
  }

  var children: [(name: String, layer: any Layer)] {
    [("squeeze", squeeze), ("expand1x1", expand1x1), ("expand3x3", expand3x3)]
  }

  func forward(_ x: Variable) -> Variable {
    let squeezed = squeeze(x).relu()
    return concatenate([expand1x1(squeezed).relu(), expand3x3(squeezed).relu()], axis: 1)
  }
}

/// Two convolutions, and a way around them (He et al., *Deep Residual Learning*, 2016).
private final class Residual: Layer {
  private let convolutions: [Conv2d]
  private let norms: [BatchNorm2d]
  /// Where the shape changes, the way around is a convolution too.
  private let shortcut: Sequential?

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
      : Sequential(
        Conv2d(inputs, outputs, kernel: 1, stride: Size2D(stride), bias: false, using: &random),
        BatchNorm2d(outputs))
  }

  var children: [(name: String, layer: any Layer)] {
    [
      ("conv1", convolutions[0]), ("bn1", norms[0]), ("conv2", convolutions[1]), ("bn2", norms[1]),
    ] + (shortcut.map { [("downsample", $0)] } ?? [])
  }

  func forward(_ x: Variable) -> Variable {
    let y = norms[1](convolutions[1](norms[0](convolutions[0](x)).relu()))
    return (y + (shortcut?(x) ?? x)).relu()
  }
}

/// A network of one of these families, small.
private enum Family: String, CaseIterable, Sendable {
  case squeezeNet, resNet

  func model(using random: inout RandomSource) -> Sequential {
    switch self {
    case .squeezeNet:
      Sequential(
        Conv2d(3, 16, kernel: 3, stride: 2, using: &random), ReLU(),
        MaxPool2d(kernel: 3, stride: 2, ceilMode: true),
        Fire(16, squeezed: 4, expanded: 8, using: &random),
        Fire(16, squeezed: 4, expanded: 12, using: &random),
        MaxPool2d(kernel: 3, stride: 2, ceilMode: true), Dropout(0.5, using: &random),
        Conv2d(24, 5, kernel: 1, using: &random), ReLU(), AdaptiveAvgPool2d(1), Flatten())
    case .resNet:
      Sequential(
        Conv2d(3, 8, kernel: 7, stride: 2, padding: 3, bias: false, using: &random), BatchNorm2d(8),
        ReLU(), MaxPool2d(kernel: 3, stride: 2, padding: 1),
        Residual(8, 8, stride: 1, using: &random), Residual(8, 16, stride: 2, using: &random),
        AdaptiveAvgPool2d(1), Flatten(), Linear(16, 5, using: &random))
    }
  }
}

@Suite(
  "Networks of other families on a device",
  .enabled(if: TestDevice.isThere, Comment(rawValue: TestDevice.absence)))
struct DeviceBlockTests {
  /// What a network is after two steps, buffers included, and what it then says of the pictures, asked twice; with
  /// what happened on the device in each of the three parts.
  private func trained(_ family: Family) -> (state: [String: Tensor], traces: [DeviceTrace]) {
    var random = RandomSource(seed: 4)
    let model = family.model(using: &random)
    let pictures = Variable(.normal([4, 3, 32, 32], using: &random))
    let labels: IntTensor = [0, 3, 1, 4]
    let optimizer = SGD(model.namedParameters, learningRate: 0.01, momentum: 0.9)
    let (_, training) = DeviceTrace.counting {
      for _ in 0..<2 {
        optimizer.zeroGrad()
        crossEntropy(model(pictures), labels).backward()
        optimizer.step()
      }
    }
    model.eval()
    var state = model.stateDict
    let (answers, first) = DeviceTrace.counting { withoutGradients { model(pictures).value } }
    let (again, second) = DeviceTrace.counting { withoutGradients { model(pictures).value } }
    (state["answers"], state["the same"]) = (answers, again)
    return (state, [training, first, second])
  }

  @Test(
    "train and answer as on the host, with every operation on the device",
    arguments: Family.allCases)
  private func likeTheHost(_ family: Family) {
    let host = withExactConvolutions { trained(family) }.state
    let (device, traces) = TestDevice.use { trained(family) }
    for trace in traces { #expect(trace.fallbacks.isEmpty && !trace.kernels.isEmpty, "\(trace)") }
    // Nothing comes back but, once after training, what is folded on the host in double precision: a convolution's
    // weight and the four tensors of the normalization behind it, in the stem and in the way around.
    let folded = family == .resNet ? 10 : 0
    #expect(traces.map(\.downloads.count) == [0, folded, 0])
    #expect(device.count == host.count)
    for (name, tensor) in device {
      let error = relativeError(tensor, host[name]!)
      #expect(error < 1e-4, "\(name): \(error)")
    }
  }

  @Test("have the same bits in every run", arguments: Family.allCases)
  private func reproducible(_ family: Family) {
    let (first, second) = TestDevice.use { (trained(family).state, trained(family).state) }
    for (name, tensor) in first { #expect(tensor.hasSameBits(as: second[name]!), "\(name)") }
  }
}
