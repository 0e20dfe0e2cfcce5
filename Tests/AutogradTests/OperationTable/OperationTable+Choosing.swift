import RetrogradAutograd
import RetrogradTensors

extension OperationTable {
  static let choosing: [String: Function] = [
    "clamp": { x, a in x[0].clamped(min: a.min, max: a.max) },
    "maximum": { x, _ in maximum(x[0], x[1]) },
    "minimum": { x, _ in minimum(x[0], x[1]) },
    "select": { x, a in select(Tensor(a.condition!), x[0], x[1]) },
  ]
}
