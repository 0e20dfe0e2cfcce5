import RetrogradAutograd

extension OperationTable {
  static let reductions: [String: Function] = [
    "sum": { x, a in x[0].sum(axes: a.axes, keepDims: a.keepDims ?? false) },
    "mean": { x, a in x[0].mean(axes: a.axes, keepDims: a.keepDims ?? false) },
    "variance": { x, a in
      x[0].variance(axes: a.axes, correction: a.correction ?? 1, keepDims: a.keepDims ?? false)
    },
    "standardDeviation": { x, a in
      x[0].standardDeviation(
        axes: a.axes, correction: a.correction ?? 1, keepDims: a.keepDims ?? false)
    },
    "amax": { x, a in x[0].amax(axes: a.axes, keepDims: a.keepDims ?? false) },
    "amin": { x, a in x[0].amin(axes: a.axes, keepDims: a.keepDims ?? false) },
    "max": { x, _ in x[0].max() },
    "min": { x, _ in x[0].min() },
    "max along axis": { x, a in x[0].max(axis: a.axis!, keepDims: a.keepDims ?? false) },
    "min along axis": { x, a in x[0].min(axis: a.axis!, keepDims: a.keepDims ?? false) },
    "logSumExp": { x, a in x[0].logSumExp(axes: a.axes, keepDims: a.keepDims ?? false) },
    "product": { x, a in
      let keepDims = a.keepDims ?? false
      return a.axis.map { x[0].product(axis: $0, keepDims: keepDims) }
        ?? x[0].product(axes: a.axes, keepDims: keepDims)
    },
    "norm": { x, a in
      x[0].norm(a.order.map { Double($0)! } ?? 2, axes: a.axes, keepDims: a.keepDims ?? false)
    },
    "cumsum": { x, a in x[0].cumsum(axis: a.axis!) },
  ]
}
