import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradNeuralNetworks
import RetrogradText
import RetrogradWeightFiles

/// The metadata about a network in a safetensors file, beside the tensors.
///
/// The metadata's names are `retrograd.labels` (a JSON array of texts), `retrograd.width` (a number), and
/// `retrograd.preprocessing`, `retrograd.calibration` and `retrograd.learned_from` (JSON objects).
public struct NetworkMetadata: Equatable, Sendable {
  /// The name of each class.
  public var labels: [String]?
  /// The factor for channels; see `AlexNet`.
  public var width: Double?
  /// The preprocessing of pictures.
  public var preprocessing: Preprocessing?
  /// The calibration, which turns its logits into probabilities.
  public var calibration: Calibration?
  /// The pictures that it was trained on.
  public var learnedFrom: LearnedPictures?

  private static let labelsKey = "retrograd.labels"
  private static let widthKey = "retrograd.width"
  private static let preprocessingKey = "retrograd.preprocessing"
  private static let calibrationKey = "retrograd.calibration"
  private static let learnedFromKey = "retrograd.learned_from"
  /// The maximum size of JSON that is decoded, in bytes.
  private static let textLimit = 16 << 20

  /// The metadata of a network.
  public init(
    labels: [String]? = nil, width: Double? = nil, preprocessing: Preprocessing? = nil,
    calibration: Calibration? = nil, learnedFrom: LearnedPictures? = nil
  ) {
    (self.labels, self.width, self.preprocessing) = (labels, width, preprocessing)
    (self.calibration, self.learnedFrom) = (calibration, learnedFrom)
  }

  /// Takes what a file's metadata says; other entries in it are left alone.
  ///
  /// - Parameters:
  ///   - texts: The metadata.
  ///   - file: The file's name, for errors.
  public init(_ texts: [String: String], file: String) throws(FileError) {
    func failure(_ key: String, _ reason: String) -> FileError {
      FileError(.malformed, file: file, "its metadata \"\(key)\" \(reason)")
    }
    func decode<T: Decodable>(_ type: T.Type, _ key: String) throws(FileError) -> T? {
      guard let text = texts[key] else { return nil }
      guard text.utf8.count <= Self.textLimit else {
        throw failure(key, "has \(text.utf8.count) bytes, more than \(Self.textLimit)")
      }
      do {
        return try JSONDecoder().decode(type, from: Data(text.utf8))
      } catch {
        throw failure(key, "is not the JSON that was expected: \(describeDecoding(error))")
      }
    }
    labels = try decode([String].self, Self.labelsKey)
    preprocessing = try decode(Preprocessing.self, Self.preprocessingKey)
    if let mistake = preprocessing?.mistake { throw failure(Self.preprocessingKey, mistake) }
    calibration = try decode(Calibration.self, Self.calibrationKey)
    if let mistake = calibration?.mistake { throw failure(Self.calibrationKey, mistake) }
    learnedFrom = try decode(LearnedPictures.self, Self.learnedFromKey)
    if let mistake = learnedFrom?.mistake { throw failure(Self.learnedFromKey, mistake) }
    if let text = texts[Self.widthKey] {
      guard let number = Double(text), number > 0, number <= 64 else {
        throw failure(Self.widthKey, "is \"\(text.prefix(40))\", expected a number up to 64")
      }
      width = number
    }
  }

  /// The metadata to write with the tensors.
  public var texts: [String: String] {
    var texts: [String: String] = [:]
    if let labels { texts[Self.labelsKey] = json(labels) }
    if let width { texts[Self.widthKey] = "\(width)" }
    if let preprocessing { texts[Self.preprocessingKey] = json(preprocessing) }
    if let calibration { texts[Self.calibrationKey] = json(calibration) }
    if let learnedFrom { texts[Self.learnedFromKey] = json(learnedFrom) }
    return texts
  }
}
