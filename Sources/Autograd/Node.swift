import RetrogradTensors
import Synchronization

/// A value's identity in the graph: which operation made it, from what, and how to go back.
///
/// Edges are nodes, and what an operation keeps are tensors: a node that held its input *variables*
/// would keep every activation of the network alive.
///
/// `@exclusivity(unchecked)` leaves out what the runtime does at each access to find overlapping ones,
/// which takes longer than the access; these properties are read and replaced whole, so none overlap.
final class Node: @unchecked Sendable {
  /// The derivative of an operation, in the form it was written.
  enum Rule {
    case unary(Derivative)
    case binary(Derivative, Derivative)
    case joint(@Sendable (_ saved: Saved, _ dy: Variable) -> [Variable?])
  }

  let operation: String
  let shape: [Int]
  let dtype: DType
  /// The inputs. The first two stand in the node itself: few operations have more, and an array is an
  /// allocation of its own.
  @exclusivity(unchecked) private var first: Input?
  @exclusivity(unchecked) private var second: Input?
  @exclusivity(unchecked) private var others: [Input]
  /// 0 for a leaf, and for an operation that was released.
  @exclusivity(unchecked) private(set) var inputCount: Int
  /// The result, where the derivative reads it.
  @exclusivity(unchecked) private(set) var keptOutput: Tensor?
  /// `nil` for a leaf, and for an operation that was released.
  @exclusivity(unchecked) private(set) var rule: Rule?
  private let collector: Collector?
  private let counter: NodeCounter?

  /// The running `BackwardPass` that writes its notes to this node; 0 for none. Other passes (on other
  /// threads, or begun by a derivative) leave the node alone and keep their notes elsewhere.
  let pass = Atomic<UInt64>(0)
  /// The index of the node among those of `pass`, which alone reads and writes it.
  @exclusivity(unchecked) var indexInPass = 0

  init(
    operation: String, output: Tensor, keepsOutput: Bool, rule: Rule, first: Input?,
    second: Input? = nil, others: [Input] = []
  ) {
    self.operation = operation
    self.shape = output.shape
    self.dtype = output.dtype
    self.first = first
    self.second = second
    self.others = others
    inputCount = (first == nil ? 0 : second == nil ? 1 : 2) + others.count
    keptOutput = keepsOutput ? output : nil
    self.rule = rule
    collector = nil
    counter = NodeCounter.current
    counter?.begin()
  }

  init(leaf: Variable) {
    operation = "leaf"
    shape = leaf.shape
    dtype = leaf.dtype
    others = []
    inputCount = 0
    collector = Collector(leaf)
    counter = nil
  }

  var isLeaf: Bool { collector != nil }

  /// The variable that collects this leaf's gradient.
  var leaf: Variable? { collector?.variable }

  /// Forgets what was kept and where it came from. What is only reachable from here is freed.
  func release() {
    rule = nil
    keptOutput = nil
    freeInputs()
  }

  deinit {
    counter?.end()
    if inputCount > 0 { freeInputs() }
  }

  /// Frees nodes one after the other: a chain of a million operations must not recurse a million
  /// times.
  private func freeInputs() {
    var pending: [Node] = []
    takeUnshared(into: &pending)
    while let node = pending.popLast() { node.takeUnshared(into: &pending) }
  }

  /// Lets go of all inputs, except that those that nobody else holds go to `pending`.
  private func takeUnshared(into pending: inout [Node]) {
    Self.take(&first, into: &pending)
    Self.take(&second, into: &pending)
    if !others.isEmpty {
      for index in others.indices {
        var input: Input? = others[index]
        others[index].node = nil
        Self.take(&input, into: &pending)
      }
      others = []
    }
    inputCount = 0
  }

  private static func take(_ input: inout Input?, into pending: inout [Node]) {
    var node = input?.node.take()
    input = nil
    // Asked of the only reference that is left here: a second one would hide that nobody else has any.
    if isKnownUniquelyReferenced(&node), let node { pending.append(node) }
  }
}

// MARK: - Inputs

extension Node {
  /// The connection of a node to one input.
  struct Input {
    /// `nil` where the input takes no gradient.
    fileprivate var node: Node?
    fileprivate let content: Content

    /// The input's value where the derivative reads it, otherwise only its shape.
    fileprivate enum Content {
      case shape([Int])
      case value(Tensor)
    }

    init(_ variable: Variable, _ keep: Keep) {
      node = variable.node
      content = keep.hasInputs ? .value(variable.value) : .shape(variable.shape)
    }

    fileprivate var shape: [Int] {
      switch content {
      case .shape(let shape): shape
      case .value(let value): value.shape
      }
    }

    fileprivate var value: Tensor? {
      switch content {
      case .shape: nil
      case .value(let value): value
      }
    }
  }

  /// The node of an input; `nil` where the input takes no gradient.
  func input(_ index: Int) -> Node? {
    switch index {
    case 0: first?.node
    case 1: second?.node
    default: others[index - 2].node
    }
  }

  /// The shape of an input.
  func inputShape(_ index: Int) -> [Int] {
    switch index {
    case 0: first!.shape
    case 1: second!.shape
    default: others[index - 2].shape
    }
  }

  /// The value of an input; `nil` where it was not kept.
  func inputValue(_ index: Int) -> Tensor? {
    switch index {
    case 0: first?.value
    case 1: second?.value
    default: others[index - 2].value
    }
  }

  /// The inputs that take a gradient.
  var inputs: [Node] { (0..<inputCount).compactMap(input) }
}

/// The weak reference of a leaf, in an object of its own because the runtime has work with a weak one
/// in every node, also where it is `nil`.
private final class Collector {
  private(set) weak var variable: Variable?

  init(_ variable: Variable) { self.variable = variable }
}
