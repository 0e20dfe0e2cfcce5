import Foundation
import RetrogradFiles
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradText

/// A network as an ONNX model: a graph of operators with their weights, which other programs run.
///
/// ```swift
/// let network = try WeightChoice.resolve(nil, default: .tool)
/// try network.onnxModel().write(to: URL(filePath: "model.onnx"))
/// ```
///
/// The graph has one input, `input` [N, C, H, W], whose first axis may have any extent, and the output `logits`; where
/// there is a temperature also `probabilities`. It computes what the network does in evaluation mode, in single precision.
///
/// Format: ONNX, `onnx.proto`, version 7 of the format and 13 of the operators (`Operators.md`).
public struct ONNXModel: Sendable {
  private let graph: ONNXGraph
  private let input: [Int]
  private let output: [Int]
  private let metadata: [String: String]

  /// The version of the format.
  private static let formatVersion = 7
  /// The version of the operators.
  private static let operatorVersion = 13
  /// The number of `float32` in `TensorProto.DataType`.
  private static let float = 1
  /// The largest message that readers of protocol buffers take, in bytes.
  private static let sizeLimit = Int(Int32.max)

  /// Translates a network. It runs once, on zeros, in evaluation mode; nothing in it changes.
  ///
  /// - Parameters:
  ///   - network: A chain of these layers, in chains of their own or not: `Conv2d`, `Linear`, `BatchNorm2d` and
  ///     `BatchNorm1d` with running statistics, `LocalResponseNorm`, `MaxPool2d`, `AvgPool2d`, `AdaptiveAvgPool2d`,
  ///     `ReLU`, `LeakyReLU`, `ELU`, `Sigmoid`, `Tanh`, `Softmax`, `LogSoftmax`, `Flatten`, `Dropout`.
  ///   - input: The shape of one example, without the batch's axis: `[3, 224, 224]`.
  ///   - temperature: The number by which logits [N, classes] are divided before their softmax becomes a second output,
  ///     `probabilities`; `nil` for logits only.
  ///   - metadata: Names and texts to write with the model.
  public init(
    _ network: any StagedLayer, input: [Int], temperature: Double? = nil,
    metadata: [String: String] = [:]
  ) throws(ONNXError) {
    let whole = [1] + input
    let outputs = network.outputShapes(input: whole)
    var graph = ONNXGraph()
    for ((path, layer), (before, after)) in zip(
      network.flattenedStages, zip([whole] + outputs, outputs))
    {
      try graph.add(ONNXStage(path: path, layer: layer, input: before, output: after))
    }
    let output = outputs.last ?? whole
    guard graph.nameLogits() else { throw .empty }
    if let temperature {
      guard output.count == 2 else { throw .noClasses(output) }
      graph.addProbabilities(temperature: temperature)
    }
    self.graph = graph
    (self.input, self.output) = (input, Array(output.dropFirst()))
    self.metadata = metadata
  }

  /// The names of the operators, in the order in which they run.
  public var operators: [String] { graph.nodes.map(\.operation) }

  /// Writes the model; the same model always gives the same bytes.
  ///
  /// The file is written beside its target and renamed, so that an old one survives a failure.
  ///
  /// - Throws: An error where the file cannot be written, or would be larger than 2 GiB, the most that readers take.
  public func write(to url: URL) throws(FileError) {
    var before = ProtocolBuffer()
    for node in graph.nodes { before.add(1, message: node.message) }
    before.add(2, text: "network")
    let tensors = graph.initializers.map { initializer in
      let tensor = initializer.tensor
      let size = tensor.count * tensor.dtype.byteCount
      var header = ProtocolBuffer()
      for extent in tensor.shape { header.add(1, extent) }
      header.add(2, Self.float)
      header.add(8, text: initializer.name)
      header.begin(9, byteCount: size)
      var field = ProtocolBuffer()
      field.begin(5, byteCount: header.bytes.count + size)
      field.append(header)
      return (field: field, tensor: tensor, size: size)
    }
    var after = ProtocolBuffer()
    after.add(11, message: description("input", input))
    after.add(12, message: description("logits", output))
    if graph.hasProbabilities { after.add(12, message: description("probabilities", output)) }
    let size = tensors.reduce(before.bytes.count + after.bytes.count) {
      $0 + $1.field.bytes.count + $1.size
    }
    guard size < Self.sizeLimit - (1 << 20) else {
      throw FileError(
        .tooLarge, file: url.path,
        "the model would have \(size) bytes, more than the 2 GiB that readers of ONNX take")
    }
    var beginning = ProtocolBuffer()
    beginning.add(1, Self.formatVersion)
    beginning.add(2, text: "Retrograd")
    beginning.begin(7, byteCount: size)
    let writer = try AtomicWriter(url)
    try writer.write(beginning.bytes)
    try writer.write(before.bytes)
    for (field, tensor, _) in tensors {
      try writer.write(field.bytes)
      try tensor.withUnsafeBytes { (bytes) throws(FileError) in try writer.write(bytes) }
    }
    try writer.write(after.bytes)
    try writer.write(end.bytes)
    try writer.finish()
  }

  /// The end of the file, behind the graph: the version of the operators, and the metadata.
  private var end: ProtocolBuffer {
    var end = ProtocolBuffer()
    var operators = ProtocolBuffer()
    operators.add(2, Self.operatorVersion)
    end.add(8, message: operators)
    for (name, text) in metadata.sorted(by: { $0.key < $1.key }) {
      var entry = ProtocolBuffer()
      entry.add(1, text: name)
      entry.add(2, text: text)
      end.add(14, message: entry)
    }
    return end
  }

  /// An input or output: its name, element type and shape, with `N` for the batch's axis.
  private func description(_ name: String, _ shape: [Int]) -> ProtocolBuffer {
    var axes = ProtocolBuffer()
    var batch = ProtocolBuffer()
    batch.add(2, text: "N")
    axes.add(1, message: batch)
    for extent in shape {
      var axis = ProtocolBuffer()
      axis.add(1, extent)
      axes.add(1, message: axis)
    }
    var tensor = ProtocolBuffer()
    tensor.add(1, Self.float)
    tensor.add(2, message: axes)
    var type = ProtocolBuffer()
    type.add(1, message: tensor)
    var description = ProtocolBuffer()
    description.add(1, text: name)
    description.add(2, message: type)
    return description
  }
}

extension PretrainedNetwork {
  /// The network as an ONNX model, with logits, the probabilities of its calibration, and what is known about it as
  /// metadata: labels, preprocessing, calibration, by the names that ``NetworkMetadata`` has for them.
  ///
  /// - Throws: ``StateDictError`` where the weights are not AlexNet's.
  public func onnxModel() throws -> ONNXModel {
    let known = NetworkMetadata(
      labels: labels, preprocessing: preprocessing, calibration: calibration,
      learnedFrom: learnedFrom)
    return try ONNXModel(
      alexNet(), input: [3, preprocessing.crop, preprocessing.crop],
      temperature: calibration.temperature, metadata: fileMetadata.merging(known.texts) { $1 })
  }
}

/// The reason why a network is not translated.
public enum ONNXError: ExplainedError {
  /// There is no translation for a layer, or for it as it is set; why.
  case unsupported(path: String, layer: String, reason: String)
  /// Nothing in the network computes anything.
  case empty
  /// Probabilities are asked for, and the output is no logits [N, classes].
  case noClasses([Int])

  /// The layer, and what could be done.
  public var description: String {
    switch self {
    case .unsupported(let path, let layer, let reason): "\(path) (\(layer)): \(reason)"
    case .empty: "the network has no layer that computes anything"
    case .noClasses(let shape):
      "probabilities take logits [N, classes]; the network gives \(shape)"
    }
  }
}
