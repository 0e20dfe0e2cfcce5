import RetrogradTensors

/// Random changes of brightness, contrast, saturation and hue, in random order, as torchvision's `ColorJitter`
/// makes them.
public struct ColorJitter: Codable, Equatable, Sendable {
  /// Factors are drawn from 1 − this to 1 + this; likewise below.
  public let brightness: Double
  /// The largest change of contrast: colors move away from the mean gray of the picture, or towards it.
  public let contrast: Double
  /// The largest change of saturation: colors move away from the gray of each pixel, or towards it.
  public let saturation: Double
  /// The most that hues turn, of the whole wheel; up to a half.
  public let hue: Double

  /// Random changes of colors.
  public init(
    brightness: Double = 0.2, contrast: Double = 0.2, saturation: Double = 0.2, hue: Double = 0.02
  ) {
    self.init(brightness, contrast, saturation, hue)
    requireNoMistake(mistake, "ColorJitter")
  }

  /// Random changes that may have a ``mistake``.
  init(_ brightness: Double, _ contrast: Double, _ saturation: Double, _ hue: Double) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
  }

  /// The mistake in it; `nil` when it can be used.
  var mistake: String? {
    let isRight =
      [brightness, contrast, saturation].allSatisfy((0...1).contains) && (0...0.5).contains(hue)
    return isRight
      ? nil
      : "expects factors from 0 to 1 and a hue up to 0.5, got \(brightness), \(contrast), "
        + "\(saturation) and \(hue)"
  }

  /// The picture in other colors.
  public func callAsFunction(_ picture: Picture, using random: inout RandomSource) -> Picture {
    var result = picture
    ColorChange(self, using: &random).apply(to: &result)
    return result
  }
}

/// A change of colors that was drawn: what becomes of each picture it is applied to.
///
/// On numbers from 0 to 255, which are rounded only at the end, with `gray = 0.299 r + 0.587 g + 0.114 b`
/// (ITU-R BT.601) and each result cut off at 0 and 255:
/// - brightness: `x · f`;
/// - contrast: `x · f + mean(gray) · (1 − f)`, the mean over all pixels;
/// - saturation: `x · f + gray · (1 − f)`;
/// - hue: turned by a share of the color wheel of hue, saturation and value.
struct ColorChange: Equatable, Sendable {
  /// The possible changes, in the order of their numbers.
  enum Step: Int, CaseIterable, Sendable { case brightness, contrast, saturation, hue }

  private let brightness: Float
  private let contrast: Float
  private let saturation: Float
  private let hue: Float
  let order: [Step]

  /// A change by given factors.
  init(
    brightness: Double = 1, contrast: Double = 1, saturation: Double = 1, hue: Double = 0,
    order: [Step] = Step.allCases
  ) {
    self.brightness = Float(brightness)
    self.contrast = Float(contrast)
    self.saturation = Float(saturation)
    self.hue = Float(hue)
    self.order = order
  }

  /// Draws the factors of brightness, contrast and saturation, the turn of the hue, and the order.
  init(_ jitter: ColorJitter, using random: inout RandomSource) {
    func factor(_ width: Double) -> Double { random.uniform(1 - width, 1 + width) }
    let factors = (factor(jitter.brightness), factor(jitter.contrast), factor(jitter.saturation))
    let hue = random.uniform(-jitter.hue, jitter.hue)
    self.init(
      brightness: factors.0, contrast: factors.1, saturation: factors.2, hue: hue,
      order: random.permutation(Step.allCases.count).map { Step.allCases[$0] })
  }

  /// Changes the colors of a picture.
  func apply(to picture: inout Picture) {
    let count = picture.width * picture.height
    if count == 0 { return }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * count) { memory in
      picture.pixels.withUnsafeMutableBufferPointer { pixels in
        let planes = ColorPlanes(memory.baseAddress!, count: count)
        planes.read(pixels.baseAddress!)
        for step in order {
          switch step {
          case .brightness: if brightness != 1 { planes.changeBrightness(brightness) }
          case .contrast: if contrast != 1 { planes.changeContrast(contrast) }
          case .saturation: if saturation != 1 { planes.changeSaturation(saturation) }
          case .hue: if hue != 0 { planes.turnHue(hue) }
          }
        }
        planes.write(pixels.baseAddress!)
      }
    }
  }
}
