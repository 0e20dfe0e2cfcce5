import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite(
  "Training on a device",
  .enabled(if: TestDevice.isThere, Comment(rawValue: TestDevice.absence)))
struct DeviceTrainingTests {
  /// A narrow AlexNet after some steps, and the losses on the way.
  private func trained(
    steps: Int, _ makeOptimizer: ([(name: String, variable: Variable)]) -> any Optimizer
  ) -> (state: [String: Tensor], losses: [Double]) {
    var random = RandomSource(seed: 1)
    let model = AlexNet(classes: 5, width: 0.125, using: &random)
    let pictures = Tensor.normal([4, 3, 95, 95], using: &random)
    let labels: IntTensor = [0, 3, 1, 3]
    let optimizer = makeOptimizer(model.namedParameters)
    var losses: [Double] = []
    for _ in 0..<steps {
      optimizer.zeroGrad()
      let loss = crossEntropy(model(Variable(pictures)), labels)
      loss.backward()
      clipGradientNorm(model.namedParameters, to: 10)
      optimizer.step()
      losses.append(loss.item())
    }
    return (model.stateDict, losses)
  }

  @Test("is that on the host, with every operation on the device", arguments: [false, true])
  func likeTheHost(usesAdam: Bool) {
    func train() -> (state: [String: Tensor], losses: [Double]) {
      trained(steps: 3) {
        if usesAdam { return Adam($0, learningRate: 1e-4) }
        return SGD($0, learningRate: 0.01, momentum: 0.9, weightDecay: 1e-3)
      }
    }
    let host = withExactConvolutions { train() }
    let (device, trace) = DeviceTrace.counting { TestDevice.use { train() } }
    #expect(trace.fallbacks.isEmpty, "\(trace)")
    for (a, b) in zip(device.losses, host.losses) { #expect(abs(a - b) < 1e-4) }
    for (name, tensor) in device.state {
      let error = relativeError(tensor, host.state[name]!)
      // Adam's first steps divide a gradient by itself: where it is nearly 0 its sign decides.
      #expect(error < (usesAdam ? 1e-3 : 1e-5), "\(name): \(error)")
    }
  }

  @Test("has the same bits in every run")
  func reproducible() {
    func train() -> [String: Tensor] {
      TestDevice.use {
        trained(steps: 2) { SGD($0, learningRate: 0.01, momentum: 0.9, nesterov: true) }.state
      }
    }
    let (first, second) = (train(), train())
    for (name, tensor) in first { #expect(tensor.hasSameBits(as: second[name]!), "\(name)") }
  }

  @Test("is asked for by a scope, or by moving what is computed from")
  func asking() {
    var random = RandomSource(seed: 3)
    let model = Sequential(Linear(4, 3, using: &random), ReLU(), Linear(3, 2, using: &random))
    let pictures = Tensor.normal([5, 4], using: &random)
    let (x, labels): (Variable, IntTensor) = (Variable(pictures), [0, 1, 1, 0, 1])
    let host = model(x).value
    let y = withDevice(.gpu) { model(x) }
    let (loss, trace) = DeviceTrace.counting {
      withDevice(.gpu) { crossEntropy(model(x), labels).item() }
    }
    print(trace)
    #expect(loss.isFinite && trace.fallbacks.isEmpty)
    model.to(.gpu)
    let z = model(Variable(pictures).to(.gpu))
    #expect(y.value.deviceName != nil && z.value.deviceName == y.value.deviceName)
    #expect(relativeError(y.value, host) < 1e-6 && relativeError(z.value, host) < 1e-6)
  }

  @Test("of a frozen network's last layers moves what was moved")
  func moved() {
    var random = RandomSource(seed: 2)
    let model = AlexNet(classes: 5, width: 0.125, using: &random)
    model.freeze("features")
    model.to(.gpu)
    let x = Tensor.normal([2, 3, 63, 63], using: &random).to(.gpu)
    let (_, trace) = DeviceTrace.counting { crossEntropy(model(Variable(x)), [1, 2]).backward() }
    #expect(trace.fallbacks.isEmpty, "\(trace)")
    #expect(
      model.namedParameters.filter(\.variable.requiresGrad).allSatisfy { $0.variable.grad != nil })
  }
}
