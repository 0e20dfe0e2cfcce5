import RetrogradAutograd
import RetrogradTensors

/// Finds the operation that gets a right cotangent and returns a wrong one.
///
/// Each operation is differentiated by itself, all others' results held. The error that it makes is carried back to the
/// inputs of the whole function through the graph; an operation is named if that is the whole error seen there.
struct Localization {
  /// An operation whose derivative is wrong.
  struct Culprit {
    let subject: OperationSubject
    /// The input of the operation whose gradient is most wrong.
    let input: Int
    /// What it reads without recording it.
    let leak: String?
    /// Where it stands.
    let place: String
  }

  private let differences: Differences
  private let steps: [Isolation.Step]
  private let leaves: [Variable]
  private let output: Variable

  private static let mostSteps = 120
  private static let mostNumbers = 20_000
  private static let mostElements = 300

  /// `nil` where there is only one operation, which is the whole function, or too many.
  init?(_ differences: Differences) {
    let laboratory = differences.laboratory
    let values = differences.values
    guard values.reduce(0, { $0 + $1.count }) <= Self.mostNumbers else { return nil }
    let log = Isolation()
    (leaves, output) = laboratory.run(log, at: values)
    steps = log.steps
    self.differences = differences
    guard (1...Self.mostSteps).contains(steps.count), output.requiresGrad,
      steps.reduce(0, { $0 + $1.value.count }) <= Self.mostNumbers
    else { return nil }
  }

  private var subject: any Subject { differences.laboratory.subject }

  /// - Parameters:
  ///   - cotangents: Incoming gradients.
  ///   - errors: How far the gradient of each input is off for each of them; `nil` for inputs that were not compared
  ///     whole.
  func culprit(_ cotangents: [Tensor], _ errors: [[Double]?]) -> Culprit? {
    let leaks = leaks()
    let isWhole =
      steps.count == 1 && leaks.isEmpty
      && Set(sources(of: 0)) == Set(leaves.indices.map { OperationSubject.Source.leaf($0) })
    if isWhole { return nil }
    for step in steps.indices {
      var inputs = sources(of: step)
      for leak in leaks where leak.step == step && !inputs.contains(leak.source) {
        inputs.append(leak.source)
      }
      let own = OperationSubject(subject, at: differences.values, steps, step, inputs)
      let here = Differences(Laboratory(own), at: own.values)
      guard here.center.output.isFinite, isSuspect(here) else { continue }
      guard own.values.reduce(0, { $0 + $1.count }) <= Self.mostElements else { continue }
      if let input = explains(own, here, cotangents, errors) {
        return Culprit(
          subject: own, input: input, leak: leaks.first { $0.step == step }?.words,
          place: place(step))
      }
    }
    return nil
  }

  private func place(_ step: Int) -> String {
    let here = steps[step]
    let number = steps.count > 1 ? "operation \(step + 1) of \(steps.count)" : ""
    let parts = [here.place, number].filter { !$0.isEmpty }
    return "\"\(here.operation)\"" + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
  }

  private func sources(of step: Int) -> [OperationSubject.Source] {
    var found: [OperationSubject.Source] = []
    for input in steps[step].inputs {
      let source: OperationSubject.Source
      if let leaf = leaves.firstIndex(where: { $0 === input }) {
        source = .leaf(leaf)
      } else if let earlier = steps.indices.first(where: { steps[$0].result === input }) {
        source = .step(earlier)
      } else {
        continue
      }
      if !found.contains(source) { found.append(source) }
    }
    return found
  }

  /// Whether an operation's gradient is off along a random direction.
  private func isSuspect(_ here: Differences) -> Bool {
    var random = RandomSource(seed: 23)
    let directions = here.values.indices.map { here.direction(input: $0, using: &random) }
    guard case .slope(let slope) = here.slope(directions: directions) else { return true }
    let cotangent = Tensor.normal(here.center.output.shape, dtype: .float64, using: &random)
    let gradients = here.laboratory.pullBack(cotangent, at: here.values).gradients
    let analytic = zip(gradients, directions).reduce(0) { $0 + ($1.0 * $1.1).sum().item() }
    let (numerical, uncertainty) = slope.projected(on: cotangent.scalars)
    return
      !(abs(analytic - numerical)
      <= 10 * uncertainty + 1e-7 * max(abs(analytic), abs(numerical)))
  }

  /// The input of the operation that is most wrong, if the operation's error is the whole function's.
  private func explains(
    _ own: OperationSubject, _ here: Differences, _ cotangents: [Tensor], _ errors: [[Double]?]
  ) -> Int? {
    let result = steps[own.step].result
    let slopes = own.values.enumerated().map { input, value in
      (0..<value.count).map { here.slope(input: input, element: $0) }
    }
    var sizes = own.values.map { _ in 0.0 }
    for (c, cotangent) in cotangents.enumerated() {
      let arriving = gradients(
        of: output, withRespectTo: [result], seed: Variable(cotangent.converted(to: output.dtype)),
        retainGraph: true)[0].value.converted(to: .float64)
      let returned = here.laboratory.pullBack(arriving, at: own.values).gradients
      let weights = arriving.scalars
      var predicted = leaves.map { [Double](repeating: 0, count: $0.count) }
      for (input, source) in own.sources.enumerated() {
        var error = returned[input].scalars
        for element in error.indices {
          guard case .slope(let slope) = slopes[input][element] else { return nil }
          error[element] -= slope.projected(on: weights).value
        }
        sizes[input] += dot(error, error)
        let wrong = Tensor(error, shape: own.values[input].shape, dtype: .float64)
        for (leaf, more) in carried(wrong, from: source).enumerated() {
          for i in more.indices { predicted[leaf][i] += more[i] }
        }
      }
      for (leaf, seen) in errors.enumerated() {
        guard let seen = seen?[(c * leaves[leaf].count)..<((c + 1) * leaves[leaf].count)] else {
          continue
        }
        let actual = Array(seen)
        let known = actual.indices.filter { actual[$0].isFinite }
        let size = known.reduce(0) { $0 + actual[$1] * actual[$1] }.squareRoot()
        let left = known.reduce(0) {
          $0 + (actual[$1] - predicted[leaf][$1]) * (actual[$1] - predicted[leaf][$1])
        }.squareRoot()
        let scale = predicted.reduce(0) { max($0, Jacobian.largest($1)) }
        guard left <= 0.01 * size + 1e-6 * scale + 1e-9 else { return nil }
      }
    }
    return sizes.indices.max { sizes[$0] < sizes[$1] }
  }

  /// An error at the result of an operation, or at an input, carried back to all inputs.
  private func carried(_ error: Tensor, from source: OperationSubject.Source) -> [[Double]] {
    switch source {
    case .leaf(let leaf):
      return leaves.enumerated().map { index, variable in
        index == leaf ? error.scalars : [Double](repeating: 0, count: variable.count)
      }
    case .step(let step):
      let result = steps[step].result
      return gradients(
        of: result, withRespectTo: leaves, seed: Variable(error.converted(to: result.dtype)),
        retainGraph: true
      ).map { $0.value.converted(to: .float64).scalars }
    }
  }

  // MARK: - What is read and not recorded

  private struct Leak {
    let step: Int
    let source: OperationSubject.Source
    let words: String
  }

  /// Where a value reaches an operation without being recorded as its input.
  private func leaks() -> [Leak] {
    let laboratory = differences.laboratory
    let values = steps.map(\.value)
    func run(_ inputs: [Tensor], _ results: [Tensor]) -> [Isolation.Step] {
      let isolation = Isolation(values: results, kept: nil)
      _ = laboratory.run(isolation, at: inputs)
      return isolation.steps
    }
    func moved(_ tensor: Tensor) -> Tensor {
      var random = RandomSource(seed: 29)
      return tensor
        * Tensor.uniform(tensor.shape, low: 1.001, high: 1.002, dtype: .float64, using: &random)
        .converted(to: tensor.dtype)
    }
    let before = run(differences.values, values)
    guard before.count == steps.count else { return [] }
    var found: [Leak] = []
    let all =
      leaves.indices.map { OperationSubject.Source.leaf($0) }
      + steps.indices.map { OperationSubject.Source.step($0) }
    for source in all {
      var (inputs, results) = (differences.values, values)
      let name: String
      switch source {
      case .leaf(let leaf):
        inputs[leaf] = moved(inputs[leaf])
        name = subject.names[leaf]
      case .step(let step):
        results[step] = moved(results[step])
        name = "the result of \"\(steps[step].operation)\""
      }
      let after = run(inputs, results)
      guard after.count == before.count else { continue }
      for step in steps.indices where before[step].value.bitHash != after[step].value.bitHash {
        let pairs = zip(before[step].inputs, after[step].inputs)
        let changed = pairs.contains { !$0.requiresGrad && $0.value.bitHash != $1.value.bitHash }
        let isInput = sources(of: step).contains(source)
        if changed {
          found.append(
            Leak(
              step: step, source: source,
              words:
                "\(name) reaches it also as a constant: on that way it was taken out of the graph "
                + "(detached(), .value, withoutGradients)"))
        } else if !isInput {
          found.append(
            Leak(
              step: step, source: source,
              words: "it computes with \(name), which is not among the inputs that it records"))
        }
      }
    }
    return found
  }
}
