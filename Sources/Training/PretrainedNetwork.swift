import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradWeightFiles

/// An AlexNet that has learned something, with the names of its classes and what it expects of pictures.
///
/// In a safetensors file the tensors have torchvision's names, and the metadata say the rest:
/// `retrograd.labels`, a JSON array of names, and `retrograd.preprocessing`, an object with `resize`, `crop`,
/// `mean` and `standardDeviation`.
public struct PretrainedNetwork {
  /// The network, in evaluation mode.
  public let model: AlexNet
  /// The names of its classes, in the order of its outputs.
  public let labels: [String]
  /// What it expects of pictures.
  public let preprocessing: Preprocessing

  private static let labelsKey = "retrograd.labels"
  fileprivate static let preprocessingKey = "retrograd.preprocessing"

  /// A network with the names of its classes.
  public init(_ model: AlexNet, labels: [String], preprocessing: Preprocessing = .imageNet) {
    require(
      labels.count == model.classes,
      "PretrainedNetwork: \(labels.count) labels for \(model.classes) classes")
    self.model = model
    self.labels = labels
    self.preprocessing = preprocessing
    model.eval()
  }

  /// A network from tensors and texts.
  ///
  /// - Parameters:
  ///   - state: Tensors by torchvision's names.
  ///   - metadata: As it stands in a safetensors file.
  ///   - defaultLabels: The names of classes for a file that does not say them; `nil` or a wrong number
  ///     for `class 0`, `class 1`, …
  ///   - file: What to call it in errors.
  public init(
    _ state: [String: Tensor], metadata: [String: String], defaultLabels: [String]? = nil,
    file: String
  ) throws(FileError) {
    let model: AlexNet
    do throws(StateDictError) {
      model = try AlexNet(state)
    } catch {
      throw FileError(.unsupported, file: file, "\(error)")
    }
    func decoded<T: Decodable>(_ key: String, _ type: T.Type) throws(FileError) -> T? {
      guard let text = metadata[key] else { return nil }
      guard let value = try? JSONDecoder().decode(type, from: Data(text.utf8)) else {
        throw FileError(
          .malformed, file: file, "has a \"\(key)\" that cannot be understood: \(text)")
      }
      return value
    }
    let stated = try decoded(Self.labelsKey, [String].self)
    if let stated, stated.count != model.classes {
      throw FileError(
        .malformed, file: file, "names \(stated.count) classes, its network has \(model.classes)")
    }
    let preprocessing = try Preprocessing(metadata: metadata, file: file)
    let fallback =
      defaultLabels.flatMap { $0.count == model.classes ? $0 : nil }
      ?? (0..<model.classes).map { "class \($0)" }
    self.init(model, labels: stated ?? fallback, preprocessing: preprocessing)
  }

  /// Reads a file of weights of any form that ``WeightFile`` reads.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - defaultLabels: The names of classes for a file that does not say them.
  public static func read(
    _ url: URL, defaultLabels: [String]? = nil
  ) throws(FileError) -> PretrainedNetwork {
    try PretrainedNetwork(
      WeightFile.read(url), metadata: WeightFile.metadata(url), defaultLabels: defaultLabels,
      file: url.path)
  }

  /// Writes a safetensors file; beside its target first, then renamed.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - metadata: More texts to write into it.
  ///   - half: What numbers are rounded to, if they are to take half the room.
  public func write(
    to url: URL, metadata: [String: String] = [:], half: HalfPrecision? = nil
  ) throws(FileError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var metadata = metadata
    metadata[Self.labelsKey] = String(decoding: try! encoder.encode(labels), as: UTF8.self)
    metadata[Self.preprocessingKey] = String(
      decoding: try! encoder.encode(preprocessing), as: UTF8.self)
    try Safetensors.write(model.stateDict, metadata: metadata, half: half, to: url)
  }
}

extension Preprocessing {
  /// What a file's metadata say that its network expects; ImageNet's preprocessing where they say nothing.
  public init(metadata: [String: String], of url: URL) throws(FileError) {
    try self.init(metadata: metadata, file: url.path)
  }

  fileprivate init(metadata: [String: String], file: String) throws(FileError) {
    self =
      try decoded(Preprocessing.self, PretrainedNetwork.preprocessingKey, of: metadata, file: file)
      ?? .imageNet
    guard isValid, crop >= AlexNet.smallestSize else {
      throw FileError(
        .malformed, file: file, "has a preprocessing that cannot be done: \(self)")
    }
  }
}

/// A value that stands in metadata as JSON; `nil` where it does not.
private func decoded<T: Decodable>(
  _ type: T.Type, _ key: String, of metadata: [String: String], file: String
) throws(FileError) -> T? {
  guard let text = metadata[key] else { return nil }
  guard let value = try? JSONDecoder().decode(type, from: Data(text.utf8)) else {
    throw FileError(
      .malformed, file: file, "has a \"\(key)\" that cannot be understood: \(text.prefix(80))")
  }
  return value
}
