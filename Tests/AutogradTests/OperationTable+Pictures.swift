import RetrogradAutograd
import RetrogradTensors

/// More operations on pictures: the counterpart of Tests/Fixtures/operation_table_pictures.py.
extension OperationTable {
  static let morePictures: [String: Function] = [
    "maxPool2dWithIndices": { x, a in
      weighted(
        maxPool2dWithIndices(
          x[0], kernel: size(a.kernel)!, stride: size(a.stride), padding: size(a.padding) ?? 0,
          dilation: size(a.dilation) ?? 1, ceilMode: a.ceilMode ?? false))
    },
    "maxUnpool2d": { x, a in
      maxUnpool2d(x[0], IntTensor(a.indices!), outputSize: size(a.size)!)
    },
    "adaptiveMaxPool2d": { x, a in adaptiveMaxPool2d(x[0], to: size(a.size)!) },
    "adaptiveMaxPool2dWithIndices": { x, a in
      weighted(adaptiveMaxPool2dWithIndices(x[0], to: size(a.size)!))
    },
    "interpolate": { x, a in
      let mode = InterpolationMode(rawValue: a.mode!)!
      let corners = a.alignCorners ?? false
      if let size = size(a.size) {
        return interpolate(x[0], to: size, mode: mode, alignCorners: corners)
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
    "batchNorm2d": { x, a in
      let (weight, bias) = (x.count > 1 ? x[1] : nil, x.count > 2 ? x[2] : nil)
      guard var mean = a.runningMean.map({ Tensor($0).converted(to: x[0].dtype) }),
        var variance = a.runningVariance.map({ Tensor($0).converted(to: x[0].dtype) })
      else {
        return batchNorm2d(x[0], weight: weight, bias: bias, epsilon: a.epsilon ?? 1e-5)
      }
      return batchNorm2d(
        x[0], weight: weight, bias: bias, runningMean: &mean, runningVariance: &variance,
        training: a.training!, epsilon: a.epsilon ?? 1e-5)
    },
    "layerNorm": { x, a in
      layerNorm(
        x[0], normalizedShape: a.shape!, weight: x.count > 1 ? x[1] : nil,
        bias: x.count > 2 ? x[2] : nil, epsilon: a.epsilon ?? 1e-5)
    },
    "localResponseNorm": { x, a in
      localResponseNorm(
        x[0], size: a.channels!, alpha: a.alpha ?? 1e-4, beta: a.beta ?? 0.75, k: a.k ?? 1)
    },
  ]

  static func size(_ pair: [Int]?) -> Size2D? { pair.map { Size2D($0[0], $0[1]) } }

  /// Values that depend on the indices: nothing else shows whether they are right.
  private static func weighted(_ pooled: (values: Variable, indices: IntTensor)) -> Variable {
    let factors = pooled.indices.scalars.map { Double($0 + 1) }
    return pooled.values
      * Variable(Tensor(factors, shape: pooled.indices.shape, dtype: pooled.values.dtype))
  }

  private static func paddingMode(_ a: OperationArguments) -> PaddingMode {
    switch a.mode! {
    case "reflect": .reflect
    case "replicate": .replicate
    case "circular": .circular
    default: .constant(a.number!)
    }
  }
}
