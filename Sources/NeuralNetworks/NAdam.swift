import Foundation
import RetrogradAutograd
import RetrogradTensors

/// Adam with Nesterov's momentum, which grows from step to step: at step `t` the momentum is
/// `μₜ = β₁ · (1 − 0.5 · 0.96^(t · momentumDecay))`, and
/// `p ← p − learningRate · m̂ / (√v̂ + epsilon)` with `m̂ = μₜ₊₁ · m / (1 − μ₁ · … · μₜ₊₁) + (1 − μₜ) · g / (1 − μ₁ · … · μₜ)`,
/// where `m` and `v̂` are ``Adam``'s running means, `m` as it is, and `g = gradient + weightDecay · p`.
///
/// Source: Dozat, *Incorporating Nesterov momentum into Adam*, 2016, in the form of `torch.optim.NAdam` without
/// decoupled weight decay.
public final class NAdam: Optimizer {
  /// The parameters; learning rates may be changed between steps.
  public var groups: [ParameterGroup]
  /// The learning rate of groups without one of their own.
  public var learningRate: Double
  /// The decay rates of the two running means; the first one is also what the momentum grows towards.
  public let betas: (Double, Double)
  /// The number added to the divisor, which keeps it from 0.
  public let epsilon: Double
  /// The pull towards 0.
  public let weightDecay: Double
  /// The speed at which the momentum grows to the first beta, from half of it; 0 for a momentum that stays at half.
  public let momentumDecay: Double

  private var moments: [ObjectIdentifier: Moments] = [:]

  /// NAdam on groups of parameters.
  ///
  /// - Parameters:
  ///   - groups: The parameters.
  ///   - learningRate: The learning rate, the size of the steps.
  ///   - betas: The decay rates of the mean and of the mean square.
  ///   - epsilon: The number added to the divisor, which keeps it from 0.
  ///   - weightDecay: The pull towards 0.
  ///   - momentumDecay: The speed at which the momentum grows.
  public init(
    _ groups: [ParameterGroup], learningRate: Double = 2e-3,
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 0,
    momentumDecay: Double = 4e-3
  ) {
    checkGroups(groups, operation: "NAdam")
    checkNumber(learningRate, "learning rate", of: "NAdam")
    checkNumber(betas.0, "first beta", below: 1, of: "NAdam")
    checkNumber(betas.1, "second beta", below: 1, of: "NAdam")
    checkNumber(epsilon, "epsilon", of: "NAdam")
    checkNumber(weightDecay, "weight decay", of: "NAdam")
    checkNumber(momentumDecay, "momentum decay", of: "NAdam")
    self.groups = groups
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.momentumDecay = momentumDecay
  }

  /// NAdam on parameters.
  public convenience init(
    _ parameters: [Variable], learningRate: Double = 2e-3,
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 0,
    momentumDecay: Double = 4e-3
  ) {
    self.init(
      [ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon,
      weightDecay: weightDecay, momentumDecay: momentumDecay)
  }

  /// NAdam on named parameters, as ``Layer/namedParameters`` gives them.
  public convenience init(
    _ parameters: [(name: String, variable: Variable)], learningRate: Double = 2e-3,
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 0,
    momentumDecay: Double = 4e-3
  ) {
    self.init(
      [ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon,
      weightDecay: weightDecay, momentumDecay: momentumDecay)
  }

  /// Changes each parameter that has a gradient.
  public func step() {
    forEachGradient { parameter, gradient, group in
      let g = gradient + parameter.value * (group.weightDecay ?? weightDecay)
      let key = ObjectIdentifier(parameter)
      var own =
        moments[key] ?? Moments(mean: .zeros(like: g), meanSquare: .zeros(like: g))
      own.step += 1
      let (momentum, next) = (momentum(at: own.step), momentum(at: own.step + 1))
      own.momentumProduct *= momentum
      own.mean = own.mean * betas.0 + g * (1 - betas.0)
      own.meanSquare = own.meanSquare * betas.1 + g * g * (1 - betas.1)
      moments[key] = own
      let mean =
        own.mean * (next / (1 - own.momentumProduct * next))
        + g * ((1 - momentum) / (1 - own.momentumProduct))
      let meanSquare = own.meanSquare / (1 - pow(betas.1, Double(own.step)))
      let rate = group.learningRate ?? learningRate
      parameter.value = parameter.value - mean / (meanSquare.sqrt() + epsilon) * rate
    }
  }

  /// The momentum `μₜ` of a step, from 1.
  private func momentum(at step: Int) -> Double {
    betas.0 * (1 - 0.5 * pow(0.96, Double(step) * momentumDecay))
  }

  /// The means of each parameter that has made a step, the number of its steps and the product of their momenta.
  public var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (index, parameter) in parameters.enumerated() {
      guard let own = moments[ObjectIdentifier(parameter)] else { continue }
      state["\(index).mean"] = own.mean
      state["\(index).meanSquare"] = own.meanSquare
      state["\(index).step"] = Tensor(Double(own.step), dtype: .float64)
      state["\(index).momentumProduct"] = Tensor(own.momentumProduct, dtype: .float64)
    }
    return state
  }

  /// Remembers means, numbers of steps and products; see ``Optimizer/load(state:)``.
  public func load(state: [String: Tensor]) throws(StateDictError) {
    try check(
      state,
      names: [("mean", false), ("meanSquare", false), ("step", true), ("momentumProduct", true)])
    var loaded: [ObjectIdentifier: Moments] = [:]
    for (index, parameter) in parameters.enumerated() {
      guard let mean = state["\(index).mean"] else { continue }
      guard let step = Int(exactly: state["\(index).step"]!.item()), step > 0, step < Int.max else {
        throw misfit("\(index).step, a whole number above 0")
      }
      let product = state["\(index).momentumProduct"]!.item()
      guard product >= 0, product < 1 else {
        throw misfit("\(index).momentumProduct, a number from 0 to below 1")
      }
      loaded[ObjectIdentifier(parameter)] = Moments(
        mean: mean.converted(to: parameter.dtype),
        meanSquare: state["\(index).meanSquare"]!.converted(to: parameter.dtype),
        step: step, momentumProduct: product)
    }
    moments = loaded
  }

  private func misfit(_ expected: String) -> StateDictError {
    StateDictError(network: "NAdam", shapes: [expected: []], state: [:])
  }
}

/// The state of one parameter.
private struct Moments {
  var mean: Tensor
  var meanSquare: Tensor
  var step = 0
  /// The product of the momenta of all steps.
  var momentumProduct = 1.0
}
