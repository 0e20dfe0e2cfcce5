import RetrogradTensors

// Pictures in another size: linear, and the derivative is the adjoint.

/// Pictures in another size, given as such (PyTorch's `interpolate` with `size`).
///
/// With `r = H / H'`, output row `i` is taken from row `⌊i·r⌋` (nearest) or `⌊(i + ½)·r⌋` (nearest-exact),
/// from the two rows around `(i + ½)·r − ½`, at least 0, weighted by how near they are (bilinear), or from the
/// four rows around it by cubic convolution with `a = −¾`, where rows beyond an edge are the one at it (bicubic);
/// `alignCorners` takes `i·(H − 1)/(H' − 1)` instead, so that the corner elements stay. Columns likewise.
/// Derivative: `dy` handed back to the inputs by the same weights. Shapes: [N, C, H, W] → [N, C, H', W'], or
/// without N. Source of bicubic: Keys, *Cubic convolution interpolation for digital image processing*, 1981.
///
/// - Parameters:
///   - x: The pictures.
///   - size: The height and width of the result.
///   - mode: The method of interpolation.
///   - alignCorners: For bilinear and bicubic interpolation: whether the corner elements stay.
public func interpolate(
  _ x: Variable, to size: Size2D, mode: InterpolationMode = .nearest, alignCorners: Bool = false
) -> Variable {
  asBatch(x) { x in
    interpolated(x, Interpolation(x.shape, to: size, mode: mode, alignCorners: alignCorners))
  }
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
  _ x: Variable, scale: (height: Double, width: Double), mode: InterpolationMode = .nearest,
  alignCorners: Bool = false
) -> Variable {
  asBatch(x) { x in
    interpolated(
      x, Interpolation(x.shape, scale: scale, mode: mode, alignCorners: alignCorners))
  }
}

/// Pictures enlarged or reduced by one factor in both directions; see
/// ``interpolate(_:scale:mode:alignCorners:)-(_,(Double,Double),_,_)``.
public func interpolate(
  _ x: Variable, scale: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false
) -> Variable {
  interpolate(x, scale: (scale, scale), mode: mode, alignCorners: alignCorners)
}

private func interpolated(_ x: Variable, _ plan: Interpolation) -> Variable {
  record("interpolate", x, value: plan(x.value), keep: .nothing) { _, dy in
    interpolatedBack(dy, plan)
  }
}

private func interpolatedBack(_ dy: Variable, _ plan: Interpolation) -> Variable {
  record("interpolateInputGradient", dy, value: plan.adjoint(dy.value), keep: .nothing) { _, dx in
    interpolated(dx, plan)
  }
}
