import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradText
import RetrogradWeightFiles

/// Trained weights of an AlexNet, with what is known about them.
public struct PretrainedNetwork: Sendable {
  /// The choice of weights; never a default that still has to be looked up.
  public let choice: WeightChoice
  /// The file they came from; `nil` for the embedded network.
  public let url: URL?
  /// The tensors by torchvision's names.
  public let state: [String: Tensor]
  /// Everything that the file's metadata says, ours and others'.
  public let fileMetadata: [String: String]
  /// The number of outputs; `nil` where the file has no last layer, as one of convolutions only.
  public let classes: Int?
  /// The name of each class: from the file, ImageNet's for 1000 classes without names, otherwise
  /// `class 0` …; empty without a last layer.
  public let labels: [String]
  /// The source of the labels.
  public let labelSource: LabelSource
  /// The factor for channels; hidden units may have a number of their own.
  public let width: Double
  /// The preprocessing of pictures for it.
  public let preprocessing: Preprocessing
  /// The calibration: turns its logits into probabilities, decides when an answer is sure; none where the file says
  /// nothing.
  public let calibration: Calibration
  /// The pictures that it was trained on; `nil` where the file does not say.
  public let learnedFrom: LearnedPictures?
  /// Notes on what was read from the file, what was left out, and which prefixes were removed, each in one line.
  public let notes: [String]

  /// The source of labels.
  public enum LabelSource: Sendable, Equatable {
    /// The file's metadata.
    case file
    /// It has 1000 classes and says nothing else: ImageNet's.
    case imageNet
    /// Nowhere: they are numbers.
    case none
  }

  /// Reads weights and what belongs to them; an error where they are not finite.
  init(
    _ file: BoundedFile, choice: WeightChoice, key: String?, url: URL?, memoryLimit: Int
  ) throws(FileError) {
    let contents = try WeightFile.readAll(file, key: key, memoryLimit: memoryLimit)
    fileMetadata = contents.metadata
    var notes = contents.choice.map { [$0] } ?? []
    if let removed = WrapperPrefix.removed(
      from: contents.tensors, fitting: AlexNet.parameterNames)
    {
      state = removed.state
      let prefixes = removed.prefixes.map { "\"\($0)\"" }.joined(separator: " and ")
      notes.append("took the prefix \(prefixes) off the names")
    } else {
      state = contents.tensors
    }
    self.notes = notes
    try Self.requireFinite(state, file: file.name)
    let metadata = try NetworkMetadata(fileMetadata, file: file.name)
    let classes = state["classifier.6.weight"]?.shape.first
    if let labels = metadata.labels, labels.count != classes {
      throw FileError(
        .malformed, file: file.name,
        "its metadata lists \(labels.count) classes, its last layer has \(classes ?? 0) outputs")
    }
    if let labels = metadata.labels {
      (self.labels, labelSource) = (labels, .file)
    } else if classes == ImageNet.labels.count {
      (labels, labelSource) = (ImageNet.labels, .imageNet)
    } else {
      (labels, labelSource) = ((0..<(classes ?? 0)).map { "class \($0)" }, .none)
    }
    width = try Self.width(of: state, claimed: metadata.width, file: file.name)
    preprocessing = metadata.preprocessing ?? .imageNet
    calibration = metadata.calibration ?? .none(classes: classes ?? 0)
    learnedFrom = metadata.learnedFrom
    (self.choice, self.url, self.classes) = (choice, url, classes)
  }

  /// Refuses weights that no training can have meant, by the first tensor's name.
  private static func requireFinite(
    _ state: [String: Tensor], file: String
  ) throws(FileError) {
    // Other names are for the error of what does not fit.
    let names = state.keys.filter(AlexNet.parameterNames.contains).sorted(by: naturalOrder)
    let broken = names.filter { !state[$0]!.isFinite }
    guard let first = broken.first else { return }
    throw FileError(
      .malformed, file: file,
      "tensor \"\(first)\" has numbers that are not finite (NaN or infinity)"
        + (broken.count > 1 ? ", and so have \(broken.count - 1) of the other tensors" : "")
        + ": the training that wrote it had failed; take an earlier checkpoint")
  }

  /// The width that the convolutions have, which must be what the metadata says if it does; without convolutions
  /// that of the hidden units.
  private static func width(
    of state: [String: Tensor], claimed: Double?, file: String
  ) throws(FileError) -> Double {
    func units(_ layer: String) -> Double? {
      state["\(layer).weight"]?.shape.first.map(Double.init)
    }
    let ofHidden = units("classifier.4").map { $0 / 4096 }
    for (layer, full) in [("features.6", 384.0), ("features.0", 64)] {
      guard let units = units(layer) else { continue }
      func fits(_ width: Double) -> Bool { max(1, (full * width).rounded()) == units }
      guard let claimed else {
        // More units tell the width more closely, unless their number has nothing to do with it.
        if let ofHidden, fits(ofHidden) { return ofHidden }
        return units / full
      }
      guard fits(claimed) else {
        throw FileError(
          .malformed, file: file,
          "its metadata says width \(claimed), but \(layer).weight has \(Int(units)) rows")
      }
      return claimed
    }
    return claimed ?? ofHidden ?? 1
  }

  /// The network, in evaluation mode.
  ///
  /// - Parameter dropout: The probability of dropout, for training on.
  /// - Throws: Every tensor that is missing, extra or of another shape; without a classifier, too.
  public func alexNet(dropout: Double = 0.5) throws(StateDictError) -> AlexNet {
    try AlexNet(state, dropout: dropout)
  }

  /// The probability of each class, as its calibration makes them: what to show to people.
  ///
  /// - Parameter logits: The network's output for pictures, [N, classes].
  public func probabilities(_ logits: Tensor) -> Tensor { calibration.probabilities(logits) }

  /// The line that a program prints first: `weights: alexnet, official torchvision AlexNet, 1000
  /// ImageNet classes, PATH`; below it the notes, a line each.
  public var description: String {
    let what =
      switch choice {
      case .mini: "embedded AlexNet"
      case .alexnet: WeightManifest.alexNet.title
      case .file: "AlexNet"
      }
    let parts =
      ["\(choice.name)", what + (width == 1 ? "" : " of width \(Self.short(width))"), classText]
      + (learnedFrom?.words.map { ["learned from \($0.prefix(80))"] } ?? [])
      + (url.map { [$0.relativePath] } ?? [])
    return "weights: " + parts.joined(separator: ", ")
      + notes.map { "\nweights: \($0)" }.joined()
  }

  private var classText: String {
    guard let classes else { return "no last layer" }
    switch labelSource {
    case .imageNet: return "\(classes) ImageNet classes"
    case .none: return "\(classes) classes without names"
    case .file:
      let first = labels.prefix(3).joined(separator: ", ") + (classes > 3 ? ", …" : "")
      return "\(classes) classes (\(first))"
    }
  }

  private static func short(_ number: Double) -> String {
    number.formatted(.number.locale(.init(identifier: "en")).precision(.fractionLength(0...4)))
  }
}
