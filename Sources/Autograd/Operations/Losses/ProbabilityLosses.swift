import RetrogradTensors

// Losses against probabilities, which may depend on parameters themselves.

/// The cross-entropy between target probabilities and the softmax of `logits`:
/// `−Σ target · ln softmax(logits)` over the classes.
///
/// The derivative with respect to a row of logits whose targets add up to 1 is `(softmax − target) · dy`,
/// and to the target `−ln softmax(logits) · dy`. Shapes: `logits` and `target` [N, C], [C] or [N, C, …].
///
/// ```swift
/// let targets = mixing(&pictures, labels, classes: 200, using: &random)   // see BatchMixing
/// let loss = crossEntropy(network(Variable(pictures)), Variable(targets), labelSmoothing: 0.1)
/// ```
///
/// - Parameters:
///   - logits: Scores of the classes, not yet probabilities.
///   - target: The probability of each class.
///   - weight: A factor for each class.
///   - labelSmoothing: The share of the target, from 0 to 1, that is spread over all classes.
///   - reduction: The reduction of the elements to one number; the mean divides by their number, whatever the
///     weights.
public func crossEntropy(
  _ logits: Variable, _ target: Variable, weight: Tensor? = nil, labelSmoothing: Double = 0,
  reduction: Reduction = .mean
) -> Variable {
  let (logits, target) = promoted(logits, target)
  let weight = promoted(weight, like: logits)
  require(
    logits.rank > 0 && target.shape == logits.shape,
    "crossEntropy: logits of shape \(logits.shape) take probabilities of the same shape, [N, C] or [C], "
      + "got \(target.shape)")
  require(
    labelSmoothing >= 0 && labelSmoothing <= 1,
    "crossEntropy: the label smoothing must be in 0...1, got \(labelSmoothing)")
  let axis = logits.rank == 1 ? 0 : 1
  let classes = logits.shape[axis]
  if let weight {
    require(
      weight.shape == [classes] && weight.dtype == logits.dtype,
      "crossEntropy: expects one \(logits.dtype) weight for each of the \(classes) classes, got "
        + "\(weight.dtype) \(weight.shape)")
  }
  let loss = SoftCrossEntropy(
    shape: logits.shape, axis: axis, weight: weight, smoothing: labelSmoothing,
    dtype: logits.dtype)
  let (losses, probabilities) = loss.losses(logits.value, target.value)
  let kept = logits.shape.enumerated().map { $0 == axis ? 1 : $1 }
  let factor = weight.map { classShaped($0, logits, axis) }
  @Sendable func weighted(_ x: Variable) -> Variable { factor.map { x * Variable($0) } ?? x }
  return record(
    "crossEntropy", logits, target, value: losses, keep: .inputs,
    da: { saved, dy in
      // The softmax of the forward pass is a constant, and may stand for itself only here.
      if !saved.isRecording {
        return Variable(loss.gradient(probabilities, saved.inputs[1].value, dy.value))
      }
      let x = saved.inputs[0]
      let t = weighted(saved.inputs[1] * (1 - labelSmoothing) + labelSmoothing / Double(classes))
      return (softmax(x, axis: axis) * t.sum(axes: [axis], keepDims: true) - t) * dy.reshaped(kept)
    },
    db: { saved, dy in
      weighted(logSoftmax(saved.inputs[0], axis: axis) * (labelSmoothing - 1)) * dy.reshaped(kept)
    }
  ).reduced(reduction)
}

/// The cross-entropy between target probabilities and the sigmoid of `logits`, for answers that are yes
/// or no: `−(w · t · ln σ(x) + (1 − t) · ln(1 − σ(x)))`, without overflow.
///
/// The derivative with respect to a logit is `(σ(x) − t) · dy` without weights. Shapes: `logits` and
/// `target` any, the same; the weights broadcast to it.
///
/// - Parameters:
///   - logits: Scores, not yet probabilities.
///   - target: The probability of yes, from 0 to 1.
///   - weight: A factor for each loss.
///   - positiveWeight: A factor for the part that is about yes, `w` above: above 1 where yes is rare.
///   - reduction: The reduction of the elements to one number; the mean divides by their number, whatever the
///     weights.
public func binaryCrossEntropyWithLogits(
  _ logits: Variable, _ target: Variable, weight: Tensor? = nil, positiveWeight: Tensor? = nil,
  reduction: Reduction = .mean
) -> Variable {
  let (x, target) = promoted(logits, target)
  require(
    target.shape == x.shape,
    "binaryCrossEntropyWithLogits: logits of shape \(x.shape) take targets of the same shape, got "
      + "\(target.shape)")
  func constant(_ weight: Tensor?) -> Variable? {
    guard let weight = promoted(weight, like: x) else { return nil }
    require(
      Tensor.broadcastShape(weight.shape, x.shape) == x.shape,
      "binaryCrossEntropyWithLogits: a weight of shape \(weight.shape) does not broadcast to \(x.shape)"
    )
    return Variable(weight)
  }
  // −ln σ(x) = ln(1 + e⁻ˣ), and −ln(1 − σ(x)) is x more.
  let yes = (-x).softplus(threshold: .infinity)
  let share = constant(positiveWeight).map { ($0 - 1) * target + 1 }
  var losses = (1 - target) * x + (share.map { $0 * yes } ?? yes)
  if let weight = constant(weight) { losses = losses * weight }
  return losses.reduced(reduction)
}

/// The Kullback-Leibler divergence of `input` from `target`: `t · (ln t − x)`, and 0 where `t` is 0.
///
/// The derivative with respect to the input is `−t · dy`, to the target `(ln t + 1 − x) · dy`. Shapes: any,
/// the same. The divergence of distributions is the *sum* over their events: for the mean over a batch
/// take the sum and divide by the batch's size.
///
/// - Parameters:
///   - input: The logarithms of probabilities (``logSoftmax(_:axis:)``).
///   - target: Probabilities.
///   - logTarget: Whether `target` holds logarithms of probabilities, too.
///   - reduction: The reduction of the elements to one number; the mean is over all elements.
public func klDivergence(
  _ input: Variable, _ target: Variable, logTarget: Bool = false, reduction: Reduction = .mean
) -> Variable {
  let (x, target) = promoted(input, target)
  require(
    x.shape == target.shape,
    "klDivergence: input \(x.shape) and target \(target.shape) must have one shape")
  if logTarget { return (target.exp() * (target - x)).reduced(reduction) }
  let logarithm = replaced(target, where: target.value .== 0, by: 1).log()
  return (target * logarithm - target * x).reduced(reduction)
}
