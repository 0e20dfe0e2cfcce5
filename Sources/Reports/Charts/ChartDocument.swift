import Foundation
import RetrogradText

/// The part of a chart between its axes.
struct ChartPlane {
  static let (width, height) = (640.0, 360.0)
  static let (left, right, top, bottom) = (72.0, 20.0, 64.0, 52.0)

  /// A place on the chart.
  struct Place {
    let left: Double
    let top: Double
    var x: String { number(left) }
    var y: String { number(top) }
  }

  let x: Ticks
  let y: Ticks

  func place(_ horizontal: Double, _ vertical: Double) -> Place {
    Place(
      left: Self.left + (Self.width - Self.left - Self.right) * x.share(horizontal),
      top: Self.height - Self.bottom
        - (Self.height - Self.top - Self.bottom) * y.share(vertical))
  }

  /// Lines, numbers and words along both directions.
  func axes(xLabel: String, yLabel: String) -> String {
    let (end, floor) = (Self.width - Self.right, Self.height - Self.bottom)
    var lines: [String] = []
    for value in y.values {
      let top = floor - (floor - Self.top) * y.share(value)
      lines.append(
        "<line class='grid' x1='\(Self.left)' x2='\(end)' y1='\(number(top))' y2='\(number(top))'/>"
          + "<text class='tick' text-anchor='end' x='\(Self.left - 8)' y='\(number(top + 4))'>"
          + "\(y.text(value))</text>")
    }
    for value in x.values {
      let left = Self.left + (end - Self.left) * x.share(value)
      lines.append(
        "<line class='axis' x1='\(number(left))' x2='\(number(left))' y1='\(floor)' y2='\(floor + 4)'/>"
          + "<text class='tick below' text-anchor='middle' x='\(number(left))' y='\(floor + 18)'>"
          + "\(x.text(value))</text>")
    }
    lines.append(
      "<line class='axis' x1='\(Self.left)' x2='\(end)' y1='\(floor)' y2='\(floor)'/>")
    lines.append(
      "<text text-anchor='middle' x='\((Self.left + end) / 2)' y='\(Self.height - 12)'>"
        + "\(escaped(xLabel))</text>")
    lines.append(
      "<text text-anchor='middle' transform='translate(16 \((Self.top + floor) / 2)) rotate(-90)'>"
        + "\(escaped(yLabel))</text>")
    return lines.joined(separator: "\n")
  }
}

/// A chart as SVG: the frame and the colors that all kinds share.
struct ChartDocument {
  let title: String
  let description: String
  var width = ChartPlane.width
  let height: Double
  let content: String
  /// The left edge of the title.
  var titleLeft = ChartPlane.left
  /// The width in pixels below which letters would be too small to read, and a page scrolls; `nil` for charts whose
  /// letters grow in a narrow window.
  var minimumWidth: Double?

  /// Colors that can be told apart whatever one confuses, for paper and for dark screens (after M. Okabe and
  /// K. Ito, "Color Universal Design", 2008).
  static let light = ["#0072b2", "#c14a00", "#00795a", "#a3508a", "#96690a", "#2379a8"]
  static let dark = ["#4db3f0", "#ff8f4d", "#2fcf9f", "#e79bcb", "#f0b93a", "#8fd3ff"]
  static var seriesCount: Int { light.count }

  /// Every rule is for charts only, because a page that holds one shares its rules.
  private static let style: String = {
    func rules(_ colors: [String]) -> String {
      colors.enumerated().map { ".chart .s\($0) { --series: \($1) }" }.joined(separator: " ")
    }
    let darkRules =
      ".chart { background: #16181d; color: #e6e6e6; --paper: #16181d } " + rules(dark)
      + " .chart .cell { fill: var(--dark) } .chart .j0 { fill: #000 } .chart .j1 { fill: #fff }"
    return """
      .chart { font: 13px system-ui, sans-serif; background: #fff; color: #222; --paper: #fff }
      .chart text { fill: currentColor } .chart .tick { font-size: 12px }
      .chart .title { font-size: 16px; font-weight: 600 }
      .chart .grid { stroke: currentColor; opacity: 0.15 } .chart .axis { stroke: currentColor }
      .chart .curve { fill: none; stroke: var(--series); stroke-width: 2; stroke-linejoin: round }
      .chart .empty { fill: currentColor; opacity: 0.06 }
      .chart .area { fill: var(--series) } .chart .band { fill: var(--series); opacity: 0.25 }
      .chart .d1 { stroke-dasharray: 7 4 } .chart .d2 { stroke-dasharray: 2 3 }
      .chart .d3 { stroke-dasharray: 9 3 2 3 }
      .chart .i0 { fill: #000 } .chart .i1 { fill: #fff }
      \(rules(light))
      @media (max-width: 560px) { .chart.wide { font-size: 21px } .chart.wide .tick { font-size: 21px }
        .chart.wide .title { font-size: 21px }
        .chart.wide .tick[text-anchor=end] { transform: translateX(6px) }
        .chart.wide .below { transform: translateY(4px) } }
      @media screen and (prefers-color-scheme: dark) { \(darkRules) }
      """
  }()

  var svg: String {
    """
    <svg xmlns='http://www.w3.org/2000/svg' class='chart\(minimumWidth == nil ? " wide" : "")' \
    viewBox='0 0 \(number(width)) \(number(height))' \
    style='\(minimumWidth.map { "min-width: \(number($0))px; " } ?? "")\
    max-width: \(number(width * 1.5))px; margin: 0 auto' role='img' \
    aria-label='\(escaped(title)). \(escaped(description))'>
    <style>
    \(Self.style)
    </style>
    <text class='title' x='\(number(titleLeft))' y='24'>\(escaped(title))</text>
    \(content)
    </svg>

    """
  }
}

/// A number as short as a drawing needs it.
func number(_ value: Double) -> String { String(format: "%.5g", value) }
