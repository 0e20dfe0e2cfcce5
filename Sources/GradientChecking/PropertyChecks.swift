import RetrogradAutograd
import RetrogradTensors

/// Checks of properties that every backward pass should have, whatever it computes.
struct PropertyChecks {
  private let differences: Differences
  private let cotangent: Tensor
  private let other: Tensor
  private let gradients: [Tensor]
  private let first: Evaluator.PullBack

  private var evaluator: Evaluator { differences.evaluator }
  private var values: [Tensor] { differences.values }

  /// The relative tolerance for a sum of gradients against the gradient of the sum.
  private static let linearity = 1e-9
  /// The allowed factor over the effect of rounding that was observed.
  private static let rounding = 100.0

  init(_ differences: Differences, using random: inout RandomSource) {
    self.differences = differences
    let shape = differences.center.output.shape
    cotangent = .normal(shape, dtype: .float64, using: &random)
    other = .normal(shape, dtype: .float64, using: &random)
    first = differences.evaluator.pullBack(cotangent, at: differences.values)
    gradients = first.gradients
  }

  /// Returns the properties that hold and those that do not; after one that makes everything else meaningless,
  /// nothing more.
  func run() -> [GradientReport.Property] {
    var found: [GradientReport.Property] = []
    // Infinities and NaN would look like every other mistake too.
    let isFinite = gradients.allSatisfy(\.isFinite)
    let fundamental =
      isFinite
      ? [repeats, violations, keepsInputs, keepsItsOwn]
      : [repeats, violations, self.isFinite]
    for check in fundamental {
      let property = check()
      found.append(property)
      if !property.holds { return found }
    }
    if !isFinite { return found }
    let zero = pullsBackZero()
    return found
      + [
        zero, zero.holds ? isLinear() : nil, accumulates(), ignoresThreads(), self.isFinite(),
      ].compactMap { $0 }
  }

  /// Returns a property that explains wrong gradients before any numbers do; not wrong in itself.
  ///
  /// - Parameter worst: The largest relative error.
  func suspicion(worst: Double) -> GradientReport.Property? {
    if first.drewOnTheWayBack {
      return property(
        "the backward pass draws no random numbers", .notRepeatable,
        "random numbers are drawn on the way back, other ones than on the way forward: draw a mask once, "
          + "in the forward pass, and keep it")
    }
    guard worst < 1e-4 else { return nil }
    if let rounded { return isRounded(rounded) }
    if let single = first.trace.singlePrecision {
      return property(
        "everything is computed in double precision", .singlePrecision,
        "\"\(single.operation)\" gave numbers of single precision on the way "
          + (single.isBackward ? "back" : "forward"))
    }
    return nil
  }

  /// Indicates whether the function computes in single precision on the way forward.
  private var isSingle: Bool { first.trace.singlePrecision?.isBackward == false }

  /// An input whose gradient has no more digits than single precision.
  private var rounded: Int? {
    gradients.indices.first { input in
      let numbers = gradients[input].scalars.filter { $0 != 0 }
      return numbers.count >= 2 && numbers.allSatisfy { Double(Float($0)) == $0 }
    }
  }

  /// The property that gradients have all their digits, as it fails.
  private func isRounded(_ input: Int) -> GradientReport.Property {
    let place =
      first.trace.singlePrecision.map {
        ", first in \"\($0.operation)\" on the way " + ($0.isBackward ? "back" : "forward")
      } ?? ""
    return property(
      "gradients are as exact as the numbers they are made from", .singlePrecision,
      "each number in the gradient of \(name(input)) is rounded to single precision (float32)\(place)"
    )
  }

  /// Returns whether a run of the function at other inputs changes the gradient of the run before.
  private func keepsItsOwn() -> GradientReport.Property {
    let other = values.map { $0 * 0.75 }
    // What is drawn on the way back is another matter.
    let after =
      first.drewOnTheWayBack
      ? nil : evaluator.pullBackAfterAnother(cotangent, at: values, other: other)
    let input = after.flatMap { after in
      gradients.indices.first { !isSame(gradients[$0], after[$0]) }
    }
    return property(
      "a later call does not change the gradient of an earlier one", .sharedState,
      input.map {
        "the gradient of \(name($0)) is another one if the function has run again before the backward pass: "
          + "its derivative reads something that each call writes over (a stored property, a shared buffer)"
      })
  }

  private func property(
    _ name: String, _ cause: GradientCause?, _ detail: String?
  ) -> GradientReport.Property {
    .init(
      name: name, holds: detail == nil, detail: detail ?? "", cause: detail == nil ? nil : cause)
  }

  private func name(_ input: Int) -> String { evaluator.subject.names[input] }

  private func repeats() -> GradientReport.Property {
    let again = evaluator.pullBack(cotangent, at: values).gradients
    let output = evaluator.observe(values).output
    let input = gradients.indices.first { !isSame(gradients[$0], again[$0]) }
    var detail = input.map { "the gradient of \(name($0)) is another one the second time" }
    if !isSame(output, differences.center.output) {
      detail = "the function gives another result the second time"
    }
    return property("forward and backward give the same bits twice", .notRepeatable, detail)
  }

  private func isSame(_ a: Tensor, _ b: Tensor) -> Bool {
    a.shape == b.shape && a.bitHash == b.bitHash
  }

  private func violations() -> GradientReport.Property {
    let violation = first.trace.violations.first
    let cause = violation.map(cause)
    return property(
      "every derivative returns one gradient for each input, in its shape and dtype", cause,
      violation.map { "\($0)" })
  }

  private func cause(_ violation: RuleViolation) -> GradientCause {
    guard violation.input != nil, let gradient = violation.gradient else { return .wrongCount }
    let expected = violation.expectedShape
    if gradient.shape == expected { return .wrongDType }
    if Tensor.broadcastShape(expected, gradient.shape) == gradient.shape { return .missingSum }
    if gradient.shape.count == expected.count && gradient.shape.sorted() == expected.sorted() {
      return .transposed
    }
    return .wrongShape
  }

  private func pullsBackZero() -> GradientReport.Property {
    let zero = evaluator.pullBack(.zeros(like: cotangent), at: values).gradients
    let input = zero.indices.first { input in zero[input].scalars.contains { $0 != 0 } }
    return notLinear(
      "a zero cotangent gives a zero gradient", .cotangentIgnored, input,
      "is not 0 when nothing comes in")
  }

  private func isLinear() -> GradientReport.Property {
    let mixed = evaluator.pullBack(cotangent * 2 - other * 3, at: values).gradients
    let apart = evaluator.pullBack(other, at: values).gradients
    let input = mixed.indices.first { input in
      let expected = gradients[input] * 2 - apart[input] * 3
      return !isClose(mixed[input], expected, input)
    }
    if let input, let rounded,
      (mixed[input] - (gradients[input] * 2 - apart[input] * 3)).abs().max().item()
        <= 1e-5 * mixed[input].abs().max().item()
    {
      return isRounded(rounded)
    }
    let name = "the gradient is linear in the cotangent"
    if input != nil {
      return notLinear(
        name, .notLinear, input, "for 2u − 3v is not 2 times that for u less 3 times that for v")
    }
    let large = evaluator.pullBack(cotangent * 1024, at: values).gradients
    return notLinear(
      name, .notLinear,
      large.indices.first { !isClose(large[$0], gradients[$0] * 1024, $0) },
      "for 1024u is not 1024 times that for u")
  }

  /// A property that fails, with what is done to the cotangent if that can be told.
  private func notLinear(
    _ title: String, _ cause: GradientCause, _ input: Int?, _ problem: String
  ) -> GradientReport.Property {
    guard let input else { return property(title, nil, nil) }
    let found = CotangentExplanations(Scene(differences), input: input).words()
    return property(
      title, found?.cause ?? cause,
      (found.map { "\($0.words). " } ?? "") + "The gradient of \(name(input)) \(problem)")
  }

  /// Returns whether two gradients of an input are alike, apart from what rounding does to them.
  private func isClose(_ a: Tensor, _ b: Tensor, _ input: Int) -> Bool {
    guard b.count > 0 else { return true }
    let error = (a - b).abs().max().item()
    let size = b.abs().max().item()
    if error == 0 || error <= (isSingle ? 1e-5 : Self.linearity) * size { return true }
    // A gradient that is small because parts of it cancel has the rounding of the cotangent's size.
    let cancelled = min(0x1p-48 * cotangent.abs().max().item(), 0.05 * size)
    // What is asked of may be larger than what the noise was seen in.
    let scale = max(1, size / max(gradients[input].abs().max().item(), .leastNormalMagnitude))
    return error <= max(Self.rounding * noise(of: input), cancelled) * scale
  }

  /// Returns the effect of rounding on the gradient of an input.
  private func noise(of input: Int) -> Double {
    let noise = differences.gradientNoise(cotangent, gradients)[input].max().item()
    return noise.isFinite ? noise : 0
  }

  private func keepsInputs() -> GradientReport.Property {
    let input = values.indices.first { !isSame(first.values[$0], values[$0]) }
    return property(
      "no input is changed", .mutatedInput,
      input.map { "\(name($0)) has other numbers after the function has run" })
  }

  private func accumulates() -> GradientReport.Property {
    let twice = evaluator.pullBack(cotangent, at: values, twice: true).gradients
    // A function that draws random numbers draws others the second time.
    let input =
      evaluator.drewRandomNumbers
      ? nil : twice.indices.first { !isClose(twice[$0], gradients[$0] * 2, $0) }
    return property(
      "used twice, a variable collects both gradients", .overwritten,
      input.map { "the gradient of \(name($0)) of f + f is not twice that of f" })
  }

  private func ignoresThreads() -> GradientReport.Property {
    let serial = Threads.withLimit(1) { evaluator.pullBack(cotangent, at: values).gradients }
    let parallel = Threads.withLimit(3) { evaluator.pullBack(cotangent, at: values).gradients }
    let input = serial.indices.first { !isSame(serial[$0], parallel[$0]) }
    return property(
      "the number of threads changes nothing", .notRepeatable,
      input.map { "the gradient of \(name($0)) has other bits with 3 threads than with 1" })
  }

  private func isFinite() -> GradientReport.Property {
    let input = gradients.indices.first { !gradients[$0].isFinite }
    let origin = first.trace.nonFinite.map {
      ": \"\($0.operation)\" gave them first, in its output \($0.shape), on the way "
        + ($0.isBackward ? "back" : "forward")
    }
    return property(
      "gradients are finite", .nonFinite,
      input.map { "the gradient of \(name($0)) has infinities or NaN" + (origin ?? "") })
  }
}
