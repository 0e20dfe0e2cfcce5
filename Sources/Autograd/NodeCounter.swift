import RetrogradThreadScopes
import Synchronization

/// Counts the operations that are recorded and not yet freed, among those made inside ``run(_:)``: for
/// finding graphs that are kept alive by mistake.
///
/// ```swift
/// let counter = NodeCounter()
/// counter.run { trainingStep() }
/// print(counter.liveCount)   // 0: nothing of the step's graph is left but its leaves
/// ```
public final class NodeCounter: Sendable {
  private let count = Atomic(0)
  private let total = Atomic(0)
  @TaskLocal private static var active: NodeCounter?

  /// A counter at 0.
  public init() {}

  /// The number of operations made inside ``run(_:)`` that still exist.
  public var liveCount: Int { count.load(ordering: .relaxed) }
  /// The number of all operations made inside ``run(_:)``.
  public var totalCount: Int { total.load(ordering: .relaxed) }

  /// Runs `body`, counting what the calling thread records meanwhile.
  public func run<R>(_ body: () throws -> R) rethrows -> R {
    try ThreadScope.nodeCount.enter { try Self.$active.withValue(self, operation: body) }
  }

  /// The counter of the calling thread.
  static var current: NodeCounter? { ThreadScope.nodeCount.isActive ? active : nil }

  func begin() {
    count.add(1, ordering: .relaxed)
    total.add(1, ordering: .relaxed)
  }

  func end() { count.subtract(1, ordering: .relaxed) }
}
