import RetrogradAutograd
import RetrogradTensors

/// Normalizes groups of channels of each example by their own mean and variance: [N, channels, …], unchanged. The
/// same in training and evaluation, and whatever the batch.
///
/// See ``groupNorm(_:groups:weight:bias:epsilon:)`` for the formula.
public final class GroupNorm: Layer {
  /// The scale of each channel, [channels]; begins at 1.
  public let weight: Variable?
  /// The shift of each channel, [channels]; begins at 0.
  public let bias: Variable?
  /// The number of groups.
  public let groups: Int
  /// The number of channels.
  public let channels: Int
  /// The number to add to the variance for stability.
  public let epsilon: Double

  /// Group normalization.
  ///
  /// - Parameters:
  ///   - groups: The number of groups; divides the number of channels.
  ///   - channels: The number of channels.
  ///   - epsilon: The number to add to the variance for stability.
  ///   - affine: Whether there is a scale and a shift to learn.
  ///   - dtype: The element type.
  public init(
    _ groups: Int, _ channels: Int, epsilon: Double = 1e-5, affine: Bool = true,
    dtype: DType = .float32
  ) {
    require(
      channels >= 0 && groups > 0 && channels % groups == 0,
      "GroupNorm: \(groups) groups must divide the \(channels) channels. Groups come first: GroupNorm(8, 64)"
    )
    self.groups = groups
    self.channels = channels
    self.epsilon = epsilon
    weight = affine ? Variable(.ones([channels], dtype: dtype), requiresGrad: true) : nil
    bias = affine ? Variable(.zeros([channels], dtype: dtype), requiresGrad: true) : nil
  }

  /// `weight` and `bias`, if they are to be learned.
  public var parameters: [(name: String, variable: Variable)] { named(weight, bias) }

  /// The normalized examples.
  public func forward(_ x: Variable) -> Variable {
    require(
      x.rank >= 2 && x.shape[1] == channels,
      "expects [N, \(channels), …], got \(x.shape)")
    return groupNorm(x, groups: groups, weight: weight, bias: bias, epsilon: epsilon)
  }
}
