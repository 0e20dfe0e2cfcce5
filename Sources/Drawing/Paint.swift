/// The filling of an area.
public enum Paint: Sendable {
  /// The same color everywhere.
  case color(Color)
  /// From one color to another along a line.
  case linear(from: Point, Color, to: Point, Color)
  /// From one color in the middle to another at a distance.
  case radial(center: Point, Color, radius: Double, Color)
  /// A color for each place.
  case pattern(@Sendable (Point) -> Color)

  /// The paint in pixels, as numbers multiplied by their opacity.
  ///
  /// - Parameter toObject: From pixels to the coordinates in which the paint is given.
  @inline(__always)
  func forEachPixel(
    row: Int, columns: Range<Int>, toObject: Transform2D,
    _ body: (_ column: Int, _ pixel: SIMD4<Float>) -> Void
  ) {
    func place(_ column: Int) -> Point {
      toObject(Point(Double(column) + 0.5, Double(row) + 0.5))
    }
    switch self {
    case .color(let color):
      let pixel = color.premultiplied
      for column in columns { body(column, pixel) }
    case .linear(let from, let first, let to, let last):
      let (start, along) = (first.premultiplied, to - from)
      let (change, square) = (last.premultiplied - start, max((along * along).sum(), 1e-12))
      for column in columns {
        let share = ((place(column) - from) * along).sum() / square
        body(column, start + change * Float(min(max(share, 0), 1)))
      }
    case .radial(let center, let first, let radius, let last):
      let start = first.premultiplied
      let change = last.premultiplied - start
      for column in columns {
        let share = (place(column) - center).length / max(radius, 1e-6)
        body(column, start + change * Float(min(share, 1)))
      }
    case .pattern(let color):
      for column in columns { body(column, color(place(column)).premultiplied) }
    }
  }
}
