import RetrogradNeuralNetworks
import RetrogradTensors

/// A layer in a chain, with the shapes of what it takes and gives for one example.
struct ONNXStage {
  let path: String
  let layer: any Layer
  let input: [Int]
  let output: [Int]

  /// The error that there is no translation.
  func unsupported(_ reason: String) -> ONNXError {
    .unsupported(path: path, layer: "\(type(of: layer))", reason: reason)
  }

  /// The layer's own parameters and buffers, in full precision.
  var numbers: [String: Tensor] {
    Dictionary(layer.namedNumbers.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
  }
}

// The translation of each layer.
extension ONNXGraph {
  /// Adds the nodes that compute what a layer does in evaluation mode.
  mutating func add(_ stage: ONNXStage) throws(ONNXError) {
    let path = stage.path
    switch stage.layer {
    case let layer as Conv2d: addConvolution(layer, stage)
    case let layer as Linear: try addProduct(layer, stage)
    case let layer as BatchNorm2d: try addNormalization(layer.epsilon, stage)
    case let layer as BatchNorm1d: try addNormalization(layer.epsilon, stage)
    case let layer as LocalResponseNorm: try addResponseNormalization(layer, stage)
    case let layer as MaxPool2d: addPool(layer, stage)
    case let layer as AvgPool2d: try addPool(layer, stage)
    case let layer as AdaptiveAvgPool2d: addPool(layer, stage)
    case is ReLU: add("Relu", at: path)
    case let layer as LeakyReLU: add("LeakyRelu", at: path, [("alpha", .number(layer.slope))])
    case let layer as ELU: add("Elu", at: path, [("alpha", .number(layer.alpha))])
    case is Sigmoid: add("Sigmoid", at: path)
    case is Tanh: add("Tanh", at: path)
    case let layer as Softmax: add("Softmax", at: path, [("axis", .integer(layer.axis))])
    case let layer as LogSoftmax: add("LogSoftmax", at: path, [("axis", .integer(layer.axis))])
    case let layer as Flatten: try addFlattening(layer, stage)
    case is Dropout: break
    default:
      throw stage.unsupported(
        "there is no ONNX translation for this layer. What a Sequential of other layers does is translated"
      )
    }
  }

  private mutating func addConvolution(_ layer: Conv2d, _ stage: ONNXStage) {
    let weight = layer.weight.value
    var parameters = [keep(weight, as: "\(stage.path).weight")]
    if let bias = layer.bias { parameters.append(keep(bias.value, as: "\(stage.path).bias")) }
    add(
      "Conv", at: stage.path, behind: parameters,
      [
        ("dilations", .integers(layer.dilation)), ("group", .integer(layer.groups)),
        ("kernel_shape", .integers(Array(weight.shape[2...]))),
        ("pads", .pads(layer.padding, more: layer.extraPadding)),
        ("strides", .integers(layer.stride)),
      ])
  }

  private mutating func addProduct(_ layer: Linear, _ stage: ONNXStage) throws(ONNXError) {
    guard stage.input.count == 2 else {
      throw stage.unsupported(
        "takes rows [N, inputs] in ONNX; here it gets \(stage.input): put a Flatten before it")
    }
    let numbers = stage.numbers
    let names = ["weight", "bias"].filter { numbers[$0] != nil }
    let parameters = names.map { keep(numbers[$0]!, as: "\(stage.path).\($0)") }
    add("Gemm", at: stage.path, behind: parameters, [("transB", .integer(1))])
  }

  private mutating func addNormalization(
    _ epsilon: Double, _ stage: ONNXStage
  ) throws(ONNXError) {
    let numbers = stage.numbers
    guard let mean = numbers["running_mean"], let variance = numbers["running_var"] else {
      throw stage.unsupported(
        "keeps no running statistics and goes by the batch in evaluation too; a model takes them as fixed"
      )
    }
    let parameters = [
      ("weight", numbers["weight"] ?? Tensor.ones(mean.shape)),
      ("bias", numbers["bias"] ?? Tensor.zeros(mean.shape)), ("running_mean", mean),
      ("running_var", variance),
    ].map { keep($1, as: "\(stage.path).\($0)") }
    add(
      "BatchNormalization", at: stage.path, behind: parameters, [("epsilon", .number(epsilon))])
  }

  private mutating func addResponseNormalization(
    _ layer: LocalResponseNorm, _ stage: ONNXStage
  ) throws(ONNXError) {
    guard !layer.size.isMultiple(of: 2) else {
      throw stage.unsupported(
        "ONNX takes the extra one of an even number of channels (\(layer.size)) from the other side; "
          + "an odd number is translated")
    }
    add(
      "LRN", at: stage.path,
      [
        ("alpha", .number(layer.alpha)), ("beta", .number(layer.beta)),
        ("bias", .number(layer.k)), ("size", .integer(layer.size)),
      ])
  }

  private mutating func addPool(_ layer: MaxPool2d, _ stage: ONNXStage) {
    // Windows that reach beyond the end are written as padding, which a maximum ignores: versions of ONNX differ in
    // what they make of ceil_mode.
    func missing(_ axis: Int, _ extent: KeyPath<Size2D, Int>) -> Int {
      let reach = layer.dilation[keyPath: extent] * (layer.kernel[keyPath: extent] - 1) + 1
      let end = (stage.output[axis] - 1) * layer.stride[keyPath: extent] + reach
      return max(0, end - stage.input[axis] - 2 * layer.padding[keyPath: extent])
    }
    add(
      "MaxPool", at: stage.path,
      [
        ("dilations", .integers(layer.dilation)), ("kernel_shape", .integers(layer.kernel)),
        ("pads", .pads(layer.padding, more: Size2D(missing(2, \.height), missing(3, \.width)))),
        ("strides", .integers(layer.stride)),
      ])
  }

  private mutating func addPool(_ layer: AvgPool2d, _ stage: ONNXStage) throws(ONNXError) {
    guard !layer.ceilMode else {
      throw stage.unsupported("ceilMode is not translated for means: ONNX divides by other counts")
    }
    add(
      "AveragePool", at: stage.path,
      [
        ("count_include_pad", .integer(layer.countIncludesPadding ? 1 : 0)),
        ("kernel_shape", .integers(layer.kernel)), ("pads", .pads(layer.padding)),
        ("strides", .integers(layer.stride)),
      ])
  }

  /// ONNX has no such operator: means over windows of one size where they divide the maps, otherwise products with
  /// matrices of the windows' means along each axis.
  private mutating func addPool(_ layer: AdaptiveAvgPool2d, _ stage: ONNXStage) {
    let (from, to) = (Size2D(stage.input[2], stage.input[3]), layer.size)
    if from == to { return }
    if to == 1 {
      add("GlobalAveragePool", at: stage.path)
    } else if from.height.isMultiple(of: to.height), from.width.isMultiple(of: to.width) {
      let window = Size2D(from.height / to.height, from.width / to.width)
      add(
        "AveragePool", at: stage.path,
        [("kernel_shape", .integers(window)), ("strides", .integers(window))])
    } else {
      let rows = keep(
        Self.means(from.height, to.height).transposed(), as: "\(stage.path).rows")
      let columns = keep(Self.means(from.width, to.width), as: "\(stage.path).columns")
      add("MatMul", at: "\(stage.path).vertical", before: [rows])
      add("MatMul", at: "\(stage.path).horizontal", behind: [columns])
    }
  }

  /// The matrix [from, to] of the windows' means: an adaptive pooling of the identity.
  private static func means(_ from: Int, _ to: Int) -> Tensor {
    let identity = (0..<from * from).map { $0 % (from + 1) == 0 ? 1.0 : 0 }
    return adaptiveAvgPool2d(
      Tensor(identity, shape: [1, 1, from, from], dtype: .float64), to: [from, to]
    ).reshaped([from, to])
  }

  private mutating func addFlattening(_ layer: Flatten, _ stage: ONNXStage) throws(ONNXError) {
    let rank = stage.input.count
    guard layer.first == 1, layer.last == -1 || layer.last == rank - 1 else {
      throw stage.unsupported("merges some axes only; ONNX merges all but the batch's")
    }
    add("Flatten", at: stage.path, [("axis", .integer(1))])
  }
}

extension ONNXAttribute {
  /// Height and width.
  fileprivate static func integers(_ size: Size2D) -> ONNXAttribute {
    .integers([size.height, size.width])
  }

  /// Padding at the beginning of both axes, then at their ends.
  fileprivate static func pads(_ padding: Size2D, more: Size2D = 0) -> ONNXAttribute {
    .integers([
      padding.height, padding.width, padding.height + more.height, padding.width + more.width,
    ])
  }
}
