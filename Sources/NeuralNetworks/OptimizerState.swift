import RetrogradAutograd
import RetrogradTensors

// What optimisers remember between steps, as named tensors: for checkpoints.

extension Optimizer {
  /// Nothing is remembered.
  public var state: [String: Tensor] { [:] }

  /// Nothing is remembered.
  public func load(state: [String: Tensor]) throws(StateDictError) {
    let difference = StateDictError(network: "\(type(of: self))", shapes: [:], state: state)
    if !difference.isEmpty { throw difference }
  }

  /// All parameters, in the order of the groups: their places are their names in ``state``.
  var parameters: [Variable] { groups.flatMap(\.parameters) }

  /// Checks that what was remembered belongs to parameters of these shapes.
  ///
  /// - Parameter names: The names of the tensors that are kept for a parameter: all of them or none.
  func check(
    _ state: [String: Tensor], names: [(name: String, isScalar: Bool)]
  ) throws(StateDictError) {
    var shapes: [String: [Int]] = [:]
    for (place, parameter) in parameters.enumerated() {
      let own = names.filter { state["\(place).\($0.name)"] != nil }
      for (name, isScalar) in own.isEmpty ? [] : names {
        shapes["\(place).\(name)"] = isScalar ? [] : parameter.shape
      }
    }
    let difference = StateDictError(network: "\(type(of: self))", shapes: shapes, state: state)
    if !difference.isEmpty { throw difference }
  }
}
