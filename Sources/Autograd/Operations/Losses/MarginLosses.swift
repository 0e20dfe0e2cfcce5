import RetrogradTensors

// Losses that are 0 once an answer is right by a margin. Hinges let `dy` pass only where the loss is
// positive, or, for the embedding, where it is not negative (as PyTorch's do).

/// For distances between pairs: the distance itself where the target is 1 (alike), and
/// `max(0, margin − distance)` where it is −1 (different).
///
/// Derivative: `dy` for pairs that are alike; for others `−dy` up to the margin, otherwise 0.
///
/// - Parameters:
///   - distances: The distance of each pair.
///   - target: 1 or −1 for each, in the same shape.
///   - margin: The smallest distance that different pairs should have.
///   - reduction: The reduction of the elements to one number.
public func hingeEmbeddingLoss(
  _ distances: Variable, _ target: Tensor, margin: Double = 1, reduction: Reduction = .mean
) -> Variable {
  require(
    target.shape == distances.shape,
    "hingeEmbeddingLoss: distances \(distances.shape) and target \(target.shape) must have one shape"
  )
  let near = (margin - distances).clamped(min: 0)
  let losses = near.masked(by: target .!= 1) + distances.masked(by: target .!= -1)
  return losses.reduced(reduction)
}

/// The hinge of a classifier of several classes: for each row
/// `Σ max(0, margin − x[label] + x[c])ᵖ / C` over all other classes `c`.
///
/// Derivative: each class inside the margin gets `p · (…)ᵖ⁻¹ · dy / C`, and the label the negative of
/// them together. Shapes: `scores` [N, C] or [C], `labels` [N] or [].
///
/// - Parameters:
///   - scores: Scores of the classes.
///   - labels: The right class of each row, from 0.
///   - p: The power, 1 or 2.
///   - margin: The lead that the right class should have.
///   - weight: A factor for each class, by which rows of that label count.
///   - reduction: The reduction of the rows to one number; the mean divides by their number, whatever the
///     weights.
public func multiMarginLoss(
  _ scores: Variable, _ labels: IntTensor, p: Int = 1, margin: Double = 1, weight: Tensor? = nil,
  reduction: Reduction = .mean
) -> Variable {
  let weight = promoted(weight, like: scores)
  require(
    (scores.rank == 2 && labels.shape == [scores.shape[0]])
      || (scores.rank == 1 && labels.rank == 0),
    "multiMarginLoss: expects scores [N, C] and labels [N], or [C] and one label; got \(scores.shape) and "
      + "\(labels.shape)")
  require(p == 1 || p == 2, "multiMarginLoss: the power must be 1 or 2, got \(p)")
  let classes = scores.shape[scores.rank - 1]
  for label in labels.scalars {
    require(
      label >= 0 && label < classes,
      "multiMarginLoss: label \(label) is not one of the \(classes) classes 0..<\(classes)")
  }
  let indices = labels.reshaped(labels.shape + [1])
  let isLabel = scatterAdd(
    .ones(indices.shape, dtype: scores.dtype), indices, into: scores.shape, axis: -1)
  let right = gather(scores, indices, axis: -1)
  let hinges = (scores - right + margin).relu()
  var losses = replaced(p == 2 ? hinges.square() : hinges, where: isLabel, by: 0)
  if let weight {
    require(
      weight.shape == [classes],
      "multiMarginLoss: expects one weight for each of the \(classes) classes, got \(weight.shape)")
    losses =
      losses * Variable(weight.indexSelect(indices.reshaped([-1]), axis: 0).reshaped(indices.shape))
  }
  return (losses.sum(axes: [-1]) / Double(classes)).reduced(reduction)
}
