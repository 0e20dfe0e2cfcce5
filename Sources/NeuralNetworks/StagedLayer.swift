import RetrogradAutograd
import RetrogradTensors

/// A network that is a chain: what one stage gives is what the next one gets, and nothing else.
///
/// Write ``stages`` instead of ``Layer/forward(_:)``. A chain can be cut in two, see ``FrozenPrefix``.
public protocol StagedLayer: Layer {
  /// The stages, in this order, by names; a stage may be a chain itself.
  var stages: [(name: String, layer: any Layer)] { get }

  /// Stops with a message where the first stage would not say clearly enough why `x` does not fit.
  func checkInput(_ x: Variable)
}

extension StagedLayer {
  /// Leaves it to the stages.
  public func checkInput(_ x: Variable) {}

  /// The output of the last stage.
  public func forward(_ x: Variable) -> Variable {
    checkInput(x)
    return run(stages[...], on: x)
  }

  /// The stages, with those of a stage that is a chain itself in its place: `features.0`, ….
  public var flattenedStages: [(path: String, layer: any Layer)] {
    stages.flatMap { name, layer in
      guard let chain = layer as? any StagedLayer else { return [(name, layer)] }
      return chain.flattenedStages.map { (joined(name, $0.path), $0.layer) }
    }
  }

  /// Runs some of the stages one after the other: the one place where chains run.
  ///
  /// A rectifier behind a layer that can rectify as it stores its results is left to that layer, unless
  /// somebody reads what lies between the two. The numbers are the same, bit for bit. A normalization behind a
  /// convolution is folded into it, in evaluation and without gradients: the same numbers up to rounding.
  func run(_ stages: ArraySlice<(name: String, layer: any Layer)>, on x: Variable) -> Variable {
    var (x, index) = (x, stages.startIndex)
    while index < stages.endIndex {
      if let count = picturesAtOnce(stages[index].layer, x) {
        (x, index) = runInParts(stages, from: index, on: x, of: count)
      } else {
        (x, index) = runStage(stages, at: index, on: x)
      }
    }
    return x
  }

  /// Runs a stage, and those behind it whose work it does.
  ///
  /// - Returns: The output, and the index of the stage that comes next.
  func runStage(
    _ stages: ArraySlice<(name: String, layer: any Layer)>, at index: Int, on x: Variable
  ) -> (Variable, Int) {
    let layer = stages[index].layer
    // The layer that is computed, and the last one whose work it does.
    var (computed, last) = (layer, index)
    func canTakeUpNext() -> Bool {
      last + 1 < stages.endIndex && !LayerCall.isRead(stages[last].layer)
    }
    if canTakeUpNext(), let convolution = layer as? Conv2d,
      let both = convolution.foldedForNow(stages[last + 1].layer)
    {
      (computed, last) = (both, last + 1)
    }
    let y: Variable
    if canTakeUpNext(), stages[last + 1].layer.isRectifier,
      let rectifying = computed as? any RectifyingLayer
    {
      y = LayerCall.run(layer, givesOutput: false) { rectifying.rectifiedForward(x) }
      last += 1
    } else if last > index {
      y = LayerCall.run(layer, givesOutput: false) { computed.forward(x) }
    } else {
      y = layer(x)
    }
    if last > index { LayerCall.read(y, of: stages[last].layer) }
    return (y, last + 1)
  }
}

// MARK: - Parts of a chain

extension StagedLayer {
  /// The output of the first `count` of ``flattenedStages`` for `x`.
  func runPrefix(_ count: Int, on x: Variable) -> Variable {
    checkInput(x)
    let (index, inside) = place(ofStage: count)
    let y = run(stages[..<index], on: x)
    if inside == 0 { return y }
    let inner = stages[index].layer as! any StagedLayer
    return LayerCall.run(inner, givesOutput: false) { inner.runPrefix(inside, on: y) }
  }

  /// The output of the ``flattenedStages`` after the first `count`, from the output of those.
  func runRest(after count: Int, on features: Variable) -> Variable {
    let (index, inside) = place(ofStage: count)
    if inside == 0 { return run(stages[index...], on: features) }
    let inner = stages[index].layer as! any StagedLayer
    let y = LayerCall.run(inner) { inner.runRest(after: inside, on: features) }
    return run(stages[(index + 1)...], on: y)
  }

  /// In which stage the flattened stage of that number lies, and how many of that stage's own come
  /// before it.
  private func place(ofStage number: Int) -> (index: Int, inside: Int) {
    var before = 0
    for (index, stage) in stages.enumerated() {
      let count = (stage.layer as? any StagedLayer)?.flattenedStages.count ?? 1
      if number < before + count { return (index, number - before) }
      before += count
    }
    return (stages.count, 0)
  }
}
