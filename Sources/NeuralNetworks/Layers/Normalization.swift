import RetrogradAutograd
import RetrogradTensors

/// Normalizes each channel of pictures: in training by the mean and variance of the batch, in evaluation
/// by running ones that training left behind. [N, channels, H, W], unchanged.
///
/// See ``batchNorm2d(_:weight:bias:runningMean:runningVariance:training:momentum:epsilon:)`` for the
/// formula. Parameters and buffers have PyTorch's names: `weight`, `bias`, `running_mean`,
/// `running_var`, `num_batches_tracked`.
public final class BatchNorm2d: ModeDependentLayer {
  /// The scale of each channel, [channels]; begins at 1.
  public let weight: Variable?
  /// The shift of each channel, [channels]; begins at 0.
  public let bias: Variable?
  /// The running mean of each channel, [channels]; `nil` where none is kept.
  public private(set) var runningMean: Tensor?
  /// The running variance of each channel, [channels]; `nil` where none is kept.
  public private(set) var runningVariance: Tensor?
  /// The number of batches in the running statistics.
  public private(set) var batchCount = 0
  /// The number of channels.
  public let channels: Int
  /// The number to add to the variance for stability.
  public let epsilon: Double
  /// The share of a batch's statistics in the running ones; `nil` for the mean over all batches.
  public let momentum: Double?
  /// Indicates whether a batch's own statistics are used and the running ones change.
  public var isTraining = true {
    didSet { if isTraining { folding.forget() } }
  }
  /// The convolution before this layer with this layer in it.
  let folding = KeptFolding()

  /// Batch normalization.
  ///
  /// - Parameters:
  ///   - channels: The number of channels.
  ///   - epsilon: The number to add to the variance for stability.
  ///   - momentum: The share of a batch's statistics in the running ones; `nil` for the mean over
  ///     all batches.
  ///   - affine: Whether there is a scale and a shift to learn.
  ///   - trackRunningStatistics: Whether running statistics are kept; without them a batch's own are
  ///     used in evaluation too.
  ///   - dtype: The element type.
  public init(
    _ channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStatistics: Bool = true, dtype: DType = .float32
  ) {
    require(channels >= 0, "BatchNorm2d: cannot have \(channels) channels")
    self.channels = channels
    self.epsilon = epsilon
    self.momentum = momentum
    weight = affine ? Variable(.ones([channels], dtype: dtype), requiresGrad: true) : nil
    bias = affine ? Variable(.zeros([channels], dtype: dtype), requiresGrad: true) : nil
    runningMean = trackRunningStatistics ? .zeros([channels], dtype: dtype) : nil
    runningVariance = trackRunningStatistics ? .ones([channels], dtype: dtype) : nil
  }

  /// `weight` and `bias`, if they are to be learned.
  public var parameters: [(name: String, variable: Variable)] { named(weight, bias) }

  /// The running statistics, if any. The number of batches is always `float64`, which counts exactly.
  public var buffers: [(name: String, tensor: Tensor)] {
    guard let runningMean, let runningVariance else { return [] }
    return [
      ("running_mean", runningMean), ("running_var", runningVariance),
      ("num_batches_tracked", Tensor(Double(batchCount), dtype: .float64)),
    ]
  }

  /// Replaces one of the running statistics.
  public func setBuffer(_ name: String, to tensor: Tensor) {
    require(
      buffers.contains { $0.name == name && $0.tensor.shape == tensor.shape },
      "BatchNorm2d: has no buffer \"\(name)\" of shape \(tensor.shape); there are "
        + buffers.map { "\($0.name) \($0.tensor.shape)" }.joined(separator: ", "))
    switch name {
    case "running_mean": runningMean = tensor
    case "running_var": runningVariance = tensor
    default: batchCount = Int(exactly: tensor.item().rounded()) ?? 0
    }
  }

  /// Indicates whether the running statistics are used, not those of the batch.
  public var isRepeatable: Bool { !isTraining && runningMean != nil }

  /// The normalized pictures; in training, the running statistics move.
  public func forward(_ x: Variable) -> Variable {
    require(
      x.rank == 4 && x.shape[1] == channels,
      "expects [N, \(channels), H, W], got \(x.shape)")
    guard var mean = runningMean, var variance = runningVariance else {
      return batchNorm2d(x, weight: weight, bias: bias, epsilon: epsilon)
    }
    if isTraining { batchCount += 1 }
    defer { (runningMean, runningVariance) = (mean, variance) }
    return batchNorm2d(
      x, weight: weight, bias: bias, runningMean: &mean, runningVariance: &variance,
      training: isTraining, momentum: momentum ?? 1 / Double(max(batchCount, 1)), epsilon: epsilon)
  }
}

/// Normalizes each feature of rows [N, features], or each channel of sequences [N, features, length], as
/// ``BatchNorm2d`` does those of pictures; unchanged shape.
///
/// Parameters and buffers have PyTorch's names, which are those of ``BatchNorm2d``.
public final class BatchNorm1d: ModeDependentLayer {
  /// The same for pictures of one row: it has the parameters and the running statistics.
  let pictures: BatchNorm2d

  /// Batch normalization.
  ///
  /// - Parameters:
  ///   - features: The number of features.
  ///   - epsilon: The number to add to the variance for stability.
  ///   - momentum: The share of a batch's statistics in the running ones; `nil` for the mean over
  ///     all batches.
  ///   - affine: Whether there is a scale and a shift to learn.
  ///   - trackRunningStatistics: Whether running statistics are kept; without them a batch's own are
  ///     used in evaluation too.
  ///   - dtype: The element type.
  public init(
    _ features: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStatistics: Bool = true, dtype: DType = .float32
  ) {
    require(features >= 0, "BatchNorm1d: cannot have \(features) features")
    pictures = BatchNorm2d(
      features, epsilon: epsilon, momentum: momentum, affine: affine,
      trackRunningStatistics: trackRunningStatistics, dtype: dtype)
  }

  /// The number of features.
  public var features: Int { pictures.channels }
  /// The scale of each feature, [features]; begins at 1.
  public var weight: Variable? { pictures.weight }
  /// The shift of each feature, [features]; begins at 0.
  public var bias: Variable? { pictures.bias }
  /// The running mean of each feature, [features]; `nil` where none is kept.
  public var runningMean: Tensor? { pictures.runningMean }
  /// The running variance of each feature, [features]; `nil` where none is kept.
  public var runningVariance: Tensor? { pictures.runningVariance }
  /// The number of batches in the running statistics.
  public var batchCount: Int { pictures.batchCount }
  /// The number to add to the variance for stability.
  public var epsilon: Double { pictures.epsilon }
  /// The share of a batch's statistics in the running ones; `nil` for the mean over all batches.
  public var momentum: Double? { pictures.momentum }
  /// Indicates whether a batch's own statistics are used and the running ones change.
  public var isTraining: Bool {
    get { pictures.isTraining }
    set { pictures.isTraining = newValue }
  }

  /// `weight` and `bias`, if they are to be learned.
  public var parameters: [(name: String, variable: Variable)] { pictures.parameters }
  /// The running statistics, if any. The number of batches is always `float64`, which counts exactly.
  public var buffers: [(name: String, tensor: Tensor)] { pictures.buffers }
  /// Replaces one of the running statistics.
  public func setBuffer(_ name: String, to tensor: Tensor) { pictures.setBuffer(name, to: tensor) }
  /// Indicates whether the running statistics are used, not those of the batch.
  public var isRepeatable: Bool { pictures.isRepeatable }

  /// The normalized rows or sequences; in training, the running statistics move.
  public func forward(_ x: Variable) -> Variable {
    require(
      (x.rank == 2 || x.rank == 3) && x.shape[1] == features,
      "expects [N, \(features)] or [N, \(features), length], got \(x.shape)")
    require(
      x.count != features || x.count == 0 || isRepeatable,
      "in training a feature needs more than one number to have a variance, got \(x.shape). Are the "
        + "batches larger than one example, the last one too?")
    return pictures.forward(
      x.reshaped([x.shape[0], features, x.count / max(x.shape[0] * features, 1), 1])
    )
    .reshaped(x.shape)
  }
}

/// Normalizes each example by the mean and variance of its last axes: […, shape], unchanged.
///
/// See ``layerNorm(_:normalizedShape:weight:bias:epsilon:)`` for the formula.
public final class LayerNorm: Layer {
  /// The scale of each element; begins at 1.
  public let weight: Variable?
  /// The shift of each element; begins at 0.
  public let bias: Variable?
  /// The extents of the axes to normalize over, the last ones of the input.
  public let normalizedShape: [Int]
  /// The number to add to the variance for stability.
  public let epsilon: Double

  /// Layer normalization.
  ///
  /// - Parameters:
  ///   - normalizedShape: The extents of the axes to normalize over, the last ones of the input.
  ///   - epsilon: The number to add to the variance for stability.
  ///   - affine: Whether there is a scale to learn, and a shift unless `bias` is false.
  ///   - bias: Whether there is a shift to learn.
  ///   - dtype: The element type.
  public init(
    _ normalizedShape: [Int], epsilon: Double = 1e-5, affine: Bool = true, bias: Bool = true,
    dtype: DType = .float32
  ) {
    self.normalizedShape = normalizedShape
    self.epsilon = epsilon
    weight = affine ? Variable(.ones(normalizedShape, dtype: dtype), requiresGrad: true) : nil
    self.bias =
      affine && bias ? Variable(.zeros(normalizedShape, dtype: dtype), requiresGrad: true) : nil
  }

  /// Layer normalization over one axis, the last, of `count` elements; see
  /// ``init(_:epsilon:affine:bias:dtype:)-([Int],_,_,_,_)``.
  public convenience init(
    _ count: Int, epsilon: Double = 1e-5, affine: Bool = true, bias: Bool = true,
    dtype: DType = .float32
  ) {
    self.init([count], epsilon: epsilon, affine: affine, bias: bias, dtype: dtype)
  }

  /// `weight` and `bias`, if they are to be learned.
  public var parameters: [(name: String, variable: Variable)] { named(weight, bias) }

  /// The normalized examples.
  public func forward(_ x: Variable) -> Variable {
    layerNorm(
      x, normalizedShape: normalizedShape, weight: weight, bias: bias, epsilon: epsilon)
  }
}

/// Divides each element by what its neighbors in other channels have: [N, C, …], unchanged; see
/// ``localResponseNorm(_:size:alpha:beta:k:)``.
public final class LocalResponseNorm: Layer {
  /// The number of channels that take part.
  public let size: Int
  /// The weight of the neighbors in the divisor.
  public let alpha: Double
  /// The exponent.
  public let beta: Double
  /// The additive constant of the divisor.
  public let k: Double

  /// Local response normalization.
  ///
  /// - Parameters:
  ///   - size: The number of channels that take part.
  ///   - alpha: The weight of the neighbors in the divisor.
  ///   - beta: The exponent.
  ///   - k: The additive constant of the divisor.
  public init(_ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.k = k
  }

  /// The normalized pictures.
  public func forward(_ x: Variable) -> Variable {
    localResponseNorm(x, size: size, alpha: alpha, beta: beta, k: k)
  }
}

/// The parameters of a normalization under the names PyTorch gives them.
func named(
  _ weight: Variable?, _ bias: Variable?
) -> [(name: String, variable: Variable)] {
  [("weight", weight), ("bias", bias)].compactMap { name, variable in
    variable.map { (name, $0) }
  }
}
