import RetrogradAutograd
import RetrogradTensors

extension OperationTable {
  static let losses: [String: Function] = [
    "crossEntropy": { x, a in
      crossEntropy(
        x[0], IntTensor(a.labels!), weight: weight(a, x[0]),
        ignoreIndex: a.ignoreIndex ?? -100, labelSmoothing: a.labelSmoothing ?? 0,
        reduction: reduction(a))
    },
    "nllLoss": { x, a in
      nllLoss(
        x[0], IntTensor(a.labels!), weight: weight(a, x[0]),
        ignoreIndex: a.ignoreIndex ?? -100, reduction: reduction(a))
    },
    "mseLoss": { x, a in mseLoss(x[0], x[1], reduction: reduction(a)) },
    "crossEntropy with probabilities": { x, a in
      crossEntropy(
        x[0], x[1], weight: weight(a, x[0]), labelSmoothing: a.labelSmoothing ?? 0,
        reduction: reduction(a))
    },
    "l1Loss": { x, a in l1Loss(x[0], x[1], reduction: reduction(a)) },
    "huberLoss": { x, a in
      huberLoss(x[0], x[1], delta: a.delta ?? 1, reduction: reduction(a))
    },
    "smoothL1Loss": { x, a in
      smoothL1Loss(x[0], x[1], beta: a.beta ?? 1, reduction: reduction(a))
    },
    "binaryCrossEntropyWithLogits": { x, a in
      binaryCrossEntropyWithLogits(
        x[0], x[1], weight: weight(a, x[0]),
        positiveWeight: a.positiveWeight.map { Tensor($0).converted(to: x[0].dtype) },
        reduction: reduction(a))
    },
    "klDivergence": { x, a in
      let target = a.target.map { Variable(Tensor($0).converted(to: x[0].dtype)) } ?? x[1]
      return klDivergence(
        x[0], target, logTarget: a.logTarget ?? false, reduction: reduction(a))
    },
    "hingeEmbeddingLoss": { x, a in
      hingeEmbeddingLoss(
        x[0], Tensor(a.target!), margin: a.margin ?? 1, reduction: reduction(a))
    },
    "multiMarginLoss": { x, a in
      multiMarginLoss(
        x[0], IntTensor(a.labels!), p: a.power ?? 1, margin: a.margin ?? 1,
        weight: weight(a, x[0]), reduction: reduction(a))
    },
  ]

  private static func weight(_ a: OperationArguments, _ x: Variable) -> Tensor? {
    a.weight.map { Tensor($0).converted(to: x.dtype) }
  }

  private static func reduction(_ a: OperationArguments) -> Reduction {
    a.reduction.map { Reduction(rawValue: $0)! } ?? .mean
  }
}
