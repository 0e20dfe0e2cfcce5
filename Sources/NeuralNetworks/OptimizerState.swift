import RetrogradAutograd
import RetrogradTensors

// What optimizers remember between steps, as named tensors: for checkpoints.

extension Optimizer {
  /// Nothing is remembered.
  public var state: [String: Tensor] { [:] }

  /// Nothing is remembered.
  public func load(state: [String: Tensor]) throws(StateDictError) {
    let difference = StateDictError(network: "\(type(of: self))", shapes: [:], state: state)
    if !difference.isEmpty { throw difference }
  }

  /// All parameters, in the order of the groups: their indices begin the names in ``state``.
  public var parameters: [Variable] { groups.flatMap(\.parameters) }

  /// Checks that what was remembered belongs to parameters of these shapes.
  ///
  /// - Parameters:
  ///   - state: The tensors by index and name: `3.velocity`.
  ///   - names: The names of the tensors that are kept for a parameter, all of them or none, and whether each is one
  ///     number or has the parameter's shape.
  /// - Throws: One error that lists everything that does not fit.
  public func check(
    _ state: [String: Tensor], names: [(name: String, isScalar: Bool)]
  ) throws(StateDictError) {
    var shapes: [String: [Int]] = [:]
    for (index, parameter) in parameters.enumerated() {
      let own = names.filter { state["\(index).\($0.name)"] != nil }
      for (name, isScalar) in own.isEmpty ? [] : names {
        shapes["\(index).\(name)"] = isScalar ? [] : parameter.shape
      }
    }
    let difference = StateDictError(network: "\(type(of: self))", shapes: shapes, state: state)
    if !difference.isEmpty { throw difference }
  }
}
