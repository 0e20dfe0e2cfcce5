import RetrogradAutograd
import RetrogradNeuralNetworks
import RetrogradTensors

/// The subject of a check: a function of tensors that can be evaluated anywhere, with the variables to
/// differentiate with respect to.
protocol Subject {
  /// The title in the report.
  var title: String { get }
  /// The names of its inputs and parameters.
  var names: [String] { get }
  /// The problems that are found before anything is computed.
  var problems: [GradientReport.Property] { get }
  /// The point at which it is checked: in `float64`.
  var values: [Tensor] { get }
  /// Runs the function at other values, recorded.
  func build(_ values: [Tensor]) -> (leaves: [Variable], output: Variable)
  /// Runs the function twice on the same variables and adds the results.
  func buildTwice(_ values: [Tensor]) -> (leaves: [Variable], output: Variable)
}

extension Subject {
  var problems: [GradientReport.Property] { [] }
}

/// A closure of variables.
struct FunctionSubject: Subject {
  let title: String
  let function: ([Variable]) -> Variable
  let values: [Tensor]

  var names: [String] { values.indices.map { "input \($0)" } }

  func build(_ values: [Tensor]) -> (leaves: [Variable], output: Variable) {
    let leaves = values.map { Variable($0, requiresGrad: true) }
    return (leaves, function(leaves))
  }

  func buildTwice(_ values: [Tensor]) -> (leaves: [Variable], output: Variable) {
    let leaves = values.map { Variable($0, requiresGrad: true) }
    return (leaves, function(leaves) + function(leaves))
  }
}

/// A layer with its input and all its parameters.
struct LayerSubject: Subject {
  let layer: any Layer
  let parameters: [(name: String, variable: Variable)]
  let values: [Tensor]

  /// A layer that is in double precision already.
  init(_ layer: any Layer, input: Tensor) {
    self.layer = layer
    parameters = layer.listedParameters
    values = [input] + parameters.map(\.variable.value)
  }

  var title: String { "\(type(of: layer))" }
  var names: [String] { ["input"] + parameters.map(\.name) }

  /// The parts that are stored and listed nowhere: they are not checked either.
  var problems: [GradientReport.Property] {
    layer.unlistedParts.map {
      .init(
        name: "every layer and parameter that is stored is listed", holds: false,
        detail: $0.description, cause: nil)
    }
  }

  func build(_ values: [Tensor]) -> (leaves: [Variable], output: Variable) {
    let input = Variable(values[0], requiresGrad: true)
    for (parameter, value) in zip(parameters, values.dropFirst()) {
      parameter.variable.value = value
    }
    return ([input] + parameters.map(\.variable), layer(input))
  }

  func buildTwice(_ values: [Tensor]) -> (leaves: [Variable], output: Variable) {
    let (leaves, output) = build(values)
    return (leaves, output + layer(leaves[0]))
  }
}

/// The derivative of another subject as a function of its inputs and of the cotangent:
/// `(x, v) ↦ Σ u · ∂(v · f)/∂x`.
struct DerivativeSubject: Subject {
  let base: any Subject
  /// One weight `u` for each element of the gradients.
  let weights: [Tensor]
  let values: [Tensor]

  var title: String { "the derivative of \(base.title)" }
  var names: [String] { base.names + ["cotangent"] }

  init(_ base: any Subject, outputShape: [Int], using random: inout RandomSource) {
    self.base = base
    weights = base.values.map { .normal($0.shape, dtype: .float64, using: &random) }
    values = base.values + [.normal(outputShape, dtype: .float64, using: &random)]
  }

  func build(_ values: [Tensor]) -> (leaves: [Variable], output: Variable) {
    let (leaves, output) = base.build(Array(values.dropLast()))
    let cotangent = Variable(values.last!, requiresGrad: true)
    guard output.requiresGrad else {
      return (leaves + [cotangent], Variable(Tensor(0, dtype: .float64)))
    }
    let found = gradients(of: output, withRespectTo: leaves, seed: cotangent, createGraph: true)
    let projection = zip(found, weights).map { ($0 * Variable($1)).sum() }
    return (leaves + [cotangent], projection.reduce(Variable(Tensor(0, dtype: .float64)), +))
  }

  func buildTwice(_ values: [Tensor]) -> (leaves: [Variable], output: Variable) { build(values) }
}

/// A subject with its random numbers fixed and its operations watched.
struct Evaluator {
  let subject: any Subject
  private let replay = RandomReplay()

  init(_ subject: any Subject) { self.subject = subject }

  /// The value of the function, and the branches that it takes.
  struct Sample {
    let output: Tensor
    let branches: [EvaluationTrace.Branch]
    let trace: EvaluationTrace
  }

  /// Evaluates without differentiating. A subject that is a derivative records what it needs itself.
  func observe(_ values: [Tensor]) -> Sample {
    let trace = EvaluationTrace()
    let output = trace.run { replay.run { subject.build(values).output } }
    return Sample(
      output: output.value.converted(to: .float64), branches: trace.branches, trace: trace)
  }

  /// Runs the function with its operations watched one by one.
  func run(
    _ isolation: Isolation, at values: [Tensor]
  ) -> (leaves: [Variable], output: Variable) {
    EvaluationTrace().run { replay.run { isolation.run { subject.build(values) } } }
  }

  /// Runs the function, and once more at other inputs before the first run is differentiated.
  func pullBackAfterAnother(
    _ cotangent: Tensor, at values: [Tensor], other: [Tensor]
  ) -> [Tensor]? {
    EvaluationTrace().run {
      replay.run {
        let (leaves, output) = subject.build(values)
        guard output.requiresGrad else { return nil }
        _ = subject.build(other)
        return gradients(
          of: output, withRespectTo: leaves,
          seed: Variable(cotangent.converted(to: output.dtype))
        ).map { $0.value.converted(to: .float64) }
      }
    }
  }

  /// Indicates whether the last evaluation drew random numbers.
  var drewRandomNumbers: Bool { replay.hasDrawn }

  /// The gradients for a cotangent, and what was noticed on the way.
  struct PullBack {
    let gradients: [Tensor]
    let trace: EvaluationTrace
    let isConnected: Bool
    /// The inputs as they were afterwards.
    let values: [Tensor]
    /// Indicates whether random numbers were drawn in the backward pass.
    var drewOnTheWayBack = false
  }

  /// The gradients for a cotangent, and what was noticed on the way.
  func pullBack(_ cotangent: Tensor, at values: [Tensor], twice: Bool = false) -> PullBack {
    let trace = EvaluationTrace()
    return trace.run {
      replay.run {
        let (leaves, output) = twice ? subject.buildTwice(values) : subject.build(values)
        guard output.requiresGrad else {
          return PullBack(
            gradients: values.map { .zeros(like: $0) }, trace: trace, isConnected: false,
            values: leaves.map(\.value))
        }
        let drawn = replay.drawCount
        let found = gradients(
          of: output, withRespectTo: leaves,
          seed: Variable(cotangent.converted(to: output.dtype)))
        return PullBack(
          gradients: found.map { $0.value.converted(to: .float64) }, trace: trace,
          isConnected: true, values: leaves.map(\.value),
          drewOnTheWayBack: replay.drawCount > drawn)
      }
    }
  }
}
