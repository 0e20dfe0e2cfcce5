import RetrogradAutograd
import RetrogradTensors

/// A part of a network: a function of variables with parameters of its own, perhaps made of other
/// layers.
///
/// Only ``forward(_:)`` must be written; a layer without parameters needs nothing else:
///
/// ```swift
/// final class Residual: Layer {
///   let inner: any Layer
///   init(_ inner: any Layer) { self.inner = inner }
///   var children: [(name: String, layer: any Layer)] { [("inner", inner)] }
///   func forward(_ x: Variable) -> Variable { x + inner(x) }
/// }
/// ```
///
/// Call a layer like a function, `layer(x)`, inside `forward` too: it is how messages and readers of
/// activations know where in the network they are.
///
/// `print(layer)` draws the layers inside with the shapes and numbers of their parameters, as
/// ``summary(input:)`` does with the shapes of outputs.
public protocol Layer: AnyObject, CustomStringConvertible {
  /// The layer's output for one batch of inputs.
  func forward(_ x: Variable) -> Variable

  /// The layer's own parameters, without those of its children.
  var parameters: [(name: String, variable: Variable)] { get }

  /// The layer's own state besides its parameters, such as running statistics.
  var buffers: [(name: String, tensor: Tensor)] { get }

  /// The layers that this one is made of, by their names.
  var children: [(name: String, layer: any Layer)] { get }

  /// Replaces one of ``buffers``; a layer that has buffers must write it.
  func setBuffer(_ name: String, to tensor: Tensor)

  /// Indicates whether the layer itself, as it is set now, always makes the same of the same example: chance, the
  /// rest of the batch and what ran before have no influence. Layers inside answer for themselves.
  var isRepeatable: Bool { get }

  /// Indicates whether the layer is the rectifier `max(x, 0)` and nothing else. In a chain the layer before it, if it
  /// is a ``RectifyingLayer``, does its work then, and the layer itself is not called.
  var isRectifier: Bool { get }

  /// The numbers that the layer itself computes with besides its input, as they are now, in the form it
  /// keeps them; see ``KeptNumbers``.
  var keptNumbers: [KeptNumbers] { get }

  /// The arguments that the layer was made with, as they are written: `3, 64, kernel: 11`. They stand behind the name
  /// of its type when it is printed.
  var configuration: String { get }
}

/// A layer that does one thing in training and another in evaluation.
public protocol ModeDependentLayer: Layer {
  /// Indicates whether the layer behaves as in training, which is how it begins.
  var isTraining: Bool { get set }
}

/// A layer that draws.
///
/// A training gives it a source of its own before each step, which follows from the seed and the number
/// of the step: one that is interrupted and goes on then draws the same as one that was not.
public protocol RandomLayer: Layer {
  /// The layer's source of random numbers.
  var random: RandomSource { get set }
}

/// A layer that can rectify its output in the pass that computes it.
public protocol RectifyingLayer: Layer {
  /// `max(y, 0)` of what the layer gives for `x`, bit for bit, and so is its gradient.
  func rectifiedForward(_ x: Variable) -> Variable
}

extension ModeDependentLayer {
  /// Only evaluation is taken to be repeatable.
  public var isRepeatable: Bool { !isTraining }
}

extension RandomLayer {
  /// Taken to draw each time.
  public var isRepeatable: Bool { false }
}

extension RandomLayer where Self: ModeDependentLayer {
  /// Taken to draw in training only.
  public var isRepeatable: Bool { !isTraining }
}

extension Layer {
  /// No parameters.
  public var parameters: [(name: String, variable: Variable)] { [] }
  /// No buffers.
  public var buffers: [(name: String, tensor: Tensor)] { [] }
  /// No layers inside.
  public var children: [(name: String, layer: any Layer)] { [] }
  /// Nothing but the example and the parameters matters.
  public var isRepeatable: Bool { true }
  /// Some other function.
  public var isRectifier: Bool { false }
  /// The parameters and the buffers.
  public var keptNumbers: [KeptNumbers] {
    parameters.map { KeptNumbers($0.name, $0.variable.value) }
      + buffers.map { KeptNumbers($0.name, $0.tensor) }
  }

  /// No arguments.
  public var configuration: String { "" }

  /// Stops: the layer has no buffers, or should have written this.
  public func setBuffer(_ name: String, to tensor: Tensor) {
    stop("\(typeName): has no buffer \"\(name)\" that can be set: write setBuffer(_:to:)")
  }

  /// The layer's output for `x`.
  public func callAsFunction(_ x: Variable) -> Variable {
    LayerCall.run(self, x)
  }

  /// The name of the layer's type, for messages.
  var typeName: String { "\(type(of: self))" }
}

// MARK: - The whole network

extension Layer {
  /// This layer and all layers inside it by their paths (`classifier.6`), each before its children;
  /// the path of this layer is empty.
  public var namedLayers: [(path: String, layer: any Layer)] {
    [("", self)]
      + children.flatMap { name, child in
        child.namedLayers.map { path, layer in (joined(name, path), layer) }
      }
  }

  /// All parameters by their paths (`classifier.6.weight`); one that stands in two places comes once,
  /// by its first path.
  ///
  /// Stops with a message if a layer stores a parameter, or a layer that has some, which is in no list;
  /// see ``unlistedParts``.
  public var namedParameters: [(name: String, variable: Variable)] {
    requireListed(operation: "namedParameters")
    return listedParameters
  }

  /// ``namedParameters`` without asking whether some are missing.
  package var listedParameters: [(name: String, variable: Variable)] {
    var seen: Set<ObjectIdentifier> = []
    return placedParameters.filter { seen.insert(ObjectIdentifier($0.variable)).inserted }
  }

  /// The parameters that training changes: those that require a gradient.
  public var trainableParameters: [(name: String, variable: Variable)] {
    namedParameters.filter(\.variable.requiresGrad)
  }

  /// The number of scalars in all parameters.
  public var parameterCount: Int { listedParameters.reduce(0) { $0 + $1.variable.count } }

  /// Forgets the gradients of all parameters.
  public func zeroGrad() {
    for (_, variable) in listedParameters { variable.zeroGrad() }
  }

  /// Every place a parameter stands in.
  var placedParameters: [(name: String, variable: Variable)] {
    namedLayers.flatMap { path, layer in
      layer.parameters.map { (joined(path, $0.name), $0.variable) }
    }
  }

  /// Every buffer with the layer that it belongs to.
  var placedBuffers: [(name: String, layer: any Layer, own: String, tensor: Tensor)] {
    namedLayers.flatMap { path, layer in
      layer.buffers.map { (joined(path, $0.name), layer, $0.name, $0.tensor) }
    }
  }

  /// Switches all layers to training: dropout drops, batch statistics are gathered.
  ///
  /// What is frozen is frozen as a whole: a layer with running statistics whose parameters are all frozen uses
  /// them, as in evaluation, and leaves them alone. One without parameters goes by the layer around it.
  public func train() { setTraining(true) }

  /// Switches all layers to evaluation: the same input gives the same output.
  public func eval() { setTraining(false) }

  private func setTraining(_ isTraining: Bool) {
    for case (_, let layer as any ModeDependentLayer) in namedLayers {
      layer.isTraining = isTraining
    }
    if isTraining { stopFrozenStatistics() }
  }

  func stopFrozenStatistics() {
    for case let layer as any ModeDependentLayer in frozenLayers() where !layer.buffers.isEmpty {
      layer.isTraining = false
    }
  }

  /// The layers of which training changes nothing: those whose parameters, and those of the layers inside, are all
  /// frozen.
  ///
  /// - Parameter outer: Whether the layer around this one is such a layer; counts where there are no parameters.
  private func frozenLayers(inside outer: Bool = false) -> [any Layer] {
    let parameters = namedParameters
    let isFrozen = parameters.isEmpty ? outer : !parameters.contains { $0.variable.requiresGrad }
    return (isFrozen ? [self] : []) + children.flatMap { $0.layer.frozenLayers(inside: isFrozen) }
  }

  /// The paths of all parameters and buffers that training leaves alone.
  package var frozenNames: Set<String> {
    let layers = Set(frozenLayers().map(ObjectIdentifier.init))
    let buffers = placedBuffers.filter { layers.contains(ObjectIdentifier($0.layer)) }
    return Set(placedParameters.filter { !$0.variable.requiresGrad }.map(\.name))
      .union(buffers.map(\.name))
  }

  /// All parameters and buffers by their paths, in the order of the layers.
  package var namedNumbers: [(name: String, tensor: Tensor)] {
    namedParameters.map { ($0.name, $0.variable.value) }
      + placedBuffers.map { ($0.name, $0.tensor) }
  }

  /// Changes the dtype of all parameters and buffers in place; gradients are forgotten.
  ///
  /// The variables stay the same objects. An optimizer made before remembers numbers of the old dtype:
  /// make a new one.
  public func convert(to dtype: DType) {
    for (_, variable) in listedParameters { variable.convert(to: dtype) }
    for (_, layer, name, tensor) in placedBuffers {
      layer.setBuffer(name, to: tensor.converted(to: dtype))
    }
  }

  /// Moves all parameters and buffers to the memory of a device, in place: what is computed from them is computed
  /// there.
  ///
  /// - Returns: This layer.
  @discardableResult
  public func to(_ device: Device) -> Self {
    for (_, variable) in listedParameters { variable.to(device) }
    for (_, layer, name, tensor) in placedBuffers { layer.setBuffer(name, to: tensor.to(device)) }
    return self
  }
}

/// Returns whether a path is another one, unless that must not be, or leads through it.
func isInside(_ path: String, _ outer: String, strictly: Bool = false) -> Bool {
  !strictly && path == outer || path.hasPrefix(outer + ".")
}

/// Two parts of a path, either of which may be empty.
func joined(_ outer: String, _ inner: String) -> String {
  outer.isEmpty ? inner : inner.isEmpty ? outer : "\(outer).\(inner)"
}
