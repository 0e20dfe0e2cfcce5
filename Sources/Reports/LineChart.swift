import Foundation

/// Curves over a common axis, as SVG that adapts to light and dark, prints, and can be read by people who
/// confuse red and green.
public struct LineChart {
  /// One curve.
  public struct Series: Sendable {
    /// What it shows.
    public let name: String
    /// Its points, x ascending.
    public let points: [(x: Double, y: Double)]

    /// A curve.
    public init(_ name: String, _ points: [(x: Double, y: Double)]) {
      self.name = name
      self.points = points
    }
  }

  /// What the chart shows.
  public let title: String
  /// What lies to the right, with its unit.
  public let xLabel: String
  /// What goes up, with its unit.
  public let yLabel: String
  /// The curves; places without a number are left out.
  public let series: [Series]
  /// Limits of the vertical axis that do not follow from the numbers.
  public let yRange: ClosedRange<Double>?

  /// A chart.
  public init(
    _ title: String, xLabel: String, yLabel: String, yRange: ClosedRange<Double>? = nil,
    _ series: [Series]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.yRange = yRange
    self.series = series.map {
      Series($0.name, $0.points.filter { $0.x.isFinite && $0.y.isFinite })
    }
  }

  private static let (width, height) = (640.0, 360.0)
  private static let (left, right, top, bottom) = (64.0, 20.0, 64.0, 52.0)
  /// Colours that can be told apart whatever one confuses (M. Okabe and K. Ito, "Color Universal Design",
  /// 2008).
  static let colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
  private static let dashes = ["", "7 4", "2 3", "9 3 2 3"]

  /// The chart as a document of its own.
  public var svg: String {
    let points = series.flatMap(\.points)
    let xTicks = Ticks(points.map(\.x), whole: points.allSatisfy { $0.x == $0.x.rounded() })
    let yTicks = Ticks(yRange.map { [$0.lowerBound, $0.upperBound] } ?? points.map(\.y))
    func x(_ value: Double) -> Double {
      Self.left + (Self.width - Self.left - Self.right) * xTicks.share(value)
    }
    func y(_ value: Double) -> Double {
      Self.height - Self.bottom - (Self.height - Self.top - Self.bottom) * yTicks.share(value)
    }
    var lines: [String] = []
    for value in yTicks.values {
      lines.append(
        "<line class='grid' x1='\(Self.left)' x2='\(Self.width - Self.right)' y1='\(short(y(value)))' "
          + "y2='\(short(y(value)))'/>")
      lines.append(
        "<text class='tick' text-anchor='end' x='\(Self.left - 8)' y='\(short(y(value) + 4))'>"
          + "\(yTicks.text(value))</text>")
    }
    for value in xTicks.values {
      lines.append(
        "<text class='tick' text-anchor='middle' x='\(short(x(value)))' y='\(Self.height - Self.bottom + 18)'>"
          + "\(xTicks.text(value))</text>")
    }
    lines.append(
      "<line class='axis' x1='\(Self.left)' x2='\(Self.width - Self.right)' "
        + "y1='\(Self.height - Self.bottom)' y2='\(Self.height - Self.bottom)'/>")
    var legend = Self.left
    for (index, curve) in series.enumerated() {
      let color = Self.colors[index % Self.colors.count]
      let dash = Self.dashes[index % Self.dashes.count]
      let style = "stroke='\(color)' stroke-dasharray='\(dash)'"
      let path = curve.points.map { "\(short(x($0.x))),\(short(y($0.y)))" }.joined(separator: " ")
      lines.append("<polyline class='curve' \(style) points='\(path)'/>")
      if curve.points.count <= 30 {
        for point in curve.points {
          lines.append(
            "<circle fill='\(color)' cx='\(short(x(point.x)))' cy='\(short(y(point.y)))' r='2.5'/>")
        }
      }
      lines.append(
        "<line class='curve' \(style) x1='\(legend)' x2='\(legend + 26)' y1='46' y2='46'/>")
      lines.append("<text x='\(legend + 32)' y='50'>\(escaped(curve.name))</text>")
      legend += 52 + 7.2 * Double(curve.name.count)
    }
    return """
      <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 \(short(Self.width)) \(short(Self.height))' \
      role='img' aria-label='\(escaped(title))'>
      <style>
      svg { font: 13px system-ui, sans-serif; background: #fff; color: #222 }
      text { fill: currentColor } .tick { font-size: 12px } .title { font-size: 16px; font-weight: 600 }
      .grid { stroke: currentColor; opacity: 0.15 } .axis { stroke: currentColor }
      .curve { fill: none; stroke-width: 2; stroke-linejoin: round }
      @media (prefers-color-scheme: dark) { svg { background: #16181d; color: #e6e6e6 } }
      @media print { svg { background: #fff; color: #000 } }
      </style>
      <text class='title' x='\(Self.left)' y='24'>\(escaped(title))</text>
      \(lines.joined(separator: "\n"))
      <text text-anchor='middle' x='\((Self.left + Self.width - Self.right) / 2)' \
      y='\(Self.height - 12)'>\(escaped(xLabel))</text>
      <text text-anchor='middle' transform='translate(16 \((Self.top + Self.height - Self.bottom) / 2)) \
      rotate(-90)'>\(escaped(yLabel))</text>
      </svg>

      """
  }

  private func short(_ number: Double) -> String { String(format: "%.5g", number) }
}

/// Round numbers along an axis.
struct Ticks {
  let values: [Double]
  private let low: Double
  private let high: Double
  private let step: Double

  /// - Parameters:
  ///   - numbers: What lies on the axis.
  ///   - whole: Whether there is nothing between whole numbers.
  init(_ numbers: [Double], whole: Bool = false) {
    let (smallest, largest) = (numbers.min() ?? 0, numbers.max() ?? 1)
    let range = largest > smallest ? largest - smallest : max(abs(largest), 1)
    let rough = range / 6
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? 10 * power
    let wide = whole ? max(1, step.rounded(.up)) : step
    self.step = wide
    low = whole ? smallest : (smallest / wide).rounded(.down) * wide
    high =
      largest > smallest
      ? (whole ? largest : (largest / wide).rounded(.up) * wide) : low + range
    let first = (low / wide).rounded(.up)
    let last = (high / wide + 1e-9).rounded(.down)
    values = first <= last ? (Int(first)...Int(last)).map { Double($0) * wide } : []
  }

  /// Where a number lies, from 0 to 1.
  func share(_ value: Double) -> Double { (value - low) / (high - low) }

  /// A number with as many places as the steps need.
  func text(_ value: Double) -> String {
    let places = max(0, Int((-log10(step)).rounded(.up)))
    return String(format: "%.\(min(places, 8))f", value)
  }
}

/// Text for XML.
func escaped(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    .replacing("'", with: "&#39;").replacing("\"", with: "&quot;")
}
