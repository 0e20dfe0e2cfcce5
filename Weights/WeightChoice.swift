import Foundation
import RetrogradFiles
import RetrogradTensors
import RetrogradText
import RetrogradWeightFiles

/// The choice of weights: `--weights mini|alexnet|FILE`.
///
/// ```swift
/// let weights = try WeightChoice("alexnet")
/// let network = try WeightChoice.resolve(weights, default: .tool)
/// print(network.description)
/// let model = try network.alexNet()
/// ```
public enum WeightChoice: Sendable, Equatable {
  /// The small network inside the program.
  case mini
  /// torchvision's, which has to be downloaded once.
  case alexnet
  /// A safetensors file or a PyTorch checkpoint.
  case file(URL)

  /// The weights that are used when nothing was chosen.
  public enum Default: Sendable {
    /// The tool's: the official network where it is present, otherwise the embedded one.
    case tool
    /// The lessons': always the embedded one, so that everyone sees the same.
    case lessons
  }

  /// The help of the option that names a dictionary of the file, the same everywhere.
  public static let keyHelp =
    "Dictionary of a checkpoint that contains the weights: its keys, joined by dots "
    + "(model.state_dict; . for the file's own)."

  /// The help of the option, the same everywhere.
  public static let help =
    "Weights: mini (built in), alexnet (torchvision's, once downloaded), or a file "
    + "(safetensors or a PyTorch checkpoint)."

  /// Takes `mini`, `alexnet` or the path of a file; a file of such a name is `./mini`.
  public init(_ text: String) throws(PretrainedNetworkError) {
    switch text {
    case "": throw .emptyChoice
    case "mini": self = .mini
    case "alexnet": self = .alexnet
    default: self = .file(URL(filePath: text))
    }
  }

  /// Its name on the command line.
  public var name: String {
    switch self {
    case .mini: "mini"
    case .alexnet: "alexnet"
    case .file: "file"
    }
  }

  /// Reads the weights that were chosen, or those that are the default.
  ///
  /// - Parameters:
  ///   - choice: The choice, if any.
  ///   - key: The keys that lead to the dictionary of a checkpoint, joined by dots (`model.state_dict`); what looks
  ///     like a model by default.
  ///   - default: The weights to use otherwise.
  ///   - store: The store of downloaded weights.
  ///   - memoryLimit: The memory limit for tensors, in bytes.
  public static func resolve(
    _ choice: WeightChoice?, key: String? = nil, default: Default,
    store: WeightStore = WeightStore(),
    memoryLimit: Int = WeightFile.defaultMemoryLimit
  ) throws(PretrainedNetworkError) -> PretrainedNetwork {
    if let choice { return try choice.read(store, memoryLimit, key: key) }
    if key != nil { throw .keyWithoutFile }
    if `default` == .tool {
      if store.find(WeightManifest.alexNet) != nil { return try alexnet.read(store, memoryLimit) }
      if EmbeddedNetwork.size == 0 { throw .nothing(store.places(of: WeightManifest.alexNet)) }
    }
    return try mini.read(store, memoryLimit)
  }

  private func read(
    _ store: WeightStore, _ memoryLimit: Int, key: String? = nil
  ) throws(PretrainedNetworkError) -> PretrainedNetwork {
    if key != nil, name != "file" { throw .keyWithoutFile }
    func network(
      _ file: BoundedFile, _ url: URL?
    ) throws(FileError) -> PretrainedNetwork {
      try PretrainedNetwork(
        file, choice: self, key: key, url: url, memoryLimit: memoryLimit)
    }
    do throws(FileError) {
      switch self {
      case .file(let url): return try network(BoundedFile(url), url)
      case .mini:
        if let file = EmbeddedNetwork.open() { return try network(file, nil) }
      case .alexnet:
        if let url = store.find(WeightManifest.alexNet) {
          return try checked(network(BoundedFile(url), url))
        }
      }
    } catch {
      throw .file(error)
    }
    throw self == .mini
      ? .noEmbeddedNetwork : .notPresent(store.places(of: WeightManifest.alexNet))
  }

  /// Refuses another network under the official one's name.
  private func checked(
    _ network: PretrainedNetwork
  ) throws(FileError) -> PretrainedNetwork {
    let expected = WeightManifest.alexNet.classes
    guard network.classes == expected, network.width == 1 else {
      throw FileError(
        .malformed, file: network.url?.path ?? "",
        "is not the \(WeightManifest.alexNet.title): has \(network.classes ?? 0) classes and width "
          + "\(network.width), expected \(expected) and 1; \"retrograd weights verify\" says more")
    }
    return network
  }
}

/// The reason why there are no weights to use.
public enum PretrainedNetworkError: ExplainedError {
  /// A choice was given as an empty text.
  case emptyChoice
  /// A key was given, and no file of weights.
  case keyWithoutFile
  /// The file cannot be used.
  case file(FileError)
  /// The program was built without its small network.
  case noEmbeddedNetwork
  /// The official network is in none of these places.
  case notPresent(_ places: [URL])
  /// Nothing was chosen; the official network is in none of these places and none is embedded.
  case nothing(_ places: [URL])

  /// The problem and the remedy.
  public var description: String {
    switch self {
    case .emptyChoice: "--weights is empty: pass mini, alexnet or a file"
    case .keyWithoutFile: "--key selects a dictionary of a file: pass --weights FILE as well"
    case .file(let error):
      // A name without a folder may have been meant as one of the words.
      error.kind == .unreadable
        ? "\(error); --weights takes mini, alexnet or a file" : "\(error)"
    case .noEmbeddedNetwork:
      "this build has no embedded network: pass --weights alexnet or --weights FILE"
    case .notPresent(let places):
      "the \(WeightManifest.alexNet.title) has not been downloaded: get it with \"retrograd weights fetch "
        + "\(WeightManifest.alexNet.name)\" (looked for \(Self.list(places)))"
    case .nothing(let places):
      "no weights: pass --weights FILE, or download the \(WeightManifest.alexNet.title) with "
        + "\"retrograd weights fetch\"; this build has no embedded network (looked for "
        + "\(Self.list(places)))"
    }
  }

  private static func list(_ places: [URL]) -> String {
    places.map(\.path).joined(separator: " and ")
  }
}
