import Foundation
import RetrogradTensors
import RetrogradText

/// The reasons why tensors do not fit a network: all of them at once, by name.
public struct StateDictError: ExplainedError {
  /// A tensor of another shape than the network's.
  public struct Misfit: Equatable, Sendable {
    /// The parameter's path.
    public let name: String
    /// The shape it has in the network.
    public let expected: [Int]
    /// The shape it has in the state.
    public let found: [Int]
  }

  /// The name of the network in the message.
  public let network: String
  /// Names that the network has and the state lacks.
  public let missing: [String]
  /// Names that the state has and the network lacks.
  public let unexpected: [String]
  /// Names that both have, with different shapes.
  public let misshapen: [Misfit]
  /// The prefix that a wrapper seems to have put before the names of the state: `module.`.
  public let wrapperPrefix: String?

  /// The difference between `state` and a network whose parameters and buffers have the given shapes.
  init(network: String, shapes: [String: [Int]], state: [String: Tensor]) {
    self.network = network
    missing = shapes.keys.filter { state[$0] == nil }.sorted(by: naturalOrder)
    unexpected = state.keys.filter { shapes[$0] == nil }.sorted(by: naturalOrder)
    misshapen = shapes.sorted { naturalOrder($0.key, $1.key) }.compactMap { name, expected in
      state[name].flatMap {
        $0.shape == expected ? nil : Misfit(name: name, expected: expected, found: $0.shape)
      }
    }
    let names = Array(state.keys)
    wrapperPrefix =
      unexpected.isEmpty
      ? nil
      : WrapperPrefix.shortened(names, fitting: Set(shapes.keys))?.prefixes.joined(separator: ", ")
        ?? WrapperPrefix.likely(names, fitting: Set(shapes.keys))
  }

  /// Indicates whether nothing differs.
  var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }

  /// All reasons, one a line.
  public var description: String {
    let lines =
      (missing.isEmpty ? [] : ["missing: " + missing.joined(separator: ", ")])
      + (unexpected.isEmpty ? [] : ["not in the network: " + unexpected.joined(separator: ", ")])
      + misshapen.map { "\($0.name): expected shape \($0.expected), found \($0.found)" }
      + (wrapperPrefix.map { ["the names have a wrapper's prefix: \($0)"] } ?? [])
    return "these weights do not fit \(network):\n  " + lines.joined(separator: "\n  ")
  }
}

extension Layer {
  /// All parameters and buffers by their paths, as PyTorch names them.
  ///
  /// Stops with a message if a layer stores something that is in no list; see ``Layer/unlistedParts``.
  public var stateDict: [String: Tensor] {
    requireListed(operation: "stateDict")
    let entries =
      placedParameters.map { ($0.name, $0.variable.value) }
      + placedBuffers.map { ($0.name, $0.tensor) }
    return Dictionary(entries) { first, _ in first }
  }

  /// Takes parameters and buffers from `state`, each converted to the dtype that it has here.
  ///
  /// Nothing is changed when an error is thrown.
  ///
  /// - Parameters:
  ///   - state: Tensors by their paths.
  ///   - strict: Whether a name that only one side has is an error. A shape that differs always is, unless it is to be
  ///     skipped: see ``load(_:strict:skipMisshapen:)``.
  /// - Returns: The names that were missing in the state and those that the network does not have;
  ///   both empty when strict.
  @discardableResult
  public func load(
    _ state: [String: Tensor], strict: Bool = true
  ) throws(StateDictError) -> (missing: [String], unexpected: [String]) {
    let rest = try load(state, strict: strict, skipMisshapen: false)
    return (rest.missing, rest.unexpected)
  }

  /// Takes parameters and buffers from `state`, on request only those whose shapes fit: a checkpoint for another
  /// number of classes then goes in without its head.
  ///
  /// - Parameters:
  ///   - state: Tensors by their paths.
  ///   - strict: Whether a name that only one side has is an error.
  ///   - skipMisshapen: Whether tensors of another shape than the network's are left out; otherwise they are an error.
  /// - Returns: The names that were not loaded: those missing in the state, names that the network does not have, and
  ///   tensors of another shape, with both shapes.
  @discardableResult
  public func load(
    _ state: [String: Tensor], strict: Bool = true, skipMisshapen: Bool
  ) throws(StateDictError) -> (
    missing: [String], unexpected: [String], misshapen: [StateDictError.Misfit]
  ) {
    let difference = StateDictError(
      network: typeName, shapes: stateDict.mapValues(\.shape), state: state)
    let isUnknown = !difference.missing.isEmpty || !difference.unexpected.isEmpty
    if !skipMisshapen && !difference.misshapen.isEmpty || strict && isUnknown { throw difference }
    let skipped = Set(difference.misshapen.map(\.name))
    for (name, variable) in placedParameters where !skipped.contains(name) {
      if let tensor = state[name] { variable.value = tensor.converted(to: variable.dtype) }
    }
    for (name, layer, own, tensor) in placedBuffers where !skipped.contains(name) {
      if let new = state[name] { layer.setBuffer(own, to: new.converted(to: tensor.dtype)) }
    }
    return (difference.missing, difference.unexpected, difference.misshapen)
  }
}
