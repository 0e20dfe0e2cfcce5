import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("Compressed weights of fully connected layers")
struct CompressionTests {
  static let bounds: [(HalfPrecision, Double)] = [(.bfloat16, 5e-2), (.float16, 1e-2)]

  @Test("change AlexNet's logits little and its labels not at all", arguments: bounds)
  func logits(format: HalfPrecision, bound: Double) throws {
    let reference = AlexNetReference.all[0]
    let model = try reference.model(.float32)
    let expected = model(reference.pictures(.float32)).value
    model.compressLinearWeights(to: format)
    let logits = model(reference.pictures(.float32)).value
    let error = AlexNetReference.error(logits, expected)
    print("AlexNet of width \(reference.report.width): logits are \(error) off in \(format)")
    #expect(error > 0 && error < bound)
    #expect(logits.argmax(axis: 1) == expected.argmax(axis: 1))
  }

  @Test("are what the state has, and a network with that state gives the same logits")
  func state() throws {
    var random = RandomSource(seed: 1)
    let model = AlexNet(classes: 5, width: 0.05, using: &random)
    model.eval()
    let before = model.stateDict
    model.compressLinearWeights(to: .bfloat16)
    let state = model.stateDict
    #expect(state.mapValues(\.shape) == before.mapValues(\.shape))
    #expect(state["features.0.weight"] == before["features.0.weight"])
    #expect(state["classifier.6.bias"] == before["classifier.6.bias"])
    #expect(state["classifier.6.weight"] != before["classifier.6.weight"])
    #expect(
      AlexNetReference.error(state["classifier.6.weight"]!, before["classifier.6.weight"]!)
        <= 0x1p-8)
    let x = Variable(.normal([2, 3, 63, 63], using: &random))
    let (compressed, decoded) = (model(x).value, try AlexNet(state)(x).value)
    #expect(AlexNetReference.error(compressed, decoded) < 1e-5)
    // Loading rounds again, and stays compressed.
    try model.load(before)
    #expect(model.stateDict == state)
    #expect(model(x).value == compressed)
  }

  @Test("are not parameters any more; all others are frozen")
  func parameters() {
    let shared = Linear(3, 3)
    let model = Sequential(shared, ReLU(), shared, BatchNorm2d(2), Linear(3, 2, bias: false))
    model.compressLinearWeights(to: .float16)
    model.compressLinearWeights(to: .float16)
    #expect(model.namedParameters.map(\.name) == ["0.bias", "3.weight", "3.bias"])
    #expect(model.trainableParameters.isEmpty)
    #expect(
      Set(model.stateDict.keys).isSuperset(of: ["0.weight", "0.bias", "2.weight", "4.weight"]))
    // A network without fully connected layers stays as it is.
    ReLU().compressLinearWeights(to: .bfloat16)
  }

  @Test("let go of the memory of the variable")
  func memory() {
    let model = Sequential(Linear(4, 4))
    weak let weight = (model[0] as! Linear).weight
    #expect(weight != nil)
    model.compressLinearWeights(to: .bfloat16)
    #expect(weight == nil)
  }

  @Test("run where gradients flow elsewhere or are not recorded")
  func inference() {
    let model = Sequential(Linear(2, 2), Linear(2, 2))
    model.compressLinearWeights(to: .bfloat16)
    #expect(!model(Variable(.ones([1, 2]))).requiresGrad)
    let x = Variable(.ones([1, 2]), requiresGrad: true)
    #expect(withoutGradients { model(x) }.shape == [1, 2])
    model[1] = Linear(2, 2)
    model(Variable(.ones([1, 2]))).sum().backward()
    #expect((model[1] as! Linear).weight.grad != nil)
  }

  @Test("stop with a message when they are to be trained, differentiated or converted")
  func mistakes() async {
    let training = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let model = Sequential(Linear(2, 2), Linear(2, 2))
      model.compressLinearWeights(to: .bfloat16)
      model.unfreeze()
      _ = model(Variable(.ones([1, 2])))
    }
    #expect(
      training?.message.contains("0 (Linear): its weight is compressed to bfloat16") == true)
    let reading = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let layer = Linear(2, 2)
      layer.compressLinearWeights(to: .float16)
      _ = layer.weight
    }
    #expect(reading?.message.contains("Read it from stateDict") == true)
    let converting = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let layer = Linear(2, 2)
      layer.compressLinearWeights(to: .float16)
      layer.convert(to: .float64)
    }
    #expect(converting?.message.contains("it cannot become float64") == true)
    let double = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      Linear(2, 2, dtype: .float64).compressLinearWeights(to: .float16)
    }
    #expect(double?.message.contains("expects float32 weights") == true)
  }
}
