import RetrogradAutograd
import RetrogradTensors

/// The stages at the beginning of a chain that training does not change and that always make the same
/// of the same example: what they give can be computed once and kept.
///
/// The prefix goes on as long as no parameter of a stage requires a gradient and every layer is
/// ``Layer/isRepeatable``. With only `classifier.6` of an AlexNet to be trained it ends before
/// `classifier.6` in evaluation mode, and before `classifier.0`, a dropout, in training mode.
///
/// ```swift
/// model.freeze("features")
/// let prefix = FrozenPrefix(of: model)
/// let features = prefix.features(of: pictures)       // once
/// let logits = prefix.outputs(from: Variable(features))     // at each step: what model(pictures) gives
/// ```
///
/// It remembers what it was made from, and stops with a message when that has changed. Parameters are
/// shared with the network, not copied.
public final class FrozenPrefix {
  /// The whole network.
  public let network: any StagedLayer
  /// The number of ``StagedLayer/flattenedStages`` that belong to the prefix; 0 when already the first one
  /// does not.
  public let count: Int

  /// The prefix's layers by their paths, as they were.
  private var remembered: [(path: String, state: RememberedLayer)]

  /// The prefix of a network as it is frozen now.
  public init(of network: any StagedLayer) {
    self.network = network
    let stages = network.flattenedStages
    count = stages.firstIndex { problem(with: $0.layer, at: $0.path) != nil } ?? stages.count
    remembered = RememberedLayer.all(in: stages.prefix(count))
  }

  /// The path of the first stage behind the prefix; `nil` where the prefix is the whole network.
  public var nextPath: String? {
    let stages = network.flattenedStages
    return count < stages.count ? stages[count].path : nil
  }

  /// The output of the prefix for a batch of examples; no gradients are recorded.
  public func features(of x: Variable) -> Tensor {
    checkUnchanged()
    return withoutGradients {
      LayerCall.run(network, givesOutput: false) { network.runPrefix(count, on: x) }.value
    }
  }

  /// The output of the whole network, from the features of a batch.
  ///
  /// It is, bit for bit, what `network(x)` gives, and so are the gradients, when the same batch `x`
  /// went through ``features(of:)``. (In a batch of another size sums may be added up in another order.)
  public func outputs(from features: Variable) -> Variable {
    checkUnchanged()
    return LayerCall.run(network) { network.runRest(after: count, on: features) }
  }

  /// Returns the reason why features that were computed before are not those of the network any more; `nil` while they
  /// are.
  ///
  /// It looks for stages that were unfrozen, set to training or exchanged, and for parameters that were
  /// changed. That costs nearly nothing while there is none.
  public func change() -> String? {
    let stages = network.flattenedStages.prefix(count)
    for (path, layer) in stages {
      if let problem = problem(with: layer, at: path) { return problem }
    }
    let now = RememberedLayer.all(in: stages)
    guard now.count == remembered.count else { return "its stages are others now" }
    for (index, (path, state)) in now.enumerated() {
      if let change = state.change(since: remembered[index].state, at: path) { return change }
    }
    // Equal numbers in other memory: compare with those from now on, at no cost.
    remembered = now
    return nil
  }

  private func checkUnchanged() {
    if let change = change() {
      stop(
        "the first \(count) stages of \(network.typeName) were frozen, and what they gave was kept, but "
          + "\(change). Compute the features again after such a change, or undo it")
    }
  }
}

/// Returns the reason why the output of a stage cannot be kept; `nil` if it can.
private func problem(with stage: any Layer, at path: String) -> String? {
  for (inner, layer) in stage.namedLayers where !layer.isRepeatable {
    return
      "\(joined(path, inner)) (\(layer.typeName)) gives something else each time: it is in training "
      + "mode, or goes by the batch"
  }
  if let (name, _) = stage.trainableParameters.first {
    return "\(joined(path, name)) is to be trained: it requires a gradient"
  }
  return nil
}

/// A layer, and the numbers that it has besides its input.
private struct RememberedLayer {
  private let layer: any Layer
  private let numbers: [KeptNumbers]

  private init(_ layer: any Layer) {
    self.layer = layer
    numbers = layer.keptNumbers
  }

  /// All layers of some stages, also those inside them.
  static func all(
    in stages: ArraySlice<(path: String, layer: any Layer)>
  ) -> [(path: String, state: RememberedLayer)] {
    stages.flatMap { path, stage in
      stage.namedLayers.map { (joined(path, $0.path), RememberedLayer($0.layer)) }
    }
  }

  func change(since before: RememberedLayer, at path: String) -> String? {
    guard layer === before.layer else { return "\(path) is another layer now" }
    guard numbers.map(\.name) == before.numbers.map(\.name) else {
      return "\(path) has other parameters now"
    }
    return zip(numbers, before.numbers).first { now, then in !now.isSame(as: then) }
      .map { now, _ in joined(path, now.name) + " has other numbers now" }
  }
}
