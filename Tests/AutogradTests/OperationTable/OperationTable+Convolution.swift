import RetrogradAutograd
import RetrogradTensors

extension OperationTable {
  static let convolution: [String: Function] = [
    "conv1d": { x, a in
      conv1d(
        x[0], x[1], bias: x.count > 2 ? x[2] : nil, stride: a.stride?[0] ?? 1,
        padding: a.padding?[0] ?? 0, dilation: a.dilation?[0] ?? 1, groups: a.groups ?? 1)
    },
    "conv1d padded by a rule": { x, a in
      conv1d(
        x[0], x[1], bias: x.count > 2 ? x[2] : nil, stride: a.stride?[0] ?? 1, padding: a.rule!,
        dilation: a.dilation?[0] ?? 1, groups: a.groups ?? 1)
    },
    "conv2d": { x, a in
      conv2d(
        x[0], x[1], bias: x.count > 2 ? x[2] : nil, stride: size(a.stride) ?? 1,
        padding: size(a.padding) ?? 0, dilation: size(a.dilation) ?? 1, groups: a.groups ?? 1)
    },
    "conv2d padded by a rule": { x, a in
      conv2d(
        x[0], x[1], bias: x.count > 2 ? x[2] : nil, stride: size(a.stride) ?? 1, padding: a.rule!,
        dilation: size(a.dilation) ?? 1, groups: a.groups ?? 1)
    },
    "convTranspose2d": { x, a in
      convTranspose2d(
        x[0], x[1], bias: x.count > 2 ? x[2] : nil, stride: size(a.stride) ?? 1,
        padding: size(a.padding) ?? 0, outputPadding: size(a.outputPadding) ?? 0,
        dilation: size(a.dilation) ?? 1, groups: a.groups ?? 1)
    },
  ]
}
