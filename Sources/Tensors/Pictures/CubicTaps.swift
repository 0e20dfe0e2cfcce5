// Resampling along one axis where each output is the weighted sum of four inputs in a row.

/// A linear map along one axis, and its adjoint.
protocol AxisResampler: Sendable {
  /// The tensor resampled along one axis.
  func resample(_ x: Tensor, axis: Int) -> Tensor
  /// Each element handed back to the inputs that it came from.
  func resampleBack(_ dy: Tensor, axis: Int) -> Tensor
}

extension AxisTaps: AxisResampler {
  func resample(_ x: Tensor, axis: Int) -> Tensor { x.resampled(self, axis: axis) }
  func resampleBack(_ dy: Tensor, axis: Int) -> Tensor { dy.resampledBack(self, axis: axis) }
}

/// The inputs of the outputs along one axis for cubic convolution (Keys, *Cubic convolution interpolation
/// for digital image processing*, 1981), with PyTorch's `a = −0.75`.
struct CubicTaps: AxisResampler {
  /// The number of inputs along the axis.
  let extent: Int
  /// The number of outputs along the axis.
  let count: Int
  /// Four inputs for each output; those beyond an edge are the one at it.
  let inputs: [Int]
  /// The weight of each of the inputs; the four of an output add up to 1.
  let weights: [Double]

  /// Outputs at given positions, counted in inputs.
  init(extent: Int, at positions: [Double]) {
    self.extent = extent
    count = positions.count
    let first = positions.map { min(Int($0.rounded(.down)), extent - 1) }
    inputs = first.flatMap { first in
      (-1...2).map { min(max(first + $0, 0), extent - 1) }
    }
    weights = zip(positions, first).flatMap { position, first in
      Self.weights(at: min(max(position - Double(first), 0), 1))
    }
  }

  /// The weights of the inputs at −1, 0, 1 and 2 for an output at `t` from 0 to 1.
  private static func weights(at t: Double) -> [Double] {
    let a = -0.75
    func near(_ x: Double) -> Double { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func far(_ x: Double) -> Double { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    return [far(t + 1), near(t), near(1 - t), far(2 - t)]
  }

  /// The same for a kernel.
  private var onDevice: DeviceTaps {
    DeviceTaps(inputs, each: 4, weights: weights.map(Float.init), extent: extent)
  }

  func resample(_ x: Tensor, axis: Int) -> Tensor {
    if let device = computingDevice(x),
      let y = device.summed(x, onDevice, axis: axis, for: "interpolate")
    {
      return y
    }
    var shape = x.shape
    shape[axis] = count
    var result = Tensor(uninitialized: shape, dtype: x.dtype)
    let view = AxisView(x.shape, axis: axis)
    x.dtype.dispatch { loop(x, view, &result, $0) }
    return result
  }

  func resampleBack(_ dy: Tensor, axis: Int) -> Tensor {
    if let device = computingDevice(dy),
      let dx = device.summed(dy, onDevice.transposed, axis: axis, for: "interpolate's gradient")
    {
      return dx
    }
    var shape = dy.shape
    shape[axis] = extent
    var result = Tensor.zeros(shape, dtype: dy.dtype)
    let view = AxisView(dy.shape, axis: axis)
    dy.dtype.dispatch { loopBack(dy, view, &result, $0) }
    return result
  }

  private func loop<T: Scalar>(
    _ x: Tensor, _ view: AxisView, _ result: inout Tensor, _ type: T.Type
  ) {
    let inner = view.inner
    if result.count == 0 { return }
    x.withElements(T.self) { buffer in
      result.withMutable(T.self) { y in
        guard let x = buffer.baseAddress else { return }
        parallelRanges(view.outer, grain: planeGrain(count * inner)) { range in
          for slab in range {
            let source = x + slab * extent * inner
            var target = y + slab * count * inner
            for output in 0..<count {
              let (a, b, c, d) = (
                source + inputs[4 * output] * inner, source + inputs[4 * output + 1] * inner,
                source + inputs[4 * output + 2] * inner, source + inputs[4 * output + 3] * inner
              )
              let (u, v, w, z) = (
                T(weights[4 * output]), T(weights[4 * output + 1]), T(weights[4 * output + 2]),
                T(weights[4 * output + 3])
              )
              for i in 0..<inner { target[i] = u * a[i] + v * b[i] + w * c[i] + z * d[i] }
              target += inner
            }
          }
        }
      }
    }
  }

  private func loopBack<T: Scalar>(
    _ dy: Tensor, _ view: AxisView, _ result: inout Tensor, _ type: T.Type
  ) {
    let inner = view.inner
    if dy.count == 0 { return }
    dy.withElements(T.self) { buffer in
      result.withMutable(T.self) { x in
        guard let dy = buffer.baseAddress else { return }
        parallelRanges(view.outer, grain: planeGrain(count * inner)) { range in
          for slab in range {
            let target = x + slab * extent * inner
            var source = dy + slab * count * inner
            for output in 0..<count {
              for tap in (4 * output)..<(4 * output + 4) {
                let input = target + inputs[tap] * inner
                let weight = T(weights[tap])
                for i in 0..<inner { input[i] += weight * source[i] }
              }
              source += inner
            }
          }
        }
      }
    }
  }
}
