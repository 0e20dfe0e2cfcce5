import RetrogradCThreadState

/// A kind of scope that a thread can be inside, any number deep: a flag that is asked at every operation,
/// and so must cost no lookup.
package enum ThreadScope: Int32, Sendable {
  /// Operations are not recorded.
  case pausedRecording
  /// An evaluation is traced.
  case trace
  /// Random numbers are replayed.
  case replay
  /// Nodes are counted.
  case nodeCount
  /// Rectifiers are recorded with guided gradients.
  case guidedRectifiers

  /// Whether the calling thread is inside such a scope.
  @inlinable @inline(__always)
  package var isActive: Bool { retrograd_get_scope_depth(rawValue) > 0 }

  /// Runs `body` inside one more scope of this kind. Affects the calling thread only.
  @inlinable @inline(__always)
  package func enter<R>(_ body: () throws -> R) rethrows -> R { try run(inside: true, body) }

  /// Runs `body` inside one more scope of this kind, or outside of all. Affects the calling thread only.
  @inlinable @inline(__always)
  package func run<R>(inside: Bool, _ body: () throws -> R) rethrows -> R {
    let outer = retrograd_get_scope_depth(rawValue)
    retrograd_set_scope_depth(rawValue, inside ? outer + 1 : 0)
    defer { retrograd_set_scope_depth(rawValue, outer) }
    return try body()
  }
}
