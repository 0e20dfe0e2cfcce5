import RetrogradTensors
import Synchronization

/// One way back through the graph: from an output to what it was made of.
///
/// Two loops, no recursion: the first orders the nodes so that each stands behind everything it was
/// made of, the second runs through them from the output and hands each node's cotangent, complete
/// by then, to its derivative. Both take time proportional to the number of operations.
struct Sweep {
  /// Every node that the output depends on, inputs before what was made of them.
  private let nodes: [Node]
  /// What the nodes were marked with before: a derivative may start a sweep of its own.
  private let previousMarks: [(sweep: UInt64, index: Int)]
  private let id: UInt64

  private static let lastID = Atomic<UInt64>(0)

  init(from root: Node) {
    let id = Self.lastID.add(1, ordering: .relaxed).newValue
    var nodes: [Node] = []
    var previousMarks: [(sweep: UInt64, index: Int)] = []
    var path: [(node: Node, nextInput: Int)] = []

    func visit(_ node: Node) {
      previousMarks.append(node.mark)
      node.mark = (id, previousMarks.count - 1)
      path.append((node, 0))
    }
    visit(root)
    // A node is marked when it is met, and takes its place in the order when all its inputs have.
    var order: [Int] = []
    while let (node, nextInput) = path.last {
      if nextInput == node.inputs.count {
        order.append(node.mark.index)
        node.mark.index = nodes.count
        nodes.append(node)
        path.removeLast()
      } else {
        path[path.count - 1].nextInput += 1
        if let input = node.inputs[nextInput], input.mark.sweep != id { visit(input) }
      }
    }
    self.id = id
    self.nodes = nodes
    self.previousMarks = order.map { previousMarks[$0] }
  }

  /// Hands cotangents down from the output.
  ///
  /// - Parameters:
  ///   - seed: The cotangent of the output.
  ///   - targets: The nodes whose cotangents are wanted; `nil` for all leaves.
  ///   - retainGraph: Whether the graph may be used again.
  ///   - createGraph: Whether what the derivatives compute is recorded.
  ///   - receive: Gets each wanted node with its complete cotangent.
  func run(
    seed: Variable, targets: [Node]? = nil, retainGraph: Bool, createGraph: Bool,
    _ receive: (Node, Variable) -> Void
  ) {
    defer { for (node, mark) in zip(nodes, previousMarks) { node.mark = mark } }
    let (isTarget, isNeeded) = plan(targets)
    var cotangents = Cotangents(count: nodes.count, isRecording: createGraph)
    cotangents.add(seed, at: nodes.count - 1)
    EvaluationTrace.duringBackward {
      withRecording(createGraph) {
        for index in nodes.indices.reversed() where isNeeded[index] {
          let node = nodes[index]
          guard let dy = cotangents.take(index) else { continue }
          if isTarget[index] { receive(node, dy) }
          if node.isLeaf { continue }
          propagate(dy, through: node, isNeeded, createGraph, &cotangents)
          if !retainGraph && !createGraph { node.release() }
        }
      }
    }
  }

  /// Which nodes are wanted, and which lead to a wanted one.
  private func plan(_ targets: [Node]?) -> (isTarget: [Bool], isNeeded: [Bool]) {
    guard let targets else {
      return (nodes.map(\.isLeaf), [Bool](repeating: true, count: nodes.count))
    }
    var isTarget = [Bool](repeating: false, count: nodes.count)
    for target in targets where target.mark.sweep == id { isTarget[target.mark.index] = true }
    var isNeeded = isTarget
    for (index, node) in nodes.enumerated() where !isNeeded[index] {
      isNeeded[index] = node.inputs.contains { $0.map { isNeeded[$0.mark.index] } ?? false }
    }
    return (isTarget, isNeeded)
  }

  /// Runs the derivative of one operation and adds what it returns to the cotangents of its inputs.
  private func propagate(
    _ dy: Variable, through node: Node, _ isNeeded: [Bool], _ createGraph: Bool,
    _ cotangents: inout Cotangents
  ) {
    guard let record = node.record else {
      stop(
        "backward: the graph was already used and released, at operation \"\(node.operation)\" "
          + "\(node.shape). Pass retainGraph: true to the first backward to go through it again")
    }
    let needed = node.inputs.map { $0.map { isNeeded[$0.mark.index] } ?? false }
    let saved = Saved(node: node, record: record, needed: needed, isRecording: createGraph)
    func add(_ gradient: Variable?, _ input: Int) {
      guard let target = node.inputs[input],
        let gradient = RuleViolation.checked(gradient, of: node, input: input, target)
      else { return }
      cotangents.add(gradient, at: target.mark.index)
    }
    switch record.rule {
    case .unary(let dx):
      if needed[0] { add(dx(saved, dy), 0) }
    case .binary(let da, let db):
      if needed[0] { add(da(saved, dy), 0) }
      if needed[1] { add(db(saved, dy), 1) }
    case .joint(let rule):
      let gradients = rule(saved, dy)
      RuleViolation.check(count: gradients.count, of: node)
      for (input, gradient) in zip(needed.indices, gradients) where needed[input] {
        add(gradient, input)
      }
    }
  }
}

/// The cotangents that have arrived at each node so far.
private struct Cotangents {
  private var sums: [Variable?]
  /// Whether the sum was made here, so that nobody else holds it and it may be added to in place.
  private var isOwned: [Bool]
  private let isRecording: Bool

  init(count: Int, isRecording: Bool) {
    sums = [Variable?](repeating: nil, count: count)
    isOwned = [Bool](repeating: false, count: count)
    self.isRecording = isRecording
  }

  mutating func add(_ gradient: Variable, at index: Int) {
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
