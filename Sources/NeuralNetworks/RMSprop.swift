import RetrogradAutograd
import RetrogradTensors

/// Steps scaled by a running mean of the square of each gradient: `s ← α · s + (1 − α) · g²`,
/// `p ← p − learningRate · g / (√s + epsilon)` with `g = gradient + weightDecay · p`.
///
/// Source: Hinton, *Neural networks for machine learning*, lecture 6e, 2012, in the form of `torch.optim.RMSprop`
/// without momentum.
public final class RMSprop: Optimizer {
  /// The parameters; learning rates may be changed between steps.
  public var groups: [ParameterGroup]
  /// The learning rate of groups without one of their own.
  public var learningRate: Double
  /// The decay rate of the running mean, `α`.
  public let alpha: Double
  /// The number added to the divisor, which keeps it from 0.
  public let epsilon: Double
  /// The pull towards 0.
  public let weightDecay: Double

  private var meanSquares: [ObjectIdentifier: Tensor] = [:]

  /// RMSprop on groups of parameters.
  ///
  /// - Parameters:
  ///   - groups: The parameters.
  ///   - learningRate: The learning rate, the size of the steps.
  ///   - alpha: The decay rate of the running mean.
  ///   - epsilon: The number added to the divisor, which keeps it from 0.
  ///   - weightDecay: The pull towards 0.
  public init(
    _ groups: [ParameterGroup], learningRate: Double = 1e-2, alpha: Double = 0.99,
    epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    checkGroups(groups, operation: "RMSprop")
    checkNumber(learningRate, "learning rate", of: "RMSprop")
    checkNumber(alpha, "alpha", below: 1, of: "RMSprop")
    checkNumber(epsilon, "epsilon", of: "RMSprop")
    checkNumber(weightDecay, "weight decay", of: "RMSprop")
    self.groups = groups
    self.learningRate = learningRate
    self.alpha = alpha
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// RMSprop on parameters.
  public convenience init(
    _ parameters: [Variable], learningRate: Double = 1e-2, alpha: Double = 0.99,
    epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters)], learningRate: learningRate, alpha: alpha, epsilon: epsilon,
      weightDecay: weightDecay)
  }

  /// RMSprop on named parameters, as ``Layer/namedParameters`` gives them.
  public convenience init(
    _ parameters: [(name: String, variable: Variable)], learningRate: Double = 1e-2,
    alpha: Double = 0.99, epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters)], learningRate: learningRate, alpha: alpha, epsilon: epsilon,
      weightDecay: weightDecay)
  }

  /// Changes each parameter that has a gradient.
  public func step() {
    forEachGradient { parameter, gradient, group in
      let g = gradient + parameter.value * (group.weightDecay ?? weightDecay)
      let key = ObjectIdentifier(parameter)
      let meanSquare = (meanSquares[key] ?? .zeros(like: g)) * alpha + g * g * (1 - alpha)
      meanSquares[key] = meanSquare
      let rate = group.learningRate ?? learningRate
      parameter.value = parameter.value - g / (meanSquare.sqrt() + epsilon) * rate
    }
  }

  /// The running mean of each parameter that has made a step.
  public var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (index, parameter) in parameters.enumerated() {
      state["\(index).meanSquare"] = meanSquares[ObjectIdentifier(parameter)]
    }
    return state
  }

  /// Remembers running means; see ``Optimizer/load(state:)``.
  public func load(state: [String: Tensor]) throws(StateDictError) {
    try check(state, names: [("meanSquare", false)])
    meanSquares = [:]
    for (index, parameter) in parameters.enumerated() {
      meanSquares[ObjectIdentifier(parameter)] = state["\(index).meanSquare"]?
        .converted(to: parameter.dtype)
    }
  }
}
