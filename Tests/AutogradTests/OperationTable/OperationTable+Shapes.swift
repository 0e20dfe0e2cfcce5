import RetrogradAutograd

extension OperationTable {
  static let shapes: [String: Function] = [
    "reshape": { x, a in x[0].reshaped(a.shape!) },
    "flatten": { x, a in x[0].flattened(from: a.first ?? 0, to: a.last ?? -1) },
    "permute": { x, a in x[0].permuted(a.axes!) },
    "transpose": { x, a in x[0].transposed(a.first ?? -2, a.last ?? -1) },
    "broadcast": { x, a in x[0].broadcast(to: a.shape!) },
    "slice": { x, a in
      x[0].slice(a.range![0]..<a.range![1], step: a.step ?? 1, axis: a.axis!)
    },
    "leading range": { x, a in x[0][a.range![0]..<a.range![1]] },
    "index": { x, a in x[0][a.first!, a.last!] },
    "pad": { x, a in
      x[0].padded(a.widths!.map { (before: $0[0], after: $0[1]) }, mode: .constant(a.number ?? 0))
    },
    "concatenate": { x, a in concatenate(x, axis: a.axis ?? 0) },
    "stack": { x, a in stack(x, axis: a.axis ?? 0) },
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
    "tril": { x, a in x[0].tril(diagonal: a.diagonal ?? 0) },
    "triu": { x, a in x[0].triu(diagonal: a.diagonal ?? 0) },
  ]

  /// Each part with a factor of its own, so that none can be taken for another.
  private static func joined(_ parts: [Variable], _ axis: Int) -> Variable {
    concatenate(parts.enumerated().map { $1 * Double($0 + 1) }, axis: axis)
  }
}
