// Channels to pixels and back, each the other's inverse: reshaping and permuting, for tensors and variables.

/// Channels laid out as pixels (Shi et al., *Real-Time Single Image and Video Super-Resolution Using an
/// Efficient Sub-Pixel Convolutional Neural Network*, 2016).
///
/// `y[c, i·r + u, j·r + v] = x[c·r² + u·r + v, i, j]`. Shape: […, C·r², H, W] → […, C, H·r, W·r].
///
/// - Parameters:
///   - x: The pictures.
///   - factor: The factor by which they become higher and wider, `r`.
public func pixelShuffle(_ x: Tensor, _ factor: Int) -> Tensor { pixelsShuffled(x, factor) }

/// Pixels gathered into channels: the inverse of ``pixelShuffle(_:_:)``.
///
/// `y[c·r² + u·r + v, i, j] = x[c, i·r + u, j·r + v]`. Shape: […, C, H·r, W·r] → […, C·r², H, W].
///
/// - Parameters:
///   - x: The pictures.
///   - factor: The factor by which they become lower and narrower, `r`.
public func pixelUnshuffle(_ x: Tensor, _ factor: Int) -> Tensor { pixelsUnshuffled(x, factor) }

/// See ``pixelShuffle(_:_:)``.
package func pixelsShuffled<T: TensorProtocol>(_ x: T, _ factor: Int) -> T {
  require(
    x.rank >= 3 && factor > 0 && x.shape[x.rank - 3] % (factor * factor) == 0,
    "pixelShuffle: expects […, C·\(factor)², H, W] and a factor of at least 1, got shape \(x.shape)"
  )
  let (outer, inner) = (Array(x.shape.dropLast(3)), x.shape.suffix(2))
  let (height, width) = (inner.first!, inner.last!)
  let channels = x.shape[x.rank - 3] / (factor * factor)
  let n = outer.count
  return x.reshaped(outer + [channels, factor, factor, height, width])
    .permuted(Array(0..<n) + [n, n + 3, n + 1, n + 4, n + 2])
    .reshaped(outer + [channels, height * factor, width * factor])
}

/// See ``pixelUnshuffle(_:_:)``.
package func pixelsUnshuffled<T: TensorProtocol>(_ x: T, _ factor: Int) -> T {
  require(
    x.rank >= 3 && factor > 0 && x.shape.suffix(2).allSatisfy { $0 % factor == 0 },
    "pixelUnshuffle: expects […, C, H·\(factor), W·\(factor)] and a factor of at least 1, got shape "
      + "\(x.shape)")
  let (outer, inner) = (Array(x.shape.dropLast(3)), x.shape.suffix(2))
  let (height, width) = (inner.first! / factor, inner.last! / factor)
  let channels = x.shape[x.rank - 3]
  let n = outer.count
  return x.reshaped(outer + [channels, height, factor, width, factor])
    .permuted(Array(0..<n) + [n, n + 2, n + 4, n + 1, n + 3])
    .reshaped(outer + [channels * factor * factor, height, width])
}
