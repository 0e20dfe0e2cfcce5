import RetrogradAutograd
import RetrogradTensors

extension OperationTable {
  static let normalization: [String: Function] = [
    "batchNorm2d": { x, a in
      let (weight, bias) = (x.count > 1 ? x[1] : nil, x.count > 2 ? x[2] : nil)
      guard var mean = a.runningMean.map({ Tensor($0).converted(to: x[0].dtype) }),
        var variance = a.runningVariance.map({ Tensor($0).converted(to: x[0].dtype) })
      else {
        return batchNorm2d(x[0], weight: weight, bias: bias, epsilon: a.epsilon ?? 1e-5)
      }
      return batchNorm2d(
        x[0], weight: weight, bias: bias, runningMean: &mean, runningVariance: &variance,
        training: a.training!, epsilon: a.epsilon ?? 1e-5)
    },
    "groupNorm": { x, a in
      groupNorm(
        x[0], groups: a.groups!, weight: x.count > 1 ? x[1] : nil, bias: x.count > 2 ? x[2] : nil,
        epsilon: a.epsilon ?? 1e-5)
    },
    "layerNorm": { x, a in
      layerNorm(
        x[0], normalizedShape: a.shape!, weight: x.count > 1 ? x[1] : nil,
        bias: x.count > 2 ? x[2] : nil, epsilon: a.epsilon ?? 1e-5)
    },
    "localResponseNorm": { x, a in
      localResponseNorm(
        x[0], size: a.channels!, alpha: a.alpha ?? 1e-4, beta: a.beta ?? 0.75, k: a.k ?? 1)
    },
  ]
}
