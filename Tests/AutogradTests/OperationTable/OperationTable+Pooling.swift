import RetrogradAutograd
import RetrogradTensors

extension OperationTable {
  static let pooling: [String: Function] = [
    "maxPool2d": { x, a in
      maxPool2d(
        x[0], kernel: size(a.kernel)!, stride: size(a.stride), padding: size(a.padding) ?? 0,
        dilation: size(a.dilation) ?? 1, ceilMode: a.ceilMode ?? false)
    },
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
    "avgPool2d": { x, a in
      avgPool2d(
        x[0], kernel: size(a.kernel)!, stride: size(a.stride), padding: size(a.padding) ?? 0,
        ceilMode: a.ceilMode ?? false, countIncludesPadding: a.countIncludesPadding ?? true,
        divisorOverride: a.divisorOverride)
    },
    "adaptiveAvgPool2d": { x, a in adaptiveAvgPool2d(x[0], to: size(a.size)!) },
  ]

  /// Values that depend on the indices: nothing else shows whether they are right.
  private static func weighted(_ pooled: (values: Variable, indices: IntTensor)) -> Variable {
    let factors = pooled.indices.scalars.map { Double($0 + 1) }
    return pooled.values
      * Variable(Tensor(factors, shape: pooled.indices.shape, dtype: pooled.values.dtype))
  }
}
