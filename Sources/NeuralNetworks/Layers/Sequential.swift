import RetrogradAutograd
import RetrogradTensors

/// Layers one after the other.
///
/// ```swift
/// let model = Sequential(Linear(2, 16), Tanh(), Linear(16, 1))
/// let y = model(Variable([[0.5, -1]]))
/// ```
///
/// The layers are called `0`, `1`, … or by names of your own.
public final class Sequential: StagedLayer {
  /// The layers by their names, in the order they run.
  public private(set) var children: [(name: String, layer: any Layer)]

  /// Layers called `0`, `1`, ….
  public convenience init(_ layers: any Layer...) { self.init(layers) }

  /// Layers called `0`, `1`, ….
  public convenience init(_ layers: [any Layer]) {
    self.init(named: layers.enumerated().map { ("\($0)", $1) })
  }

  /// Layers by names, which must differ and have no dots.
  public init(named layers: [(name: String, layer: any Layer)]) {
    require(
      Set(layers.map(\.name)).count == layers.count
        && layers.allSatisfy { !$0.name.isEmpty && !$0.name.contains(".") },
      "Sequential: layers need different names without dots, got \(layers.map(\.name))")
    children = layers
  }

  /// The number of layers.
  public var count: Int { children.count }

  /// One of the layers; setting it puts another in its place: a new head, for instance.
  public subscript(index: Int) -> any Layer {
    get {
      checkIndex(index)
      return children[index].layer
    }
    set {
      checkIndex(index)
      children[index].layer = newValue
    }
  }

  private func checkIndex(_ index: Int) {
    require(
      children.indices.contains(index),
      "Sequential: has \(count) layers, there is no number \(index)")
  }

  /// The layers.
  public var stages: [(name: String, layer: any Layer)] { children }
}
