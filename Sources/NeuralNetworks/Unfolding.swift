import RetrogradAutograd
import RetrogradTensors

extension AlexNet {
  /// A network with batch normalization that gives what this one gives: the way back from ``folded()``, so
  /// that a network that was saved without normalization can learn on as fast as it did with it.
  ///
  /// Behind each convolution and each hidden fully connected layer, a normalization takes the mean `μ` and the
  /// variance `σ²` of that layer's outputs for `x` as its running statistics, and undoes what it does with
  /// them: `γ = √(σ² + ε)`, `β = μ`, where the layer's bias is part of `μ` and goes. In evaluation mode the
  /// outputs are the same up to rounding; in training mode they differ as much as a batch differs from `x`.
  ///
  /// The parameters are new. Outputs beyond this network's classes are drawn as by default in ``Linear``, from
  /// the same source as the seeds of the dropout.
  ///
  /// - Parameters:
  ///   - x: Pictures to take the statistics from, [N, 3, H, W]; some hundreds, as they come in training.
  ///   - outputs: The number of outputs, if there are to be more than this network has classes.
  ///   - dropout: The probability of dropout before the two hidden fully connected layers; this network's own by
  ///     default.
  ///   - random: The source of random numbers for further outputs and dropout's masks.
  /// - Returns: The network, in training mode.
  public func unfolded(
    on x: Variable, outputs: Int? = nil, dropout: Double? = nil, using random: inout RandomSource
  ) -> AlexNet {
    require(!hasBatchNorm, "AlexNet.unfolded: the network has batch normalization already")
    require(x.rank > 0 && x.shape[0] > 0, "AlexNet.unfolded: needs pictures, got \(x.shape)")
    require(
      outputs ?? classes >= classes,
      "AlexNet.unfolded: \(outputs ?? 0) outputs are fewer than the \(classes) classes")
    var state = stateDict
    let normalized = AlexNetExtents.layers.filter { $0.norm != nil }
    let results = inEvaluationMode {
      withoutGradients { activations(of: x, at: normalized.map(\.path)) }
    }
    let epsilon = BatchNorm2d(0).epsilon
    for (path, norm, _) in normalized {
      guard let norm, let bias = state.removeValue(forKey: "\(path).bias") else { continue }
      let values = results[path]!.value
      let axes = [0] + (2..<values.rank)
      let mean = values.mean(axes: axes)
      let variance = values.variance(axes: axes, correction: 0)
      state["\(norm).weight"] = (variance + epsilon).sqrt()
      state["\(norm).bias"] = mean
      state["\(norm).running_mean"] = mean - bias
      state["\(norm).running_var"] = variance
      state["\(norm).num_batches_tracked"] = Tensor(0, dtype: .float64)
    }
    var extents = AlexNetExtents(of: state)
    extents.classes = outputs ?? classes
    let dtype = state["classifier.6.weight"]!.dtype
    let model = AlexNet(extents, dropout: dropout ?? self.dropout, dtype: dtype, using: &random) {
      name, shape, fans, random in
      let kept = state[name]!
      if kept.shape == shape { return kept }
      let fresh = Initializer.pyTorchDefault(shape, fans: fans, dtype: dtype, using: &random)
      return concatenate([kept, fresh[kept.shape[0]..<shape[0]]])
    }
    do {
      try model.load(state.filter { $0.key.contains(".norm") }, strict: false)
    } catch {
      stop("AlexNet.unfolded: some layers are not AlexNet's any more; \(error)")
    }
    return model
  }
}
