import RetrogradTensors

// Losses of a difference. Prediction and target must have the same shape: [N, 1] against [N] would
// broadcast to [N, N], which is never what was meant.

/// The absolute error: `|prediction − target|`. Derivative: `sign(prediction − target) · dy`, which is 0
/// where both are equal.
public func l1Loss(
  _ prediction: Variable, _ target: Variable, reduction: Reduction = .mean
) -> Variable {
  difference(prediction, target, operation: "l1Loss").abs().reduced(reduction)
}

/// Squared near 0 and straight beyond `delta` (Huber, 1964), so that outliers count less: with
/// `d = prediction − target`, `d² / 2` where `|d| ≤ delta`, otherwise `delta · (|d| − delta / 2)`.
///
/// Derivative: `d`, but at least `−delta` and at most `delta`, times `dy`.
public func huberLoss(
  _ prediction: Variable, _ target: Variable, delta: Double = 1, reduction: Reduction = .mean
) -> Variable {
  require(delta > 0, "huberLoss: delta must be greater than 0, got \(delta)")
  return huber(difference(prediction, target, operation: "huberLoss"), delta: delta)
    .reduced(reduction)
}

/// ``huberLoss(_:_:delta:reduction:)`` divided by its `delta`, so that the straight parts have slope 1
/// (Girshick, *Fast R-CNN*, 2015): `d² / (2 · beta)` where `|d| < beta`, otherwise `|d| − beta / 2`. With
/// `beta: 0` it is ``l1Loss(_:_:reduction:)``.
public func smoothL1Loss(
  _ prediction: Variable, _ target: Variable, beta: Double = 1, reduction: Reduction = .mean
) -> Variable {
  require(beta >= 0, "smoothL1Loss: beta must not be negative, got \(beta)")
  let d = difference(prediction, target, operation: "smoothL1Loss")
  return (beta == 0 ? d.abs() : huber(d, delta: beta) / beta).reduced(reduction)
}

private func huber(_ d: Variable, delta: Double) -> Variable {
  noteBranches("huber") { (d.value .> delta) - (d.value .< -delta) }
  let magnitude = d.value.abs()
  // m (a − m/2) with m = min(a, delta) is a²/2 near 0, and straight beyond.
  let near = minimum(magnitude, Tensor(delta, dtype: d.dtype))
  return record("huber", d, value: near * (magnitude - near * 0.5), keep: .inputs) { saved, dy in
    dy * saved.inputs[0].hardtanh(min: -delta, max: delta)
  }
}

private func difference(
  _ prediction: Variable, _ target: Variable, operation: String
) -> Variable {
  require(
    prediction.shape == target.shape,
    "\(operation): prediction \(prediction.shape) and target \(target.shape) must have one shape: reshape "
      + "one")
  return prediction - target
}
