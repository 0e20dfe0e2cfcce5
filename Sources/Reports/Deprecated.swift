// Names of the release before; see Docs/Changelog.md.

import RetrogradDrawing

/// The former name of ``SVGChart``, which is that of Swift Charts.
@available(*, deprecated, renamed: "SVGChart")
public typealias Chart = SVGChart

/// The former name of ``SVGChart/Axis``, which is that of SwiftUI.
@available(*, deprecated, renamed: "SVGChart.Axis")
public typealias Axis = SVGChart.Axis

extension SVGChart.Series {
  /// The former spelling of ``labeled(_:_:)``.
  @available(*, deprecated, renamed: "labeled(_:_:)")
  public static func labelled(
    _ name: String, _ points: [(x: Double, y: Double, label: String)]
  ) -> SVGChart.Series {
    labeled(name, points)
  }
}

extension ColorMap {
  /// The former spelling of ``gray(_:)``.
  @available(*, deprecated, renamed: "gray(_:)")
  public static func grey(_ share: Double) -> Color { gray(share) }
}
