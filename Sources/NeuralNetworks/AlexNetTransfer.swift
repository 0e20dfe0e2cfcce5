import RetrogradTensors

extension AlexNet {
  /// A network for other classes that begins with what another one has learned: its convolutions and, where
  /// the state has them, its hidden fully connected layers. The last layer is always new.
  ///
  /// What is taken shares memory with the state until it is changed. Drawn from `random` are, in the order of the
  /// network and nothing besides: a source of its own for each dropout, and each new layer's weight, then its
  /// bias, both as by default in ``Linear``.
  ///
  /// - Parameters:
  ///   - state: Tensors by torchvision's names; those of `classifier.6` are not used. Without any
  ///     `classifier.…`, only the convolutions are taken, and there are as many hidden units as the
  ///     narrowest of them would have in a network of its width.
  ///   - classes: The number of outputs.
  ///   - dropout: The probability of dropout before the first two fully connected layers.
  ///   - random: The source of random numbers for new parameters and dropout's masks.
  /// - Returns: The network, in training mode, and the paths of the layers that are new.
  /// - Throws: One error that lists everything that does not fit.
  public static func transferring(
    _ state: [String: Tensor], classes: Int, dropout: Double = 0.5, using random: inout RandomSource
  ) throws(StateDictError) -> (model: AlexNet, newLayers: [String]) {
    let kept = state.filter { !$0.key.hasPrefix("classifier.6.") }
    let hasHidden = kept.keys.contains { $0.hasPrefix("classifier.") }
    var extents = AlexNetExtents(of: kept)
    extents.classes = classes
    if !hasHidden { extents.hidden = extents.hiddenOfChannels }
    let shapes = extents.shapes.filter {
      !$0.key.hasPrefix("classifier.6.") && (hasHidden || $0.key.hasPrefix("features."))
    }
    let difference = StateDictError(network: "AlexNet", shapes: shapes, state: kept)
    guard difference.isEmpty else { throw difference }
    let model = AlexNet(extents, dropout: dropout, dtype: .float32, using: &random) {
      name, shape, fans, random in
      kept[name]?.converted(to: .float32)
        ?? Initializer.pyTorchDefault(shape, fans: fans, using: &random)
    }
    // What the normalizations learned, and their running statistics.
    if model.hasBatchNorm { try model.load(kept, strict: false) }
    let newLayers = AlexNetExtents.layers.indices.flatMap { index -> [String] in
      let path = AlexNetExtents.layers[index].path
      if kept["\(path).weight"] != nil { return [] }
      return [path] + (extents.norm(index).map { [$0] } ?? [])
    }
    return (model, newLayers)
  }
}
