import RetrogradTensors
import Synchronization

/// A value's identity in the graph: which operation made it, from what, and how to go back.
///
/// Edges are nodes, and what an operation keeps are tensors: a node that held its input *variables*
/// would keep every activation of the network alive.
final class Node: @unchecked Sendable {
  /// What an operation left behind for the way back.
  struct Record {
    let keptInputs: [Tensor]
    let keptOutput: Tensor?
    let rule: Rule
  }

  /// The derivative of an operation, in the form it was written.
  enum Rule {
    case unary(Derivative)
    case binary(Derivative, Derivative)
    case joint(@Sendable (_ saved: Saved, _ dy: Variable) -> [Variable?])
  }

  let operation: String
  let shape: [Int]
  let dtype: DType
  /// The shape of each input, whether or not it takes a gradient.
  let inputShapes: [[Int]]
  /// One entry an input; `nil` where the input takes no gradient.
  private(set) var inputs: [Node?]
  /// `nil` for a leaf, and for an operation that was released.
  private(set) var record: Record?
  /// The variable that collects this leaf's gradient.
  private(set) weak var leaf: Variable?
  let isLeaf: Bool
  private let counter: NodeCounter?

  /// The running `Sweep` that writes its notes to this node; 0 for none. Other sweeps (on other
  /// threads, or begun by a derivative) leave the node alone and keep their notes elsewhere.
  let sweep = Atomic<UInt64>(0)
  /// The node's place among those of `sweep`, which alone reads and writes it.
  var indexInSweep = 0

  init(
    operation: String, output: Tensor, inputs: [Node?], inputShapes: [[Int]], record: Record
  ) {
    self.operation = operation
    self.shape = output.shape
    self.dtype = output.dtype
    self.inputs = inputs
    self.inputShapes = inputShapes
    self.record = record
    self.isLeaf = false
    counter = NodeCounter.current
    counter?.begin()
  }

  init(leaf: Variable) {
    operation = "leaf"
    shape = leaf.value.shape
    dtype = leaf.value.dtype
    inputs = []
    inputShapes = []
    isLeaf = true
    counter = nil
    self.leaf = leaf
  }

  /// Forgets what was kept and where it came from. What is only reachable from here is freed.
  func release() {
    record = nil
    Node.free(&inputs)
  }

  deinit {
    counter?.end()
    Node.free(&inputs)
  }

  /// Frees nodes one after the other: a chain of a million operations must not recurse a million
  /// times.
  private static func free(_ nodes: inout [Node?]) {
    var pending = nodes
    nodes = []
    while !pending.isEmpty {
      if var node = pending.removeLast(), isKnownUniquelyReferenced(&node) {
        pending.append(contentsOf: node.inputs)
        node.inputs = []
      }
    }
  }
}
