import RetrogradAutograd
import RetrogradTensors

/// Every operation by a name, as a function of its inputs and arguments: the counterpart of
/// Tests/Fixtures/operation_table.py.
enum OperationTable {
  typealias Function = @Sendable (_ x: [Variable], _ a: OperationArguments) -> Variable

  static let all: [String: Function] = [
    arithmetic, functions, reductions, layout, picking, pictures, losses, elementwise,
    rearranging, moreLosses, morePictures,
  ].reduce(into: [:]) { $0.merge($1) { _, _ in fatalError("one name for two operations") } }

  private static let arithmetic: [String: Function] = [
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
    "negate": { x, _ in -x[0] },
    "matmul": { x, a in
      matmul(
        x[0], x[1], transposeA: a.transposeA ?? false, transposeB: a.transposeB ?? false)
    },
    "linear": { x, _ in linear(x[0], x[1], bias: x.count > 2 ? x[2] : nil) },
  ]

  private static let functions: [String: Function] = [
    "exp": { x, _ in x[0].exp() },
    "log": { x, _ in x[0].log() },
    "sqrt": { x, _ in x[0].sqrt() },
    "pow": { x, a in x[0].pow(a.number!) },
    "tanh": { x, _ in x[0].tanh() },
    "sigmoid": { x, _ in x[0].sigmoid() },
    "relu": { x, _ in x[0].relu() },
    "abs": { x, _ in x[0].abs() },
    "clamp": { x, a in x[0].clamped(min: a.min, max: a.max) },
    "maximum": { x, _ in maximum(x[0], x[1]) },
    "minimum": { x, _ in minimum(x[0], x[1]) },
    "select": { x, a in select(Tensor(a.condition!), x[0], x[1]) },
    "softmax": { x, a in softmax(x[0], axis: a.axis!) },
    "logSoftmax": { x, a in logSoftmax(x[0], axis: a.axis!) },
    "dropout": { x, a in
      // The same mask in each call.
      var random = RandomSource(seed: 1)
      return dropout(x[0], a.number!, using: &random)
    },
  ]

  private static let reductions: [String: Function] = [
    "sum": { x, a in x[0].sum(axes: a.axes, keepDims: a.keepDims ?? false) },
    "mean": { x, a in x[0].mean(axes: a.axes, keepDims: a.keepDims ?? false) },
    "variance": { x, a in
      x[0].variance(axes: a.axes, correction: a.correction ?? 1, keepDims: a.keepDims ?? false)
    },
    "amax": { x, a in x[0].amax(axes: a.axes, keepDims: a.keepDims ?? false) },
    "amin": { x, a in x[0].amin(axes: a.axes, keepDims: a.keepDims ?? false) },
    "max": { x, _ in x[0].max() },
    "min": { x, _ in x[0].min() },
    "max along axis": { x, a in x[0].max(axis: a.axis!, keepDims: a.keepDims ?? false) },
    "min along axis": { x, a in x[0].min(axis: a.axis!, keepDims: a.keepDims ?? false) },
    "logSumExp": { x, a in x[0].logSumExp(axes: a.axes, keepDims: a.keepDims ?? false) },
  ]

  private static let layout: [String: Function] = [
    "reshape": { x, a in x[0].reshaped(a.shape!) },
    "flatten": { x, a in x[0].flattened(from: a.first ?? 0, to: a.last ?? -1) },
    "permute": { x, a in x[0].permuted(a.axes!) },
    "transpose": { x, a in x[0].transposed(a.first ?? -2, a.last ?? -1) },
    "broadcast": { x, a in x[0].broadcast(to: a.shape!) },
    "slice": { x, a in
      x[0].slice(a.range![0]..<a.range![1], step: a.step ?? 1, axis: a.axis!)
    },
    "leading range": { x, a in x[0][a.range![0]..<a.range![1]] },
    "pad": { x, a in
      x[0].padded(a.widths!.map { (before: $0[0], after: $0[1]) }, mode: .constant(a.number ?? 0))
    },
    "concatenate": { x, a in concatenate(x, axis: a.axis ?? 0) },
    "stack": { x, a in stack(x, axis: a.axis ?? 0) },
  ]

  private static let picking: [String: Function] = [
    "gather": { x, a in gather(x[0], IntTensor(a.indices!), axis: a.axis!) },
    "scatterAdd": { x, a in
      scatterAdd(x[0], IntTensor(a.indices!), into: a.shape!, axis: a.axis!)
    },
  ]

  private static let pictures: [String: Function] = [
    "conv2d": { x, a in
      conv2d(
        x[0], x[1], bias: x.count > 2 ? x[2] : nil, stride: size(a.stride) ?? 1,
        padding: size(a.padding) ?? 0, dilation: size(a.dilation) ?? 1, groups: a.groups ?? 1)
    },
    "convTranspose2d": { x, a in
      convTranspose2d(
        x[0], x[1], bias: x.count > 2 ? x[2] : nil, stride: size(a.stride) ?? 1,
        padding: size(a.padding) ?? 0, outputPadding: size(a.outputPadding) ?? 0,
        dilation: size(a.dilation) ?? 1, groups: a.groups ?? 1)
    },
    "maxPool2d": { x, a in
      maxPool2d(
        x[0], kernel: size(a.kernel)!, stride: size(a.stride), padding: size(a.padding) ?? 0,
        dilation: size(a.dilation) ?? 1, ceilMode: a.ceilMode ?? false)
    },
    "avgPool2d": { x, a in
      avgPool2d(
        x[0], kernel: size(a.kernel)!, stride: size(a.stride), padding: size(a.padding) ?? 0,
        ceilMode: a.ceilMode ?? false, countIncludesPadding: a.countIncludesPadding ?? true)
    },
    "adaptiveAvgPool2d": { x, a in adaptiveAvgPool2d(x[0], to: size(a.size)!) },
  ]

  private static let losses: [String: Function] = [
    "crossEntropy": { x, a in
      crossEntropy(
        x[0], IntTensor(a.labels!), weight: weight(a, x[0]),
        ignoreIndex: a.ignoreIndex ?? -100, labelSmoothing: a.labelSmoothing ?? 0,
        reduction: reduction(a))
    },
    "nllLoss": { x, a in
      nllLoss(
        x[0], IntTensor(a.labels!), weight: weight(a, x[0]),
        ignoreIndex: a.ignoreIndex ?? -100, reduction: reduction(a))
    },
    "mseLoss": { x, a in mseLoss(x[0], x[1], reduction: reduction(a)) },
  ]

  static func weight(_ a: OperationArguments, _ x: Variable) -> Tensor? {
    a.weight.map { Tensor($0).converted(to: x.dtype) }
  }

  static func reduction(_ a: OperationArguments) -> Reduction {
    a.reduction.map { Reduction(rawValue: $0)! } ?? .mean
  }
}
