import RetrogradAutograd
import RetrogradTensors

// Batch normalization in evaluation is a scale and a shift of each channel, and the layer before it may as
// well do that: the network gets smaller and faster, and its outputs stay the same up to rounding.

/// A layer that can do what the one after it does, too.
public protocol FoldingLayer: Layer {
  /// One layer for this one followed by `next`, in evaluation mode.
  ///
  /// - Returns: A layer with parameters of its own; `nil` where there is none.
  func folding(_ next: any Layer) -> (any Layer)?
}

extension Conv2d: FoldingLayer {
  /// This convolution followed by a batch normalization as one convolution, which gives the same in
  /// evaluation mode up to rounding.
  ///
  /// `W' = W · γ / √(σ² + ε)` for each output channel, `b' = β + (b − μ) · γ / √(σ² + ε)`, where `μ` and
  /// `σ²` are the running statistics, `γ` is 1 and `β` and `b` are 0 where there are none. Computed in
  /// double precision. Source: Jacob et al., *Quantization and Training of Neural Networks for Efficient
  /// Integer-Arithmetic-Only Inference*, 2018, section 3.2.
  ///
  /// - Parameter norm: The normalization that comes next, with running statistics.
  public func folding(_ norm: BatchNorm2d) -> Conv2d {
    let (weight, bias) = folded(weight, self.bias, norm, "Conv2d")
    let both = Conv2d(
      weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
      groups: groups)
    both.extraPadding = extraPadding
    return both
  }

  /// This convolution followed by a ``BatchNorm2d`` with running statistics; `nil` for anything else.
  public func folding(_ next: any Layer) -> (any Layer)? {
    guard let norm = next as? BatchNorm2d, norm.runningMean != nil else { return nil }
    return folding(norm)
  }
}

extension Linear: FoldingLayer {
  /// This layer followed by a batch normalization as one layer, which gives the same for rows
  /// [N, inputs] in evaluation mode up to rounding.
  ///
  /// The formula is that of ``Conv2d/folding(_:)-(BatchNorm2d)``.
  ///
  /// - Parameter norm: The normalization that comes next, with running statistics.
  public func folding(_ norm: BatchNorm1d) -> Linear {
    let (weight, bias) = folded(weight, self.bias, norm.pictures, "Linear")
    return Linear(weight: weight, bias: bias)
  }

  /// This layer followed by a ``BatchNorm1d`` with running statistics; `nil` for anything else.
  public func folding(_ next: any Layer) -> (any Layer)? {
    guard let norm = next as? BatchNorm1d, norm.runningMean != nil else { return nil }
    return folding(norm)
  }
}

extension Sequential {
  /// The same chain with every normalization folded into the convolution or fully connected layer before
  /// it; see ``FoldingLayer``.
  ///
  /// Names stay: the layers that are left are called as before. A layer that was folded is new, with
  /// parameters of its own; all others, outside of a `Sequential`, are the same objects in both chains.
  ///
  /// ```swift
  /// let model = Sequential(Conv2d(3, 8, kernel: 3, bias: false), BatchNorm2d(8), ReLU())
  /// print(model.folded().namedParameters.map(\.name))     // ["0.weight", "0.bias"]
  /// ```
  public func folded() -> Sequential {
    var result: [(name: String, layer: any Layer)] = []
    for (name, layer) in children {
      if let last = result.last?.layer as? any FoldingLayer, let both = last.folding(layer) {
        result[result.count - 1].layer = both
      } else {
        result.append((name, (layer as? Sequential)?.folded() ?? layer))
      }
    }
    return Sequential(named: result)
  }
}

extension AlexNet {
  /// This network without batch normalization, in evaluation mode: torchvision's structure and names, and
  /// the same outputs up to rounding as this one's in evaluation mode.
  ///
  /// The formula is that of ``Conv2d/folding(_:)-(BatchNorm2d)``.
  public func folded() -> AlexNet {
    let parts = Sequential(named: [("features", features), ("classifier", classifier)]).folded()
    let state = parts.stateDict
    let extents = AlexNetExtents(of: state)
    let difference = StateDictError(network: "AlexNet", shapes: extents.shapes, state: state)
    require(
      difference.isEmpty, "AlexNet.folded: some layers are not AlexNet's any more; \(difference)")
    var random = RandomSource.unpredictable()
    let dtype = state["classifier.6.weight"]!.dtype
    let model = AlexNet(extents, dropout: dropout, dtype: dtype, using: &random) { name, _, _, _ in
      state[name]!
    }
    model.eval()
    return model
  }
}

/// The parameters of a layer whose first weight axis is its outputs, followed by `norm`.
private func folded(
  _ weight: Variable, _ bias: Variable?, _ norm: BatchNorm2d, _ name: String
) -> (weight: Tensor, bias: Tensor) {
  guard let mean = norm.runningMean, let variance = norm.runningVariance else {
    stop(
      "\(name).folding: the normalization keeps no running statistics; it goes by the batch in "
        + "evaluation too")
  }
  let outputs = weight.shape[0]
  require(
    outputs == norm.channels,
    "\(name).folding: the layer has \(outputs) outputs, the normalization \(norm.channels) channels"
  )
  func exact(_ tensor: Tensor?, orElse number: Double) -> Tensor {
    tensor?.converted(to: .float64)
      ?? Tensor(repeating: number, shape: [outputs], dtype: .float64)
  }
  let scale =
    exact(norm.weight?.value, orElse: 1) / (exact(variance, orElse: 1) + norm.epsilon).sqrt()
  let shift =
    exact(norm.bias?.value, orElse: 0)
    + (exact(bias?.value, orElse: 0) - exact(mean, orElse: 0)) * scale
  let rows = scale.reshaped([outputs] + [Int](repeating: 1, count: weight.rank - 1))
  return (
    (weight.value.converted(to: .float64) * rows).converted(to: weight.dtype),
    shift.converted(to: weight.dtype)
  )
}
