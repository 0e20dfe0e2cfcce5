import RetrogradAutograd
import RetrogradTensors

extension OperationTable {
  static let activations: [String: Function] = [
    "sigmoid": { x, _ in x[0].sigmoid() },
    "relu": { x, _ in x[0].relu() },
    "leakyReLU": { x, a in x[0].leakyReLU(slope: a.slope ?? 0.01) },
    "prelu": { x, _ in prelu(x[0], x[1]) },
    "elu": { x, a in x[0].elu(alpha: a.alpha ?? 1) },
    "hardtanh": { x, a in x[0].hardtanh(min: a.min ?? -1, max: a.max ?? 1) },
    "gelu": { x, a in x[0].gelu(approximation: a.approximation == "tanh" ? .tanh : .none) },
    "silu": { x, _ in x[0].silu() },
    "softplus": { x, a in x[0].softplus(beta: a.beta ?? 1, threshold: a.threshold ?? 20) },
    "softmax": { x, a in softmax(x[0], axis: a.axis!) },
    "logSoftmax": { x, a in logSoftmax(x[0], axis: a.axis!) },
    "dropout": { x, a in
      // The same mask in each call.
      var random = RandomSource(seed: 1)
      return dropout(x[0], a.number!, using: &random)
    },
  ]
}
