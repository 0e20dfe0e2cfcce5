/// The method for resizing pictures.
public enum InterpolationMode: String, Sendable, Codable, CaseIterable {
  /// Each output is the input at or before its place, which is counted from the corners of both.
  case nearest
  /// Each output is the input that its center lies in.
  case nearestExact = "nearest-exact"
  /// Each output is the weighted mean of the four inputs around its place.
  case bilinear
  /// Each output is a weighted sum of the sixteen inputs around its place, which may lie beyond all of them.
  case bicubic

  /// Indicates whether the centers of the corner elements can be asked to stay.
  var canAlignCorners: Bool { self == .bilinear || self == .bicubic }
}

/// Pictures in another size, given as such (PyTorch's `interpolate` with `size`).
///
/// With `r = H / H'`, output row `i` is taken from row `⌊i·r⌋` (nearest) or `⌊(i + ½)·r⌋` (nearest-exact),
/// from the two rows around `(i + ½)·r − ½`, at least 0, weighted by how near they are (bilinear), or from the
/// four rows around it by cubic convolution with `a = −¾`, where rows beyond an edge are the one at it (bicubic);
/// `alignCorners` takes `i·(H − 1)/(H' − 1)` instead, so that the corner elements stay. Columns likewise.
/// Shapes: [N, C, H, W] → [N, C, H', W'], or without N. Source of bicubic: Keys, *Cubic convolution
/// interpolation for digital image processing*, 1981.
///
/// - Parameters:
///   - x: The pictures.
///   - size: The height and width of the result.
///   - mode: The method of interpolation.
///   - alignCorners: For bilinear and bicubic interpolation: whether the corner elements stay.
public func interpolate(
  _ x: Tensor, to size: Size2D, mode: InterpolationMode = .nearest, alignCorners: Bool = false
) -> Tensor {
  asBatch(x) { x in Interpolation(x.shape, to: size, mode: mode, alignCorners: alignCorners)(x) }
}

/// Pictures enlarged or reduced by a factor (PyTorch's `interpolate` with `scale_factor`); see
/// ``interpolate(_:to:mode:alignCorners:)``.
///
/// The size is `H' = ⌊H · scale⌋`. As in PyTorch places are computed with `r = 1 / scale`, which is not
/// `H / H'` where the size was rounded.
///
/// - Parameters:
///   - x: The pictures.
///   - scale: The factor for the height and the width.
///   - mode: The method of interpolation.
///   - alignCorners: For bilinear and bicubic interpolation: whether the corner elements stay.
public func interpolate(
  _ x: Tensor, scale: (height: Double, width: Double), mode: InterpolationMode = .nearest,
  alignCorners: Bool = false
) -> Tensor {
  asBatch(x) { x in
    Interpolation(x.shape, scale: scale, mode: mode, alignCorners: alignCorners)(x)
  }
}

/// Pictures enlarged or reduced by one factor in both directions; see
/// ``interpolate(_:scale:mode:alignCorners:)-(_,(Double,Double),_,_)``.
public func interpolate(
  _ x: Tensor, scale: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false
) -> Tensor {
  interpolate(x, scale: (scale, scale), mode: mode, alignCorners: alignCorners)
}

/// The interpolation of planes to another size, and its adjoint, with the semantics of PyTorch's
/// `interpolate`.
package struct Interpolation: Sendable {
  private let rows: any AxisResampler
  private let columns: any AxisResampler

  /// The places that each output of a size is taken from.
  ///
  /// - Parameters:
  ///   - shape: The shape of the pictures [N, C, H, W].
  ///   - size: The height and width of the result.
  ///   - scale: The factor by which the result was asked to be larger, if it was asked for so: distances are
  ///     then measured by it, not by the sizes.
  ///   - mode: The method of interpolation.
  ///   - alignCorners: Whether the centers of the corner elements stay, rather than the corners.
  package init(
    _ shape: [Int], to size: Size2D, scale: (height: Double, width: Double)? = nil,
    mode: InterpolationMode, alignCorners: Bool
  ) {
    requirePictures(shape, operation: "interpolate")
    require(
      shape[1...].allSatisfy { $0 > 0 } && size.height > 0 && size.width > 0,
      "interpolate: pictures \(shape) and size \(size) must have at least one channel, row and column"
    )
    require(
      mode.canAlignCorners || !alignCorners,
      "interpolate: alignCorners is for bilinear and bicubic interpolation, not for \(mode.rawValue)"
    )
    func taps(_ extent: Int, _ count: Int, _ scale: Double?) -> any AxisResampler {
      switch mode {
      case .nearest: AxisTaps.nearest(extent, count, scale)
      case .nearestExact: AxisTaps.nearestExact(extent, count, scale)
      case .bilinear: AxisTaps.linear(extent, count, scale, alignCorners)
      case .bicubic:
        CubicTaps(
          extent: extent, at: centers(extent, count, scale, alignCorners: alignCorners))
      }
    }
    rows = taps(shape[2], size.height, scale?.height)
    columns = taps(shape[3], size.width, scale?.width)
  }

  /// The places of a result that is larger than pictures of a shape [N, C, H, W] by a factor, rounded down.
  package init(
    _ shape: [Int], scale: (height: Double, width: Double), mode: InterpolationMode,
    alignCorners: Bool
  ) {
    requirePictures(shape, operation: "interpolate")
    require(
      scale.height > 0 && scale.width > 0 && scale.height.isFinite && scale.width.isFinite,
      "interpolate: the scale must be positive, got \(scale)")
    let size = Size2D(
      Int((Double(shape[2]) * scale.height).rounded(.down)),
      Int((Double(shape[3]) * scale.width).rounded(.down)))
    self.init(shape, to: size, scale: scale, mode: mode, alignCorners: alignCorners)
  }

  /// The pictures in the new size.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    columns.resample(rows.resample(x, axis: 2), axis: 3)
  }

  /// Each element of `dy` handed back to the inputs that it was made of.
  package func adjoint(_ dy: Tensor) -> Tensor {
    rows.resampleBack(columns.resampleBack(dy, axis: 3), axis: 2)
  }
}

extension AxisTaps {
  /// PyTorch computes in single precision whatever the dtype; so do we, because a place may fall on an
  /// input exactly.
  fileprivate static func nearest(_ extent: Int, _ count: Int, _ scale: Double?) -> AxisTaps {
    let step = scale.map { Float(1 / $0) } ?? Float(extent) / Float(count)
    let places = (0..<count).map { output in
      if count == extent { return output }
      if count == 2 * extent { return output / 2 }
      return min(Int((Float(output) * step).rounded(.down)), extent - 1)
    }
    return AxisTaps(extent: extent, picking: places)
  }

  /// In single precision as well.
  fileprivate static func nearestExact(
    _ extent: Int, _ count: Int, _ scale: Double?
  ) -> AxisTaps {
    let step = scale.map { Float(1 / $0) } ?? Float(extent) / Float(count)
    return AxisTaps(
      extent: extent,
      picking: (0..<count).map { min(Int(((Float($0) + 0.5) * step).rounded(.down)), extent - 1) })
  }

  fileprivate static func linear(
    _ extent: Int, _ count: Int, _ scale: Double?, _ alignCorners: Bool
  ) -> AxisTaps {
    // As PyTorch does it, a size that stays leaves everything where it is, whatever the scale.
    let places =
      count == extent
      ? (0..<count).map(Double.init)
      : centers(extent, count, scale, alignCorners: alignCorners).map { max($0, 0) }
    let first = places.map { min(Int($0), extent - 1) }
    return AxisTaps(
      extent: extent, first: first,
      second: first.map { count == extent ? $0 : min($0 + 1, extent - 1) },
      weights: zip(first, places).map { first, place in min(max(place - Double(first), 0), 1) })
  }
}

// MARK: - Taps

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

  /// The same for a kernel.
  fileprivate var onDevice: DeviceTaps {
    if second.isEmpty { return DeviceTaps(first, extent: extent) }
    return DeviceTaps(
      zip(first, second).flatMap { [$0, $1] }, each: 2,
      weights: weights.flatMap { [1 - Float($0), Float($0)] }, extent: extent)
  }
}

extension Tensor {
  /// The tensor resampled along one axis.
  func resampled(_ taps: AxisTaps, axis: Int) -> Tensor {
    if let device = computingDevice(self),
      let y = device.summed(self, taps.onDevice, axis: axis, for: "interpolate")
    {
      return y
    }
    var shape = shape
    shape[axis] = taps.count
    var result = Tensor(uninitialized: shape, dtype: dtype)
    let view = AxisView(self.shape, axis: axis)
    dtype.dispatch { resampleLoop(self, view, taps, &result, $0) }
    return result
  }

  /// Each element handed back to the inputs that it came from: the adjoint of `resampled(_:axis:)`.
  func resampledBack(_ taps: AxisTaps, axis: Int) -> Tensor {
    if let device = computingDevice(self),
      let dx = device.summed(
        self, taps.onDevice.transposed, axis: axis, for: "interpolate's gradient")
    {
      return dx
    }
    var shape = shape
    shape[axis] = taps.extent
    var result = Tensor.zeros(shape, dtype: dtype)
    let view = AxisView(self.shape, axis: axis)
    dtype.dispatch { resampleBackLoop(self, view, taps, &result, $0) }
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

/// The centers of `count` outputs, counted in inputs, of which the first lies at 0.
private func centers(
  _ extent: Int, _ count: Int, _ scale: Double?, alignCorners: Bool
) -> [Double] {
  let step =
    if alignCorners {
      count > 1 ? Double(extent - 1) / Double(count - 1) : 0
    } else {
      scale.map { 1 / $0 } ?? Double(extent) / Double(count)
    }
  return (0..<count).map { alignCorners ? step * Double($0) : step * (Double($0) + 0.5) - 0.5 }
}
