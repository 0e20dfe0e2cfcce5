import RetrogradTensors

/// The results of operations while a function ran, in order, and the means to run it with the history of one of them
/// alone: so a gradient check finds the operation whose derivative is wrong.
///
/// For the use of one thread.
package final class Isolation: @unchecked Sendable {
  /// One operation that was recorded.
  package struct Step {
    /// The operation's name.
    package let operation: String
    /// The layer it ran in; empty outside of layers.
    package let place: String
    /// Its result.
    package let value: Tensor
    /// Its inputs.
    package let inputs: [Variable]
    /// The variable that the function went on with: the result, or its replacement.
    package let result: Variable
  }

  /// The recorded operations, in order.
  package private(set) var steps: [Step] = []
  private let values: [Tensor]?
  private let kept: Int?

  /// Only looks on.
  package init() { (values, kept) = (nil, nil) }

  /// Puts leaves in the place of what all operations give, except one.
  ///
  /// - Parameters:
  ///   - values: The leaves' numbers, one for each operation.
  ///   - kept: The operation that keeps its history.
  package init(values: [Tensor], kept: Int?) { (self.values, self.kept) = (values, kept) }

  /// Runs `body` inside the trace that runs already.
  package func run<R>(_ body: () throws -> R) rethrows -> R {
    guard let trace = EvaluationTrace.current else { return try body() }
    let outer = trace.exchangeIsolation(self)
    defer { _ = trace.exchangeIsolation(outer) }
    return try body()
  }

  /// Returns the variable that the function goes on with.
  func passed(_ result: Variable, _ operation: String, _ inputs: [Variable]) -> Variable {
    var next = result
    let index = steps.count
    if let values, index != kept, index < values.count,
      values[index].shape == result.shape
    {
      next = Variable(values[index].converted(to: result.dtype), requiresGrad: true)
    }
    steps.append(
      Step(
        operation: operation, place: FailureContext.current.map { "\($0)" } ?? "",
        value: result.value, inputs: inputs, result: next))
    return next
  }
}
