import RetrogradTensors

/// The reduction of the losses of the elements to one.
public enum Reduction: String, Sendable, CaseIterable {
  /// They stay as they are.
  case none
  /// Their mean, weighted where there are weights.
  case mean
  /// Their sum.
  case sum
}

/// The cross-entropy between labels and the softmax of `logits`: `−ln softmax(logits)[label]`.
///
/// The derivative with respect to a row of logits is `(softmax − onehot) · dy`. Shapes: `logits`
/// [N, C], [C] or [N, C, …]; `labels` the same without the class axis.
///
/// - Parameters:
///   - logits: Scores of the classes, not yet probabilities: taking the softmax before is a common
///     mistake that trains slowly and is never reported.
///   - labels: The right class of each element, from 0.
///   - weight: A factor for each class; the mean divides by the sum of the factors that were used.
///   - ignoreIndex: A label whose elements count for nothing.
///   - labelSmoothing: The share of the target, from 0 to 1, that is spread over all classes (Szegedy
///     et al., *Rethinking the Inception architecture*, 2016).
///   - reduction: The reduction of the elements to one number.
public func crossEntropy(
  _ logits: Variable, _ labels: IntTensor, weight: Tensor? = nil, ignoreIndex: Int = -100,
  labelSmoothing: Double = 0, reduction: Reduction = .mean
) -> Variable {
  let weight = promoted(weight, like: logits)
  let axis = classAxis(of: logits, labels, weight, operation: "crossEntropy")
  require(
    labelSmoothing >= 0 && labelSmoothing <= 1,
    "crossEntropy: the label smoothing must be in 0...1, got \(labelSmoothing)")
  checkLabels(labels, classes: logits.shape[axis], ignoreIndex, operation: "crossEntropy")
  let loss = CrossEntropy(
    labels, shape: logits.shape, axis: axis, weight: weight, ignoreIndex: ignoreIndex,
    smoothing: labelSmoothing, dtype: logits.dtype)
  let (losses, probabilities) = loss.losses(logits.value)
  // A mean over elements that count for nothing is 0 / 0, as everywhere.
  let divisor = reduction == .mean ? loss.totalWeight() : nil
  var value = reduction == .none ? losses : losses.sum()
  if let divisor { value = value / divisor }
  return record("crossEntropy", logits, value: value, keep: .inputs) { saved, dy in
    let dy = divisor.map { dy / Variable($0) } ?? dy
    // The softmax of the forward pass is a constant, and may stand for itself only here.
    if !saved.isRecording { return Variable(loss.gradient(probabilities, dy.value)) }
    let x = saved.inputs[0]
    let (targets, sums) = loss.targets(shape: x.shape)
    var kept = x.shape
    kept[axis] = 1
    let slope = select(loss.ignored(), Variable(Tensor(0, dtype: x.dtype)), dy).reshaped(kept)
    return (softmax(x, axis: axis) * Variable(sums.reshaped(kept)) - Variable(targets)) * slope
  }
}

/// The negative log-likelihood of the labels: `−logProbabilities[label]`.
///
/// Parameters and shapes as in ``crossEntropy(_:_:weight:ignoreIndex:labelSmoothing:reduction:)``,
/// from logarithms of probabilities (``logSoftmax(_:axis:)``).
public func nllLoss(
  _ logProbabilities: Variable, _ labels: IntTensor, weight: Tensor? = nil,
  ignoreIndex: Int = -100, reduction: Reduction = .mean
) -> Variable {
  let weight = promoted(weight, like: logProbabilities)
  let axis = classAxis(of: logProbabilities, labels, weight, operation: "nllLoss")
  checkLabels(
    labels, classes: logProbabilities.shape[axis], ignoreIndex, operation: "nllLoss")
  var gathered = logProbabilities.shape
  gathered[axis] = 1
  let counts = Tensor(
    labels.scalars.map { $0 == ignoreIndex ? 0 : 1 }, shape: labels.shape,
    dtype: logProbabilities.dtype)
  let indices = IntTensor(
    labels.scalars.map { $0 == ignoreIndex ? 0 : $0 }, shape: gathered)
  var weights = counts
  if let weight, weight.count > 0 {
    weights = gather(
      classShaped(weight, logProbabilities, axis).broadcast(to: logProbabilities.shape), indices,
      axis: axis
    ).reshaped(labels.shape).masked(by: counts)
  }
  let picked = gather(logProbabilities, indices, axis: axis).reshaped(labels.shape)
  // 0 where the label is to be ignored, whatever stood there.
  let losses = (-picked * Variable(weights)).masked(by: counts)
  switch reduction {
  case .none: return losses
  case .sum: return losses.sum()
  case .mean: return losses.sum() / Variable(weights.sum())
  }
}

/// The squared error: `(prediction − target)²`. Derivative: `2 · (prediction − target) · dy`.
///
/// Both must have the same shape: [N, 1] against [N] would broadcast to [N, N], which is never what
/// was meant.
public func mseLoss(
  _ prediction: Variable, _ target: Variable, reduction: Reduction = .mean
)
  -> Variable
{
  require(
    prediction.shape == target.shape,
    "mseLoss: prediction \(prediction.shape) and target \(target.shape) must have one shape: reshape one"
  )
  let difference = prediction - target
  return (difference * difference).reduced(reduction)
}

extension Variable {
  /// The losses of single elements as they are, their mean or their sum.
  func reduced(_ reduction: Reduction) -> Variable {
    switch reduction {
    case .none: self
    case .mean: mean()
    case .sum: sum()
    }
  }
}

/// The axis of the classes, after checking that logits, labels and weights fit.
private func classAxis(
  of logits: Variable, _ labels: IntTensor, _ weight: Tensor?, operation: String
) -> Int {
  require(logits.rank > 0, "\(operation): expects logits [N, C] or [C], got a single number")
  let axis = logits.rank == 1 ? 0 : 1
  var expected = logits.shape
  expected.remove(at: axis)
  require(
    labels.shape == expected,
    "\(operation): logits of shape \(logits.shape) take labels of shape \(expected), got \(labels.shape)"
  )
  if let weight {
    require(
      weight.shape == [logits.shape[axis]] && weight.dtype == logits.dtype,
      "\(operation): expects one \(logits.dtype) weight for each of the \(logits.shape[axis]) classes, got "
        + "\(weight.dtype) \(weight.shape)")
  }
  return axis
}

/// One number a class in a shape that broadcasts to that of the logits.
func classShaped(_ weight: Tensor, _ logits: Variable, _ axis: Int) -> Tensor {
  weight.reshaped(logits.shape.indices.map { $0 == axis ? weight.count : 1 })
}

/// Stops at a label that is neither a class nor to be ignored.
private func checkLabels(
  _ labels: IntTensor, classes: Int, _ ignoreIndex: Int, operation: String
) {
  for (position, label) in labels.scalars.enumerated() where label != ignoreIndex {
    require(
      label >= 0 && label < classes,
      "\(operation): label \(label) at position \(position) is not one of the \(classes) classes "
        + "0..<\(classes)")
  }
}
