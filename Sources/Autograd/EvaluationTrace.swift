import RetrogradTensors
import RetrogradThreadScopes
import Synchronization

/// Watches the operations that one thread runs: which branches they take, where numbers stop being
/// finite, and which derivatives return something wrong. Gradient checks run inside one.
///
/// Inside a trace a derivative that returns a wrong shape, dtype or count is noted here and goes on
/// without that gradient; outside it stops the program. Variables of `float32` that meet others of
/// `float64` are converted, so that a function that brings parameters of its own can be checked in
/// double precision.
package final class EvaluationTrace: Sendable {
  /// The decision of an operation with a kink, a mask or a choice.
  package struct Branch: Sendable, Equatable {
    /// The operation's name.
    package let operation: String
    /// Stands for all its decisions: equal where they are equal.
    package let decisions: UInt64
  }

  /// A result that is infinite or not a number.
  package struct NonFinite: Sendable, Equatable {
    /// The operation's name.
    package let operation: String
    /// The result's shape.
    package let shape: [Int]
    /// Indicates whether it came up on the way back rather than forward.
    package let isBackward: Bool
  }

  private struct State {
    var branches: [Branch] = []
    var nonFinite: NonFinite?
    var violations: [RuleViolation] = []
    var isBackward = false
    var isolation: Isolation?
    var singlePrecision: (operation: String, isBackward: Bool)?
  }

  private let state = Mutex(State())
  @TaskLocal private static var active: EvaluationTrace?

  package init() {}

  /// The decisions in the order they were taken.
  package var branches: [Branch] { state.withLock { $0.branches } }
  /// The first operation whose result was not finite.
  package var nonFinite: NonFinite? { state.withLock { $0.nonFinite } }
  /// The rule violations of derivatives.
  package var violations: [RuleViolation] { state.withLock { $0.violations } }

  /// The trace that the calling thread runs inside.
  static var current: EvaluationTrace? {
    // Asked at every operation: the lookup of a task-local value is left out where nobody traces.
    ThreadScope.trace.isActive ? active : nil
  }

  /// Runs `body` inside this trace.
  package func run<R>(_ body: () throws -> R) rethrows -> R {
    try ThreadScope.trace.enter { try Self.$active.withValue(self, operation: body) }
  }

  /// The first operation that gave numbers of single precision, and whether on the way back.
  package var singlePrecision: (operation: String, isBackward: Bool)? {
    state.withLock { $0.singlePrecision }
  }

  /// Returns the variable that takes the place of a recorded result: the result itself, unless operations are being
  /// isolated.
  func passed(
    _ result: Variable, _ operation: String, _ inputs: @autoclosure () -> [Variable]
  ) -> Variable {
    let isolation = state.withLock { $0.isBackward ? nil : $0.isolation }
    return isolation?.passed(result, operation, inputs()) ?? result
  }

  func exchangeIsolation(_ isolation: Isolation?) -> Isolation? {
    state.withLock { state in
      defer { state.isolation = isolation }
      return state.isolation
    }
  }

  func see(_ operation: String, _ value: Tensor) {
    state.withLock {
      if $0.singlePrecision == nil && value.dtype == .float32 {
        $0.singlePrecision = (operation, $0.isBackward)
      }
      if $0.nonFinite == nil && !value.isFinite {
        $0.nonFinite = NonFinite(
          operation: operation, shape: value.shape, isBackward: $0.isBackward)
      }
    }
  }

  func note(_ branch: Branch) {
    // Only the forward pass decides; its derivative may run forward operations again.
    state.withLock { if !$0.isBackward { $0.branches.append(branch) } }
  }

  func note(_ violation: RuleViolation) { state.withLock { $0.violations.append(violation) } }

  /// Runs a backward pass, so that what happens in it is told from the forward pass.
  static func duringBackward<R>(_ body: () throws -> R) rethrows -> R {
    guard let trace = current else { return try body() }
    let outer = trace.state.withLock { state in
      defer { state.isBackward = true }
      return state.isBackward
    }
    defer { trace.state.withLock { $0.isBackward = outer } }
    return try body()
  }
}

/// Tells a gradient check what an operation with a kink decided for each element: which side of the kink
/// it is on, which of several it picked. Costs nothing when no check is running.
///
/// - Parameters:
///   - operation: The operation's name.
///   - decisions: A number for each decision, such as a mask.
public func noteBranches(_ operation: String, _ decisions: () -> Tensor) {
  if let trace = EvaluationTrace.current {
    trace.note(.init(operation: operation, decisions: decisions().bitHash))
  }
}

/// Tells a gradient check what an operation picked; see ``noteBranches(_:_:)-(_,()->Tensor)``.
public func noteBranches(_ operation: String, _ decisions: () -> IntTensor) {
  if let trace = EvaluationTrace.current {
    trace.note(.init(operation: operation, decisions: decisions().bitHash))
  }
}

/// The variables in one dtype: as they are, except inside a gradient check, where those of `float32`
/// are converted if there are others.
func promoted(_ variables: [Variable]) -> [Variable] {
  guard let first = variables.first, variables.contains(where: { $0.dtype != first.dtype }),
    EvaluationTrace.current != nil
  else { return variables }
  return variables.map { $0.converted(to: .float64) }
}

/// Two variables in one dtype; see ``promoted(_:)``.
func promoted(_ a: Variable, _ b: Variable) -> (Variable, Variable) {
  guard a.dtype != b.dtype, EvaluationTrace.current != nil else { return (a, b) }
  return (a.converted(to: .float64), b.converted(to: .float64))
}

/// A constant in the dtype of a variable; see ``promoted(_:)``.
func promoted(_ constant: Tensor?, like x: Variable) -> Tensor? {
  EvaluationTrace.current == nil ? constant : constant?.converted(to: x.dtype)
}
