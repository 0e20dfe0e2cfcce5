import RetrogradCKernels

// Derivatives of activations in one pass over memory, by the vector unit.

/// A function between layers whose derivative the vector unit computes.
package enum Activation: Sendable {
  case tanh, sigmoid, silu, gelu
  /// GELU with a hyperbolic tangent in place of the error function.
  case geluByTanh

  /// The kernels' name for it.
  var kernel: Int {
    switch self {
    case .tanh: RETROGRAD_TANH
    case .sigmoid: RETROGRAD_SIGMOID
    case .silu: RETROGRAD_SILU
    case .gelu: RETROGRAD_GELU
    case .geluByTanh: RETROGRAD_GELU_TANH
    }
  }
}

extension Tensor {
  /// `self · f′` in one pass, or `nil` where the vector unit does not compute it: for `float64`.
  ///
  /// - Parameters:
  ///   - activation: The function `f`.
  ///   - kept: Its results for ``Activation/tanh`` and ``Activation/sigmoid``, its inputs for the others; of this
  ///     tensor's shape.
  package func timesSlope(of activation: Activation, kept: Tensor) -> Tensor? {
    guard dtype == .float32, kept.dtype == .float32, kept.shape == shape,
      let back = VectorKernels<Float>.current.table.map_back
    else { return nil }
    // There the derivative runs as it is written.
    if computingDevice(self, kept) != nil { return nil }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    let count = count
    withElements(Float.self) { dy in
      kept.withElements(Float.self) { kept in
        result.withMutable(Float.self) { dx in
          guard let dy = dy.baseAddress, let kept = kept.baseAddress else { return }
          parallelRanges(count, grain: elementwiseGrain) {
            let first = $0.lowerBound
            back(Int32(activation.kernel), $0.count, kept + first, dy + first, dx + first)
          }
        }
      }
    }
    return result
  }
}
