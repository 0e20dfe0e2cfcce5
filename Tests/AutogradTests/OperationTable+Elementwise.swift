import RetrogradAutograd

/// The counterpart of Tests/Fixtures/operation_table_elementwise.py.
extension OperationTable {
  static let elementwise: [String: Function] = [
    "reciprocal": { x, _ in x[0].reciprocal() },
    "square": { x, _ in x[0].square() },
    "log1p": { x, _ in x[0].log1p() },
    "expm1": { x, _ in x[0].expm1() },
    "sin": { x, _ in x[0].sin() },
    "cos": { x, _ in x[0].cos() },
    "erf": { x, _ in x[0].erf() },
    "gelu": { x, a in x[0].gelu(approximation: a.approximation == "tanh" ? .tanh : .none) },
    "silu": { x, _ in x[0].silu() },
    "softplus": { x, a in x[0].softplus(beta: a.beta ?? 1, threshold: a.threshold ?? 20) },
    "leakyReLU": { x, a in x[0].leakyReLU(slope: a.slope ?? 0.01) },
    "elu": { x, a in x[0].elu(alpha: a.alpha ?? 1) },
    "hardtanh": { x, a in x[0].hardtanh(min: a.min ?? -1, max: a.max ?? 1) },
    "sign": { x, _ in x[0].sign() },
    "round": { x, _ in x[0].round() },
    "floor": { x, _ in x[0].floor() },
    "trunc": { x, _ in x[0].trunc() },
    "variable pow": { x, _ in x[0].pow(x[1]) },
    "pow of a number": { x, a in pow(a.number!, x[0]) },
  ]
}
