import RetrogradAutograd

extension OperationTable {
  static let exponentials: [String: Function] = [
    "exp": { x, _ in x[0].exp() },
    "expm1": { x, _ in x[0].expm1() },
    "log": { x, _ in x[0].log() },
    "log1p": { x, _ in x[0].log1p() },
    "sqrt": { x, _ in x[0].sqrt() },
    "erf": { x, _ in x[0].erf() },
    "pow": { x, a in x[0].pow(a.number!) },
    "variable pow": { x, _ in x[0].pow(x[1]) },
    "pow of a number": { x, a in pow(a.number!, x[0]) },
    "logAddExp": { x, _ in logAddExp(x[0], x[1]) },
  ]
}
