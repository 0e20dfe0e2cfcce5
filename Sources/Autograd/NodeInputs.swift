import RetrogradTensors

/// What a node remembers of its inputs.
///
/// The first two stand in the node itself: few operations have more, and an array is an allocation of
/// its own. They are read part by part, since a copy of one counts references that nobody needs.
struct NodeInputs {
  /// What an operation kept of an input: its value, or only its shape.
  private enum Content {
    case shape([Int])
    case value(Tensor)

    init(_ variable: Variable, _ keep: Keep) {
      self = keep.hasInputs ? .value(variable.value) : .shape(variable.shape)
    }

    var shape: [Int] {
      switch self {
      case .shape(let shape): shape
      case .value(let value): value.shape
      }
    }

    var value: Tensor? {
      switch self {
      case .shape: nil
      case .value(let value): value
      }
    }
  }

  /// The number of inputs.
  let count: Int
  private var firstNode: Node?
  private var secondNode: Node?
  private let firstContent: Content
  private let secondContent: Content
  private var others: [(node: Node?, content: Content)] = []

  init() {
    count = 0
    (firstContent, secondContent) = (.shape([]), .shape([]))
  }

  init(_ x: Variable, _ keep: Keep) {
    count = 1
    firstNode = x.node
    firstContent = Content(x, keep)
    secondContent = .shape([])
  }

  init(_ a: Variable, _ b: Variable, _ keep: Keep) {
    count = 2
    firstNode = a.node
    secondNode = b.node
    firstContent = Content(a, keep)
    secondContent = Content(b, keep)
  }

  init(_ inputs: [Variable], _ keep: Keep) {
    count = inputs.count
    firstNode = inputs.first?.node
    secondNode = count > 1 ? inputs[1].node : nil
    firstContent = count > 0 ? Content(inputs[0], keep) : .shape([])
    secondContent = count > 1 ? Content(inputs[1], keep) : .shape([])
    if count > 2 { others = inputs[2...].map { ($0.node, Content($0, keep)) } }
  }

  /// The node of an input; `nil` where the input takes no gradient.
  func node(_ index: Int) -> Node? {
    switch index {
    case 0: firstNode
    case 1: secondNode
    default: others[index - 2].node
    }
  }

  /// The shape of an input.
  func shape(_ index: Int) -> [Int] {
    switch index {
    case 0: firstContent.shape
    case 1: secondContent.shape
    default: others[index - 2].content.shape
    }
  }

  /// The value of an input; `nil` where it was not kept.
  func value(_ index: Int) -> Tensor? {
    switch index {
    case 0: firstContent.value
    case 1: secondContent.value
    default: others[index - 2].content.value
    }
  }

  /// The nodes of those that take a gradient.
  var nodes: [Node] { (0..<count).compactMap(node) }

  /// Moves a node out.
  mutating func takeNode(_ index: Int) -> Node? {
    switch index {
    case 0: firstNode.take()
    case 1: secondNode.take()
    default: others[index - 2].node.take()
    }
  }
}
