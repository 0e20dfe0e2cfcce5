import Foundation
import RetrogradAutograd
import RetrogradFiles
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradWeights

@Suite("ONNX models")
struct ONNXTests {
  struct Output: Decodable {
    let shape: [Int]
    let values: [Double]
  }

  struct Reference: Decodable {
    let layers: [String: Output]
    let classes: [String: Output]
  }

  static let reference: Reference = Fixtures.json("onnx_models.json")

  /// Numbers from −1/2 to 1/2 that follow from a name, as `onnx_models.py` has them; variances are above 0.
  static func numbers(_ name: String, _ shape: [Int], _ dtype: DType = .float32) -> Tensor {
    let start = name.utf8.reduce(0) { $0 + Int($1) }
    let values = (0..<shape.reduce(1, *)).map {
      Double((37 * $0 * $0 + 11 * $0 + start) % 61 - 30) / 64
    }
    return Tensor(
      name.hasSuffix("running_var") ? values.map { abs($0) + 0.5 } : values, shape: shape,
      dtype: dtype)
  }

  /// Gives a network the numbers that follow from the names.
  static func fill(_ network: some StagedLayer, _ dtype: DType = .float32) throws {
    let state = network.stateDict.filter { !$0.key.hasSuffix("num_batches_tracked") }
    try network.load(
      Dictionary(uniqueKeysWithValues: state.map { ($0, numbers($0, $1.shape, dtype)) }),
      strict: false)
    network.eval()
  }

  static func layers() throws -> Sequential {
    let network = Sequential(named: [
      (
        "first",
        Sequential(named: [
          ("conv", Conv2d(2, 4, kernel: 3, stride: [2, 1], padding: [1, 0])),
          ("norm", BatchNorm2d(4)), ("relu", ReLU()),
        ])
      ),
      ("pool", MaxPool2d(kernel: [3, 2], stride: 2, ceilMode: true)),
      ("lrn", LocalResponseNorm(3, alpha: 0.5)), ("leaky", LeakyReLU(slope: 0.125)),
      ("same", Conv2d(4, 4, kernel: [2, 3], padding: .same, groups: 2, bias: false)),
      ("tanh", Tanh()),
      (
        "mean", AvgPool2d(kernel: 2, stride: 1, padding: [0, 1], countIncludesPadding: false)
      ),
      ("uneven", AdaptiveAvgPool2d(4)), ("elu", ELU(alpha: 0.5)), ("even", AdaptiveAvgPool2d(2)),
      ("already", AdaptiveAvgPool2d(2)), ("sigmoid", Sigmoid()), ("flatten", Flatten()),
      ("dropout", Dropout()), ("hidden", Linear(16, 5)),
      ("norm", BatchNorm1d(5, epsilon: 1e-3, affine: false)), ("softmax", Softmax()),
      ("last", Linear(5, 3, bias: false)), ("log", LogSoftmax()),
    ])
    try fill(network)
    return network
  }

  static func classes() throws -> Sequential {
    let network = Sequential(named: [
      ("conv", Conv2d(2, 3, kernel: 2, dilation: [2, 1], dtype: .float64)),
      ("pool", AdaptiveAvgPool2d(1)), ("flatten", Flatten()),
      ("last", Linear(3, 4, dtype: .float64)),
    ])
    try fill(network, .float64)
    return network
  }

  func bytes(_ model: ONNXModel) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "model.onnx")
    try model.write(to: file)
    return Array(try Data(contentsOf: file))
  }

  /// Where two files first differ; `nil` where they do not.
  func difference(_ bytes: [UInt8], _ name: String) throws -> String? {
    let expected = Array(try Data(contentsOf: Fixtures.url("onnx/\(name).onnx")))
    if bytes == expected { return nil }
    let place = zip(bytes, expected).enumerated().first { $1.0 != $1.1 }?.offset
    let start = place ?? min(bytes.count, expected.count)
    func text(_ bytes: [UInt8]) -> String {
      String(decoding: bytes.dropFirst(max(0, start - 40)).prefix(80), as: UTF8.self)
    }
    return "at byte \(start): \(text(bytes).debugDescription), expected "
      + text(expected).debugDescription
  }

  @Test("each layer is written as the package onnx writes its operator, byte for byte")
  func layersAsBytes() throws {
    let network = try Self.layers()
    #expect(try difference(bytes(ONNXModel(network, input: [2, 12, 12])), "layers") == nil)
  }

  @Test("probabilities and metadata are written, and double precision as single, byte for byte")
  func classesAsBytes() throws {
    let model = try ONNXModel(
      Self.classes(), input: [2, 5, 5], temperature: 1.5,
      metadata: ["retrograd.labels": #"["ant","bee"]"#, "author": "Ä"])
    #expect(try difference(bytes(model), "classes") == nil)
  }

  @Test("the networks give what onnxruntime makes of the models")
  func values() throws {
    let rows = try Self.layers()(Variable(Self.numbers("input", [3, 2, 12, 12]))).value
    let layers = Self.reference.layers["logits"]!
    #expect(
      disagreement(
        rows, Tensor(layers.values, shape: layers.shape, dtype: .float64), tolerance: 1e-6) == nil)
    let logits = try Self.classes()(Variable(Self.numbers("input", [2, 2, 5, 5], .float64))).value
    let probabilities = Calibration(temperature: 1.5).probabilities(logits)
    for (tensor, name) in [(logits, "logits"), (probabilities, "probabilities")] {
      let output = Self.reference.classes[name]!
      #expect(
        disagreement(
          tensor, Tensor(output.values, shape: output.shape, dtype: .float64), tolerance: 1e-6)
          == nil)
    }
  }

  @Test("a network in training is translated as in evaluation, and nothing in it changes")
  func training() throws {
    let network = try Self.layers()
    network.train()
    let before = network.stateDict
    #expect(try difference(bytes(ONNXModel(network, input: [2, 12, 12])), "layers") == nil)
    #expect(network.stateDict.allSatisfy { $1.scalars == before[$0]!.scalars })
    let modes = network.namedLayers.compactMap { $0.layer as? any ModeDependentLayer }
    #expect(modes.count == 3 && modes.allSatisfy(\.isTraining))
  }

  @Test(
    "AlexNet is eight products, and a layer in half precision has the numbers that it computes with"
  )
  func alexNet() throws {
    var random = RandomSource(seed: 1)
    let network = AlexNet(classes: 3, width: 1.0 / 32, using: &random)
    network.eval()
    let model = try ONNXModel(network, input: [3, 64, 64])
    #expect(
      model.operators == [
        "Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Conv", "Relu", "Conv", "Relu",
        "Conv", "Relu", "MaxPool", "MatMul", "MatMul", "Flatten", "Gemm", "Relu", "Gemm", "Relu",
        "Gemm",
      ])
    // At 224 pixels the maps have 6 × 6 already.
    #expect(try ONNXModel(network, input: [3, 224, 224]).operators.count == 19)
  }

  /// A layer that no one knows.
  final class Doubling: Layer {
    func forward(_ x: Variable) -> Variable { x + x }
  }

  @Test(
    "what has no translation is an error that names the layer and why",
    arguments: [
      (
        { @Sendable () -> [any Layer] in [Doubling()] },
        "0 (Doubling): there is no ONNX translation"
      ),
      (
        { @Sendable () -> [any Layer] in [AvgPool2d(kernel: 3, ceilMode: true)] },
        "0 (AvgPool2d): ceilMode"
      ),
      ({ @Sendable () -> [any Layer] in [LocalResponseNorm(2)] }, "odd number"),
      (
        { @Sendable () -> [any Layer] in [ReLU(), Sequential(Linear(4, 4))] },
        "1.0 (Linear): takes rows"
      ),
      ({ @Sendable () -> [any Layer] in [Flatten(from: 2)] }, "merges some axes only"),
      (
        { @Sendable () -> [any Layer] in [BatchNorm2d(2, trackRunningStatistics: false)] },
        "no running statistics"
      ),
      ({ @Sendable () -> [any Layer] in [Dropout()] }, "no layer that computes anything"),
    ] as [(@Sendable () -> [any Layer], String)])
  func unsupported(_ layers: @Sendable () -> [any Layer], _ message: String) throws {
    let error = #expect(throws: ONNXError.self) {
      try ONNXModel(Sequential(layers()), input: [2, 4, 4])
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("probabilities take logits of rows")
  func noClasses() throws {
    #expect(throws: ONNXError.noClasses([1, 2, 4, 4])) {
      try ONNXModel(Sequential(ReLU()), input: [2, 4, 4], temperature: 1)
    }
  }
}
