import RetrogradAutograd
import RetrogradTensors

/// The counterpart of Tests/Fixtures/operation_table_rearranging.py.
extension OperationTable {
  static let rearranging: [String: Function] = [
    "product": { x, a in x[0].product(axes: a.axes, keepDims: a.keepDims ?? false) },
    "standardDeviation": { x, a in
      x[0].standardDeviation(
        axes: a.axes, correction: a.correction ?? 1, keepDims: a.keepDims ?? false)
    },
    "norm": { x, a in
      x[0].norm(a.order.map { Double($0)! } ?? 2, axes: a.axes, keepDims: a.keepDims ?? false)
    },
    "cumsum": { x, a in x[0].cumsum(axis: a.axis!) },
    "topK": { x, a in x[0].topK(Int(a.k!), axis: a.axis ?? -1, largest: a.largest ?? true).values },
    "squeeze": { x, a in a.axis.map { x[0].squeeze(axis: $0) } ?? x[0].squeeze() },
    "unsqueeze": { x, a in x[0].unsqueeze(axis: a.axis!) },
    "expand": { x, a in x[0].expanded(to: a.shape!) },
    "split": { x, a in joined(x[0].split(a.count!, axis: a.axis!), a.axis!) },
    "split into sizes": { x, a in joined(x[0].split(sizes: a.size!, axis: a.axis!), a.axis!) },
    "chunk": { x, a in joined(x[0].chunk(a.count!, axis: a.axis!), a.axis!) },
    "narrow": { x, a in x[0].narrow(start: a.first!, count: a.count!, axis: a.axis!) },
    "select index": { x, a in x[0].select(a.first!, axis: a.axis!) },
    "flip": { x, a in x[0].flipped(axes: a.axes!) },
    "roll": { x, a in
      a.axes.map { x[0].rolled(by: a.shifts!, axes: $0) } ?? x[0].rolled(by: a.shifts![0])
    },
    "repeated": { x, a in x[0].repeated(a.shape!) },
    "indexSelect": { x, a in x[0].indexSelect(IntTensor(a.indices!), axis: a.axis!) },
    "tril": { x, a in x[0].tril(diagonal: a.diagonal ?? 0) },
    "triu": { x, a in x[0].triu(diagonal: a.diagonal ?? 0) },
    "dot": { x, _ in dot(x[0], x[1]) },
    "outer": { x, _ in outer(x[0], x[1]) },
    "einsum": { x, a in
      x.count == 1 ? einsum(a.equation!, x[0]) : einsum(a.equation!, x[0], x[1])
    },
  ]

  /// Each part with a factor of its own, so that none can be taken for another.
  private static func joined(_ parts: [Variable], _ axis: Int) -> Variable {
    concatenate(parts.enumerated().map { $1 * Double($0 + 1) }, axis: axis)
  }
}
