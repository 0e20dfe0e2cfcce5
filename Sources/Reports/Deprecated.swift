// Names of the release before; see Docs/Changelog.md.

/// The former name of ``SVGChart``, which is that of Swift Charts.
@available(*, deprecated, renamed: "SVGChart")
public typealias Chart = SVGChart

/// The former name of ``SVGChart/Axis``, which is that of SwiftUI.
@available(*, deprecated, renamed: "SVGChart.Axis")
public typealias Axis = SVGChart.Axis
