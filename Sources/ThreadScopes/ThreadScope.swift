import RetrogradCThreadState

/// A kind of scope that a thread can be inside, any number deep: a flag that is asked at every operation,
/// and so must cost no lookup.
///
/// A module of its own, so that its functions can be inlined where they are asked without being among the
/// names of `Retrograd`.
public struct ThreadScope: Sendable {
  @usableFromInline let kind: Int32

  @inlinable
  init(kind: Int32) { self.kind = kind }

  // Computed, so that other modules see the numbers.

  /// Operations are not recorded.
  @inlinable public static var pausedRecording: ThreadScope { ThreadScope(kind: 0) }
  /// An evaluation is traced.
  @inlinable public static var trace: ThreadScope { ThreadScope(kind: 1) }
  /// Random numbers are replayed.
  @inlinable public static var replay: ThreadScope { ThreadScope(kind: 2) }
  /// Nodes are counted.
  @inlinable public static var nodeCount: ThreadScope { ThreadScope(kind: 3) }
  /// Rectifiers are recorded with guided gradients.
  @inlinable public static var guidedRectifiers: ThreadScope { ThreadScope(kind: 4) }

  /// Indicates whether the calling thread is inside such a scope.
  @inlinable
  public var isActive: Bool { retrograd_get_scope_depth(kind) > 0 }

  /// Runs `body` inside one more scope of this kind. Affects the calling thread only.
  @inlinable
  public func enter<R>(_ body: () throws -> R) rethrows -> R { try run(inside: true, body) }

  /// Runs `body` inside one more scope of this kind, or outside of all. Affects the calling thread only.
  @inlinable
  public func run<R>(inside: Bool, _ body: () throws -> R) rethrows -> R {
    let outer = retrograd_get_scope_depth(kind)
    retrograd_set_scope_depth(kind, inside ? outer + 1 : 0)
    defer { retrograd_set_scope_depth(kind, outer) }
    return try body()
  }
}
