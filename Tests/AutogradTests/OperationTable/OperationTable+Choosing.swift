import RetrogradAutograd
import RetrogradTensors

extension OperationTable {
  static let choosing: [String: Function] = [
    "clamp": { x, a in x[0].clamped(min: a.min, max: a.max) },
    "clamp between tensors": { x, _ in x[0].clamped(min: x[1], max: x[2]) },
    "clamp from below by a tensor": { x, _ in x[0].clamped(min: x[1]) },
    "clamp from above by a tensor": { x, _ in x[0].clamped(max: x[1]) },
    "maximum": { x, _ in maximum(x[0], x[1]) },
    "minimum": { x, _ in minimum(x[0], x[1]) },
    "select": { x, a in select(Tensor(a.condition!), x[0], x[1]) },
  ]
}
