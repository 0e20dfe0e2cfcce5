import Foundation
import RetrogradEmbeddedWeights
import RetrogradFiles
import RetrogradImages
import RetrogradTensors
import RetrogradTraining
import RetrogradWeightFiles

/// Which network to use: never a guess.
public enum WeightChoice: Equatable, Sendable {
  /// The embedded one, trained on drawn pictures.
  case mini
  /// torchvision's AlexNet, which has to be downloaded.
  case alexnet
  /// A file of weights.
  case file(URL)

  /// `mini`, `alexnet`, or else the path of a file.
  public init(_ argument: String) {
    switch argument {
    case "mini": self = .mini
    case "alexnet": self = .alexnet
    default: self = .file(URL(filePath: argument))
    }
  }

  /// What a tool uses when it is not told: the official network where it is, otherwise the embedded one.
  public static func toolDefault(_ store: WeightStore = WeightStore()) -> WeightChoice {
    store.find(WeightManifest.alexnet) == nil ? .mini : .alexnet
  }

  /// Loads the network.
  ///
  /// - Parameter store: Where downloads are.
  /// - Returns: The network, and a line that says which one it is.
  public func load(
    _ store: WeightStore = WeightStore()
  ) throws(FileError) -> (network: PretrainedNetwork, description: String) {
    switch self {
    case .mini:
      let network = try EmbeddedNetwork.load()
      return (
        network, "weights: mini, the embedded AlexNet, \(network.labels.count) drawn classes"
      )
    case .alexnet:
      let entry = WeightManifest.alexnet
      guard let url = store.find(entry) else {
        throw FileError(
          .unreadable, file: entry.file,
          "has not been downloaded: \"retrograd weights fetch\" does it (\(entry.megabytes) MB), or "
            + "pass --weights FILE")
      }
      let network = try PretrainedNetwork.read(url, defaultLabels: ImageNet.labels)
      return (
        network,
        "weights: alexnet, \(entry.description), \(url.relativePath)"
      )
    case .file(let url):
      let network = try PretrainedNetwork.read(url, defaultLabels: ImageNet.labels)
      let labels = network.labels
      let kind =
        if labels == ImageNet.labels {
          ", ImageNet's labels"
        } else if labels[0] == "class 0" {
          ""
        } else {
          ": " + labels.prefix(3).joined(separator: ", ") + (labels.count > 3 ? ", …" : "")
        }
      return (
        network,
        "weights: \(url.relativePath) (AlexNet, \(network.model.classes) classes\(kind))"
      )
    }
  }
}

/// Parameters to begin a training with, perhaps of a part of a network only.
public struct StartingPoint {
  /// Tensors by torchvision's names.
  public let state: [String: Tensor]
  /// What the network expects of pictures.
  public let preprocessing: Preprocessing
  /// A line that says where they come from.
  public let description: String
}

extension WeightChoice {
  /// Loads parameters to begin a training with; a file needs the convolutions at least.
  ///
  /// - Parameter store: Where downloads are.
  public func loadStartingPoint(
    _ store: WeightStore = WeightStore()
  ) throws(FileError) -> StartingPoint {
    guard case .file(let url) = self else {
      let (network, description) = try load(store)
      return StartingPoint(
        state: network.model.stateDict, preprocessing: network.preprocessing,
        description: description)
    }
    let state = try WeightFile.read(url)
    let hasClassifier = state.keys.contains { $0.hasPrefix("classifier.") }
    return StartingPoint(
      state: state, preprocessing: try Preprocessing(metadata: WeightFile.metadata(url), of: url),
      description: "weights: \(url.relativePath)"
        + (hasClassifier ? "" : " (convolutions only)"))
  }
}

/// The network that comes with Retrograd: see `Weights/README.md`.
public enum EmbeddedNetwork {
  /// Its file, as it is part of the program; `nil` in a build without it.
  public static var bytes: [UInt8]? {
    retrograd_mini_alexnet.map {
      Array(UnsafeBufferPointer(start: $0, count: retrograd_mini_alexnet_size))
    }
  }

  /// The network.
  ///
  /// - Throws: In a build without it.
  public static func load() throws(FileError) -> PretrainedNetwork {
    let name = "the embedded network"
    guard let bytes else {
      throw FileError(
        .unreadable, file: name,
        "is not part of this build: Weights/mini-alexnet.safetensors was missing")
    }
    let file = try SafetensorsFile(bytes: bytes, name: name)
    return try PretrainedNetwork(file.readAll(), metadata: file.metadata, file: name)
  }
}
