import RetrogradTensors

/// Red, green, blue and opacity, each from 0 to 1, as they are stored in pictures (sRGB). Not multiplied
/// by the opacity.
public struct Color: Sendable, Equatable {
  public var red, green, blue, opacity: Float

  /// A color by its parts.
  public init(_ red: Float, _ green: Float, _ blue: Float, opacity: Float = 1) {
    (self.red, self.green, self.blue, self.opacity) = (red, green, blue, opacity)
  }

  /// A gray.
  public init(gray: Float) { self.init(gray, gray, gray) }

  /// A color by its place on the color wheel.
  ///
  /// - Parameters:
  ///   - hue: Turns around the wheel: 0 red, 1/3 green, 2/3 blue.
  ///   - saturation: From 0, gray, to 1.
  ///   - value: From 0, black, to 1.
  public init(hue: Double, saturation: Double, value: Double) {
    func channel(_ offset: Double) -> Float {
      let k = (offset + hue * 6).truncatingRemainder(dividingBy: 6)
      let place = k < 0 ? k + 6 : k
      return Float(value - value * saturation * max(0, min(place, 4 - place, 1)))
    }
    self.init(channel(5), channel(3), channel(1))
  }

  /// White.
  public static let white = Color(gray: 1)
  /// Black.
  public static let black = Color(gray: 0)

  /// A color between this and another one.
  public func mixed(with other: Color, _ share: Float) -> Color {
    Color(premultiplied: premultiplied + (other.premultiplied - premultiplied) * share)
  }

  /// The color nearer to black.
  public func darker(_ share: Float) -> Color {
    Color(
      red * (1 - share), green * (1 - share), blue * (1 - share), opacity: opacity)
  }

  /// The color nearer to white.
  public func lighter(_ share: Float) -> Color {
    Color(
      red + (1 - red) * share, green + (1 - green) * share, blue + (1 - blue) * share,
      opacity: opacity)
  }

  /// Its brightness, from 0 to 1 (the weights of ITU-R BT.601).
  public var brightness: Float { 0.299 * red + 0.587 * green + 0.114 * blue }

  /// The same color, less opaque.
  public func faded(to opacity: Float) -> Color {
    Color(red, green, blue, opacity: self.opacity * opacity)
  }

  var premultiplied: SIMD4<Float> {
    SIMD4(red * opacity, green * opacity, blue * opacity, opacity)
  }

  init(premultiplied pixel: SIMD4<Float>) {
    let scale = pixel.w > 0 ? 1 / pixel.w : 0
    self.init(pixel.x * scale, pixel.y * scale, pixel.z * scale, opacity: pixel.w)
  }
}
