// Names of the release before; see Docs/Changelog.md.

extension Color {
  /// The former spelling of ``init(gray:)``.
  @available(*, deprecated, renamed: "init(gray:)")
  public init(grey: Float) { self.init(gray: grey) }
}

extension Paint {
  /// The former spelling of ``radial(center:_:radius:_:)``.
  @available(*, deprecated, renamed: "radial(center:_:radius:_:)")
  public static func radial(centre: Point, _ first: Color, radius: Double, _ last: Color) -> Paint {
    .radial(center: centre, first, radius: radius, last)
  }
}
