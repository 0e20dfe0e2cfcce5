import RetrogradAutograd

extension OperationTable {
  static let trigonometry: [String: Function] = [
    "sin": { x, _ in x[0].sin() },
    "cos": { x, _ in x[0].cos() },
    "tanh": { x, _ in x[0].tanh() },
  ]
}
