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
  /// None for a leaf, and for an operation that was released.
  @exclusivity(unchecked) private(set) var inputs: NodeInputs
  /// The result, where the derivative reads it.
  @exclusivity(unchecked) private(set) var keptOutput: Tensor?
  /// `nil` for a leaf, and for an operation that was released.
  @exclusivity(unchecked) private(set) var rule: Rule?
  private let collector: Collector?
  private let counter: NodeCounter?

  /// The running `Sweep` that writes its notes to this node; 0 for none. Other sweeps (on other
  /// threads, or begun by a derivative) leave the node alone and keep their notes elsewhere.
  let sweep = Atomic<UInt64>(0)
  /// The node's place among those of `sweep`, which alone reads and writes it.
  @exclusivity(unchecked) var indexInSweep = 0

  init(operation: String, output: Tensor, inputs: NodeInputs, keepsOutput: Bool, rule: Rule) {
    self.operation = operation
    self.shape = output.shape
    self.dtype = output.dtype
    self.inputs = inputs
    self.keptOutput = keepsOutput ? output : nil
    self.rule = rule
    collector = nil
    counter = NodeCounter.current
    counter?.begin()
  }

  init(leaf: Variable) {
    operation = "leaf"
    shape = leaf.shape
    dtype = leaf.dtype
    inputs = NodeInputs()
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
    freeInputs()
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
    for index in 0..<inputs.count {
      if var node = inputs.takeNode(index), isKnownUniquelyReferenced(&node) {
        pending.append(node)
      }
    }
    inputs = NodeInputs()
  }
}

/// The weak reference of a leaf, in an object of its own because the runtime has work with a weak one
/// in every node, also where it is `nil`.
private final class Collector {
  private(set) weak var variable: Variable?

  init(_ variable: Variable) { self.variable = variable }
}

