import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("The frozen prefix of a network")
struct FrozenPrefixTests {
  func alexNet(dropout: Double = 0.5) -> AlexNet {
    var random = RandomSource(seed: 1)
    return AlexNet(classes: 4, dropout: dropout, width: 0.05, using: &random)
  }

  func pictures(_ count: Int = 3) -> Tensor {
    var random = RandomSource(seed: 2)
    return .normal([count, 3, 70, 66], using: &random)
  }

  @Test("a chain's stages are those of the chains inside it, in the order they run")
  func stages() {
    let features = (0...12).map { "features.\($0)" }
    let classifier = (0...6).map { "classifier.\($0)" }
    #expect(
      alexNet().flattenedStages.map(\.path) == features + ["avgpool", "flatten"] + classifier)
    let nested = Sequential(Sequential(ReLU(), Sequential(Tanh())), Sequential(), Sigmoid())
    #expect(nested.flattenedStages.map(\.path) == ["0.0", "0.1.0", "2"])
  }

  /// What is trained, in which mode and with which dropout, and where the prefix ends.
  struct Setting: Sendable, CustomTestStringConvertible {
    let train: [String]
    let isTraining: Bool
    let dropout: Double
    let next: String?
    var testDescription: String {
      "\(train) trained, \(isTraining ? "training" : "evaluation"), dropout \(dropout)"
    }

    init(_ train: [String], isTraining: Bool, dropout: Double = 0.5, endsBefore next: String?) {
      (self.train, self.isTraining, self.dropout, self.next) = (train, isTraining, dropout, next)
    }
  }

  static let settings = [
    Setting(["classifier.6"], isTraining: false, endsBefore: "classifier.6"),
    Setting(["classifier.6"], isTraining: true, endsBefore: "classifier.0"),
    Setting(["classifier.6"], isTraining: true, dropout: 0, endsBefore: "classifier.6"),
    Setting(["classifier"], isTraining: false, endsBefore: "classifier.1"),
    Setting(["classifier"], isTraining: true, endsBefore: "classifier.0"),
    Setting(["classifier.4.bias"], isTraining: false, endsBefore: "classifier.4"),
    Setting(["features.0"], isTraining: false, endsBefore: "features.0"),
    Setting(["features"], isTraining: true, endsBefore: "features.0"),
    Setting(["features.10.bias", "classifier"], isTraining: true, endsBefore: "features.10"),
    Setting(["features.6.weight"], isTraining: false, dropout: 0, endsBefore: "features.6"),
    Setting([], isTraining: false, endsBefore: nil),
    Setting([], isTraining: true, endsBefore: "classifier.0"),
    Setting([], isTraining: true, dropout: 0, endsBefore: nil),
  ]

  @Test(
    "ends before the first stage that is trained or drops; the rest gives the same bits as the whole",
    arguments: settings)
  func bits(setting: Setting) {
    let model = alexNet(dropout: setting.dropout)
    model.freeze()
    for name in setting.train { model.unfreeze(name) }
    if !setting.isTraining { model.eval() }
    let prefix = FrozenPrefix(of: model)
    #expect(prefix.nextPath == setting.next)
    #expect(prefix.change() == nil)

    let x = pictures()
    let dropouts = model.namedLayers.compactMap { $0.layer as? Dropout }
    let sources = dropouts.map(\.random)
    let whole = model(Variable(x))
    if !setting.train.isEmpty { whole.square().sum().backward() }
    let gradients = model.namedParameters.map(\.variable.grad)
    model.zeroGrad()
    for (dropout, source) in zip(dropouts, sources) { dropout.random = source }

    let features = prefix.features(of: Variable(x))
    let logits = prefix.outputs(from: Variable(features))
    #expect(logits.value == whole.value)
    if !setting.train.isEmpty { logits.square().sum().backward() }
    #expect(model.namedParameters.map(\.variable.grad) == gradients)
    #expect(gradients.count { $0 != nil } == model.trainableParameters.count)
  }

  @Test(
    "batch normalization ends it in training, and without running statistics also in evaluation")
  func batchNorm() {
    func model(_ norm: BatchNorm2d) -> Sequential {
      let model = Sequential(Conv2d(3, 2, kernel: 3), norm, ReLU(), Flatten())
      model.freeze()
      return model
    }
    let norm = BatchNorm2d(2)
    let whole = model(norm)
    // Frozen, it goes by its running statistics, until somebody says otherwise.
    #expect(FrozenPrefix(of: whole).count == 4)
    whole.train()
    #expect(FrozenPrefix(of: whole).count == 4)
    norm.isTraining = true
    #expect(FrozenPrefix(of: whole).count == 1)
    let untracked = BatchNorm2d(2, trackRunningStatistics: false)
    untracked.eval()
    #expect(FrozenPrefix(of: model(untracked)).count == 1)
  }

  @Test("gradients flow through the rest to the features")
  func towardsFeatures() {
    let model = alexNet()
    model.freeze("features")
    model.eval()
    let prefix = FrozenPrefix(of: model)
    let features = Variable(prefix.features(of: Variable(pictures())), requiresGrad: true)
    prefix.outputs(from: features).sum().backward()
    #expect(features.grad?.shape == features.shape)
  }

  @Test("a network's own input check and the paths in messages stay")
  func messages() async {
    let small = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let model = AlexNet(classes: 2, width: 0.05)
      _ = FrozenPrefix(of: model).features(of: Variable(.zeros([1, 3, 62, 224])))
    }
    #expect(small?.message.contains("AlexNet: expects pictures [N, 3, 224, 224]") == true)
    let misfit = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      let model = Sequential(named: [
        ("body", ReLU()), ("head", Sequential(ReLU(), Linear(2, 3), Linear(4, 1))),
      ])
      model.freeze("head.1")
      _ = FrozenPrefix(of: model).outputs(from: Variable(.zeros([1, 3])))
    }
    #expect(misfit?.message.contains("head.2 (Linear): expects [N, 4], got [1, 3]") == true)
  }

  @Test("readers of activations see chains and their stages, as before")
  func activations() {
    let model = alexNet()
    model.eval()
    let x = Variable(pictures(1))
    let found = model.activations(
      of: x, at: ["features", "features.12", "avgpool", "classifier", ""])
    #expect(found["features"]?.value == found["features.12"]?.value)
    #expect(found["avgpool"]?.value.reshaped([1, -1]) == model.pooledFeatures(x).value)
    #expect(found["classifier"]?.value == found[""]?.value)
    #expect(found[""]?.value == model(x).value)
  }

  @Test("notices what makes features wrong that were computed before, and nothing else")
  func changes() throws {
    let model = alexNet()
    model.freeze()
    model.unfreeze("classifier.6")
    model.eval()
    let prefix = FrozenPrefix(of: model)
    #expect(prefix.nextPath == "classifier.6")

    // Behind the prefix.
    (model.classifier[6] as! Linear).weight.value.fill(1)
    model.classifier[6] = Linear(4, 9)
    #expect(prefix.change() == nil)
    // The same numbers in other memory.
    try model.load(model.stateDict.mapValues { $0 * 1 }, strict: true)
    #expect(prefix.change() == nil)

    model.unfreeze("classifier.4.bias")
    #expect(prefix.change()?.contains("classifier.4.bias is to be trained") == true)
    model.freeze("classifier.4.bias")
    #expect(prefix.change() == nil)
    model.train()
    #expect(prefix.change()?.contains("classifier.0 (Dropout) gives something else") == true)
    model.eval()
    #expect(prefix.change() == nil)

    let weight = (model.features[3] as! Conv2d).weight
    let before = weight.value
    weight.value[0, 0, 0, 0] += 1
    #expect(prefix.change() == "features.3.weight has other numbers now")
    weight.value = before
    #expect(prefix.change() == nil)
    model.convert(to: .float64)
    #expect(prefix.change()?.contains("has other numbers now") == true)
    model.convert(to: .float32)
    #expect(prefix.change() == nil)

    let relu = model.features[1]
    model.features[1] = Tanh()
    #expect(prefix.change() == "features.1 is another layer now")
    model.features[1] = relu
    #expect(prefix.change() == nil)
    (model.classifier[1] as! Linear).compressLinearWeights(to: .bfloat16)
    #expect(prefix.change()?.contains("classifier.1.weight has other numbers") == true)
    let compressed = FrozenPrefix(of: model)
    #expect(compressed.nextPath == "classifier.6" && compressed.change() == nil)
    try model.load(model.stateDict)
    #expect(compressed.change()?.contains("classifier.1.weight has other numbers") == true)
  }

  /// A table of bytes that scales what comes in; its numbers are unpacked whenever its buffers are read.
  private final class Packed: Layer {
    var table: [UInt8] = [1, 2, 3]
    var unpacked = 0
    var buffers: [(name: String, tensor: Tensor)] {
      unpacked += 1
      return [("table", Tensor(table.map(Double.init)))]
    }
    var keptNumbers: [KeptNumbers] { [KeptNumbers("table", table, isSame: ==)] }
    func forward(_ x: Variable) -> Variable { x * Variable(buffers[0].tensor) }
  }

  @Test("numbers in a form of one's own are compared in that form")
  func ownForm() {
    let packed = Packed()
    let prefix = FrozenPrefix(of: Sequential(packed, Tanh()))
    #expect(prefix.count == 2 && prefix.change() == nil)
    packed.table[1] = 9
    #expect(prefix.change() == "0.table has other numbers now")
    packed.table[1] = 2
    #expect(prefix.change() == nil)
    #expect(packed.unpacked == 0)
  }

  @Test("running statistics that moved are noticed")
  func buffers() {
    let norm = BatchNorm2d(3)
    let model = Sequential(norm, ReLU())
    model.freeze()
    model.eval()
    let prefix = FrozenPrefix(of: model)
    norm.isTraining = true
    _ = model(Variable(pictures()))
    norm.eval()
    #expect(prefix.change() == "0.running_mean has other numbers now")
  }
}
