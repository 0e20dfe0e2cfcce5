/// Random hills and valleys: the same at each place whenever it is asked, smooth in between (value noise on a
/// grid of whole numbers; K. Perlin, "An Image Synthesizer", 1985, had the idea).
public struct Noise: Sendable {
  private let seed: UInt32

  /// One of 2³² landscapes.
  public init(seed: UInt32) { self.seed = seed }

  /// From −1 to 1 at a place; hills are about one unit wide.
  @inline(__always)
  public func callAsFunction(_ x: Double, _ y: Double) -> Double {
    let (left, top) = (x.rounded(.down), y.rounded(.down))
    let (u, v) = (Self.smooth(x - left), Self.smooth(y - top))
    let (column, row) = (Int32(truncatingIfNeeded: Int(left)), Int32(truncatingIfNeeded: Int(top)))
    let upper = mix(corner(column, row), corner(column &+ 1, row), u)
    let lower = mix(corner(column, row &+ 1), corner(column &+ 1, row &+ 1), u)
    return mix(upper, lower, v)
  }

  /// Hills with smaller hills on them: each octave half as wide and half as high as the one before. About
  /// from −1 to 1.
  public func octaves(_ count: Int, _ x: Double, _ y: Double) -> Double {
    var (sum, height, width) = (0.0, 0.5, 1.0)
    for octave in 0..<count {
      // Octaves are shifted, or their grids would show in one place.
      let shift = Double(octave) * 17.3
      sum += height * self(x * width + shift, y * width - shift)
      height /= 2
      width *= 2
    }
    return 1.4 * sum
  }

  @inline(__always)
  private static func smooth(_ t: Double) -> Double { t * t * (3 - 2 * t) }

  @inline(__always)
  private func mix(_ a: Double, _ b: Double, _ t: Double) -> Double { a + (b - a) * t }

  /// A number from −1 to 1 that belongs to a corner of the grid.
  @inline(__always)
  private func corner(_ column: Int32, _ row: Int32) -> Double {
    var bits = seed &+ UInt32(bitPattern: column) &* 0x9E37_79B1
    bits = (bits ^ (bits >> 15)) &* 0x85EB_CA77
    bits = (bits &+ UInt32(bitPattern: row)) &* 0xC2B2_AE3D
    bits = (bits ^ (bits >> 13)) &* 0x27D4_EB2F
    bits ^= bits >> 16
    return Double(bits) * 0x1p-31 - 1
  }
}
