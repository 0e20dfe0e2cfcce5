// What has no kernel of its own, and is made of operations that have: on a device it stays there. The loops of the host do the
// same in fewer passes.

extension Tensor {
  /// The axes but that of channels.
  private var axesBesideChannels: [Int] { [0] + Array(2..<rank) }

  /// One number for each channel, [C], in a shape that broadcasts to this tensor's.
  private func channels(_ numbers: Tensor) -> Tensor {
    numbers.reshaped(shape.indices.map { $0 == 1 ? shape[1] : 1 })
  }

  /// As ``channelMoments()``.
  func composedChannelMoments() -> (mean: Tensor, variance: Tensor) {
    let mean = mean(axes: axesBesideChannels)
    let centered = self - channels(mean)
    return (mean, (centered * centered).mean(axes: axesBesideChannels))
  }

  /// As ``normalizedChannels(mean:scale:shift:)``.
  func composedNormalizedChannels(mean: Tensor, scale: Tensor, shift: Tensor) -> Tensor {
    (self - channels(mean)) * channels(scale) + channels(shift)
  }

  /// As ``channelSums(with:mean:)``.
  func composedChannelSums(with x: Tensor, mean: Tensor) -> (sum: Tensor, product: Tensor) {
    let product = self * (x - channels(mean))
    return (sum(axes: axesBesideChannels), product.sum(axes: axesBesideChannels))
  }

  /// As ``backThroughChannels(x:mean:offset:slope:scale:)``.
  func composedBackThroughChannels(
    x: Tensor, mean: Tensor, offset: Tensor, slope: Tensor, scale: Tensor
  ) -> Tensor {
    (self - channels(offset) - (x - channels(mean)) * channels(slope)) * channels(scale)
  }

  /// As ``windowSums(before:after:axis:)``; `nil` for windows so wide that the host is faster.
  func composedWindowSums(before: Int, after: Int, axis: Int) -> Tensor? {
    guard before < 8, after < 8 else { return nil }
    let widths = shape.indices.map { $0 == axis ? (before, after) : (0, 0) }
    let padded = bordered(widths, by: 0)
    return (0...(before + after)).map { padded.slice($0..<($0 + shape[axis]), axis: axis) }
      .reduce(nil) { sum, part in sum.map { $0 + part } ?? part }
  }
}
