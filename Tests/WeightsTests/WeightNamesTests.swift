import Foundation
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import RetrogradWeightFiles
import RetrogradWeights
import Testing

@Suite("Weights as training programs leave them")
struct WeightNamesTests {
  let folder: TemporaryFolder
  let state: [String: Tensor]

  init() throws {
    folder = try TemporaryFolder()
    var random = RandomSource(seed: 3)
    state = AlexNet(classes: 3, width: 1.0 / 64, using: &random).stateDict
  }

  func resolve(_ state: [String: Tensor], key: String? = nil) throws -> PretrainedNetwork {
    let url = folder.url.appending(path: "weights.safetensors")
    try Safetensors.write(state, to: url)
    return try WeightChoice.resolve(.file(url), key: key, default: .tool)
  }

  func renamed(_ rename: (String) -> String) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: state.map { (rename($0), $1) })
  }

  @Test(
    "prefixes of wrappers are taken off, and a line says so",
    arguments: [
      "module.", "_orig_mod.", "net.", "model.", "backbone.", "module._orig_mod.", "model.module.",
      "_orig_mod.module.", "student.alexnet.",
    ])
  func prefix(_ prefix: String) throws {
    let network = try resolve(renamed { prefix + $0 })
    #expect(network.state == state && network.classes == 3)
    #expect(network.notes.count == 1 && network.notes[0].contains(" off the names"))
    #expect(network.description.contains("\nweights: took the prefix "))
    #expect(try network.alexNet().stateDict == state)
  }

  @Test("so are those inside of names, where a part of the network was wrapped")
  func inside() throws {
    let network = try resolve(
      renamed { $0.replacing("features.", with: "features.module.") })
    #expect(network.state == state)
    #expect(network.notes == ["took the prefix \"features.module.\" off the names"])
    #expect(try resolve(state).notes.isEmpty)
  }

  @Test("names that do not all fit stay as they are, and the error names the prefix")
  func unfit() throws {
    var other = renamed { "module." + $0 }
    other["module.extra.weight"] = Tensor(1)
    let network = try resolve(other)
    #expect(network.notes.isEmpty && network.state == other)
    let error = #expect(throws: StateDictError.self) { try network.alexNet() }
    #expect(error?.wrapperPrefix == "module.")
    #expect(error?.description.contains("a wrapper's prefix: module.") == true)
    #expect(error?.unexpected.contains("module.extra.weight") == true)
    // As of Lightning with a loss that has weights, and of a moving average that counts.
    for (prefix, extra) in [("model.", "loss.weight"), ("module.", "n_averaged")] {
      var state = renamed { prefix + $0 }
      state[extra] = Tensor(1)
      let error = #expect(throws: StateDictError.self) { try resolve(state).alexNet() }
      #expect(error?.wrapperPrefix == prefix)
    }
    let layer = Linear(2, 3)
    let wrapped = Dictionary(
      uniqueKeysWithValues: layer.stateDict.map { ("_orig_mod.module.\($0)", $1) })
    let strict = #expect(throws: StateDictError.self) { try layer.load(wrapped) }
    #expect(strict?.wrapperPrefix == "_orig_mod.module.")
    let names = Set(layer.stateDict.keys)
    #expect(WrapperPrefix.removed(from: wrapped, fitting: names)?.state == layer.stateDict)
    let plain = #expect(throws: StateDictError.self) { try layer.load(["a": Tensor(1)]) }
    #expect(plain?.wrapperPrefix == nil)
  }

  @Test("two names that would become one stay two")
  func collision() {
    let state = ["weight": Tensor(1), "module.weight": Tensor(2)]
    #expect(WrapperPrefix.removed(from: state, fitting: ["weight"]) == nil)
  }

  @Test(
    "numbers that are not finite are refused, by the first tensor's name",
    arguments: [Double.nan, .infinity, -.infinity])
  func notFinite(_ number: Double) throws {
    var broken = state
    for name in ["features.10.bias", "features.3.weight"] {
      var scalars = broken[name]!.scalars
      scalars[scalars.count - 1] = number
      broken[name] = Tensor(scalars).reshaped(broken[name]!.shape)
    }
    let error = #expect(throws: PretrainedNetworkError.self) { try resolve(broken) }
    #expect(error?.description.contains("tensor \"features.3.weight\"") == true)
    #expect(error?.description.contains("not finite") == true)
    #expect(error?.description.contains("1 of the other tensors") == true)
  }

  @Test("a key without a file, or for a file without keys, is an error")
  func keys() throws {
    #expect(throws: PretrainedNetworkError.keyWithoutFile) {
      try WeightChoice.resolve(nil, key: "model", default: .lessons)
    }
    #expect(throws: PretrainedNetworkError.keyWithoutFile) {
      try WeightChoice.resolve(.mini, key: "model", default: .tool)
    }
    let error = #expect(throws: PretrainedNetworkError.self) { try resolve(state, key: "model") }
    #expect(error?.description.contains("only PyTorch's checkpoints") == true)
  }
}
