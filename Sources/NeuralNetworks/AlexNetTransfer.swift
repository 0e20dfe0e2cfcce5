import RetrogradTensors

extension AlexNet {
  /// A network for other classes that begins with what another one has learned: its convolutions and, where
  /// the state has them, its hidden fully connected layers. The last layer is always new.
  ///
  /// - Parameters:
  ///   - state: Tensors by torchvision's names; those of `classifier.6` are not used. Without any
  ///     `classifier.…`, only the convolutions are taken.
  ///   - classes: The number of outputs.
  ///   - dropout: The probability of dropout before the first two fully connected layers.
  ///   - random: Where new parameters and dropout's masks come from.
  /// - Returns: The network, in training mode, and the paths of the layers that are new.
  /// - Throws: What does not fit, all at once.
  public static func transferring(
    _ state: [String: Tensor], classes: Int, dropout: Double = 0.5, using random: inout RandomSource
  ) throws(StateDictError) -> (model: AlexNet, newLayers: [String]) {
    let kept = state.filter { !$0.key.hasPrefix("classifier.6.") }
    let hasHidden = kept.keys.contains { $0.hasPrefix("classifier.") }
    // The widest layer tells the width best: the others' numbers are rounded.
    let units = kept["classifier.4.weight"]?.shape.first.map { Double($0) / 4096 }
    let channels = kept["features.6.weight"]?.shape.first.map { Double($0) / 384 }
    let width = min(max(units ?? channels ?? 1, 1e-3), 64)
    let shapes = parameterShapes(classes: classes, width: width).filter {
      !$0.key.hasPrefix("classifier.6.") && (hasHidden || $0.key.hasPrefix("features."))
    }
    let difference = StateDictError(
      network: "AlexNet of width \(width)", shapes: shapes, state: kept)
    guard difference.isEmpty else { throw difference }
    let model = AlexNet(classes: classes, dropout: dropout, width: width, using: &random)
    try model.load(kept, strict: false)
    return (
      model, hasHidden ? ["classifier.6"] : ["classifier.1", "classifier.4", "classifier.6"]
    )
  }
}
