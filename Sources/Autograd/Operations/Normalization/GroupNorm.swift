import RetrogradTensors

/// Normalizes groups of channels of each example by their own mean and variance (Wu & He, *Group
/// Normalization*, 2018).
///
/// `y = γ · x̂ + β` with `x̂ = (x − μ) / √(σ² + ε)`, where `μ` and `σ²` are those of an example's C/groups channels
/// with all their positions. One group is a normalization of the whole example, as many as channels an instance
/// normalization. Derivative: as for ``layerNorm(_:normalizedShape:weight:bias:epsilon:)``, with means over each
/// group. Shapes: `x` [N, C, …], `weight` and `bias` [C]; unchanged.
///
/// - Parameters:
///   - x: The examples, channels second.
///   - groups: The number of groups; divides the number of channels.
///   - weight: The scale `γ` of each channel; 1 by default.
///   - bias: The shift `β` of each channel; 0 by default.
///   - epsilon: The number to add to the variance for stability, `ε`.
public func groupNorm(
  _ x: Variable, groups: Int, weight: Variable? = nil, bias: Variable? = nil,
  epsilon: Double = 1e-5
) -> Variable {
  require(
    x.rank >= 2,
    "groupNorm: expects [N, C, …], got shape \(x.shape). Put a batch's axis before a single example: "
      + "x.reshaped([1] + x.shape)")
  let channels = x.shape[1]
  require(
    groups > 0 && channels % groups == 0,
    "groupNorm: \(groups) groups do not divide the \(channels) channels of input \(x.shape). Choose a number "
      + "of groups that does, such as 1 or \(Swift.max(channels, 1))")
  for parameter in [weight, bias].compactMap({ $0 }) {
    require(
      parameter.shape == [channels],
      "groupNorm: input \(x.shape) needs weight and bias of shape [\(channels)], got "
        + "\(parameter.shape)")
  }
  let elements = x.shape[1...].reduce(1, *) / groups
  var y = layerNorm(
    x.reshaped([x.shape[0], groups, elements]), normalizedShape: [elements], epsilon: epsilon
  ).reshaped(x.shape)
  let perChannel = [channels] + [Int](repeating: 1, count: x.rank - 2)
  if let weight { y = y * weight.reshaped(perChannel) }
  if let bias { y = y + bias.reshaped(perChannel) }
  return y
}
