import Foundation
import RetrogradText

/// Lines, points, bars and bands over common axes.
///
/// ```swift
/// let chart = SVGChart("Loss", x: "epoch", y: .init("cross-entropy", .logarithmic), [
///   .line("training", [(1, 0.59), (2, 0.18)]), .line("validation", [(1, 0.27), (2, 0.26)]),
/// ])
/// try Data(chart.svg.utf8).write(to: url)
/// ```
///
/// ``svg`` adapts to light and dark, prints, and can be read by people who confuse red and green: series differ
/// in dashes or shapes as well as in color.
public struct SVGChart: Sendable {
  /// One series of numbers.
  public struct Series: Sendable {
    enum Form: Sendable {
      case line
      case points
      case labels([String])
      case bars(width: Double)
      case band([Double])
    }

    /// The name of the series.
    public let name: String
    let points: [(x: Double, y: Double)]
    let form: Form

    /// Indicates whether there are no numbers.
    public var isEmpty: Bool { points.isEmpty }

    fileprivate var isCurve: Bool { if case .line = form { true } else { false } }

    /// A curve, x ascending.
    public static func line(_ name: String, _ points: [(x: Double, y: Double)]) -> Series {
      Series(name: name, points: points, form: .line)
    }

    /// Separate points.
    public static func points(_ name: String, _ points: [(x: Double, y: Double)]) -> Series {
      Series(name: name, points: points, form: .points)
    }

    /// Separate points with words beside them.
    public static func labeled(
      _ name: String, _ points: [(x: Double, y: Double, label: String)]
    ) -> Series {
      Series(
        name: name, points: points.map { ($0.x, $0.y) }, form: .labels(points.map(\.label)))
    }

    /// Columns that stand on 0.
    ///
    /// - Parameters:
    ///   - name: The name of the series.
    ///   - points: Their middles and heights.
    ///   - width: The width of each, in the unit of the axis.
    public static func bars(
      _ name: String, _ points: [(x: Double, y: Double)], width: Double
    ) -> Series {
      Series(name: name, points: points, form: .bars(width: width))
    }

    /// The area between two curves: what lies around a mean, for instance.
    public static func band(
      _ name: String, _ points: [(x: Double, low: Double, high: Double)]
    ) -> Series {
      Series(
        name: name, points: points.map { ($0.x, $0.low) }, form: .band(points.map(\.high)))
    }
  }

  /// The title of the chart.
  public let title: String
  /// To the right.
  public let x: Axis
  /// Up.
  public let y: Axis
  /// The series, the first at the back; points without a number are left out.
  public let series: [Series]

  /// A chart.
  public init(_ title: String, x: Axis, y: Axis, _ series: [Series]) {
    (self.title, self.x, self.y) = (title, x, y)
    self.series = series.map { Self.drawable($0, x, y) }
  }

  /// A histogram: the number of values in each of several intervals of the same width.
  ///
  /// - Parameters:
  ///   - title: The title of the chart.
  ///   - label: The name of the values, with their unit.
  ///   - values: The values; those that are not finite are left out.
  ///   - bins: The number of intervals; about the square root of the number of values by default, at most 60.
  public static func histogram(
    _ title: String, label: String, _ values: [Double], bins: Int? = nil
  ) -> SVGChart {
    let finite = values.filter(\.isFinite)
    let count = max(1, bins ?? min(60, Int(Double(finite.count).squareRoot().rounded(.up))))
    let bins = EqualBins(finite, count: count)
    let width = bins.width
    let points = bins.counts.enumerated().map {
      (x: bins.low + (Double($0) + 0.5) * width, y: Double($1))
    }
    return SVGChart(
      title, x: .init(label), y: "count", [.bars("values", points, width: width)])
  }

  /// A roofline chart of the machine's limits and of programs: work per byte to the right, speed up (S. Williams,
  /// A. Waterman and D. Patterson, "Roofline", Communications of the ACM 52, 2009).
  ///
  /// - Parameters:
  ///   - title: The title of the chart.
  ///   - peak: The most operations a second, in 10⁹.
  ///   - bandwidth: The memory bandwidth, in 10⁹ bytes per second.
  ///   - programs: The measured programs: operations per byte, and 10⁹ operations per second.
  public static func roofline(
    _ title: String, peak: Double, bandwidth: Double,
    _ programs: [(intensity: Double, speed: Double, label: String)]
  ) -> SVGChart {
    let ridge = peak / bandwidth
    let intensities = programs.map(\.intensity).filter { $0 > 0 } + [ridge]
    let (low, high) = ((intensities.min() ?? 1) / 4, (intensities.max() ?? 1) * 4)
    return SVGChart(
      title, x: .init("operations per byte", .logarithmic),
      y: .init("10⁹ operations per second", .logarithmic),
      [
        .line(
          "what memory and arithmetic allow", [(low, low * bandwidth), (ridge, peak), (high, peak)]),
        .labeled("measured", programs.map { ($0.intensity, $0.speed, $0.label) }),
      ])
  }

  private static func drawable(_ series: Series, _ x: Axis, _ y: Axis) -> Series {
    let kept = series.points.indices.filter { index in
      let point = series.points[index]
      guard x.has(point.x), y.has(point.y) else { return false }
      if case .band(let high) = series.form { return y.has(high[index]) }
      return true
    }
    let form: Series.Form =
      switch series.form {
      case .labels(let labels): .labels(kept.map { labels[$0] })
      case .band(let high): .band(kept.map { high[$0] })
      default: series.form
      }
    return Series(name: series.name, points: kept.map { series.points[$0] }, form: form)
  }

  // MARK: Drawing

  /// The chart as a document of its own, which can also stand inside a page.
  public var svg: String {
    var numbers: (x: [Double], y: [Double]) = ([], [])
    for one in series {
      numbers.y += one.points.map(\.y)
      switch one.form {
      case .bars(let width):
        numbers.x += one.points.flatMap { [$0.x - width / 2, $0.x + width / 2] }
        numbers.y.append(0)
      case .band(let high):
        numbers.x += one.points.map(\.x)
        numbers.y += high
      default: numbers.x += one.points.map(\.x)
      }
    }
    let whole = numbers.x.allSatisfy { $0 == $0.rounded() } && x.scale == .linear
    let plane = ChartPlane(
      x: x.ticks(numbers.x, whole: whole && !numbers.x.isEmpty), y: y.ticks(numbers.y))
    let drawn = series.enumerated().map { draw($1, $0, on: plane) }
    let legend = legend
    let more = Self.legendLine * Double(legend.lines - 1)
    let content = plane.axes(xLabel: x.label, yLabel: y.label) + drawn.joined(separator: "\n")
    return ChartDocument(
      title: title, description: summary, height: ChartPlane.height + more,
      content: (more == 0 ? content : "<g transform='translate(0 \(more))'>\(content)</g>")
        + legend.content
    ).svg
  }

  /// The chart in words, for those who cannot see it.
  private var summary: String {
    let parts = series.map { one in
      guard let first = one.points.first, let last = one.points.last else {
        return "\(one.name): no numbers"
      }
      return String(
        format: "%@: %d points, from %.4g at %.4g to %.4g at %.4g", one.name, one.points.count,
        first.y, first.x, last.y, last.x)
    }
    return "\(y.label) over \(x.label). " + parts.joined(separator: "; ")
  }

  private func draw(_ one: Series, _ index: Int, on plane: ChartPlane) -> String {
    let style = "series s\(index % ChartDocument.seriesCount)"
    let place = one.points.map { plane.place($0.x, $0.y) }
    switch one.form {
    case .line:
      let path = place.map { "\($0.x),\($0.y)" }.joined(separator: " ")
      let dots = place.count <= 30 ? place.map { dot($0, style) }.joined() : ""
      return "<polyline class='\(style) curve d\(index % 4)' points='\(path)'/>" + dots
    case .points: return place.map { mark($0, index, style) }.joined()
    case .labels(let labels):
      return place.map { mark($0, index, style) }.joined()
        + words(labels, beside: place, on: plane)
    case .bars(let width):
      return one.points.map {
        let (corner, foot) = (
          plane.place($0.x - width / 2, max($0.y, 0)), plane.place($0.x + width / 2, min($0.y, 0))
        )
        return "<rect class='\(style) area' x='\(corner.x)' y='\(corner.y)' "
          + "width='\(number(max(foot.left - corner.left - 1, 0.5)))' "
          + "height='\(number(max(foot.top - corner.top, 0)))'/>"
      }.joined()
    case .band(let high):
      let upper = zip(one.points, high).map { plane.place($0.x, $1) }
      let path = (place + upper.reversed()).map { "\($0.x),\($0.y)" }.joined(separator: " ")
      return "<polygon class='\(style) band' points='\(path)'/>"
    }
  }

  /// Words beside points: to the left of those near the right edge, and never on top of each other or on a curve.
  private func words(
    _ labels: [String], beside places: [ChartPlane.Place], on plane: ChartPlane
  ) -> String {
    let (letter, line, gap) = (6.6, 13.0, 8.0)
    let floor = ChartPlane.height - ChartPlane.bottom
    let curves = series.filter(\.isCurve).map { $0.points.map { plane.place($0.x, $0.y) } }
    var taken: [(from: Double, to: Double, base: Double)] = []
    return places.indices.sorted { places[$0].top < places[$1].top }.map { index in
      let (place, width) = (places[index], letter * Double(labels[index].count))
      let isLeft = place.left + gap + width > ChartPlane.width
      let from = isLeft ? place.left - gap - width : place.left + gap
      func isFree(_ base: Double) -> Bool {
        !taken.contains {
          $0.from < from + width && from < $0.to && abs($0.base - base) < line
        } && !curves.contains { crosses($0, from...(from + width), (base - 11)...(base + 4)) }
      }
      var base = place.top + 4
      while base < floor, !isFree(base) { base += 1 }
      taken.append((from, from + width, base))
      return "<text class='tick' text-anchor='\(isLeft ? "end" : "start")' "
        + "x='\(number(isLeft ? place.left - gap : from))' y='\(number(base))'>\(escaped(labels[index]))</text>"
    }.joined()
  }

  /// Returns whether a curve, from left to right, goes through a rectangle.
  private func crosses(
    _ curve: [ChartPlane.Place], _ width: ClosedRange<Double>, _ height: ClosedRange<Double>
  ) -> Bool {
    zip(curve, curve.dropFirst()).contains { a, b in
      guard a.left <= width.upperBound, b.left >= width.lowerBound else { return false }
      let ends = [max(a.left, width.lowerBound), min(b.left, width.upperBound)].map { left in
        b.left > a.left ? a.top + (b.top - a.top) * (left - a.left) / (b.left - a.left) : a.top
      }
      return height.overlaps(min(ends[0], ends[1])...max(ends[0], ends[1]))
    }
  }

  private func dot(_ place: ChartPlane.Place, _ style: String) -> String {
    "<circle class='\(style) area' cx='\(place.x)' cy='\(place.y)' r='2.5'/>"
  }

  /// A point in a shape of its series: round, square, triangular or a diamond.
  private func mark(_ place: ChartPlane.Place, _ index: Int, _ style: String) -> String {
    let shape =
      ["", "M-4-4h8v8h-8z", "M0-5 5 4h-10z", "M0-5 5 0 0 5-5 0z"][index % 4]
    if shape.isEmpty {
      return "<circle class='\(style) area' cx='\(place.x)' cy='\(place.y)' r='4'/>"
    }
    return
      "<path class='\(style) area' d='\(shape)' transform='translate(\(place.x) \(place.y))'/>"
  }

  /// The names of the series with their signs, in as many lines as they take; there is room for the larger letters of
  /// narrow windows.
  private var legend: (lines: Int, content: String) {
    guard series.count > 1 else { return (1, "") }
    let (start, end) = (ChartPlane.left, ChartPlane.width - ChartPlane.right)
    var (left, line) = (start, 0)
    let signs = series.enumerated().map { index, one in
      let width = 52 + 10.5 * Double(one.name.count)
      if left > start, left + width > end { (left, line) = (start, line + 1) }
      defer { left += width }
      let style = "series s\(index % ChartDocument.seriesCount)"
      let top = 46 + Self.legendLine * Double(line)
      let sign: String =
        switch one.form {
        case .line:
          "<line class='\(style) curve d\(index % 4)' x1='\(left)' x2='\(left + 26)' y1='\(top)' y2='\(top)'/>"
        case .points, .labels: mark(ChartPlane.Place(left: left + 13, top: top), index, style)
        case .bars:
          "<rect class='\(style) area' x='\(left + 6)' y='\(top - 6)' width='14' height='12'/>"
        case .band:
          "<rect class='\(style) band' x='\(left)' y='\(top - 6)' width='26' height='12'/>"
        }
      return sign + "<text x='\(left + 32)' y='\(top + 4)'>\(escaped(one.name))</text>"
    }
    return (line + 1, signs.joined())
  }

  /// The height of a line of the legend.
  private static let legendLine = 24.0
}
