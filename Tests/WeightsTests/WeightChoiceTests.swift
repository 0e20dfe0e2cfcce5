import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import RetrogradWeightFiles
import RetrogradWeights
import Testing

@Suite("Which weights are used")
struct WeightChoiceTests {
  let folder: TemporaryFolder
  let store: WeightStore
  init() throws {
    folder = try TemporaryFolder()
    store = WeightStore(environment: [
      "RETROGRAD_HOME": folder.url.path, "TORCH_HOME": folder.url.path + "/torch",
    ])
  }

  func resolve(_ choice: WeightChoice?) throws(PretrainedNetworkError) -> PretrainedNetwork {
    try WeightChoice.resolve(choice, default: .tool, store: store)
  }

  /// A narrow AlexNet in a file.
  func write(
    classes: Int = 3, width: Double = 1.0 / 64, hidden: Int? = nil,
    _ metadata: [String: String] = [:], without: String? = nil
  ) throws -> URL {
    var random = RandomSource(seed: 1)
    var state = AlexNet(classes: classes, width: width, hidden: hidden, using: &random).stateDict
    if let without { state = state.filter { !$0.key.hasPrefix(without) } }
    let url = folder.url.appending(path: "weights.safetensors")
    try Safetensors.write(state, metadata: metadata, to: url)
    return url
  }

  func fileError(_ choice: WeightChoice?) -> FileError? {
    do throws(PretrainedNetworkError) {
      _ = try resolve(choice)
      return nil
    } catch {
      if case .file(let error) = error { return error }
      return nil
    }
  }

  @Test("words are words, everything else is a file")
  func parse() throws {
    #expect(try WeightChoice("mini") == .mini)
    #expect(try WeightChoice("alexnet") == .alexnet)
    #expect(try WeightChoice("./mini") == .file(URL(filePath: "./mini")))
    #expect(throws: PretrainedNetworkError.emptyChoice) { try WeightChoice("") }
  }

  @Test("a file tells its labels, width and preprocessing")
  func metadata() throws {
    let preprocessing = Preprocessing(resize: 80, crop: 70, mean: [0, 0.5, 1], std: [1, 2, 3])
    let texts = NetworkMetadata(
      labels: ["ant", "bee", "\"cat\""], width: 1.0 / 64, preprocessing: preprocessing
    ).texts
    let url = try write(texts.merging(["other": "kept"]) { $1 })
    let network = try resolve(.file(url))
    #expect(network.labels == ["ant", "bee", "\"cat\""] && network.labelSource == .file)
    #expect(network.classes == 3 && network.width == 1.0 / 64)
    #expect(network.preprocessing == preprocessing)
    #expect(network.fileMetadata["other"] == "kept")
    #expect(
      network.description
        == "weights: file, AlexNet of width 0.0156, 3 classes (ant, bee, \"cat\"), \(url.path)")
    let model = try network.alexNet()
    #expect(model.classes == 3)
    let picture = Picture(width: 90, height: 100, pixels: .init(repeating: 7, count: 27000))
    #expect(network.preprocessing.transform(picture).shape == [3, 70, 70])
  }

  @Test("a file tells its temperature, from when on it is sure, and what it learned from")
  func calibration() throws {
    let calibration = Calibration(temperature: 1.6, threshold: 0.55)
    let pictures = LearnedPictures(.photographs, size: 64, description: "Tiny ImageNet")
    let texts = NetworkMetadata(calibration: calibration, learnedFrom: pictures).texts
    #expect(try NetworkMetadata(texts, file: "x").learnedFrom == pictures)
    let network = try resolve(.file(write(texts)))
    #expect(network.calibration == calibration && network.learnedFrom == pictures)
    #expect(
      network.description.contains(
        ", 3 classes without names, learned from photographs of about 64 pixels, "))
    let p = network.probabilities([[1.6, 0, 0]])
    #expect(disagreement(p, Tensor([[1, 0, 0]]).softmax(axis: 1), tolerance: 1e-6) == nil)
    #expect(network.unsureWords == "not sure; perhaps none of the 3 things it knows")
    // What is left out is as if nothing had been fitted.
    let half = try resolve(.file(write(["retrograd.calibration": #"{"temperature":2}"#])))
    #expect(half.calibration == Calibration(temperature: 2))
  }

  @Test("a network warns of pictures of a kind that it has not learned from")
  func warnings() throws {
    func network(_ pictures: LearnedPictures) throws -> PretrainedNetwork {
      try resolve(.file(write(NetworkMetadata(learnedFrom: pictures).texts)))
    }
    let drawings = LearnedPictures(.drawings, size: 224)
    #expect(drawings.words == "drawings of about 224 pixels")
    #expect(try network(drawings).warning()?.contains("drawings only") == true)
    #expect(try network(drawings).warning()?.contains("retrograd weights fetch") == true)
    #expect(try network(drawings).warning(about: .drawings) == nil)
    let photographs = try network(LearnedPictures(.photographs))
    #expect(photographs.warning() == nil && photographs.warning(about: .photographs) == nil)
    #expect(photographs.warning(about: .drawings)?.contains("photographs only") == true)
    for kind in LearnedPictures.Kind.allCases {
      #expect(try network(LearnedPictures(.both)).warning(about: kind) == nil)
    }
    let tuned = drawings.followed(by: "50 pictures of 2 classes")
    #expect(tuned.words == "drawings of about 224 pixels, then 50 pictures of 2 classes")
    #expect(try network(tuned).warning() == nil)
  }

  @Test("the width is that of the channels where hidden units have a number of their own")
  func hiddenUnits() throws {
    for texts in [[:], NetworkMetadata(width: 1.0 / 64).texts] {
      let network = try resolve(.file(write(hidden: 33, texts)))
      #expect(network.width == 1.0 / 64)
      #expect(try network.alexNet().stateDict == network.state)
    }
    // Hidden units that follow from it tell a width more exactly than channels do.
    let network = try resolve(.file(write(width: 0.04)))
    #expect(abs(network.width - 0.04) < 1e-4)
  }

  @Test("a file that says nothing has ImageNet's labels if it has 1000 classes, otherwise numbers")
  func withoutMetadata() throws {
    let imageNet = try resolve(.file(write(classes: 1000)))
    #expect(imageNet.labels == ImageNet.labels && imageNet.labelSource == .imageNet)
    let other = try resolve(.file(write(classes: 2)))
    #expect(other.labels == ["class 0", "class 1"] && other.labelSource == .none)
    #expect(other.preprocessing == .imageNet)
    #expect(
      other.calibration == .none(classes: 2) && other.learnedFrom == nil && other.warning() == nil)
  }

  @Test("a file of convolutions only has no classes, and makes no whole network")
  func convolutionsOnly() throws {
    let network = try resolve(.file(write(without: "classifier")))
    #expect(network.classes == nil && network.labels.isEmpty && network.width == 1.0 / 64)
    #expect(network.description.contains("no last layer"))
    let error = try #require(throws: StateDictError.self) { try network.alexNet() }
    #expect(error.missing.contains("classifier.6.weight"))
  }

  @Test(
    "metadata that do not fit are an error",
    arguments: [
      ["retrograd.labels": "[\"a\", \"b\"]"], ["retrograd.labels": "nonsense"],
      ["retrograd.labels": "[1, 2, 3]"], ["retrograd.width": "wide"], ["retrograd.width": "-1"],
      ["retrograd.width": "0.5"], ["retrograd.preprocessing": "{}"],
      [
        "retrograd.preprocessing":
          #"{"resize":224,"crop":0,"mean":[0,0,0],"std":[1,1,1],"interpolation":"bilinear"}"#
      ],
      [
        "retrograd.preprocessing":
          #"{"resize":224,"crop":224,"mean":[0,0,0],"std":[1,0,1],"interpolation":"bilinear"}"#
      ],
      [
        "retrograd.preprocessing":
          #"{"resize":224,"crop":224,"mean":[0,0],"std":[1,1,1],"interpolation":"bilinear"}"#
      ],
      [
        "retrograd.preprocessing":
          #"{"resize":224,"crop":224,"mean":[0,0,0],"std":[1,1,1],"interpolation":"nearest"}"#
      ], ["retrograd.calibration": "nonsense"], ["retrograd.calibration": "[1]"],
      ["retrograd.calibration": #"{"temperature":0}"#],
      ["retrograd.calibration": #"{"temperature":-1.5}"#],
      ["retrograd.calibration": #"{"temperature":1e-9}"#],
      ["retrograd.calibration": #"{"temperature":1e999}"#],
      ["retrograd.calibration": #"{"temperature":"NaN"}"#],
      ["retrograd.calibration": #"{"temperature":1,"threshold":1.5}"#],
      ["retrograd.learned_from": #"{"kind":"paintings"}"#],
      ["retrograd.learned_from": #"{"kind":"both","size":0}"#],
      ["retrograd.learned_from": #"{"size":99999999999999999999}"#],
      ["retrograd.learned_from": #"{"description":"a\u001b[31mred"}"#],
      [
        "retrograd.learned_from":
          "{\"description\":\"\(String(repeating: "long", count: 300))\"}"
      ],
    ])
  func wrongMetadata(_ metadata: [String: String]) throws {
    let error = fileError(.file(try write(metadata)))
    #expect(error?.kind == .malformed && error?.reason.contains("metadata") == true)
  }

  @Test("another network under the official one's name is refused")
  func impostor() throws {
    let url = try write(classes: 1000)
    try FileManager.default.createDirectory(at: store.folder, withIntermediateDirectories: true)
    try FileManager.default.moveItem(
      at: url, to: store.folder.appending(path: WeightManifest.alexNet.file))
    for choice in [nil, WeightChoice.alexnet] {
      #expect(fileError(choice)?.reason.contains("is not the official") == true)
    }
  }

  @Test("what is not here is an error that says where it was looked for, and what to do")
  func absent() throws {
    let places = store.places(of: WeightManifest.alexNet)
    let error = #expect(throws: PretrainedNetworkError.notPresent(places)) {
      try resolve(.alexnet)
    }
    #expect(error?.description.contains("retrograd weights fetch alexnet") == true)
    #expect(places.allSatisfy { error!.description.contains($0.path) })
    if EmbeddedNetwork.size == 0 {
      #expect(throws: PretrainedNetworkError.noEmbeddedNetwork) { try resolve(.mini) }
      #expect(throws: PretrainedNetworkError.nothing(places)) { try resolve(nil) }
    } else {
      #expect(try resolve(nil).choice == .mini)
    }
    #expect(fileError(.file(URL(filePath: "/no/such/file")))?.kind == .unreadable)
  }

  @Test("lessons never take the official network by themselves")
  func lessons() throws {
    try SparseWeights.write(to: store.folder.appending(path: WeightManifest.alexNet.file))
    func resolveForLesson() throws -> PretrainedNetwork {
      try WeightChoice.resolve(nil, default: .lessons, store: store)
    }
    if EmbeddedNetwork.size == 0 {
      #expect(throws: PretrainedNetworkError.noEmbeddedNetwork) { try resolveForLesson() }
    } else {
      #expect(try resolveForLesson().choice == .mini)
    }
  }
}
