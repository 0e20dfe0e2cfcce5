import RetrogradThreadScopes
import Synchronization

/// Makes every source of random numbers give the same numbers again each time a function is run.
///
/// Inside ``run(_:)`` a ``RandomSource`` does not change: its draws come from a copy that this object
/// keeps, found by the source's state. So a function that draws a dropout mask draws the same one in each
/// run, and afterwards its source is where it was.
package final class RandomReplay: Sendable {
  private let copies = Mutex<[RandomSource: RandomSource]>([:])
  private let draws = Atomic<Int>(0)
  @TaskLocal private static var active: RandomReplay?

  package init() {}

  /// Number of random numbers drawn, in all runs together.
  package var drawCount: Int { draws.load(ordering: .relaxed) }

  /// Indicates whether the last run drew random numbers.
  package var hasDrawn: Bool { copies.withLock { !$0.isEmpty } }

  /// Runs `body` with all random numbers from the beginning.
  package func run<R>(_ body: () throws -> R) rethrows -> R {
    copies.withLock { $0 = [:] }
    return try ThreadScope.replay.enter { try Self.$active.withValue(self, operation: body) }
  }

  /// The next number of a source, if the calling thread runs inside a replay.
  @inline(__always)
  static func next(of source: RandomSource) -> UInt64? {
    ThreadScope.replay.isActive ? active?.next(source) : nil
  }

  private func next(_ source: RandomSource) -> UInt64 {
    draws.add(1, ordering: .relaxed)
    return copies.withLock { $0[source, default: source].advance() }
  }
}
