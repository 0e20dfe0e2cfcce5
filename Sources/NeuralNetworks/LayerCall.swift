import RetrogradAutograd
import RetrogradTensors

/// A layer that is running, the calls around it, and who wants to see what it gives.
///
/// It costs little to make one: paths are worked out only for a message or a reader.
final class LayerCall: CustomStringConvertible, @unchecked Sendable {
  private let layer: any Layer
  private let outer: LayerCall?
  private let reader: ActivationReader?

  private init(_ layer: any Layer, outer: LayerCall?, reader: ActivationReader?) {
    self.layer = layer
    self.outer = outer
    self.reader = reader
  }

  static func run(_ layer: any Layer, _ x: Variable, reader: ActivationReader? = nil) -> Variable {
    run(layer, reader: reader) { layer.forward(x) }
  }

  /// Runs `body` as a layer's own work: all of it, or a part.
  ///
  /// - Parameter givesOutput: Whether what `body` returns is what the layer gives.
  static func run(
    _ layer: any Layer, reader: ActivationReader? = nil, givesOutput: Bool = true,
    _ body: () -> Variable
  ) -> Variable {
    let outer = FailureContext.current as? LayerCall
    let call = LayerCall(layer, outer: outer, reader: reader ?? outer?.reader)
    let y = FailureContext.$current.withValue(call, operation: body)
    if givesOutput { call.reader?.read(y, of: layer) }
    return y
  }

  /// Returns whether somebody wants to see what `layer` gives in the call under way.
  static func isRead(_ layer: any Layer) -> Bool {
    (FailureContext.current as? LayerCall)?.reader?.wants(layer) ?? false
  }

  /// Indicates whether somebody wants to see what some layer gives in the call under way.
  static var hasReader: Bool { (FailureContext.current as? LayerCall)?.reader != nil }

  /// Shows what `layer` gave to whoever wants to see it, where another layer computed it.
  static func read(_ y: Variable, of layer: any Layer) {
    (FailureContext.current as? LayerCall)?.reader?.read(y, of: layer)
  }

  /// `classifier.1 (Linear)`, or only the type for a layer that runs by itself.
  var description: String {
    let path = path
    return path.isEmpty ? layer.typeName : "\(path) (\(layer.typeName))"
  }

  private var path: String {
    guard let outer else { return "" }
    // The nearest layer around this one that it belongs to.
    let inner = outer.layer.namedLayers.first { $0.layer === layer && !$0.path.isEmpty }
    return joined(outer.path, inner?.path ?? layer.typeName)
  }
}

/// Collects what the layers with certain paths give.
final class ActivationReader {
  /// The paths by which each layer was asked for.
  private let wanted: [ObjectIdentifier: [String]]
  private(set) var activations: [String: Variable] = [:]

  init(_ layers: [(path: String, layer: any Layer)]) {
    wanted = Dictionary(grouping: layers) { ObjectIdentifier($0.layer) }
      .mapValues { $0.map(\.path) }
  }

  func wants(_ layer: any Layer) -> Bool { wanted[ObjectIdentifier(layer)] != nil }

  func read(_ y: Variable, of layer: any Layer) {
    for path in wanted[ObjectIdentifier(layer)] ?? [] { activations[path] = y }
  }
}

extension Layer {
  /// Runs the network on `x` and returns what the layers at `paths` gave.
  ///
  /// The variables stand in the graph: gradients can be taken with respect to them and through them.
  ///
  /// - Parameters:
  ///   - x: The input.
  ///   - paths: Paths of layers, such as `"features.0"`; `""` is the network's own output. A layer that
  ///     runs more than once gives its last output.
  public func activations(of x: Variable, at paths: [String]) -> [String: Variable] {
    let layers = namedLayers
    let wanted = paths.map { path in
      guard let found = layers.first(where: { $0.path == path }) else {
        stop(
          "activations: no layer of this \(typeName) is called \"\(path)\"; there are "
            + layers.dropFirst().map(\.path).joined(separator: ", "))
      }
      return found
    }
    let reader = ActivationReader(wanted)
    _ = LayerCall.run(self, x, reader: reader)
    for path in paths {
      require(
        reader.activations[path] != nil,
        "activations: layer \"\(path)\" was not run. A layer calls its children as functions, child(x), "
          + "not child.forward(x)")
    }
    return reader.activations
  }
}
