import RetrogradTensors
import Synchronization

/// One way back through the graph: from an output to what it was made of.
///
/// Two loops, no recursion: the first orders the nodes so that each stands behind everything it was
/// made of, the second runs through them from the output and hands each node's cotangent, complete
/// by then, to its derivative. Both take time proportional to the number of operations.
struct BackwardPass {
  /// Every node that the output depends on, inputs before what was made of them.
  private var nodes: [Node]
  private let indices: NodeIndices

  init(from root: Node) {
    var nodes: [Node] = []
    var indices = NodeIndices()
    // A node is claimed when it is met, and takes its place in the order when all its inputs have.
    // References are moved from here to there rather than copied: counting them costs the most.
    _ = indices.claim(root)
    var path: [(node: Node, nextInput: Int)] = []
    var (node, nextInput) = (root, 0)
    while true {
      if nextInput < node.inputCount {
        let input = node.input(nextInput)
        nextInput += 1
        if let input, indices.claim(input) {
          path.append((node, nextInput))
          (node, nextInput) = (input, 0)
        }
      } else {
        indices.set(nodes.count, of: node)
        nodes.append(node)
        guard let step = path.popLast() else { break }
        (node, nextInput) = step
      }
    }
    self.nodes = nodes
    self.indices = indices
  }

  /// Hands cotangents down from the output; a pass runs once.
  ///
  /// - Parameters:
  ///   - seed: The cotangent of the output.
  ///   - targets: The nodes whose cotangents are wanted; `nil` for all leaves.
  ///   - retainGraph: Whether the graph may be used again.
  ///   - createGraph: Whether what the derivatives compute is recorded.
  ///   - receive: Gets each wanted node with its complete cotangent.
  mutating func run(
    seed: Variable, targets: [Node]? = nil, retainGraph: Bool, createGraph: Bool,
    _ receive: (Node, Variable) -> Void
  ) {
    let plan = targets.map { Plan($0, nodes, indices) }
    var cotangents = Cotangents(count: nodes.count, isRecording: createGraph)
    cotangents.add(seed, at: nodes.count - 1)
    EvaluationTrace.duringBackward {
      withRecording(createGraph) {
        // Nodes are given back and let go as soon as they are done with: while the processor's caches
        // still have them, and before the rest needs memory.
        while let node = nodes.popLast() {
          defer { indices.release(node) }
          let index = nodes.count
          guard plan?.isNeeded[index] ?? true, let dy = cotangents.take(index) else { continue }
          if plan?.isTarget[index] ?? node.isLeaf { receive(node, dy) }
          if node.isLeaf { continue }
          let needed = plan.map { plan in
            (0..<node.inputCount).map { plan.isNeeded(node.input($0), indices) }
          }
          propagate(dy, through: node, needed, createGraph, &cotangents)
          if !retainGraph && !createGraph { node.release() }
        }
      }
    }
  }

  /// The nodes that are wanted, and those that lead to a wanted one; without a plan all leaves are wanted.
  private struct Plan {
    private(set) var isTarget: [Bool]
    private(set) var isNeeded: [Bool]

    init(_ targets: [Node], _ nodes: [Node], _ indices: NodeIndices) {
      isTarget = [Bool](repeating: false, count: nodes.count)
      for target in targets { if let index = indices.index(of: target) { isTarget[index] = true } }
      isNeeded = isTarget
      for (index, node) in nodes.enumerated() where !isNeeded[index] {
        isNeeded[index] = node.inputs.contains { isNeeded($0, indices) }
      }
    }

    func isNeeded(_ input: Node?, _ indices: NodeIndices) -> Bool {
      guard let input, let index = indices.index(of: input) else { return false }
      return isNeeded[index]
    }
  }

  /// Runs the derivative of one operation and adds what it returns to the cotangents of its inputs.
  private func propagate(
    _ dy: Variable, through node: Node, _ needed: [Bool]?, _ createGraph: Bool,
    _ cotangents: inout Cotangents
  ) {
    guard let rule = node.rule else {
      stop(
        "backward: the graph was already used and released, at operation \"\(node.operation)\" "
          + "\(node.shape). Pass retainGraph: true to the first backward to go through it again")
    }
    let saved = Saved(node: node, needed: needed, isRecording: createGraph)
    func add(_ gradient: consuming Variable?, _ input: Int) {
      guard let target = node.input(input),
        let gradient = RuleViolation.checked(gradient, of: node, input: input, target),
        let index = indices.index(of: target)
      else { return }
      cotangents.add(gradient, at: index)
    }
    switch rule {
    case .unary(let dx):
      if saved.needs(0) { add(dx(saved, dy), 0) }
    case .binary(let da, let db):
      if saved.needs(0) { add(da(saved, dy), 0) }
      if saved.needs(1) { add(db(saved, dy), 1) }
    case .joint(let rule):
      let gradients = rule(saved, dy)
      RuleViolation.check(count: gradients.count, of: node)
      for (input, gradient) in zip(0..<node.inputCount, gradients) where saved.needs(input) {
        add(gradient, input)
      }
    }
  }
}

/// The nodes that a backward pass has met, and the index of each in its order.
///
/// The notes are in the nodes themselves, which is several times faster than a table. But graphs may
/// share nodes, a leaf at least, and several passes may be under way: on other threads, or one inside
/// a derivative of another. So a node takes the notes of one pass at a time, the first that claims it;
/// the others look it up in a table of their own.
private struct NodeIndices {
  private let id: UInt64
  private var elsewhere: [ObjectIdentifier: Int] = [:]

  private static let lastID = Atomic<UInt64>(0)

  init() { id = Self.lastID.add(1, ordering: .relaxed).newValue }

  /// Returns whether the node is met for the first time.
  mutating func claim(_ node: Node) -> Bool {
    if node.pass.load(ordering: .relaxed) == id { return false }
    let key = ObjectIdentifier(node)
    // Asked first: since it was noted here, whoever had the node may have given it back.
    if !elsewhere.isEmpty && elsewhere[key] != nil { return false }
    // Acquiring: what the pass before wrote to the node comes before what this one will.
    if !node.pass.compareExchange(expected: 0, desired: id, ordering: .acquiring).exchanged {
      elsewhere[key] = 0
    }
    return true
  }

  mutating func set(_ index: Int, of node: Node) {
    if node.pass.load(ordering: .relaxed) == id {
      node.indexInPass = index
    } else {
      elsewhere[ObjectIdentifier(node)] = index
    }
  }

  /// The index of the node; `nil` when the output does not depend on it.
  func index(of node: Node) -> Int? {
    node.pass.load(ordering: .relaxed) == id
      ? node.indexInPass : elsewhere[ObjectIdentifier(node)]
  }

  /// Leaves the node to other passes.
  func release(_ node: Node) {
    if node.pass.load(ordering: .relaxed) == id { node.pass.store(0, ordering: .releasing) }
  }
}

/// The cotangents that have arrived at each node so far.
private struct Cotangents {
  private var sums: [Variable?]
  /// Indicates whether the sum was made here, so that nobody else holds it and it may be added to in place.
  private var isOwned: [Bool]
  private let isRecording: Bool

  init(count: Int, isRecording: Bool) {
    sums = [Variable?](repeating: nil, count: count)
    isOwned = [Bool](repeating: false, count: count)
    self.isRecording = isRecording
  }

  mutating func add(_ gradient: consuming Variable, at index: Int) {
    guard let sum = sums[index] else {
      sums[index] = gradient
      return
    }
    if isRecording {
      sums[index] = sum + gradient
    } else if isOwned[index] {
      sum.value += gradient.value
    } else {
      sums[index] = Variable(sum.value + gradient.value)
      isOwned[index] = true
    }
  }

  mutating func take(_ index: Int) -> Variable? {
    defer { sums[index] = nil }
    return sums[index]
  }
}
