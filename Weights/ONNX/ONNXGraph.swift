import RetrogradFiles
import RetrogradTensors

/// The graph of an ONNX model while it is made: a chain, in which what one node gives the next one takes.
struct ONNXGraph: Sendable {
  /// The nodes in the order in which they run.
  private(set) var nodes: [ONNXNode] = []
  /// The numbers that are part of the model.
  private(set) var initializers: [(name: String, tensor: Tensor)] = []
  /// Indicates whether the last node gives probabilities.
  private(set) var hasProbabilities = false
  /// The name of what the last node gives.
  private var value = "input"

  /// Adds a node.
  ///
  /// - Parameters:
  ///   - operation: The operator.
  ///   - path: The path of the layer. A layer's value is called `PATH.output`; names of models have no dots.
  ///   - before: The names of inputs that stand before what the last node gave.
  ///   - behind: The names of inputs that stand behind it.
  ///   - attributes: The operator's attributes, in the order of their names.
  mutating func add(
    _ operation: String, at path: String, before: [String] = [], behind: [String] = [],
    _ attributes: [(name: String, value: ONNXAttribute)] = []
  ) {
    let output = "\(path).output"
    nodes.append(
      ONNXNode(
        operation: operation, name: path, inputs: before + [value] + behind, output: output,
        attributes: attributes))
    value = output
  }

  /// Makes numbers part of the model, in single precision.
  ///
  /// - Returns: Their name.
  mutating func keep(_ tensor: Tensor, as name: String) -> String {
    initializers.append((name, tensor.converted(to: .float32)))
    return name
  }

  /// Calls what the last node gives `logits`.
  ///
  /// - Returns: Whether there is a node.
  mutating func nameLogits() -> Bool {
    if nodes.isEmpty { return false }
    value = "logits"
    nodes[nodes.count - 1].output = value
    return true
  }

  /// Adds a second output, the softmax of the logits [N, classes] divided by a temperature.
  mutating func addProbabilities(temperature: Double) {
    if temperature != 1 {
      let divisor = keep(Tensor(temperature), as: "temperature")
      add("Div", at: "scaled", behind: [divisor])
    }
    add("Softmax", at: "softmax", [("axis", .integer(1))])
    nodes[nodes.count - 1].output = "probabilities"
    hasProbabilities = true
  }
}

/// A node of a graph: an operator with its inputs and attributes.
struct ONNXNode: Sendable {
  let operation: String
  let name: String
  let inputs: [String]
  var output: String
  let attributes: [(name: String, value: ONNXAttribute)]

  /// The node as `NodeProto`.
  var message: ProtocolBuffer {
    var node = ProtocolBuffer()
    for input in inputs { node.add(1, text: input) }
    node.add(2, text: output)
    node.add(3, text: name)
    node.add(4, text: operation)
    for (name, value) in attributes {
      var attribute = ProtocolBuffer()
      attribute.add(1, text: name)
      switch value {
      case .number(let number):
        attribute.add(2, Float(number))
        attribute.add(20, 1)
      case .integer(let number):
        attribute.add(3, number)
        attribute.add(20, 2)
      case .integers(let numbers):
        for number in numbers { attribute.add(8, number) }
        attribute.add(20, 7)
      }
      node.add(5, message: attribute)
    }
    return node
  }
}

/// A setting of an operator.
enum ONNXAttribute: Sendable {
  case number(Double)
  case integer(Int)
  case integers([Int])
}
