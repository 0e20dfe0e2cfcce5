import Foundation

func cosine(_ angle: Double) -> Double { Foundation.cos(angle) }
func sine(_ angle: Double) -> Double { Foundation.sin(angle) }

/// Lines through the plane, open or closed. Curves become polygons fine enough for pictures of some
/// hundreds of pixels when the path spans a few units.
public struct Path: Sendable {
  /// One line.
  struct Contour: Sendable {
    var points: [Point]
    var isClosed: Bool
  }

  private(set) var contours: [Contour] = []

  /// A path without lines.
  public init() {}

  /// A line through points.
  public init(_ points: [Point], closed: Bool = false) {
    contours = [Contour(points: points, isClosed: closed)]
  }

  /// The straight line between two points.
  public static func line(_ from: Point, _ to: Point) -> Path { Path([from, to]) }

  /// A closed line through corners.
  public static func polygon(_ corners: [Point]) -> Path { Path(corners, closed: true) }

  /// A rectangle by its center and size, with rounded corners if that is wanted.
  public static func rectangle(
    _ center: Point, _ width: Double, _ height: Double, corner: Double = 0
  ) -> Path {
    let half = Point(width / 2, height / 2)
    let radius = min(max(corner, 0), abs(half.x), abs(half.y))
    if radius == 0 {
      return polygon([
        center - half, center + Point(half.x, -half.y), center + half,
        center + Point(-half.x, half.y),
      ])
    }
    var points: [Point] = []
    for (quarter, sign) in [Point(1, 1), Point(-1, 1), Point(-1, -1), Point(1, -1)].enumerated() {
      let middle = center + sign * (half - radius)
      for step in 0...6 {
        let angle = (Double(quarter) + Double(step) / 6) * .pi / 2
        points.append(middle + Point(angle: angle, distance: radius))
      }
    }
    return polygon(points)
  }

  /// A circle.
  public static func circle(_ center: Point, _ radius: Double) -> Path {
    ellipse(center, radius, radius)
  }

  /// An ellipse whose axes lie along x and y.
  public static func ellipse(_ center: Point, _ radiusX: Double, _ radiusY: Double) -> Path {
    Path(
      arcPoints(center, radiusX, radiusY, from: 0, to: 2 * .pi).dropLast(), closed: true)
  }

  /// A part of an ellipse, between angles in radians, clockwise from the right.
  public static func arc(
    _ center: Point, _ radiusX: Double, _ radiusY: Double, from: Double, to: Double,
    closed: Bool = false
  ) -> Path {
    Path(arcPoints(center, radiusX, radiusY, from: from, to: to), closed: closed)
  }

  /// A star, its first point upwards.
  public static func star(
    _ center: Point, points: Int, outer: Double, inner: Double
  ) -> Path {
    polygon(
      (0..<(2 * points)).map {
        center
          + Point(
            angle: (Double($0) / Double(points) - 0.5) * .pi,
            distance: $0.isMultiple(of: 2) ? outer : inner)
      })
  }

  /// A smooth line through points (a Catmull–Rom spline).
  public static func smooth(_ points: [Point], closed: Bool = false) -> Path {
    let count = points.count
    if count < 3 { return Path(points, closed: closed) }
    func at(_ index: Int) -> Point {
      closed ? points[(index + count) % count] : points[min(max(index, 0), count - 1)]
    }
    var line = closed ? [] : [points[0]]
    for index in 0..<(closed ? count : count - 1) {
      let (p, q, r, s) = (at(index - 1), at(index), at(index + 1), at(index + 2))
      for step in 1...8 {
        let t = Double(step) / 8
        let linear = (r - p) * t
        let square = (2 * p - 5 * q + 4 * r - s) * (t * t)
        let cube = (3 * q - p - 3 * r + s) * (t * t * t)
        line.append(q + 0.5 * (linear + square + cube))
      }
    }
    return Path(line, closed: closed)
  }

  private static func arcPoints(
    _ center: Point, _ radiusX: Double, _ radiusY: Double, from: Double, to: Double
  ) -> [Point] {
    let steps = max(4, Int((abs(to - from) / (2 * .pi) * 48).rounded(.up)))
    return (0...steps).map {
      let angle = from + (to - from) * Double($0) / Double(steps)
      return center + Point(radiusX * cosine(angle), radiusY * sine(angle))
    }
  }

  /// The points of the first line.
  public var points: [Point] { contours.first?.points ?? [] }

  /// The first line and more points behind it, closed.
  public func joined(to points: [Point]) -> Path { Path(self.points + points, closed: true) }

  /// This path with the lines of another one.
  public static func + (first: Path, second: Path) -> Path {
    var sum = first
    sum.contours += second.contours
    return sum
  }

  /// The path moved, turned or stretched.
  public func transformed(_ transform: Transform2D) -> Path {
    var result = self
    for index in contours.indices {
      result.contours[index].points = contours[index].points.map { transform($0) }
    }
    return result
  }

  /// The path with every point where `move` puts it.
  public func deformed(_ move: (Point) -> Point) -> Path {
    var result = self
    for index in contours.indices {
      result.contours[index].points = contours[index].points.map(move)
    }
    return result
  }

  /// The area that a pen of some width covers when it follows the path; its ends and corners are round.
  public func stroked(width: Double) -> Path {
    let radius = width / 2
    var outline = Path()
    guard radius > 0 else { return outline }
    let disc = (0..<10).map { Point(angle: Double($0) * .pi / 5, distance: radius) }
    for contour in contours {
      var points = contour.points
      if contour.isClosed, let first = points.first { points.append(first) }
      for index in points.indices {
        outline.contours.append(
          Contour(points: disc.map { $0 + points[index] }, isClosed: true))
        guard index > 0 else { continue }
        let along = points[index] - points[index - 1]
        if along.length == 0 { continue }
        let across = Point(-along.y, along.x) * (radius / along.length)
        // Wound as the discs are, so that overlapping parts do not cancel out.
        outline.contours.append(
          Contour(
            points: [
              points[index - 1] - across, points[index] - across, points[index] + across,
              points[index - 1] + across,
            ], isClosed: true))
      }
    }
    return outline
  }
}
