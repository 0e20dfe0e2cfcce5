import RetrogradTensors

// Channels to pixels and back, each the other's inverse and derivative.

/// Channels laid out as pixels (Shi et al., *Real-Time Single Image and Video Super-Resolution Using an
/// Efficient Sub-Pixel Convolutional Neural Network*, 2016).
///
/// `y[c, i·r + u, j·r + v] = x[c·r² + u·r + v, i, j]`. Derivative: `dy` unshuffled. Shape:
/// […, C·r², H, W] → […, C, H·r, W·r].
///
/// - Parameters:
///   - x: The pictures.
///   - factor: The factor by which they become higher and wider, `r`.
public func pixelShuffle(_ x: Variable, _ factor: Int) -> Variable { pixelsShuffled(x, factor) }

/// Pixels gathered into channels: the inverse of ``pixelShuffle(_:_:)``.
///
/// `y[c·r² + u·r + v, i, j] = x[c, i·r + u, j·r + v]`. Derivative: `dy` shuffled. Shape:
/// […, C, H·r, W·r] → […, C·r², H, W].
///
/// - Parameters:
///   - x: The pictures.
///   - factor: The factor by which they become lower and narrower, `r`.
public func pixelUnshuffle(_ x: Variable, _ factor: Int) -> Variable {
  pixelsUnshuffled(x, factor)
}
