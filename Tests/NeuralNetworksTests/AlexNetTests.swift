import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import RetrogradWeightFiles
import Testing

/// What Tests/Fixtures/alexnet.py wrote into a folder.
struct AlexNetReference: Sendable, CustomTestStringConvertible {
  struct Report: Sendable, Decodable {
    let width: Double
    let classes: Int
    let size: Int
    let labels: [Int]
    let loss: Double
    let smoothLoss: Double
    let float32Errors: [String: Double]
    let flips: [String: Int]
  }

  let folder: URL
  let report: Report
  let tensors: [String: Tensor]
  var testDescription: String { "width \(report.width)" }

  init(_ folder: URL) {
    self.folder = folder
    report = try! JSONDecoder().decode(
      Report.self, from: Data(contentsOf: folder.appending(path: "reference.json")))
    tensors = try! Safetensors.read(folder.appending(path: "reference.safetensors"))
  }

  /// The narrow network of the fixtures; and the full one, where RETROGRAD_ALEXNET_REFERENCE names
  /// the folder that `alexnet.py --full` wrote.
  static let all: [AlexNetReference] = {
    let full = ProcessInfo.processInfo.environment["RETROGRAD_ALEXNET_REFERENCE"]
    return ([Fixtures.url("alexnet")] + (full.map { [URL(filePath: $0)] } ?? [])).map {
      AlexNetReference($0)
    }
  }()

  static let forms = ["checkpoint.pt", "checkpoint-legacy.pt"]

  func model(_ dtype: DType, form: String = forms[0]) throws -> AlexNet {
    let model = try AlexNet(WeightFile.read(folder.appending(path: form)))
    model.convert(to: dtype)
    return model
  }

  /// Eight pictures, by the formula of alexnet.py, which is exact in double precision.
  func pictures(_ dtype: DType) -> Variable {
    let size = report.size
    let numbers = (0..<(8 * 3 * size * size)).map { (index: Int) -> Double in
      let hash = UInt64(index) * 2_654_435_761 % (1 << 32)
      return Double(hash) / 0x1p32 * 4 - 2
    }
    return Variable(Tensor(numbers, shape: [8, 3, size, size], dtype: dtype))
  }

  func loss(_ logits: Variable) -> Variable { crossEntropy(logits, IntTensor(report.labels)) }

  /// The same network with tanh and average pooling in place of ReLU and max-pool.
  func smooth(_ model: AlexNet) -> Sequential {
    func smoothed(_ layers: Sequential) -> Sequential {
      Sequential(
        layers.children.map { child in
          switch child.layer {
          case is ReLU: return Tanh()
          case let pool as MaxPool2d: return AvgPool2d(kernel: pool.kernel, stride: pool.stride)
          default: return child.layer
          }
        })
    }
    return Sequential(named: [
      ("features", smoothed(model.features)), ("avgpool", model.avgpool), ("flatten", Flatten()),
      ("classifier", smoothed(model.classifier)),
    ])
  }

  /// The largest difference relative to the largest element.
  static func error(_ a: Tensor, _ b: Tensor) -> Double {
    guard a.shape == b.shape else { return .infinity }
    let (a, b) = (a.converted(to: .float64), b.converted(to: .float64))
    return ((a - b).abs().max().item()) / b.abs().max().item()
  }

  /// How far the gradients of all parameters are from the reference's.
  func gradientErrors(_ model: any Layer, _ prefix: String) -> [String: Double] {
    let parameters = model.namedParameters
    return Dictionary(
      uniqueKeysWithValues: parameters.map { name, variable in
        (name, Self.error(variable.grad!, tensors["\(prefix)gradient/\(name)"]!))
      })
  }
}

@Suite("AlexNet")
struct AlexNetTests {
  @Test("logits at full width in single precision are those in double")
  func singlePrecision() {
    var random = RandomSource(seed: 2)
    let model = AlexNet(using: &random)
    model.eval()
    let pictures = Tensor.normal([2, 3, 224, 224], using: &random)
    let single = withoutGradients { model(Variable(pictures)).value }
    let plain = withExactConvolutions { withoutGradients { model(Variable(pictures)).value } }
    model.convert(to: .float64)
    let double = withoutGradients { model(Variable(pictures.converted(to: .float64))).value }
    #expect(AlexNetReference.error(single, double) < 1e-4)
    #expect(AlexNetReference.error(plain, double) < 1e-5)
    #expect(single != plain)
  }

  @Test("has 61,100,840 parameters and torchvision's names")
  func parameters() {
    let model = AlexNet()
    #expect(model.parameterCount == 61_100_840)
    let layers = ["features.0", "features.3", "features.6", "features.8", "features.10"]
    let heads = ["classifier.1", "classifier.4", "classifier.6"]
    #expect(
      model.namedParameters.map(\.name)
        == (layers + heads).flatMap { ["\($0).weight", "\($0).bias"] })
    #expect(model.classes == 1000)
  }

  @Test(
    "logits of 8 pictures agree with PyTorch's, from both forms of checkpoint",
    arguments: AlexNetReference.all, AlexNetReference.forms)
  func logits(_ reference: AlexNetReference, form: String) throws {
    let expected = reference.tensors["logits"]!
    // They spread, or nothing would be compared.
    #expect(expected.variance(axes: [1]).sqrt().min().item() > 1)
    let single = try reference.model(.float32, form: form)(reference.pictures(.float32)).value
    #expect(AlexNetReference.error(single, expected) < 1e-4)
    let double = try reference.model(.float64, form: form)(reference.pictures(.float64)).value
    #expect(AlexNetReference.error(double, expected) < 1e-12)
  }

  @Test("every activation agrees by its name", arguments: AlexNetReference.all)
  func activations(_ reference: AlexNetReference) throws {
    let model = try reference.model(.float64)
    let names = model.namedLayers.filter { $0.layer.children.isEmpty }.map(\.path)
    let expected = reference.tensors.keys.filter { $0.hasPrefix("activation/") }
    #expect(Set(names.map { "activation/\($0)" }) == Set(expected))
    let found = model.activations(of: reference.pictures(.float64)[0..<1], at: names)
    // The full network's reference is stored in single precision.
    let tolerance = reference.report.width == 1 ? 1e-7 : 1e-12
    for name in names {
      let error = AlexNetReference.error(
        found[name]!.value, reference.tensors["activation/\(name)"]!)
      #expect(error < tolerance, "\(name)")
    }
  }

  @Test(
    "gradients of the loss agree for all 16 parameters in double precision",
    arguments: AlexNetReference.all)
  func gradients(_ reference: AlexNetReference) throws {
    let tolerance = reference.report.width == 1 ? 1e-7 : 1e-9
    for prefix in ["", "smooth/"] {
      let alexNet = try reference.model(.float64)
      let model: any Layer = prefix.isEmpty ? alexNet : reference.smooth(alexNet)
      let logits = model(reference.pictures(.float64))
      let loss = reference.loss(logits)
      loss.backward()
      let expected = prefix.isEmpty ? reference.report.loss : reference.report.smoothLoss
      #expect(abs(loss.item() - expected) < 1e-12 * expected)
      #expect(
        AlexNetReference.error(logits.value, reference.tensors["\(prefix)logits"]!) < 1e-12)
      let errors = reference.gradientErrors(model, prefix)
      #expect(errors.count == 16)
      for (name, error) in errors { #expect(error < tolerance, "\(prefix)\(name)") }
    }
  }

  @Test(
    "smooth, gradients in single precision agree to 1e-4 of the largest",
    arguments: AlexNetReference.all)
  func smoothSingle(_ reference: AlexNetReference) throws {
    let model = reference.smooth(try reference.model(.float32))
    reference.loss(model(reference.pictures(.float32))).backward()
    for (name, error) in reference.gradientErrors(model, "smooth/") {
      #expect(error < 1e-4, "\(name)")
    }
  }

  @Test(
    "with ReLU and max-pool, single precision is at most twice as far from double as PyTorch's",
    arguments: AlexNetReference.all)
  func single(_ reference: AlexNetReference) throws {
    let model = try reference.model(.float32)
    let flips = try countFlips(reference, model)
    model.zeroGrad()
    reference.loss(model(reference.pictures(.float32))).backward()
    let errors = reference.gradientErrors(model, "")
    let largest = errors.values.max()!
    let theirs = reference.report.float32Errors.values.max()!
    let theirFlips = reference.report.flips.values.reduce(0, +)
    print(
      "AlexNet of width \(reference.report.width): gradients in float32 are \(largest) off with "
        + "\(flips) flips, PyTorch's \(theirs) with \(theirFlips)")
    // A flip moves the layers before it by 1e-2 in either program: then only a bound is left.
    #expect(largest < (flips == 0 ? 2 * theirs : 0.3))
  }

  /// How many signs at ReLUs and choices of max-pools differ between float32 and float64.
  func countFlips(_ reference: AlexNetReference, _ single: AlexNet) throws -> Int {
    let double = try reference.model(.float64)
    let names = single.namedLayers.filter { $0.layer is ReLU || $0.layer is MaxPool2d }.map(\.path)
    let inputs = names.map { path -> String in
      let parts = path.split(separator: ".")
      return "\(parts[0]).\(Int(parts[1])! - 1)"
    }
    func choices(_ model: AlexNet, _ dtype: DType) -> [[Int]] {
      let found = withoutGradients {
        model.activations(of: reference.pictures(dtype), at: inputs)
      }
      return zip(names, inputs).map { name, input in
        let x = found[input]!.value
        guard let pool = model.namedLayers.first(where: { $0.path == name })!.layer as? MaxPool2d
        else { return x.scalars.map { $0 > 0 ? 1 : 0 } }
        return maxPool2d(x, kernel: pool.kernel, stride: pool.stride).indices.scalars
      }
    }
    return zip(choices(single, .float32), choices(double, .float64)).reduce(0) { sum, pair in
      sum + zip(pair.0, pair.1).count { $0 != $1 }
    }
  }

  @Test("width and classes are those of the checkpoint")
  func inferred() throws {
    let model = try AlexNetReference.all[0].model(.float32)
    #expect(model.classes == 10)
    #expect(model.features.namedParameters[0].variable.shape == [2, 3, 11, 11])
    for width in [0.05, 0.3, 0.37] {
      var random = RandomSource(seed: 1)
      let model = AlexNet(classes: 3, width: width, using: &random)
      #expect(try AlexNet(model.stateDict).stateDict == model.stateDict)
    }
  }

  @Test("hidden units and channels need not follow from a width")
  func anyExtents() throws {
    var random = RandomSource(seed: 1)
    let model = AlexNet(classes: 3, width: 0.1, hidden: 21, using: &random)
    let shapes = model.stateDict.mapValues(\.shape)
    #expect(shapes["classifier.1.weight"] == [21, 26 * 36])
    #expect(shapes["classifier.4.weight"] == [21, 21])
    #expect(shapes["classifier.6.weight"] == [3, 21])
    #expect(shapes["features.10.weight"] == [26, 26, 3, 3])
    #expect(try AlexNet(model.stateDict).stateDict == model.stateDict)
    // Others that no width gives, each layer of its own.
    var state = model.stateDict
    let extents = [3, 5, 2, 7, 4, 11, 13, 6]
    let layers = [
      "features.0", "features.3", "features.6", "features.8", "features.10", "classifier.1",
      "classifier.4", "classifier.6",
    ]
    for (index, layer) in layers.enumerated() {
      let inputs = index == 0 ? 3 : extents[index - 1] * (index == 5 ? 36 : 1)
      let kernel = shapes["\(layer).weight"]!.dropFirst(2)
      state["\(layer).weight"] = .normal([extents[index], inputs] + kernel, using: &random)
      state["\(layer).bias"] = .normal([extents[index]], using: &random)
    }
    let other = try AlexNet(state)
    #expect(other.stateDict == state && other.classes == 6)
    #expect(other(Variable(.zeros([1, 3, 64, 64]))).shape == [1, 6])
    let (next, new) = try AlexNet.transferring(state, classes: 9, using: &random)
    #expect(new == ["classifier.6"])
    #expect(next.stateDict["classifier.6.weight"]?.shape == [9, 13])
    #expect(next.stateDict["classifier.4.weight"] == state["classifier.4.weight"])
  }

  @Test("the one tensor that does not chain with its neighbors is the one that is named")
  func oneMisfit() throws {
    let state = try WeightFile.read(Fixtures.url("alexnet/checkpoint.pt"))
    for (name, tensor) in state where !name.hasPrefix("classifier.6.") {
      var other = state
      other[name] = .zeros([tensor.shape[0] + 1] + tensor.shape.dropFirst())
      let error = #expect(throws: StateDictError.self) { try AlexNet(other) }
      #expect(error?.misshapen.map(\.name) == [name])
    }
  }

  @Test("a checkpoint that does not fit is refused before memory is taken, with every reason")
  func misfits() throws {
    var state = try WeightFile.read(Fixtures.url("alexnet/checkpoint.pt"))
    state["features.3.bias"] = nil
    state["optimizer"] = [1]
    state["classifier.1.weight"] = .zeros([128, 289])
    let error = #expect(throws: StateDictError.self) { try AlexNet(state) }
    #expect(error?.missing == ["features.3.bias"])
    #expect(error?.unexpected == ["optimizer"])
    #expect(error?.misshapen.map(\.name) == ["classifier.1.weight"])
    // Claims that a network of that size could not be allocated for.
    state["classifier.4.weight"] = .zeros([1 << 40, 0])
    #expect(throws: StateDictError.self) { try AlexNet(state) }
    #expect(throws: StateDictError.self) { try AlexNet([:]) }
  }

  @Test("from convolutions alone, the hidden layers are as wide as the narrowest of them")
  func convolutionsAlone() throws {
    var random = RandomSource(seed: 1)
    for (width, hidden) in [(0.25, 1024), (0.05, 192)] {
      var state = AlexNet(classes: 1, width: width, hidden: 5, using: &random).stateDict
      state = state.filter { $0.key.hasPrefix("features.") }
      let (model, new) = try AlexNet.transferring(state, classes: 2, using: &random)
      #expect(new == ["classifier.1", "classifier.4", "classifier.6"])
      let found = model.stateDict
      #expect(found["classifier.4.weight"]?.shape == [hidden, hidden])
      #expect(state.allSatisfy { found[$0.key] == $0.value })
      // One wide layer among narrow ones does not make the others wide.
      let inputs = state["features.8.weight"]!.shape[0]
      state["features.10.weight"] = .zeros([300, inputs, 3, 3])
      state["features.10.bias"] = .zeros([300])
      let wide = try AlexNet.transferring(state, classes: 2, using: &random).model.stateDict
      #expect(wide["classifier.1.weight"]?.shape == [hidden, 300 * 36])
    }
  }

  @Test("pictures of other sizes work from 63 on")
  func sizes() {
    let model = AlexNet(classes: 2, width: 0.05)
    #expect(model(Variable(.zeros([2, 3, 63, 100]))).shape == [2, 2])
  }

  @Test("a picture that is too small, or no batch, is told so")
  func smallPicture() async {
    let small = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = AlexNet(classes: 2, width: 0.05)(Variable(.zeros([1, 3, 62, 224])))
    }
    #expect(small?.message.contains("AlexNet: expects pictures [N, 3, 224, 224]") == true)
    let single = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = AlexNet(classes: 2, width: 0.05)(Variable(.zeros([3, 224, 224])))
    }
    #expect(single?.message.contains("stack([x])") == true)
  }
}
