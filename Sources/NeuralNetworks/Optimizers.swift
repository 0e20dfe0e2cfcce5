import RetrogradAutograd
import RetrogradTensors

/// Parameters that an optimizer treats alike, with what they have of their own.
public struct ParameterGroup {
  /// The parameters.
  public let parameters: [Variable]
  /// The learning rate; the optimizer's own where `nil`.
  public var learningRate: Double?
  /// The pull towards 0; the optimizer's own where `nil`.
  public var weightDecay: Double?

  /// A group of parameters.
  ///
  /// - Parameters:
  ///   - parameters: The parameters.
  ///   - learningRate: The learning rate; by default the optimizer's.
  ///   - weightDecay: The pull towards 0; by default the optimizer's.
  public init(
    _ parameters: [Variable], learningRate: Double? = nil, weightDecay: Double? = nil
  ) {
    self.parameters = parameters
    self.learningRate = learningRate
    self.weightDecay = weightDecay
  }

  /// A group of named parameters, as ``Layer/namedParameters`` gives them.
  public init(
    _ parameters: [(name: String, variable: Variable)], learningRate: Double? = nil,
    weightDecay: Double? = nil
  ) {
    self.init(
      parameters.map(\.variable), learningRate: learningRate, weightDecay: weightDecay)
  }
}

/// Something that changes parameters by their gradients.
///
/// ``step()`` needs no more than operations on tensors; see ``RMSprop`` for one that is written so.
public protocol Optimizer: AnyObject {
  /// The parameters; learning rates may be changed between steps.
  var groups: [ParameterGroup] { get set }
  /// The learning rate of groups without one of their own.
  var learningRate: Double { get set }
  /// Changes each parameter that has a gradient; the others stay.
  func step()
  /// The state between steps, by the index of the parameter and a name: `3.velocity`.
  var state: [String: Tensor] { get }
  /// Remembers what ``state`` of an optimizer for the same parameters gave; nothing is changed when an
  /// error is thrown.
  func load(state: [String: Tensor]) throws(StateDictError)
}

extension Optimizer {
  /// Forgets the gradients of all parameters.
  public func zeroGrad() {
    for group in groups { for parameter in group.parameters { parameter.zeroGrad() } }
  }

  /// Calls `body` with each parameter that has a gradient: what a ``step()`` goes through.
  ///
  /// - Parameter body: Gets the parameter, its gradient, and the group with the learning rate and the weight decay that
  ///   it may have of its own.
  public func forEachGradient(
    _ body: (_ parameter: Variable, _ gradient: Tensor, _ group: ParameterGroup) -> Void
  ) {
    for group in groups {
      for parameter in group.parameters {
        if let gradient = parameter.grad { body(parameter, gradient, group) }
      }
    }
  }
}

/// Checks what an optimizer is to change.
func checkGroups(_ groups: [ParameterGroup], operation: String) {
  let parameters = groups.flatMap(\.parameters)
  require(
    !parameters.isEmpty,
    "\(operation): no parameters. Pass model.namedParameters, which has those of all layers inside; "
      + "model.parameters has only the layer's own")
  require(
    Set(parameters.map(ObjectIdentifier.init)).count == parameters.count,
    "\(operation): a parameter comes twice, and would be changed twice a step")
  require(
    parameters.allSatisfy(\.isLeaf),
    "\(operation): parameters are variables made from tensors, not results of operations")
}

/// Stops on a number that makes no sense for an optimizer.
func checkNumber(
  _ number: Double, _ name: String, below limit: Double = .infinity, of operation: String
) {
  require(
    number >= 0 && number < limit,
    "\(operation): the \(name) must be at least 0"
      + (limit.isFinite ? " and below \(limit)" : "") + ", got \(number)")
}

/// Stochastic gradient descent: `v ← momentum · v + g`, `p ← p − learningRate · v` with
/// `g = gradient + weightDecay · p`; with Nesterov's momentum `p ← p − learningRate · (g + momentum · v)`.
///
/// Source: Sutskever et al., *On the importance of initialization and momentum in deep learning*, 2013,
/// in the form of `torch.optim.SGD`.
public final class SGD: Optimizer {
  /// The parameters; learning rates may be changed between steps.
  public var groups: [ParameterGroup]
  /// The learning rate of groups without one of their own.
  public var learningRate: Double
  /// The momentum, the share of the last step that is kept.
  public let momentum: Double
  /// Indicates whether the gradient is corrected as if the step had been made.
  public let nesterov: Bool
  /// The pull towards 0.
  public let weightDecay: Double

  private var velocities: [ObjectIdentifier: Tensor] = [:]

  /// Gradient descent on groups of parameters.
  ///
  /// - Parameters:
  ///   - groups: The parameters.
  ///   - learningRate: The learning rate, the size of the steps.
  ///   - momentum: The momentum, the share of the last step that is kept.
  ///   - nesterov: Whether the gradient is corrected as if the step had been made; needs momentum.
  ///   - weightDecay: The pull towards 0.
  public init(
    _ groups: [ParameterGroup], learningRate: Double, momentum: Double = 0, nesterov: Bool = false,
    weightDecay: Double = 0
  ) {
    checkGroups(groups, operation: "SGD")
    checkNumber(learningRate, "learning rate", of: "SGD")
    checkNumber(momentum, "momentum", of: "SGD")
    checkNumber(weightDecay, "weight decay", of: "SGD")
    require(!nesterov || momentum > 0, "SGD: Nesterov's momentum needs a momentum above 0")
    self.groups = groups
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }

  /// Gradient descent on parameters.
  public convenience init(
    _ parameters: [Variable], learningRate: Double, momentum: Double = 0, nesterov: Bool = false,
    weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters)], learningRate: learningRate, momentum: momentum,
      nesterov: nesterov, weightDecay: weightDecay)
  }

  /// Gradient descent on named parameters, as ``Layer/namedParameters`` gives them.
  public convenience init(
    _ parameters: [(name: String, variable: Variable)], learningRate: Double,
    momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters)], learningRate: learningRate, momentum: momentum,
      nesterov: nesterov, weightDecay: weightDecay)
  }

  /// Changes each parameter that has a gradient.
  public func step() {
    forEachGradient { parameter, gradient, group in
      let step = DescentStep(
        learningRate: group.learningRate ?? learningRate, momentum: momentum, isNesterov: nesterov,
        weightDecay: group.weightDecay ?? weightDecay)
      step.apply(
        to: &parameter.value, gradient: gradient,
        velocity: &velocities[ObjectIdentifier(parameter)])
    }
  }

  /// The velocity of each parameter that has made a step.
  public var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (place, parameter) in parameters.enumerated() {
      state["\(place).velocity"] = velocities[ObjectIdentifier(parameter)]
    }
    return state
  }

  /// Remembers velocities; see ``Optimizer/load(state:)``.
  public func load(state: [String: Tensor]) throws(StateDictError) {
    try check(state, names: [("velocity", false)])
    velocities = [:]
    for (place, parameter) in parameters.enumerated() {
      velocities[ObjectIdentifier(parameter)] = state["\(place).velocity"]?
        .converted(to: parameter.dtype)
    }
  }
}
