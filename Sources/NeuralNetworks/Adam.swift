import RetrogradAutograd
import RetrogradTensors

/// Adam: steps scaled by running means of each gradient and of its square,
/// `p ← p − learningRate · m̂ / (√v̂ + epsilon)`.
///
/// Weight decay is added to the gradient; ``AdamW`` takes it off the parameter.
/// Source: Kingma and Ba, *Adam: A method for stochastic optimization*, 2015, in the form of
/// `torch.optim.Adam`.
public class Adam: Optimizer {
  /// The parameters; learning rates may be changed between steps.
  public var groups: [ParameterGroup]
  /// The learning rate of groups without one of their own.
  public var learningRate: Double
  /// The decay rates of the two running means.
  public let betas: (Double, Double)
  /// The number added to the divisor, which keeps it from 0.
  public let epsilon: Double
  /// The pull towards 0.
  public let weightDecay: Double

  /// The moments of a parameter; an object, so that the tensors are changed in place where they
  /// are.
  private final class Moments {
    var mean: Tensor
    var meanSquare: Tensor
    var step = 0

    init(for parameter: Variable) {
      mean = .zeros(like: parameter.value)
      meanSquare = .zeros(like: parameter.value)
    }
  }

  private var moments: [ObjectIdentifier: Moments] = [:]
  /// Whether weight decay acts on the parameter rather than on its gradient.
  var isDecoupled: Bool { false }

  /// Adam on groups of parameters.
  ///
  /// - Parameters:
  ///   - groups: The parameters.
  ///   - learningRate: The learning rate, the size of the steps.
  ///   - betas: The decay rates of the mean and of the mean square.
  ///   - epsilon: The number added to the divisor, which keeps it from 0.
  ///   - weightDecay: The pull towards 0.
  public init(
    _ groups: [ParameterGroup], learningRate: Double = 1e-3,
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    checkGroups(groups, operation: "Adam")
    checkNumber(learningRate, "learning rate", of: "Adam")
    checkNumber(betas.0, "first beta", below: 1, of: "Adam")
    checkNumber(betas.1, "second beta", below: 1, of: "Adam")
    checkNumber(epsilon, "epsilon", of: "Adam")
    checkNumber(weightDecay, "weight decay", of: "Adam")
    self.groups = groups
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// Adam on parameters.
  public convenience init(
    _ parameters: [Variable], learningRate: Double = 1e-3,
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon,
      weightDecay: weightDecay)
  }

  /// Adam on named parameters, as ``Layer/namedParameters`` gives them.
  public convenience init(
    _ parameters: [(name: String, variable: Variable)], learningRate: Double = 1e-3,
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon,
      weightDecay: weightDecay)
  }

  /// Changes each parameter that has a gradient.
  public func step() {
    forEachGradient { parameter, gradient, group in
      let own = moments(of: parameter)
      own.step += 1
      let decay = group.weightDecay ?? weightDecay
      let step = AdamStep(
        learningRate: group.learningRate ?? learningRate, beta1: betas.0, beta2: betas.1,
        epsilon: epsilon, weightDecay: isDecoupled ? 0 : decay,
        decoupledWeightDecay: isDecoupled ? decay : 0, step: own.step)
      step.apply(
        to: &parameter.value, gradient: gradient, mean: &own.mean, meanSquare: &own.meanSquare)
    }
  }

  /// The means of each parameter that has made a step, and the number of its steps.
  public var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (place, parameter) in parameters.enumerated() {
      guard let own = moments[ObjectIdentifier(parameter)] else { continue }
      state["\(place).mean"] = own.mean
      state["\(place).meanSquare"] = own.meanSquare
      state["\(place).step"] = Tensor(Double(own.step), dtype: .float64)
    }
    return state
  }

  /// Remembers means and numbers of steps; see ``Optimizer/load(state:)``.
  public func load(state: [String: Tensor]) throws(StateDictError) {
    try check(state, names: [("mean", false), ("meanSquare", false), ("step", true)])
    var loaded: [ObjectIdentifier: Moments] = [:]
    for (place, parameter) in parameters.enumerated() {
      guard let stated = state["\(place).step"] else { continue }
      guard let step = Int(exactly: stated.item()), step > 0 else {
        throw StateDictError(
          network: "Adam", shapes: ["\(place).step, a whole number above 0": []], state: [:])
      }
      let own = Moments(for: parameter)
      own.mean = state["\(place).mean"]!.converted(to: parameter.dtype)
      own.meanSquare = state["\(place).meanSquare"]!.converted(to: parameter.dtype)
      own.step = step
      loaded[ObjectIdentifier(parameter)] = own
    }
    moments = loaded
  }

  private func moments(of parameter: Variable) -> Moments {
    let key = ObjectIdentifier(parameter)
    if let known = moments[key] { return known }
    let new = Moments(for: parameter)
    moments[key] = new
    return new
  }
}

/// Adam with a weight decay that is taken off the parameter itself, independent of the gradient's
/// scale: `p ← p − learningRate · weightDecay · p` before Adam's step.
///
/// Source: Loshchilov and Hutter, *Decoupled weight decay regularization*, 2019, in the form of
/// `torch.optim.AdamW`.
public final class AdamW: Adam {
  override var isDecoupled: Bool { true }

  /// AdamW on groups of parameters; see ``Adam`` for the parameters.
  public override init(
    _ groups: [ParameterGroup], learningRate: Double = 1e-3,
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 1e-2
  ) {
    super.init(
      groups, learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay)
  }

  /// AdamW on parameters.
  public convenience init(
    _ parameters: [Variable], learningRate: Double = 1e-3,
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 1e-2
  ) {
    self.init(
      [ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon,
      weightDecay: weightDecay)
  }

  /// AdamW on named parameters, as ``Layer/namedParameters`` gives them.
  public convenience init(
    _ parameters: [(name: String, variable: Variable)], learningRate: Double = 1e-3,
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 1e-2
  ) {
    self.init(
      [ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon,
      weightDecay: weightDecay)
  }
}
