import Foundation
import RetrogradDrawing

/// Colors for numbers, in even steps for the eye: places in the space OKLab, in which equal distances look
/// equally large (B. Ottosson, "A perceptual color space for image processing", 2020).
public enum ColorMap {
  /// From dark blue over green to light yellow, ever lighter: for how much.
  ///
  /// - Parameter share: From 0 to 1; beyond, the ends.
  public static func sequential(_ share: Double) -> Color {
    let t = clamped(share)
    return color(
      lightness: 0.24 + 0.71 * t, chroma: 0.075 + 0.09 * sin(.pi * (0.15 + 0.75 * t)),
      hue: 285 - 180 * t)
  }

  /// From blue over white to orange: for what is below and above 0.
  ///
  /// - Parameter value: From −1 to 1; beyond, the ends.
  public static func diverging(_ value: Double) -> Color {
    let t = min(max(value.isNaN ? 0 : value, -1), 1)
    return color(
      lightness: 0.97 - 0.45 * abs(t), chroma: 0.14 * abs(t), hue: t < 0 ? 252 : 55)
  }

  /// From black to white.
  public static func gray(_ share: Double) -> Color { Color(gray: Float(clamped(share))) }

  private static func clamped(_ share: Double) -> Double {
    min(max(share.isNaN ? 0 : share, 0), 1)
  }

  private static func color(lightness: Double, chroma: Double, hue: Double) -> Color {
    let (a, b) = (chroma * cos(hue * .pi / 180), chroma * sin(hue * .pi / 180))
    let l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3)
    let m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3)
    let s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3)
    return Color(
      encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
      encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
      encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))
  }

  /// Light as sRGB writes it (IEC 61966-2-1).
  private static func encoded(_ light: Double) -> Float {
    let light = min(max(light, 0), 1)
    return Float(light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055)
  }
}

extension Color {
  /// `#rrggbb`.
  public var hexadecimal: String {
    func byte(_ part: Float) -> Int { Int((min(max(part, 0), 1) * 255).rounded()) }
    return String(format: "#%02x%02x%02x", byte(red), byte(green), byte(blue))
  }
}
