import Foundation
import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors

/// Checks the gradients of a function against numerical derivatives.
///
/// ```swift
/// let report = checkGradients(of: { (x: [Variable]) in (x[0] * x[1]).tanh() }, at: [[1, 2], [0.5, -1]])
/// print(report)
/// ```
///
/// The check runs in double precision: inputs are converted, and variables of single precision that the
/// function brings along are converted as it runs. Random numbers that the function draws are the same
/// in each evaluation, and its sources are afterwards where they were. A derivative that returns a
/// wrong shape, dtype or count is reported; a shape mistake *inside* a derivative stops the program.
///
/// - Parameters:
///   - function: The function to check.
///   - inputs: The point at which to check it; not changed.
///   - options: The orders, the tolerance, and what else to check.
/// - Returns: A report, with an explanation where something is wrong.
public func checkGradients(
  of function: @escaping ([Variable]) -> Variable, at inputs: [Tensor],
  options: GradientCheckOptions = .init()
) -> GradientReport {
  let subject = FunctionSubject(
    title: "a function of \(inputs.count) input\(inputs.count == 1 ? "" : "s")",
    function: function, values: inputs.map { $0.converted(to: .float64) })
  return GradientCheck(subject, options).run()
}

/// Checks the gradient of a function of one variable; see ``checkGradients(of:at:options:)``.
public func checkGradients(
  of function: @escaping (Variable) -> Variable, at input: Tensor,
  options: GradientCheckOptions = .init()
) -> GradientReport {
  checkGradients(of: { function($0[0]) }, at: [input], options: options)
}

/// Checks the gradients of a layer, or of a whole network, with respect to its input and each of its
/// parameters.
///
/// The layer runs in double precision meanwhile, in the mode it is in (dropout is checked switched on,
/// with one mask); afterwards everything about it is as before.
///
/// - Parameters:
///   - layer: The layer.
///   - input: One batch of inputs.
///   - options: The orders, the tolerance, and what else to check.
public func checkGradients(
  ofLayer layer: any Layer, input: Tensor, options: GradientCheckOptions = .init()
) -> GradientReport {
  let parameters = layer.listedParameters.map(\.variable)
  let before = parameters.map { ($0.value, $0.requiresGrad, $0.grad) }
  let buffers = layer.namedLayers.flatMap { _, child in
    child.buffers.map { (layer: child, name: $0.name, tensor: $0.tensor) }
  }
  layer.convert(to: .float64)
  for variable in parameters { variable.requiresGrad = true }
  defer {
    for (variable, (value, requiresGrad, gradient)) in zip(parameters, before) {
      variable.convert(to: value.dtype)
      variable.value = value
      variable.requiresGrad = requiresGrad
      variable.grad = gradient
    }
    for buffer in buffers { buffer.layer.setBuffer(buffer.name, to: buffer.tensor) }
  }
  return GradientCheck(
    LayerSubject(layer, input: input.converted(to: .float64)), options
  ).run()
}

/// One check.
struct GradientCheck {
  let subject: any Subject
  let options: GradientCheckOptions

  init(_ subject: any Subject, _ options: GradientCheckOptions) {
    if let tolerance = options.tolerance {
      require(
        tolerance > 0 && tolerance < .infinity,
        "checkGradients: the tolerance must be a finite number above 0, got \(tolerance). Leave it out "
          + "to have it measured")
    }
    self.subject = subject
    self.options = options
  }

  func run() -> GradientReport {
    var random = RandomSource(seed: options.seed)
    let differences = Differences(Evaluator(subject), at: subject.values)
    let study = StepSizeStudy(differences, using: &random)
    let tolerance = options.tolerance ?? study.tolerance
    var properties = subject.problems
    if let problem = finiteness(differences.center) {
      // Nothing can be compared with such values.
      return report([], properties + [problem], study, tolerance)
    }
    var checks: PropertyChecks?
    if options.checksProperties {
      checks = PropertyChecks(differences, using: &random)
      properties += checks!.run()
    }
    // What breaks a rule has no derivative to explain: the consequences would only mislead.
    let isSound = properties.dropFirst(subject.problems.count).allSatisfy(\.holds)
    let check = OrderCheck(differences, order: 1, tolerance, options, using: &random)
    var parts = check.parts { parts in
      let worst = parts.reduce(0) { max($0, $1.worstError) }
      if isSound, let suspicion = checks?.suspicion(worst: worst) {
        properties.append(suspicion)
        return false
      }
      return isSound
    }
    let isFine = properties.allSatisfy(\.holds) && !parts.contains { $0.verdict == .failed }
    if options.orders.upperBound > 1 && isFine {
      let higher = higherOrders(
        outputShape: differences.center.output.shape, tolerance, &random)
      // The differences of a gradient that is largely rounding itself prove nothing.
      let isBelieved =
        higher.allSatisfy { $0.verdict != .failed }
        || parts.allSatisfy { $0.verdict == .passed } && !isRounded(differences, &random)
      parts += isBelieved ? higher : higher.filter { $0.verdict != .failed }
    }
    parts = parts.filter { options.orders.contains($0.order) || $0.verdict == .failed }
    return report(parts, properties, study, tolerance)
  }

  private func higherOrders(
    outputShape: [Int], _ tolerance: Double, _ random: inout RandomSource
  ) -> [GradientReport.Part] {
    var base: any Subject = subject
    var shape = outputShape
    var parts: [GradientReport.Part] = []
    for order in 2...options.orders.upperBound {
      base = DerivativeSubject(base, outputShape: shape, using: &random)
      shape = []
      let differences = Differences(Evaluator(base), at: base.values)
      parts += OrderCheck(differences, order: order, tolerance, options, using: &random)
        .parts { _ in true }
      if parts.contains(where: { $0.verdict == .failed }) { break }
    }
    return parts
  }

  /// Returns whether rounding changes the gradient by more than a hundred-millionth.
  private func isRounded(_ differences: Differences, _ random: inout RandomSource) -> Bool {
    let cotangent = Tensor.normal(
      differences.center.output.shape, dtype: .float64, using: &random)
    let gradients = differences.evaluator.pullBack(cotangent, at: differences.values).gradients
    let noise = differences.gradientNoise(cotangent, gradients)
    func largest(_ tensors: [Tensor]) -> Double {
      tensors.reduce(0) { $1.count == 0 ? $0 : max($0, $1.abs().max().item()) }
    }
    return largest(noise) > 1e-8 * largest(gradients)
  }

  private func finiteness(_ center: Evaluator.Sample) -> GradientReport.Property? {
    // What is infinite on the way, such as a mask before softmax, may be as it should.
    if center.output.isFinite { return nil }
    let origin = center.trace.nonFinite.map {
      "\"\($0.operation)\" gave infinities or NaN, in its output \($0.shape)"
    }
    return .init(
      name: "the function's values are finite", holds: false,
      detail: origin ?? "the output \(center.output.shape) has infinities or NaN",
      cause: .nonFinite)
  }

  private func report(
    _ parts: [GradientReport.Part], _ properties: [GradientReport.Property], _ study: StepSizeStudy,
    _ tolerance: Double
  ) -> GradientReport {
    let compared = parts.reduce(0) { $0 + $1.compared }
    let leftOut = parts.reduce(0) { $0 + $1.leftOut }
    let coverage = compared + leftOut == 0 ? 1 : Double(compared) / Double(compared + leftOut)
    let verdict: GradientReport.Verdict =
      if parts.contains(where: { $0.verdict == .failed }) || !properties.allSatisfy(\.holds) {
        .failed
      } else if coverage < options.smallestCoverage
        || parts.contains(where: { $0.verdict == .inconclusive })
      {
        .inconclusive
      } else {
        .passed
      }
    return GradientReport(
      subject: subject.title, verdict: verdict, parts: parts, properties: properties,
      sweep: study.points, measuredOrder: study.measuredOrder, coverage: coverage,
      tolerance: tolerance, seed: options.seed)
  }
}
