import RetrogradAutograd
import RetrogradTensors

extension OperationTable {
  static let resampling: [String: Function] = [
    "interpolate": { x, a in
      let mode = InterpolationMode(rawValue: a.mode!)!
      let corners = a.alignCorners ?? false
      if let size = size(a.size) {
        return interpolate(x[0], to: size, mode: mode, alignCorners: corners)
      }
      if let factor = a.factor {
        return interpolate(x[0], scale: Double(factor), mode: mode, alignCorners: corners)
      }
      return interpolate(
        x[0], scale: (a.scale![0], a.scale![1]), mode: mode, alignCorners: corners)
    },
    "pad with mode": { x, a in
      x[0].padded(a.widths!.map { (before: $0[0], after: $0[1]) }, mode: paddingMode(a))
    },
    "unfold": { x, a in
      unfold(
        x[0], kernel: size(a.kernel)!, dilation: size(a.dilation) ?? 1,
        padding: size(a.padding) ?? 0, stride: size(a.stride) ?? 1)
    },
    "fold": { x, a in
      fold(
        x[0], outputSize: size(a.size)!, kernel: size(a.kernel)!, dilation: size(a.dilation) ?? 1,
        padding: size(a.padding) ?? 0, stride: size(a.stride) ?? 1)
    },
    "pixelShuffle": { x, a in pixelShuffle(x[0], a.factor!) },
    "pixelUnshuffle": { x, a in pixelUnshuffle(x[0], a.factor!) },
  ]

  private static func paddingMode(_ a: OperationArguments) -> PaddingMode {
    switch a.mode! {
    case "reflect": .reflect
    case "replicate": .replicate
    case "circular": .circular
    default: .constant(a.number!)
    }
  }
}
