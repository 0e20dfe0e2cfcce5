import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@Suite("Which weights are used")
struct WeightChoiceTests {
  @Test("mini, alexnet, or a file")
  func parse() {
    #expect(WeightChoice("mini") == .mini && WeightChoice("alexnet") == .alexnet)
    #expect(WeightChoice("a/b.pth") == .file(URL(filePath: "a/b.pth")))
  }

  @Test("the manifest knows the official network, whose name holds the beginning of its digest")
  func manifest() {
    let entry = WeightManifest.alexnet
    #expect(entry.file.contains(entry.sha256Prefix) && entry.address.hasSuffix(entry.file))
    #expect(WeightManifest.current.entry(named: entry.file) == entry)
    #expect(WeightManifest.current.entry(named: "vgg") == nil)
  }

  @Test("the official file is looked for where downloads go and where PyTorch keeps its own")
  func find() throws {
    let entry = WeightManifest.alexnet
    for (environment, place) in [
      (["RETROGRAD_HOME": ""], "weights"), (["XDG_CACHE_HOME": ""], "torch/hub/checkpoints"),
      (["TORCH_HOME": ""], "hub/checkpoints"),
    ] {
      let folder = try TemporaryFolder()
      let home = ["XDG_CACHE_HOME": folder.url.path + "/other"]
        .merging(environment.mapValues { _ in folder.url.path }) { $1 }
      let store = WeightStore(environment: home)
      #expect(store.find(entry) == nil)
      #expect(WeightChoice.toolDefault(store) == .mini)
      let target = folder.url.appending(path: place)
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      try Data().write(to: target.appending(path: entry.file))
      #expect(store.find(entry)?.path == target.appending(path: entry.file).path)
      #expect(WeightChoice.toolDefault(store) == .alexnet)
    }
  }

  @Test("without a download the message says how to get it")
  func missing() throws {
    let folder = try TemporaryFolder()
    let store = WeightStore(environment: ["XDG_CACHE_HOME": folder.url.path])
    let error = #expect(throws: FileError.self) { try WeightChoice.alexnet.load(store) }
    #expect(error?.description.contains("retrograd weights fetch") == true)
  }

  @Test("the embedded network knows what the sketchbook draws, and is right about it")
  func embedded() throws {
    let (network, description) = try WeightChoice.mini.load()
    #expect(network.labels == Sketchbook.classes)
    #expect(description.hasPrefix("weights: mini"))
    #expect(EmbeddedNetwork.bytes!.count < 12_000_000)
    let fresh = DrawnPictures(Sketchbook(seed: 987), numbers: 0..<3, isRepeatable: true)
    let evaluation = evaluate(network.model, on: fresh)
    #expect(evaluation.accuracy >= 0.95)
  }

  @Test("labels and preprocessing travel with a network; what contradicts it is refused")
  func metadata() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "net.safetensors")
    var random = RandomSource(seed: 1)
    let model = AlexNet(classes: 2, width: 0.02, using: &random)
    let preprocessing = Preprocessing(resize: 80, crop: 64)
    try PretrainedNetwork(model, labels: ["ö\"", "b"], preprocessing: preprocessing).write(to: file)
    let read = try PretrainedNetwork.read(file)
    #expect(read.labels == ["ö\"", "b"] && read.preprocessing == preprocessing)
    #expect(read.model.stateDict == model.stateDict)
    for (key, text, message) in [
      ("retrograd.labels", "[\"a\"]", "names 1 classes, its network has 2"),
      ("retrograd.labels", "nonsense", "cannot be understood"),
      ("retrograd.preprocessing", "{}", "cannot be understood"),
      (
        "retrograd.preprocessing",
        #"{"resize":0,"crop":64,"mean":[0,0,0],"standardDeviation":[1,1,1]}"#, "cannot be done"
      ),
      (
        "retrograd.preprocessing",
        #"{"resize":64,"crop":8,"mean":[0,0,0],"standardDeviation":[1,1,1]}"#, "cannot be done"
      ),
    ] {
      try Safetensors.write(model.stateDict, metadata: [key: text], to: file)
      let error = #expect(throws: FileError.self) { try PretrainedNetwork.read(file) }
      #expect(error?.description.contains(message) == true, "\(key): \(text)")
    }
    try Safetensors.write(model.stateDict, half: .float16, to: file)
    let rounded = try PretrainedNetwork.read(file)
    #expect(rounded.labels == ["class 0", "class 1"] && rounded.preprocessing == .imageNet)
    let weight = "classifier.1.weight"
    let difference = (rounded.model.stateDict[weight]! - model.stateDict[weight]!).abs().max()
    #expect(difference.item() > 0 && difference.item() < 1e-3)
  }
}
