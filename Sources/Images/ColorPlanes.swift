/// The colors of a picture as three planes of numbers from 0 to 255, and the loops that change them:
/// without branches, so that the compiler uses vector instructions.
struct ColorPlanes {
  private let red: UnsafeMutablePointer<Float>
  private let green: UnsafeMutablePointer<Float>
  private let blue: UnsafeMutablePointer<Float>
  private let count: Int

  /// Planes in memory that somebody else owns.
  ///
  /// - Parameters:
  ///   - memory: Room for the three planes, one after the other.
  ///   - count: The number of pixels.
  init(_ memory: UnsafeMutablePointer<Float>, count: Int) {
    (red, green, blue) = (memory, memory + count, memory + 2 * count)
    self.count = count
  }

  /// Takes the colors of pixels: red, green and blue by turns.
  func read(_ pixels: UnsafePointer<UInt8>) {
    for i in 0..<count {
      red[i] = Float(pixels[3 * i])
      green[i] = Float(pixels[3 * i + 1])
      blue[i] = Float(pixels[3 * i + 2])
    }
  }

  /// Gives the colors to pixels, rounded.
  func write(_ pixels: UnsafeMutablePointer<UInt8>) {
    for i in 0..<count {
      pixels[3 * i] = rounded(red[i])
      pixels[3 * i + 1] = rounded(green[i])
      pixels[3 * i + 2] = rounded(blue[i])
    }
  }

  func changeBrightness(_ factor: Float) {
    for i in 0..<(3 * count) { red[i] = inRange(red[i] * factor) }
  }

  func changeContrast(_ factor: Float) {
    // Eight sums side by side for a vector register or two.
    var sums = SIMD8<Float>.zero
    let whole = count / 8 * 8
    for first in stride(from: 0, to: whole, by: 8) {
      for lane in 0..<8 { sums[lane] += gray(first + lane) }
    }
    var sum = sums.sum()
    for i in whole..<count { sum += gray(i) }
    let rest = sum / Float(count) * (1 - factor)
    for i in 0..<(3 * count) { red[i] = inRange(red[i] * factor + rest) }
  }

  func changeSaturation(_ factor: Float) {
    for i in 0..<count {
      let rest = gray(i) * (1 - factor)
      red[i] = inRange(red[i] * factor + rest)
      green[i] = inRange(green[i] * factor + rest)
      blue[i] = inRange(blue[i] * factor + rest)
    }
  }

  /// - Parameter turn: A share of the wheel, from −½ to ½.
  func turnHue(_ turn: Float) {
    for i in 0..<count {
      let (r, g, b) = (red[i], green[i], blue[i])
      let (high, low) = (max(r, max(g, b)), min(r, min(g, b)))
      let range = high - low
      // The hue in sixths of the wheel; that of gray does not matter.
      let divisor = range == 0 ? 1 : range
      let (atRed, atGreen, atBlue) = (
        (g - b) / divisor, 2 + (b - r) / divisor, 4 + (r - g) / divisor
      )
      let hue = high == r ? atRed : high == g ? atGreen : atBlue
      var place = hue + 6 * turn
      place = place < 0 ? place + 6 : place
      place = place >= 6 ? place - 6 : place
      red[i] = channel(5 + place, high, range)
      green[i] = channel(3 + place, high, range)
      blue[i] = channel(1 + place, high, range)
    }
  }

  /// A channel of a color by its hue, counted from where the channel's own dip begins, from 0 to 12.
  @inline(__always)
  private func channel(_ place: Float, _ high: Float, _ range: Float) -> Float {
    let k = place >= 6 ? place - 6 : place
    return high - range * max(0, min(k, min(4 - k, 1)))
  }

  @inline(__always)
  private func gray(_ i: Int) -> Float { 0.299 * red[i] + 0.587 * green[i] + 0.114 * blue[i] }

  @inline(__always)
  private func inRange(_ x: Float) -> Float { min(max(x, 0), 255) }

  /// The nearest byte to a number from 0 to 255: where 2²³ is added, no bits are left for a fraction,
  /// and the lowest ones are the whole number.
  @inline(__always)
  private func rounded(_ x: Float) -> UInt8 {
    UInt8(truncatingIfNeeded: (x + 0x1p23).bitPattern)
  }
}
