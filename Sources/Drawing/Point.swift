/// A place in the plane: x to the right, y down.
public typealias Point = SIMD2<Double>

extension SIMD2<Double> {
  /// The point at an angle (in radians, clockwise from the right) and a distance from the origin.
  public init(angle: Double, distance: Double) {
    self.init(distance * cosine(angle), distance * sine(angle))
  }

  /// The distance from the origin.
  public var length: Double { (x * x + y * y).squareRoot() }
}

/// `x' = a x + c y + e`, `y' = b x + d y + f`.
public struct Transform2D: Sendable {
  var a, b, c, d, e, f: Double

  /// Leaves everything where it is.
  public static let identity = Transform2D(a: 1, b: 0, c: 0, d: 1, e: 0, f: 0)

  /// Moves by an offset.
  public static func translation(_ offset: Point) -> Transform2D {
    Transform2D(a: 1, b: 0, c: 0, d: 1, e: offset.x, f: offset.y)
  }

  /// Stretches from the origin.
  public static func scale(_ x: Double, _ y: Double) -> Transform2D {
    Transform2D(a: x, b: 0, c: 0, d: y, e: 0, f: 0)
  }

  /// Turns around the origin, clockwise, by an angle in radians.
  public static func rotation(_ angle: Double) -> Transform2D {
    let (cos, sin) = (cosine(angle), sine(angle))
    return Transform2D(a: cos, b: sin, c: -sin, d: cos, e: 0, f: 0)
  }

  /// Slants: `x' = x + factor · y`.
  public static func shear(_ factor: Double) -> Transform2D {
    Transform2D(a: 1, b: 0, c: factor, d: 1, e: 0, f: 0)
  }

  /// First `first`, then this.
  public func after(_ first: Transform2D) -> Transform2D {
    Transform2D(
      a: a * first.a + c * first.b, b: b * first.a + d * first.b,
      c: a * first.c + c * first.d, d: b * first.c + d * first.d,
      e: a * first.e + c * first.f + e, f: b * first.e + d * first.f + f)
  }

  /// The image of a point.
  public func callAsFunction(_ point: Point) -> Point {
    Point(a * point.x + c * point.y + e, b * point.x + d * point.y + f)
  }

  /// The factor by which lengths grow, on average over directions.
  public var scale: Double { abs(a * d - b * c).squareRoot() }

  /// The way back; the identity where there is none.
  public var inverse: Transform2D {
    let determinant = a * d - b * c
    if determinant == 0 { return .identity }
    let (ia, ib, ic, id) = (
      d / determinant, -b / determinant, -c / determinant, a / determinant
    )
    return Transform2D(a: ia, b: ib, c: ic, d: id, e: -(ia * e + ic * f), f: -(ib * e + id * f))
  }
}
