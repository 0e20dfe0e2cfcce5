import RetrogradTensors

// Numbers shifted and scaled to mean 0 and variance 1, then scaled and shifted by parameters.

/// Normalizes each channel by the mean and variance of the batch (Ioffe & Szegedy, *Batch
/// Normalization*, 2015).
///
/// `y = γ · x̂ + β` with `x̂ = (x − μ) · r` and `r = 1 / √(σ² + ε)`, where `μ` and `σ²` are those of each
/// channel over N, H and W (`σ²` divided by their number). Derivative, with `g = γ · dy` and means over
/// the same elements: `dx = r · (g − mean g − x̂ · mean(g · x̂))`, `dγ = Σ dy · x̂`, `dβ = Σ dy`. Shapes:
/// `x` [N, C, H, W], `weight` and `bias` [C] → [N, C, H, W].
///
/// - Parameters:
///   - x: The pictures; more than one number for each channel, or none.
///   - weight: The scale `γ` of each channel; 1 by default.
///   - bias: The shift `β` of each channel; 0 by default.
///   - epsilon: The number to add to the variance for stability, `ε`.
public func batchNorm2d(
  _ x: Variable, weight: Variable? = nil, bias: Variable? = nil, epsilon: Double = 1e-5
) -> Variable {
  normalizedByBatch(x, weight, bias, epsilon).y
}

/// Normalizes each channel, with running statistics (PyTorch's `batch_norm`).
///
/// In training by the statistics of the batch, as ``batchNorm2d(_:weight:bias:epsilon:)`` does, and the
/// running ones move towards them: `running = (1 − momentum) · running + momentum · batch`, where the
/// batch's variance is divided by `n − 1`. Otherwise by the running ones, which are constants:
/// `dx = γ · r · dy`.
///
/// - Parameters:
///   - x: The pictures [N, C, H, W]; in training more than one number for each channel, or none.
///   - weight: The scale `γ` of each channel, [C]; 1 by default.
///   - bias: The shift `β` of each channel, [C]; 0 by default.
///   - runningMean: The running mean, [C]; changed in training.
///   - runningVariance: The running variance, [C]; changed in training.
///   - training: Whether to normalize by the batch's own statistics.
///   - momentum: The share of the new statistics in the running ones.
///   - epsilon: The number to add to the variance for stability, `ε`.
public func batchNorm2d(
  _ x: Variable, weight: Variable? = nil, bias: Variable? = nil, runningMean: inout Tensor,
  runningVariance: inout Tensor, training: Bool = false, momentum: Double = 0.1,
  epsilon: Double = 1e-5
) -> Variable {
  requireChannels(x, weight, bias)
  let channels = x.shape[1]
  require(
    runningMean.shape == [channels] && runningVariance.shape == [channels],
    "batchNorm2d: input \(x.shape) needs running statistics of shape [\(channels)], got "
      + "\(runningMean.shape) and \(runningVariance.shape)")
  guard training else {
    return normalizedByConstants(x, weight, bias, runningMean, runningVariance, epsilon)
  }
  let (y, mean, variance) = normalizedByBatch(x, weight, bias, epsilon)
  let n = x.count / Swift.max(channels, 1)
  if n > 0 {
    func move(_ running: inout Tensor, to batch: Tensor) {
      let batch = batch.reshaped([channels]).converted(to: running.dtype)
      running = running * (1 - momentum) + batch * momentum
    }
    move(&runningMean, to: mean)
    move(&runningVariance, to: variance * (Double(n) / Double(n - 1)))
  }
  return y
}

/// Normalizes each example by the mean and variance of its own last axes (Ba, Kiros & Hinton, *Layer
/// Normalization*, 2016).
///
/// `y = γ · x̂ + β` with `x̂ = (x − μ) / √(σ² + ε)`. Derivative: as for
/// ``batchNorm2d(_:weight:bias:epsilon:)``, with means over the last axes. Shapes: `x`
/// […, normalizedShape], `weight` and `bias` of the normalized shape; unchanged.
///
/// - Parameters:
///   - x: The examples.
///   - normalizedShape: The extents of the axes to normalize over, the last ones of `x`.
///   - weight: The scale `γ` of each element; 1 by default.
///   - bias: The shift `β` of each element; 0 by default.
///   - epsilon: The number to add to the variance for stability, `ε`.
public func layerNorm(
  _ x: Variable, normalizedShape: [Int], weight: Variable? = nil, bias: Variable? = nil,
  epsilon: Double = 1e-5
) -> Variable {
  require(
    !normalizedShape.isEmpty && x.shape.suffix(normalizedShape.count) == normalizedShape[...],
    "layerNorm: expects […, \(normalizedShape.map(String.init).joined(separator: ", "))] and at least "
      + "one axis, got \(x.shape)")
  for parameter in [weight, bias].compactMap({ $0 }) {
    require(
      parameter.shape == normalizedShape,
      "layerNorm: weight and bias must have shape \(normalizedShape), got \(parameter.shape)")
  }
  let axes = Array((x.rank - normalizedShape.count)..<x.rank)
  return normalizedInOnePass(x, weight, bias, over: axes, normalizedShape, epsilon)
    ?? normalized(
      "layerNorm", x, weight, bias, over: axes, parametersAs: normalizedShape, epsilon
    ).y
}

/// Layer normalization by kernels that read each row once, where the vector unit has them.
private func normalizedInOnePass(
  _ x: Variable, _ weight: Variable?, _ bias: Variable?, over axes: [Int], _ shape: [Int],
  _ epsilon: Double
) -> Variable? {
  let (inputs, weightIndex) = parameters(x, weight, bias)
  let width = shape.reduce(1, *)
  guard
    let (y, means, inverses) = inputs[0].value.normalizedRows(
      width: width, weight: weightIndex.map { inputs[$0].value },
      bias: bias == nil ? nil : inputs[inputs.count - 1].value, epsilon: epsilon)
  else { return nil }
  return record("layerNorm", inputs, value: y, keep: .inputs) { saved, dy in
    let x = saved.inputs[0].value
    let factor = weightIndex.map { saved.inputs[$0].value }
    let parameters = 1..<Swift.max(saved.inputCount, 1)
    guard !saved.isRecording,
      let slopes = dy.value.throughNormalizedRows(
        x, width: width, weight: factor, means: means, inverses: inverses,
        needs: (saved.needs(0), parameters.contains { saved.needs($0) }))
    else {
      return gradientsThroughStatistics(
        saved, dy, weightIndex, over: axes, parametersAs: shape, epsilon, nil)
    }
    return [slopes.x.map { Variable($0) }]
      + parameters.map { index in
        guard saved.needs(index) else { return nil }
        let gradient = index == weightIndex ? slopes.weight : slopes.bias
        return gradient.map { Variable($0.reshaped(shape)) }
      }
  }
}

private func requireChannels(_ x: Variable, _ weight: Variable?, _ bias: Variable?) {
  require(
    x.rank == 4,
    "batchNorm2d: expects pictures [N, C, H, W], got shape \(x.shape). Put a batch's axis before a "
      + "single one: x.reshaped([1] + x.shape)")
  for parameter in [weight, bias].compactMap({ $0 }) {
    require(
      parameter.shape == [x.shape[1]],
      "batchNorm2d: input \(x.shape) needs weight and bias of shape [\(x.shape[1])], got "
        + "\(parameter.shape)")
  }
}

private func normalizedByBatch(
  _ x: Variable, _ weight: Variable?, _ bias: Variable?, _ epsilon: Double
) -> (y: Variable, mean: Tensor, variance: Tensor) {
  requireChannels(x, weight, bias)
  require(
    x.count != x.shape[1] || x.count == 0,
    "batchNorm2d: in training a channel needs more than one number to have a variance, got input "
      + "\(x.shape)")
  let (inputs, weightIndex) = parameters(x, weight, bias)
  let channels = x.shape[1]
  let shape = [1, channels, 1, 1]
  let value = inputs[0].value
  let (mean, variance) = value.channelMoments()
  let inverse = 1 / (variance + epsilon).sqrt()
  let scale = weightIndex.map { inverse * inputs[$0].value } ?? inverse
  let y = value.normalizedChannels(
    mean: mean, scale: scale,
    shift: bias == nil ? .zeros(like: mean) : inputs[inputs.count - 1].value)
  let recorded = record("batchNorm2d", inputs, value: y, keep: .inputs) { saved, dy in
    // Without pictures there are no statistics to use again, only empty sums.
    if saved.isRecording || saved.inputs[0].value.count == 0 {
      return gradientsThroughStatistics(
        saved, dy, weightIndex, over: [0, 2, 3], parametersAs: shape, epsilon, nil)
    }
    // All from two sums over each channel: Σ dy and Σ dy · (x − μ).
    let x = saved.inputs[0].value
    let (sum, product) = dy.value.channelSums(with: x, mean: mean)
    let gradients: [Tensor?] = [
      saved.needs(0)
        ? dy.value.backThroughChannels(
          x: x, mean: mean, offset: sum / (Double(x.count) / Double(channels)),
          slope: product * inverse * inverse / (Double(x.count) / Double(channels)), scale: scale)
        : nil
    ]
    return
      (gradients
      + (1..<Swift.max(saved.inputCount, 1)).map { index in
        saved.needs(index) ? (index == weightIndex ? product * inverse : sum) : nil
      }).map { $0.map { Variable($0) } }
  }
  return (recorded, mean.reshaped(shape), variance.reshaped(shape))
}

/// `γ · x̂ + β` by the statistics over `axes`, and these.
///
/// `parametersAs` is the shape in which `weight` and `bias` broadcast to `x`.
private func normalized(
  _ name: String, _ x: Variable, _ weight: Variable?, _ bias: Variable?, over axes: [Int],
  parametersAs shape: [Int], _ epsilon: Double
) -> (y: Variable, mean: Tensor, variance: Tensor) {
  let (inputs, weightIndex) = parameters(x, weight, bias)
  let x = inputs[0].value
  let mean = x.mean(axes: axes, keepDims: true)
  let centered = x - mean
  let variance = (centered * centered).mean(axes: axes, keepDims: true)
  let inverse = 1 / (variance + epsilon).sqrt()
  var value = centered * inverse
  if let weightIndex { value *= inputs[weightIndex].value.reshaped(shape) }
  if bias != nil { value += inputs[inputs.count - 1].value.reshaped(shape) }
  let y = record(name, inputs, value: value, keep: .inputs) { saved, dy in
    gradientsThroughStatistics(
      saved, dy, weightIndex, over: axes, parametersAs: shape, epsilon, (mean, inverse))
  }
  return (y, mean, variance)
}

/// The gradients of ``normalized(_:_:_:_:over:parametersAs:_:)``, in differentiable operations.
///
/// - Parameter statistics: The mean and the inverse deviation of the forward pass, which may stand for
///   themselves only where nothing is recorded.
private func gradientsThroughStatistics(
  _ saved: Saved, _ dy: Variable, _ weightIndex: Int?, over axes: [Int],
  parametersAs shape: [Int], _ epsilon: Double, _ statistics: (mean: Tensor, inverse: Tensor)?
) -> [Variable?] {
  let x = saved.inputs[0]
  let normalized: Variable
  let scale: Variable
  if let statistics, !saved.isRecording {
    scale = Variable(statistics.inverse)
    normalized = (x - Variable(statistics.mean)) * scale
  } else {
    let centered = x - x.mean(axes: axes, keepDims: true)
    let variance = (centered * centered).mean(axes: axes, keepDims: true)
    scale = 1 / (variance + epsilon).sqrt()
    normalized = centered * scale
  }
  var gradients: [Variable?] = [nil]
  if saved.needs(0) {
    let g = weightIndex.map { dy * saved.inputs[$0].reshaped(shape) } ?? dy
    let along = (g * normalized).mean(axes: axes, keepDims: true)
    gradients[0] = (g - g.mean(axes: axes, keepDims: true) - normalized * along) * scale
  }
  return gradients + parameterGradients(saved, dy, weightIndex, as: shape) { normalized }
}

/// `γ · x̂ + β` by statistics that do not depend on `x`.
private func normalizedByConstants(
  _ x: Variable, _ weight: Variable?, _ bias: Variable?, _ mean: Tensor, _ variance: Tensor,
  _ epsilon: Double
) -> Variable {
  let shape = [1, x.shape[1], 1, 1]
  let (inputs, weightIndex) = parameters(x, weight, bias)
  let x = inputs[0].value
  let mean = (promoted(mean, like: inputs[0]) ?? mean).reshaped(shape)
  let variance = (promoted(variance, like: inputs[0]) ?? variance).reshaped(shape)
  let inverse = 1 / (variance + epsilon).sqrt()
  let flat = [x.shape[1]]
  let scale = inverse.reshaped(flat)
  let value = x.normalizedChannels(
    mean: mean.reshaped(flat), scale: weightIndex.map { scale * inputs[$0].value } ?? scale,
    shift: bias == nil ? .zeros(like: scale) : inputs[inputs.count - 1].value)
  return record(
    "batchNorm2d", inputs, value: value, keep: weightIndex == nil ? .nothing : .inputs
  ) { saved, dy in
    var gradients: [Variable?] = [nil]
    if saved.needs(0) {
      let g = weightIndex.map { dy * saved.inputs[$0].reshaped(shape) } ?? dy
      gradients[0] = g * Variable(inverse)
    }
    return gradients
      + parameterGradients(saved, dy, weightIndex, as: shape) {
        (saved.inputs[0] - Variable(mean)) * Variable(inverse)
      }
  }
}

/// The variables that there are in one dtype, and which one is the weight.
private func parameters(
  _ x: Variable, _ weight: Variable?, _ bias: Variable?
) -> (inputs: [Variable], weightIndex: Int?) {
  (promoted([x, weight, bias].compactMap { $0 }), weight == nil ? nil : 1)
}

/// `dγ = Σ dy · x̂` and `dβ = Σ dy`, for those parameters that there are.
private func parameterGradients(
  _ saved: Saved, _ dy: Variable, _ weightIndex: Int?, as shape: [Int],
  _ normalized: () -> Variable
) -> [Variable?] {
  (1..<Swift.max(saved.inputCount, 1)).map { index in
    if !saved.needs(index) { return nil }
    let gradient = index == weightIndex ? dy * normalized() : dy
    return gradient.summed(to: shape).reshaped(saved.shape(index))
  }
}
