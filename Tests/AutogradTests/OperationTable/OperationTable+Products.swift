import RetrogradAutograd

extension OperationTable {
  static let products: [String: Function] = [
    "matmul": { x, a in
      matmul(
        x[0], x[1], transposeA: a.transposeA ?? false, transposeB: a.transposeB ?? false)
    },
    "linear": { x, _ in linear(x[0], x[1], bias: x.count > 2 ? x[2] : nil) },
    "dot": { x, _ in dot(x[0], x[1]) },
    "outer": { x, _ in outer(x[0], x[1]) },
    "einsum": { x, a in
      x.count == 1 ? einsum(a.equation!, x[0]) : einsum(a.equation!, x[0], x[1])
    },
  ]
}
