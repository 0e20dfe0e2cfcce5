import Retrograd
import Testing

/// Expects the gradients of a function to be right; records an issue with the whole report otherwise.
///
/// ```swift
/// @Test func myCubeIsDifferentiable() { expectGradients(of: { cube($0[0]) }, at: [[1, -2, 0.5]]) }
/// ```
///
/// An inconclusive check, where the function has kinks near too many elements, is an issue too: choose
/// other inputs.
///
/// - Parameters:
///   - function: The function to check.
///   - inputs: The inputs at which to check it.
///   - options: The options, which decide how thorough the check is.
/// - Returns: The report of the check.
@discardableResult
public func expectGradients(
  of function: @escaping ([Variable]) -> Variable, at inputs: [Tensor],
  options: GradientCheckOptions = .init(), sourceLocation: SourceLocation = #_sourceLocation
) -> GradientReport {
  let report = checkGradients(of: function, at: inputs, options: options)
  recordIssue(of: report, sourceLocation)
  return report
}

/// Expects the gradient of a function of one variable to be right; see
/// ``expectGradients(of:at:options:sourceLocation:)``.
@discardableResult
public func expectGradients(
  of function: @escaping (Variable) -> Variable, at input: Tensor,
  options: GradientCheckOptions = .init(), sourceLocation: SourceLocation = #_sourceLocation
) -> GradientReport {
  expectGradients(
    of: { function($0[0]) }, at: [input], options: options, sourceLocation: sourceLocation)
}

/// Expects the gradients of a layer with respect to its input and all its parameters to be right.
///
/// - Parameters:
///   - layer: The layer, or a whole network.
///   - input: One batch of inputs.
///   - options: The options, which decide how thorough the check is.
/// - Returns: The report of the check.
@discardableResult
public func expectGradients(
  ofLayer layer: any Layer, input: Tensor, options: GradientCheckOptions = .init(),
  sourceLocation: SourceLocation = #_sourceLocation
) -> GradientReport {
  let report = checkGradients(ofLayer: layer, input: input, options: options)
  recordIssue(of: report, sourceLocation)
  return report
}

private func recordIssue(of report: GradientReport, _ sourceLocation: SourceLocation) {
  if !report.passed {
    Issue.record(Comment(rawValue: report.description), sourceLocation: sourceLocation)
  }
}
