import RetrogradAutograd
import RetrogradTensors

/// The reasons why the gradients of a function's inputs are wrong: the operation that is to blame, and the mistake in
/// it.
struct Reasons {
  private let scene: Scene
  private let order: Int
  private let isConnected: Bool
  private let culprit: Localization.Culprit?
  private let comparisons: [Comparison?]

  /// The most elements of a large input that are looked at.
  private static let mostElements = 60

  /// - Parameters:
  ///   - differences: The function and where it is differentiated.
  ///   - order: The order of derivatives.
  ///   - cotangents: The incoming gradients.
  ///   - isConnected: Whether the output has a history.
  ///   - comparisons: The comparison of each input.
  ///   - isWhole: Whether it was the whole input that was compared.
  init(
    _ differences: Differences, order: Int, cotangents: [Tensor], isConnected: Bool,
    comparisons: [Comparison?], isWhole: [Bool]
  ) {
    self.order = order
    self.isConnected = isConnected
    self.comparisons = comparisons
    var columns: [Int: [Int]] = [:]
    for (input, comparison) in comparisons.enumerated() where !isWhole[input] {
      guard let comparison else { continue }
      let wrong = Set(comparison.wrong)
      let others = comparison.elements.filter { !wrong.contains($0) }
      columns[input] =
        (wrong.sorted().prefix(Self.mostElements) + others.prefix(Self.mostElements)).sorted()
    }
    var outputs: [Int] = []
    for (input, elements) in columns {
      let wrong = Set(comparisons[input]!.wrong)
      for element in elements where wrong.contains(element) {
        guard let slope = comparisons[input]!.slopes[element] else { continue }
        let order = slope.values.indices.sorted { abs(slope.values[$0]) > abs(slope.values[$1]) }
        outputs += order.prefix(4)
      }
    }
    scene = Scene(differences, columns: columns, outputs: outputs)
    let whole = comparisons.enumerated().map { isWhole[$0] ? $1 : nil }
    let isSmall = whole.allSatisfy { $0 != nil }
    culprit =
      order == 1 && isSmall && isConnected
      ? EvaluationTrace().run {
        RandomReplay().run { Localization(differences)?.culprit(cotangents, whole) }
      } : nil
  }

  /// Returns the causes of one input's wrong gradient, or else its visible symptoms.
  func diagnoses(_ input: Int) -> [Diagnosis] {
    if let comparison = comparisons[input], comparison.wrong.isEmpty { return [] }
    if order > 1 { return [higherOrder(input)] }
    if let culprit { return inside(culprit) }
    let explainer = Explainer(scene: scene, input: input, isConnected: isConnected)
    if !explainer.isBlind { return explainer.diagnoses() }
    guard let comparison = comparisons[input] else { return [] }
    let wrong = positionsText(comparison.wrong, comparison.inputShape)
    return [
      Diagnosis(
        cause: .someElements, explanation: "wrong at \(wrong) of the elements that were looked at",
        evidence: "", isObservation: true)
    ]
  }

  /// Returns the mistakes of one operation of several.
  private func inside(_ culprit: Localization.Culprit) -> [Diagnosis] {
    let subject = culprit.subject
    let others =
      culprit.others == 0
      ? "" : " (and \(culprit.others) other operation\(culprit.others == 1 ? "" : "s") as well)"
    let place = "in \(culprit.place)\(others): "
    let evidence = "with this derivative by differences the gradient of the whole function is right"
    if let leak = culprit.leak {
      return [Diagnosis(cause: .detached, explanation: place + leak, evidence: evidence)]
    }
    let own = Differences(Evaluator(subject), at: subject.values)
    let explainer = Explainer(scene: Scene(own), input: culprit.input, isConnected: true)
    for later in culprit.later {
      if let found = explainer.readsLater(later) {
        return [
          Diagnosis(cause: .sharedState, explanation: place + found.explanation, evidence: evidence)
        ]
      }
    }
    let which =
      subject.sources.count == 1 ? "" : "the gradient of \(subject.names[culprit.input]): "
    let found = explainer.diagnoses()
    if found.isEmpty {
      return [
        Diagnosis(
          cause: .wrongFormula, explanation: "\(place)the derivative is wrong", evidence: evidence)
      ]
    }
    return found.map {
      Diagnosis(
        cause: $0.cause, explanation: place + which + $0.explanation, evidence: $0.evidence,
        isObservation: $0.isObservation)
    }
  }

  /// A gradient that is right as a number.
  private func higherOrder(_ input: Int) -> Diagnosis {
    let name = scene.first.names[input]
    let what = name == "cotangent" ? "dy" : name
    let explainer = Explainer(scene: scene, input: input, isConnected: isConnected)
    var detail = ""
    if scene.first.returned(input).largest == 0 {
      detail =
        ". It is differentiated again as if it did not depend on \(what): there it is taken out of the graph "
        + "(detached(), .value, a value of the forward pass)"
    } else if scene.second != nil, let found = explainer.scaling(.single),
      found.cause == .constantFactor
    {
      detail = ". With respect to \(what) its derivative is \(found.explanation)"
    }
    return Diagnosis(
      cause: .secondOrder,
      explanation:
        "the gradient itself is right, but it cannot be differentiated again as it is written: something in it is "
        + "treated as a constant, or was taken from the forward pass without its history\(detail)",
      evidence: "order 1 agrees, order \(order) does not")
  }
}
