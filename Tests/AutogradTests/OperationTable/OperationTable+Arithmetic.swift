import RetrogradAutograd

extension OperationTable {
  static let arithmetic: [String: Function] = [
    "add": { x, _ in x[0] + x[1] },
    "subtract": { x, _ in x[0] - x[1] },
    "multiply": { x, _ in x[0] * x[1] },
    "divide": { x, _ in x[0] / x[1] },
    "add number": { x, a in x[0] + a.number! },
    "number plus": { x, a in a.number! + x[0] },
    "subtract number": { x, a in x[0] - a.number! },
    "number minus": { x, a in a.number! - x[0] },
    "multiply by number": { x, a in x[0] * a.number! },
    "number times": { x, a in a.number! * x[0] },
    "divide by number": { x, a in x[0] / a.number! },
    "number divided by": { x, a in a.number! / x[0] },
    "add whole number": { x, a in x[0] + Int(a.number!) },
    "whole number plus": { x, a in Int(a.number!) + x[0] },
    "subtract whole number": { x, a in x[0] - Int(a.number!) },
    "whole number minus": { x, a in Int(a.number!) - x[0] },
    "multiply by whole number": { x, a in x[0] * Int(a.number!) },
    "whole number times": { x, a in Int(a.number!) * x[0] },
    "divide by whole number": { x, a in x[0] / Int(a.number!) },
    "whole number divided by": { x, a in Int(a.number!) / x[0] },
    "negate": { x, _ in -x[0] },
    "abs": { x, _ in x[0].abs() },
    "reciprocal": { x, _ in x[0].reciprocal() },
    "square": { x, _ in x[0].square() },
    "sign": { x, _ in x[0].sign() },
    "floor": { x, _ in x[0].floor() },
    "trunc": { x, _ in x[0].trunc() },
    "round": { x, _ in x[0].round() },
  ]
}
