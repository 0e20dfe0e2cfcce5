import RetrogradTensors

/// Random changes of brightness, contrast, saturation and hue, in random order, as torchvision's `ColorJitter`
/// makes them.
public struct ColorJitter: Codable, Equatable, Sendable {
  /// Factors are drawn from 1 − this to 1 + this; likewise below.
  public let brightness: Double
  /// How far colours are moved away from the mean grey of the picture, or towards it.
  public let contrast: Double
  /// How far colours are moved away from the grey of each pixel, or towards it.
  public let saturation: Double
  /// The most that hues turn, of the whole wheel; up to a half.
  public let hue: Double

  /// Random changes of colours.
  public init(
    brightness: Double = 0.2, contrast: Double = 0.2, saturation: Double = 0.2, hue: Double = 0.02
  ) {
    require(
      [brightness, contrast, saturation].allSatisfy { (0...1).contains($0) }
        && (0...0.5).contains(hue),
      "ColorJitter: expects factors from 0 to 1 and a hue up to 0.5, got \(brightness), "
        + "\(contrast), \(saturation) and \(hue)")
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
  }

  /// The picture in other colours.
  public func callAsFunction(_ picture: Picture, using random: inout RandomSource) -> Picture {
    func factor(_ width: Double) -> Float { Float(random.uniform(1 - width, 1 + width)) }
    let (light, depth, strength) = (factor(brightness), factor(contrast), factor(saturation))
    let turn = Float(random.uniform(-hue, hue))
    let order = random.permutation(4)
    var pixels = stride(from: 0, to: picture.pixels.count, by: 3).map {
      SIMD3<Float>(
        Float(picture.pixels[$0]), Float(picture.pixels[$0 + 1]), Float(picture.pixels[$0 + 2]))
        / 255
    }
    for change in order {
      switch change {
      case 0: pixels = pixels.map { inRange($0 * light) }
      case 1:
        let mean = pixels.reduce(0) { $0 + grey($1) } / Float(max(pixels.count, 1))
        pixels = pixels.map { inRange(mean + ($0 - mean) * depth) }
      case 2: pixels = pixels.map { inRange(grey($0) + ($0 - grey($0)) * strength) }
      default: if turn != 0 { pixels = pixels.map { turned($0, by: turn) } }
      }
    }
    var result = picture
    for (index, pixel) in pixels.enumerated() {
      for channel in 0..<3 {
        result.pixels[3 * index + channel] = UInt8((pixel[channel] * 255).rounded())
      }
    }
    return result
  }

  private func inRange(_ pixel: SIMD3<Float>) -> SIMD3<Float> {
    pixel.clamped(lowerBound: .zero, upperBound: .one)
  }

  /// The brightness of a colour (ITU-R BT.601).
  private func grey(_ pixel: SIMD3<Float>) -> Float {
    0.299 * pixel.x + 0.587 * pixel.y + 0.114 * pixel.z
  }

  /// The colour with its hue turned.
  private func turned(_ pixel: SIMD3<Float>, by turn: Float) -> SIMD3<Float> {
    let (low, high) = (pixel.min(), pixel.max())
    let range = high - low
    if range == 0 { return pixel }
    let hue: Float =
      if high == pixel.x {
        (pixel.y - pixel.z) / range
      } else if high == pixel.y {
        2 + (pixel.z - pixel.x) / range
      } else {
        4 + (pixel.x - pixel.y) / range
      }
    let place = hue + 6 * turn + 12
    func channel(_ offset: Float) -> Float {
      let k = (offset + place).truncatingRemainder(dividingBy: 6)
      return high - range * max(0, min(k, 4 - k, 1))
    }
    return SIMD3(channel(5), channel(3), channel(1))
  }
}
