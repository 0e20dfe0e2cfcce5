import RetrogradTensors

/// A derivative that returned something else than one gradient for each input, in that input's shape
/// and dtype: what the engine demands of every derivative, in one place.
///
/// Outside of an ``EvaluationTrace`` a violation stops the program; inside it is noted.
package struct RuleViolation: Sendable, CustomStringConvertible {
  /// The operation's name.
  package let operation: String
  /// The shape of its output.
  package let outputShape: [Int]
  /// The input whose gradient is wrong; `nil` where their number is.
  package let input: Int?
  /// The shape that the gradient should have.
  package let expectedShape: [Int]
  /// The gradient that was returned.
  package let gradient: Tensor?
  /// The problem, in words.
  package let problem: String

  package var description: String {
    "the derivative of \"\(operation)\" (output \(outputShape)) \(problem)"
  }

  private init(_ node: Node, input: Int? = nil, gradient: Tensor? = nil, _ problem: String) {
    operation = node.operation
    outputShape = node.shape
    self.input = input
    expectedShape = input.map { node.inputShape($0) } ?? []
    self.gradient = gradient
    self.problem = problem
  }

  /// Notes the violation, or stops.
  private func report() {
    guard let trace = EvaluationTrace.current else { stop("backward: \(self)") }
    trace.note(self)
  }

  /// The gradient of one input if it can be used, after reporting what is wrong with it.
  static func checked(
    _ gradient: Variable?, of node: Node, input: Int, _ target: Node
  ) -> Variable? {
    guard let gradient else {
      RuleViolation(
        node, input: input,
        "returned no gradient for input \(input), which needs one. Return zeros if the output does "
          + "not depend on it"
      ).report()
      return nil
    }
    if gradient.shape == target.shape && gradient.dtype == target.dtype { return gradient }
    RuleViolation(
      node, input: input, gradient: gradient.value,
      "returned a gradient of shape \(gradient.shape) (\(gradient.dtype)) for input \(input), which is "
        + "\(target.shape) (\(target.dtype)). A gradient has its input's shape: sum over the axes that "
        + "were broadcast, undo what reshaped or transposed"
    ).report()
    return gradient.shape == target.shape ? gradient.converted(to: target.dtype) : nil
  }

  /// Reports a number of gradients that is not the number of inputs.
  static func check(count: Int, of node: Node) {
    if count == node.inputCount { return }
    RuleViolation(node, "returned \(count) gradients for \(node.inputCount) inputs").report()
  }
}
