import RetrogradAutograd
import RetrogradTensors

/// Scales all gradients together so that their norm is at most `maximum`.
///
/// As `torch.nn.utils.clip_grad_norm_`: the factor is `maximum / (norm + 10⁻⁶)`, where that is below 1.
///
/// - Parameters:
///   - parameters: The parameters; those without a gradient play no part.
///   - maximum: The largest norm.
///   - infinityNorm: Whether the norm is the largest magnitude rather than the root of the sum of
///     squares.
/// - Returns: The norm before.
@discardableResult
public func clipGradientNorm(
  _ parameters: [(name: String, variable: Variable)], to maximum: Double,
  infinityNorm: Bool = false
) -> Double {
  let variables = parameters.map(\.variable)
  let gradients = variables.compactMap(\.grad)
  let norm =
    infinityNorm
    ? gradients.map { $0.count == 0 ? 0 : $0.abs().max().item() }.max() ?? 0
    : gradients.map { ($0 * $0).sum().item() }.reduce(0, +).squareRoot()
  let factor = maximum / (norm + 1e-6)
  if factor < 1 || factor.isNaN {
    for variable in variables { variable.grad = variable.grad.map { $0 * factor } }
  }
  return norm
}

/// Cuts each element of each gradient off at `±maximum`.
public func clipGradientValue(
  _ parameters: [(name: String, variable: Variable)], to maximum: Double
) {
  for (_, variable) in parameters {
    variable.grad = variable.grad?.clamped(min: -maximum, max: maximum)
  }
}
