// Resampling along one axis: each output is one input, or the weighted mean of two.

/// The inputs of the outputs along one axis.
struct AxisTaps: Sendable {
  /// The number of inputs along the axis.
  let extent: Int
  /// For each output, an input.
  let first: [Int]
  /// For each output, another input; empty where each output is one input.
  let second: [Int]
  /// For each output, the weight of ``second``; that of ``first`` is the rest to 1.
  let weights: [Double]

  /// Outputs that each are one input.
  init(extent: Int, picking first: [Int]) {
    self.init(extent: extent, first: first, second: [], weights: [])
  }

  /// Outputs that each are the weighted mean of two inputs.
  init(extent: Int, first: [Int], second: [Int], weights: [Double]) {
    self.extent = extent
    self.first = first
    self.second = second
    self.weights = weights
  }

  /// The number of outputs along the axis.
  var count: Int { first.count }
}

extension Tensor {
  /// The tensor resampled along one axis.
  func resampled(axis: Int, _ taps: AxisTaps) -> Tensor {
    var shape = shape
    shape[axis] = taps.count
    var result = Tensor(uninitialized: shape, dtype: dtype)
    let view = AxisView(self.shape, axis: axis)
    switch dtype {
    case .float32: resampleLoop(self, view, taps, &result, Float.self)
    case .float64: resampleLoop(self, view, taps, &result, Double.self)
    }
    return result
  }

  /// Each element handed back to the inputs that it came from: the adjoint of `resampled(axis:_:)`.
  func resampledBack(axis: Int, _ taps: AxisTaps) -> Tensor {
    var shape = shape
    shape[axis] = taps.extent
    var result = Tensor.zeros(shape, dtype: dtype)
    let view = AxisView(self.shape, axis: axis)
    switch dtype {
    case .float32: resampleBackLoop(self, view, taps, &result, Float.self)
    case .float64: resampleBackLoop(self, view, taps, &result, Double.self)
    }
    return result
  }
}

/// Memory seen as [outer, axis, inner].
struct AxisView {
  let outer: Int
  let inner: Int

  init(_ shape: [Int], axis: Int) {
    outer = shape[..<axis].reduce(1, *)
    inner = shape[(axis + 1)...].reduce(1, *)
  }
}

private func resampleLoop<T: Scalar>(
  _ x: Tensor, _ view: AxisView, _ taps: AxisTaps, _ result: inout Tensor, _ type: T.Type
) {
  let inner = view.inner
  if result.count == 0 { return }
  x.withElements(T.self) { buffer in
    result.withMutable(T.self) { y in
      guard let x = buffer.baseAddress else { return }
      parallelRanges(view.outer, grain: planeGrain(taps.count * inner)) { range in
        for slab in range {
          let source = x + slab * taps.extent * inner
          var target = y + slab * taps.count * inner
          for output in 0..<taps.count {
            let a = source + taps.first[output] * inner
            if taps.second.isEmpty {
              target.update(from: a, count: inner)
            } else {
              let b = source + taps.second[output] * inner
              let weight = T(taps.weights[output])
              for i in 0..<inner { target[i] = (1 - weight) * a[i] + weight * b[i] }
            }
            target += inner
          }
        }
      }
    }
  }
}

private func resampleBackLoop<T: Scalar>(
  _ dy: Tensor, _ view: AxisView, _ taps: AxisTaps, _ result: inout Tensor, _ type: T.Type
) {
  let inner = view.inner
  if dy.count == 0 { return }
  dy.withElements(T.self) { buffer in
    result.withMutable(T.self) { x in
      guard let dy = buffer.baseAddress else { return }
      parallelRanges(view.outer, grain: planeGrain(taps.count * inner)) { range in
        for slab in range {
          let target = x + slab * taps.extent * inner
          var source = dy + slab * taps.count * inner
          for output in 0..<taps.count {
            let a = target + taps.first[output] * inner
            if taps.second.isEmpty {
              for i in 0..<inner { a[i] += source[i] }
            } else {
              let b = target + taps.second[output] * inner
              let weight = T(taps.weights[output])
              for i in 0..<inner {
                a[i] += (1 - weight) * source[i]
                b[i] += weight * source[i]
              }
            }
            source += inner
          }
        }
      }
    }
  }
}
