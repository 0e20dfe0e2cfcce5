import Foundation
import RetrogradTensors

/// A search for something nonlinear that a backward pass does to the incoming gradient: a few such things are tried,
/// and the one is taken that predicts what is returned for random incoming gradients at two points.
struct CotangentExplanations {
  let scene: Scene
  let input: Int

  private struct Trial {
    let site: Site
    let dy: [Double]
    /// `Jᵀ dy`.
    let right: [Double]
    let returned: [Double]
  }

  private let trials: [Trial]
  /// The gradients returned for `dy = 0`, at each site.
  private let atZero: [[Double]]

  init(_ scene: Scene, input: Int) {
    self.scene = scene
    self.input = input
    var random = RandomSource(seed: 17)
    var (trials, atZero): ([Trial], [[Double]]) = ([], [])
    let sites = [scene.first] + (scene.second.map { [$0] } ?? [])
    for site in sites where site.isWhole(input) {
      func pull(_ dy: Tensor) -> [Double] {
        site.differences.evaluator.pullBack(dy, at: site.values).gradients[input].scalars
      }
      // Small and large: what is cut off shows in one of them.
      for size in [1.0, 10, 100] {
        let dy = Tensor.normal(site.outputShape, dtype: .float64, using: &random) * size
        trials.append(
          Trial(
            site: site, dy: dy.scalars, right: Self.pulled(dy.scalars, site, input),
            returned: pull(dy)))
      }
      atZero.append(pull(.zeros(site.outputShape, dtype: .float64)))
    }
    self.trials = trials
    self.atZero = atZero
  }

  /// `Jᵀ v` with the right derivatives.
  private static func pulled(_ v: [Double], _ site: Site, _ input: Int) -> [Double] {
    let right = site.right(input)
    return (0..<right.columns).map { column in
      (0..<right.rows).reduce(0) { $0 + v[$1] * right[$1, column] }
    }
  }

  /// Returns whether what is returned is what is predicted, in every trial.
  private func comesTrue(_ predict: (Trial) -> [Double]?) -> Bool {
    guard trials.count >= 6 else { return false }
    return trials.allSatisfy { trial in
      guard let predicted = predict(trial) else { return false }
      var (wrong, left) = (0.0, 0.0)
      for i in predicted.indices {
        if trial.right[i].isNaN { continue }
        guard predicted[i].isFinite, trial.returned[i].isFinite else { return false }
        wrong += (trial.returned[i] - trial.right[i]) * (trial.returned[i] - trial.right[i])
        left += (trial.returned[i] - predicted[i]) * (trial.returned[i] - predicted[i])
      }
      return left.squareRoot() <= 1e-5 * wrong.squareRoot() + 1e-9
    }
  }

  /// Describes what is done to the incoming gradient; `nil` where none of the things that are tried comes true.
  func words() -> (cause: GradientCause, words: String)? {
    added() ?? replaced() ?? transformed() ?? clipped()
  }

  /// Something is added that does not depend on `dy`.
  private func added() -> (GradientCause, String)? {
    guard let zero = atZero.first, zero.allSatisfy(\.isFinite), zero.contains(where: { $0 != 0 })
    else { return nil }
    func zeros(_ trial: Trial) -> [Double] {
      trial.site === scene.first ? atZero[0] : atZero[1]
    }
    guard comesTrue({ trial in zip(trial.right, zeros(trial)).map { $0 + $1 } }) else {
      return nil
    }
    if comesTrue({ trial in trial.right.map { $0 + zero[0] } }) {
      return (
        .constantAdded,
        "\(shortText(zero[0])) is added to the gradient of each element, whatever comes in"
      )
    }
    let x = scene.first.values[input].scalars
    if let place = x.indices.max(by: { abs(x[$0]) < abs(x[$1]) }), x[place] != 0 {
      let factor = zero[place] / x[place]
      if comesTrue({ trial in
        zip(trial.right, trial.site.values[input].scalars).map { $0 + factor * $1 }
      }) {
        let name = scene.first.formulaName(input)
        return (
          .constantAdded,
          "\(shortText(factor)) · \(name) is added, whatever comes in: weight decay, or a penalty's gradient, "
            + "belongs in the loss or the optimizer"
        )
      }
    }
    return (.constantAdded, "right but for something added that does not depend on dy")
  }

  /// Something else stands in the place of `dy`.
  private func replaced() -> (GradientCause, String)? {
    let isConstant = trials.allSatisfy { trial in
      let first = trials.first { $0.site === trial.site }!
      return zip(first.returned, trial.returned).allSatisfy {
        abs($0 - $1) <= 1e-9 * max(abs($0), 1e-3)
      }
    }
    guard isConstant else { return nil }
    for (words, v) in [
      ("1", { $0.output.map { _ in 1.0 } }), ("the output y", { $0.output }),
    ] as [(String, (Site) -> [Double])]
    where comesTrue({ Self.pulled(v($0.site), $0.site, input) }) {
      return (.cotangentIgnored, "the incoming gradient dy is left out: it is taken to be \(words)")
    }
    return (.cotangentIgnored, "what is returned does not depend on dy: dy is left out")
  }

  /// `dy` goes through a function first, or the gradient goes through one after.
  private func transformed() -> (GradientCause, String)? {
    func norm(_ v: [Double]) -> Double { dot(v, v).squareRoot() }
    let before: [(String, (Trial) -> [Double])] = [
      ("only the sign of dy counts", { $0.dy.map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 } }),
      ("dy is squared", { $0.dy.map { $0 * $0 } }),
      ("the magnitude of dy counts, without its sign", { $0.dy.map(abs) }),
      ("only the positive part of dy counts", { $0.dy.map { max($0, 0) } }),
      ("only the negative part of dy counts", { $0.dy.map { min($0, 0) } }),
      ("dy is cubed", { $0.dy.map { $0 * $0 * $0 } }),
      ("dy is divided by its norm", { t in t.dy.map { $0 / norm(t.dy) } }),
      (
        "dy is divided by its largest magnitude",
        { t in t.dy.map { $0 / Jacobian.largest(t.dy) } }
      ),
      ("dy is divided by its sum", { t in t.dy.map { $0 / t.dy.reduce(0, +) } }),
      ("dy goes through tanh", { $0.dy.map { Foundation.tanh($0) } }),
      ("dy is multiplied by its norm", { t in t.dy.map { $0 * norm(t.dy) } }),
      ("dy is rounded to whole numbers", { $0.dy.map { $0.rounded(.toNearestOrEven) } }),
    ]
    for (words, transform) in before
    where comesTrue({ Self.pulled(transform($0), $0.site, input) }) {
      return (.notLinear, "\(words) (the backward pass must be linear in dy)")
    }
    let after: [(String, (Trial) -> [Double])] = [
      (
        "only the sign of the gradient is returned",
        { $0.right.map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 } }
      ),
      ("the gradient's magnitude is returned, without its sign", { $0.right.map(abs) }),
      ("negative gradients are cut off", { $0.right.map { max($0, 0) } }),
      ("the gradient is squared", { $0.right.map { $0 * $0 } }),
      ("the gradient is divided by its norm", { t in t.right.map { $0 / norm(t.right) } }),
      (
        "the gradient is divided by its largest magnitude",
        { t in t.right.map { $0 / Jacobian.largest(t.right) } }
      ),
    ]
    if scene.first.outputShape == scene.first.values[input].shape {
      for (words, transform) in before where comesTrue(transform) {
        return (
          .notLinear, "\(words), and the function's own derivative, or its mask, is missing"
        )
      }
    }
    for (words, transform) in after where comesTrue(transform) {
      return (.notLinear, "\(words) (the backward pass must be linear in dy)")
    }
    return nil
  }

  /// Cut off at a bound: of `dy`, of the gradient, or of its length.
  private func clipped() -> (GradientCause, String)? {
    let bound = trials.reduce(0) { max($0, Jacobian.largest($1.returned)) }
    if comesTrue({ $0.right.map { min(max($0, -bound), bound) } }) {
      return (
        .notLinear,
        "the gradient is cut off at ±\(shortText(bound)) (clipping belongs in the optimizer)"
      )
    }
    let lengths = trials.map { dot($0.returned, $0.returned).squareRoot() }
    if let longest = lengths.max(),
      comesTrue({ t in
        let length = dot(t.right, t.right).squareRoot()
        return t.right.map { length > longest ? $0 * longest / length : $0 }
      })
    {
      return (
        .notLinear,
        "the gradient is scaled down to a norm of \(shortText(longest)) (clipping belongs in the optimizer)"
      )
    }
    // The bound of dy shows where only one output counts.
    for unit in [1.0, 0.5, 0.1, 0.25, 2, 5, 0.2, 0.01, 1e-3] {
      if comesTrue({ t in Self.pulled(t.dy.map { min(max($0, -unit), unit) }, t.site, input) }) {
        return (
          .notLinear, "dy is cut off at ±\(shortText(unit)) (clipping belongs in the optimizer)"
        )
      }
    }
    return nil
  }
}
