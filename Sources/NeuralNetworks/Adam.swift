import RetrogradAutograd
import RetrogradTensors

/// Adam: steps scaled by running means of each gradient and of its square,
/// `p ← p − learningRate · m̂ / (√v̂ + epsilon)`.
///
/// Weight decay is added to the gradient; ``AdamW`` takes it off the parameter.
/// Source: Kingma and Ba, *Adam: A method for stochastic optimization*, 2015, in the form of
/// `torch.optim.Adam`.
public final class Adam: Optimizer {
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

  private var moments: [ObjectIdentifier: AdamMoments] = [:]

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
    checkAdam("Adam", groups, learningRate, betas, epsilon, weightDecay)
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
      let rate = group.learningRate ?? learningRate
      let decay = group.weightDecay ?? weightDecay
      let own = moments[ObjectIdentifier(parameter)] ?? AdamMoments(for: parameter)
      moments[ObjectIdentifier(parameter)] = own
      own.step(
        parameter, gradient, learningRate: rate, betas, epsilon, weightDecay: decay,
        decoupledWeightDecay: 0)
    }
  }

  /// The means of each parameter that has made a step, and the number of its steps.
  public var state: [String: Tensor] { adamState(moments) }

  /// Remembers means and numbers of steps; see ``Optimizer/load(state:)``.
  public func load(state: [String: Tensor]) throws(StateDictError) {
    moments = try adamMoments(state)
  }
}

/// Adam with a weight decay that is taken off the parameter itself, independent of the gradient's
/// scale: `p ← p − learningRate · weightDecay · p` before Adam's step.
///
/// Source: Loshchilov and Hutter, *Decoupled weight decay regularization*, 2019, in the form of
/// `torch.optim.AdamW`.
public final class AdamW: Optimizer {
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

  private var moments: [ObjectIdentifier: AdamMoments] = [:]

  /// AdamW on groups of parameters.
  ///
  /// - Parameters:
  ///   - groups: The parameters.
  ///   - learningRate: The learning rate, the size of the steps.
  ///   - betas: The decay rates of the mean and of the mean square.
  ///   - epsilon: The number added to the divisor, which keeps it from 0.
  ///   - weightDecay: The pull towards 0.
  public init(
    _ groups: [ParameterGroup], learningRate: Double = 1e-3,
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 1e-2
  ) {
    checkAdam("AdamW", groups, learningRate, betas, epsilon, weightDecay)
    self.groups = groups
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
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

  /// Changes each parameter that has a gradient.
  public func step() {
    forEachGradient { parameter, gradient, group in
      let rate = group.learningRate ?? learningRate
      let decay = group.weightDecay ?? weightDecay
      let own = moments[ObjectIdentifier(parameter)] ?? AdamMoments(for: parameter)
      moments[ObjectIdentifier(parameter)] = own
      own.step(
        parameter, gradient, learningRate: rate, betas, epsilon, weightDecay: 0,
        decoupledWeightDecay: decay)
    }
  }

  /// The means of each parameter that has made a step, and the number of its steps.
  public var state: [String: Tensor] { adamState(moments) }

  /// Remembers means and numbers of steps; see ``Optimizer/load(state:)``.
  public func load(state: [String: Tensor]) throws(StateDictError) {
    moments = try adamMoments(state)
  }
}

// MARK: - What both share

/// The moments of a parameter; an object, so that the tensors are changed in place where they are.
private final class AdamMoments {
  var mean: Tensor
  var meanSquare: Tensor
  var step = 0

  init(for parameter: Variable) {
    mean = .zeros(like: parameter.value)
    meanSquare = .zeros(like: parameter.value)
  }

  /// Makes one step: Adam's decay is added to the gradient, AdamW's is taken off the parameter.
  func step(
    _ parameter: Variable, _ gradient: Tensor, learningRate: Double, _ betas: (Double, Double),
    _ epsilon: Double, weightDecay: Double, decoupledWeightDecay: Double
  ) {
    step += 1
    AdamStep(
      learningRate: learningRate, beta1: betas.0, beta2: betas.1, epsilon: epsilon,
      weightDecay: weightDecay, decoupledWeightDecay: decoupledWeightDecay, step: step
    ).apply(to: &parameter.value, gradient: gradient, mean: &mean, meanSquare: &meanSquare)
  }
}

/// Stops on numbers that make no sense.
private func checkAdam(
  _ operation: String, _ groups: [ParameterGroup], _ learningRate: Double,
  _ betas: (Double, Double), _ epsilon: Double, _ weightDecay: Double
) {
  checkGroups(groups, operation: operation)
  checkNumber(learningRate, "learning rate", of: operation)
  checkNumber(betas.0, "first beta", below: 1, of: operation)
  checkNumber(betas.1, "second beta", below: 1, of: operation)
  checkNumber(epsilon, "epsilon", of: operation)
  checkNumber(weightDecay, "weight decay", of: operation)
}

extension Optimizer {
  fileprivate func adamState(_ moments: [ObjectIdentifier: AdamMoments]) -> [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (index, parameter) in parameters.enumerated() {
      guard let own = moments[ObjectIdentifier(parameter)] else { continue }
      state["\(index).mean"] = own.mean
      state["\(index).meanSquare"] = own.meanSquare
      state["\(index).step"] = Tensor(Double(own.step), dtype: .float64)
    }
    return state
  }

  fileprivate func adamMoments(
    _ state: [String: Tensor]
  ) throws(StateDictError) -> [ObjectIdentifier: AdamMoments] {
    try check(state, names: [("mean", false), ("meanSquare", false), ("step", true)])
    var loaded: [ObjectIdentifier: AdamMoments] = [:]
    for (index, parameter) in parameters.enumerated() {
      guard let stated = state["\(index).step"] else { continue }
      guard let step = Int(exactly: stated.item()), step > 0 else {
        throw StateDictError(
          network: "\(type(of: self))", shapes: ["\(index).step, a whole number above 0": []],
          state: [:])
      }
      let own = AdamMoments(for: parameter)
      own.mean = state["\(index).mean"]!.converted(to: parameter.dtype)
      own.meanSquare = state["\(index).meanSquare"]!.converted(to: parameter.dtype)
      own.step = step
      loaded[ObjectIdentifier(parameter)] = own
    }
    return loaded
  }
}
