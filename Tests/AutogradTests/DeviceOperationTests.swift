import RetrogradAutograd
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite(
  "On a device every operation agrees with PyTorch",
  .enabled(if: TestDevice.isThere, Comment(rawValue: TestDevice.absence)))
struct DeviceOperationTests {
  private static let smooth = OperationCase.all.filter(\.isSmooth)

  @Test("in its value", arguments: smooth)
  func value(_ example: OperationCase) {
    // Some hundred roundings of 6·10⁻⁸.
    expect(onDevice(example), example.value, "value", tolerance: 1e-5)
  }

  @Test(
    "or else with the host: at kinks, at infinities, and beyond the range of float32",
    arguments: OperationCase.all.filter { !$0.isSmooth })
  func extremes(_ example: OperationCase) {
    let host = example.output(example.inputs.map { Variable($0.converted(to: .float32)) }).value
    expect(onDevice(example), host.converted(to: .float64), "value", tolerance: 1e-5)
  }

  private func onDevice(_ example: OperationCase) -> Tensor {
    TestDevice.use {
      example.output(example.inputs.map { Variable($0.converted(to: .float32)) }).value
    }
  }

  @Test("in its gradients", arguments: smooth)
  func gradients(_ example: OperationCase) {
    let computed = TestDevice.use {
      let inputs = example.inputs.map { Variable($0.converted(to: .float32), requiresGrad: true) }
      return RetrogradAutograd.gradients(
        of: example.output(inputs), withRespectTo: inputs,
        seed: Variable(example.cotangent.converted(to: .float32))
      ).map(\.value)
    }
    for (index, (computed, expected)) in zip(computed, example.gradients).enumerated() {
      expect(computed, expected, "gradient \(index)", tolerance: 1e-4)
    }
  }

  @Test("in its second derivatives", arguments: smooth.filter(\.hasSecondDerivatives))
  func secondDerivatives(_ example: OperationCase) {
    let computed = TestDevice.use {
      let inputs = example.inputs.map { Variable($0.converted(to: .float32), requiresGrad: true) }
      let cotangent = Variable(example.cotangent.converted(to: .float32), requiresGrad: true)
      let first = RetrogradAutograd.gradients(
        of: example.output(inputs), withRespectTo: inputs, seed: cotangent, createGraph: true)
      let projection = zip(first, example.directions).map {
        ($0 * Variable($1.converted(to: .float32))).sum()
      }.reduce(Variable(Tensor(0)), +)
      return RetrogradAutograd.gradients(of: projection, withRespectTo: inputs + [cotangent])
        .map(\.value)
    }
    for (index, (computed, expected)) in zip(computed, example.secondDerivatives).enumerated() {
      expect(computed, expected, "second derivative \(index)", tolerance: 1e-3)
    }
  }

  @Test("without leaving it, also where a normalization is made of others")
  func normalizations() {
    var random = RandomSource(seed: 1)
    let x = Variable(.normal([3, 4, 5, 6], using: &random), requiresGrad: true)
    let weight = Variable(.normal([4], using: &random), requiresGrad: true)
    let (_, trace) = DeviceTrace.counting {
      TestDevice.use {
        let y = batchNorm2d(x, weight: weight, bias: weight)
        let z = layerNorm(localResponseNorm(y, size: 5), normalizedShape: [6])
        z.sum().backward()
      }
    }
    #expect(trace.fallbacks.isEmpty && !trace.kernels.isEmpty, "\(trace)")
  }

  @Test("without leaving it, also what resamples, picks and sums as it goes")
  func gathering() {
    var random = RandomSource(seed: 2)
    let x = Variable(.normal([2, 3, 6, 8], using: &random), requiresGrad: true)
    let table = Variable(.normal([7, 4], using: &random), requiresGrad: true)
    func loss() -> Variable {
      let resampled = InterpolationMode.allCases.map {
        interpolate(x, to: 9, mode: $0).square().sum()
      }
      let (values, indices) = maxPool2dWithIndices(x, kernel: 2)
      let pooled = [
        maxUnpool2d(values, indices, outputSize: Size2D(6, 8)).square().sum(),
        adaptiveMaxPool2d(x, to: 3).square().sum(), x.cumsum(axis: 3).square().sum(),
      ]
      let picked = [
        embedding([1, 1, 6, 0, 1], table).square().sum(),
        gather(table, IntTensor([3, 3, 0, 1], shape: [2, 2]), axis: 1).square().sum(),
      ]
      return (resampled + pooled + picked).reduce(Variable(Tensor(0)), +)
    }
    let (computed, trace) = DeviceTrace.counting {
      TestDevice.use {
        RetrogradAutograd.gradients(of: loss(), withRespectTo: [x, table]).map(\.value)
      }
    }
    #expect(trace.fallbacks.isEmpty && !trace.kernels.isEmpty, "\(trace)")
    let host = RetrogradAutograd.gradients(of: loss(), withRespectTo: [x, table]).map(\.value)
    for (computed, host) in zip(computed, host) { #expect(relativeError(computed, host) < 1e-5) }
  }

  private func expect(_ x: Tensor, _ expected: Tensor, _ what: String, tolerance: Double) {
    let difference = disagreement(x.converted(to: .float64), expected, tolerance: tolerance)
    #expect(difference == nil, "\(what) \(difference ?? "")")
  }
}
