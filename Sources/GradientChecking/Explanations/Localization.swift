import RetrogradAutograd
import RetrogradTensors

/// Finds the operation that gets a right cotangent and returns a wrong one.
///
/// Each operation is differentiated by itself, with all others' results held. Those whose derivatives are wrong are
/// suspects. The backward pass is then run once more by hand, with the numerical derivatives of one suspect, or of
/// all, in place of their own: if that makes the gradients of the whole function right, they are to blame.
struct Localization {
  /// Operations whose derivatives are wrong; one, unless only several together explain the error.
  struct Culprit {
    let subject: OperationSubject
    /// The input of the operation whose gradient is most wrong.
    let input: Int
    /// The values that it reads without recording them.
    let leak: String?
    /// Its place in the source.
    let place: String
    /// The number of others that are wrong.
    let others: Int
    /// The same operation where it runs later on.
    let later: [OperationSubject]
  }

  private let differences: Differences
  private let steps: [Isolation.Step]
  private let leaves: [Variable]
  private let output: Variable

  private static let mostSteps = 120
  private static let mostNumbers = 20_000
  private static let mostElements = 300

  /// `nil` where nothing was recorded, or too much.
  init?(_ differences: Differences) {
    let evaluator = differences.evaluator
    let values = differences.values
    guard values.reduce(0, { $0 + $1.count }) <= Self.mostNumbers else { return nil }
    let log = Isolation()
    (leaves, output) = evaluator.run(log, at: values)
    steps = log.steps
    self.differences = differences
    guard (1...Self.mostSteps).contains(steps.count),
      steps.contains(where: { $0.result === output }),
      steps.reduce(0, { $0 + $1.value.count }) <= Self.mostNumbers
    else { return nil }
  }

  private var subject: any Subject { differences.evaluator.subject }

  /// The facts known about one operation.
  private struct Part {
    let subject: OperationSubject
    let differences: Differences
    let leak: Leak?
    var slopes: [[SlopeResult]] = []
  }

  /// - Parameter comparisons: The gradient of each input beside the numerical one; `nil` for inputs that were not
  ///   compared whole.
  func culprit(_ cotangents: [Tensor], _ comparisons: [Comparison?]) -> Culprit? {
    let leaks = leaks()
    let isWhole =
      steps.count == 1 && leaks.isEmpty
      && Set(sources(of: 0)) == Set(leaves.indices.map { OperationSubject.Source.leaf($0) })
    if isWhole { return nil }
    var parts = steps.indices.map { step -> Part in
      let leak = leaks.first { $0.step == step }
      let hidden = leaks.filter { $0.step == step }.map(\.source)
      let known = sources(of: step)
      let own = OperationSubject(
        subject, at: differences.values, steps, step, known + hidden.filter { !known.contains($0) })
      return Part(
        subject: own, differences: Differences(Evaluator(own), at: own.values), leak: leak)
    }
    let suspects = parts.indices.filter { isSuspect(parts[$0].differences) }
    guard !suspects.isEmpty, suspects.count <= 12 else { return nil }
    for step in suspects {
      let values = parts[step].subject.values
      guard values.reduce(0, { $0 + $1.count }) <= Self.mostElements else { return nil }
      parts[step].slopes = values.enumerated().map { input, value in
        (0..<value.count).map { parts[step].differences.slope(input: input, element: $0) }
      }
    }
    let choices = suspects.map { [$0] } + (suspects.count > 1 ? [suspects] : [])
    guard
      let found = choices.first(where: { isExplanation(Set($0), parts, cotangents, comparisons) })
    else { return nil }
    return culprit(found, parts)
  }

  private func culprit(_ found: [Int], _ parts: [Part]) -> Culprit? {
    let part = parts[found[0]]
    let own = part.subject
    let cotangent = Tensor.ones(part.differences.center.output.shape, dtype: .float64)
    let returned = part.differences.evaluator.pullBack(cotangent, at: own.values).gradients
    let sizes = own.values.indices.map { input in
      zip(returned[input].scalars, part.slopes[input]).reduce(0.0) { sum, pair in
        guard case .slope(let slope) = pair.1 else { return sum }
        let error = pair.0 - slope.values.reduce(0, +)
        return sum + error * error
      }
    }
    var leak = part.leak?.words
    if let hidden = part.leak, !hidden.isConstant {
      // Held apart from what it reads behind their backs, the gradients of its inputs must be right.
      let known = Set(sources(of: own.step))
      let size = sizes.reduce(0, +)
      let visible = own.sources.indices.filter { known.contains(own.sources[$0]) }
      if visible.contains(where: { sizes[$0] > 1e-10 * size }) { return nil }
      leak = hidden.words
    }
    let later = parts[(own.step + 1)...].map(\.subject).filter {
      $0.operation == own.operation && $0.values.map(\.shape) == own.values.map(\.shape)
    }
    return Culprit(
      subject: own, input: sizes.indices.max { sizes[$0] < sizes[$1] }!, leak: leak,
      place: place(own.step), others: found.count - 1, later: later)
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

  /// Returns whether an operation's gradient is off along a random direction.
  private func isSuspect(_ here: Differences) -> Bool {
    guard here.center.output.isFinite else { return false }
    var random = RandomSource(seed: 23)
    let directions = here.values.indices.map { here.direction(input: $0, using: &random) }
    guard case .slope(let slope) = here.slope(directions: directions) else { return true }
    let cotangent = Tensor.normal(here.center.output.shape, dtype: .float64, using: &random)
    let gradients = here.evaluator.pullBack(cotangent, at: here.values).gradients
    let analytic = zip(gradients, directions).reduce(0) { $0 + ($1.0 * $1.1).sum().item() }
    let (numerical, uncertainty) = slope.projected(on: cotangent.scalars)
    return
      !(abs(analytic - numerical)
      <= 10 * uncertainty + 1e-7 * max(abs(analytic), abs(numerical)))
  }

  /// Returns whether the gradients of the whole function are right with the numerical derivatives of some operations.
  private func isExplanation(
    _ replaced: Set<Int>, _ parts: [Part], _ cotangents: [Tensor], _ comparisons: [Comparison?]
  ) -> Bool {
    for (c, cotangent) in cotangents.enumerated() {
      guard let corrected = corrected(replaced, parts, cotangent) else { return false }
      for (leaf, comparison) in comparisons.enumerated() {
        guard let comparison else { continue }
        let (right, returned) = (comparison.numerical[c], comparison.analytic[c])
        let known = right.indices.filter { right[$0].isFinite }
        func distance(_ a: [Double], _ b: [Double]) -> Double {
          known.reduce(0) { $0 + (a[$1] - b[$1]) * (a[$1] - b[$1]) }.squareRoot()
        }
        let zeros = [Double](repeating: 0, count: right.count)
        let wrong = distance(returned, right)
        guard
          distance(corrected[leaf], right) <= 0.01 * wrong + 1e-6 * distance(right, zeros) + 1e-12
        else { return false }
      }
    }
    return true
  }

  /// The gradients of the whole function with the numerical derivatives of some operations.
  private func corrected(
    _ replaced: Set<Int>, _ parts: [Part], _ cotangent: Tensor
  ) -> [[Double]]? {
    var arriving: [Int: Tensor] = [:]
    var gradients = leaves.map { Tensor.zeros($0.shape, dtype: .float64) }
    guard let last = steps.lastIndex(where: { $0.result === output }) else { return nil }
    arriving[last] = cotangent
    for step in steps.indices.reversed() {
      guard let dy = arriving[step] else { continue }
      let part = parts[step]
      let sent: [Tensor]
      if replaced.contains(step) {
        let weights = dy.scalars
        var all: [Tensor] = []
        for (input, slopes) in part.slopes.enumerated() {
          var numbers: [Double] = []
          for result in slopes {
            guard case .slope(let slope) = result else { return nil }
            numbers.append(slope.projected(on: weights).value)
          }
          all.append(
            Tensor(numbers, shape: part.subject.values[input].shape, dtype: .float64))
        }
        sent = all
      } else {
        sent = part.differences.evaluator.pullBack(dy, at: part.subject.values).gradients
      }
      for (source, gradient) in zip(part.subject.sources, sent) {
        switch source {
        case .leaf(let leaf): gradients[leaf] = gradients[leaf] + gradient
        case .step(let earlier):
          arriving[earlier] = arriving[earlier].map { $0 + gradient } ?? gradient
        }
      }
    }
    return gradients.map(\.scalars)
  }

  // MARK: - What is read and not recorded

  private struct Leak {
    let step: Int
    let source: OperationSubject.Source
    let words: String
    /// Indicates whether it comes in as an input that takes no gradient.
    let isConstant: Bool
  }

  /// Finds the values that reach an operation without being recorded as its inputs.
  private func leaks() -> [Leak] {
    let evaluator = differences.evaluator
    let values = steps.map(\.value)
    func run(_ inputs: [Tensor], _ results: [Tensor]) -> [Isolation.Step] {
      let isolation = Isolation(values: results, kept: nil)
      _ = evaluator.run(isolation, at: inputs)
      return isolation.steps
    }
    func moved(_ tensor: Tensor) -> Tensor {
      var random = RandomSource(seed: 29)
      let factors = Tensor.uniform(
        tensor.shape, low: 1.001, high: 1.002, dtype: .float64, using: &random)
      return tensor * factors.converted(to: tensor.dtype)
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
                "\(name) comes in \(isInput ? "also " : "")as a constant: it was taken out of the graph on "
                + "the way (detached(), .value, withoutGradients)", isConstant: true))
        } else if !isInput {
          found.append(
            Leak(
              step: step, source: source,
              words: "it computes with \(name), which is not among the inputs that it records",
              isConstant: false))
        }
      }
    }
    return found
  }
}
