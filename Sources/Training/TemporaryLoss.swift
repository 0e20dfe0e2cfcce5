import RetrogradAutograd
import RetrogradTensors
func crossEntropy(_ logits: Variable, targets: Tensor, labelSmoothing: Double) -> Variable {
  let classes = Double(targets.shape[1])
  let smooth = targets * (1 - labelSmoothing) + labelSmoothing / classes
  return (logSoftmax(logits, axis: 1) * Variable(smooth)).sum() * (-1 / Double(targets.shape[0]))
}
