import Foundation
import RetrogradText

/// One number for each of several things, as bars to the right.
public struct BarChart: Sendable {
  /// The title of the chart.
  public let title: String
  /// The name of the numbers, with their unit.
  public let label: String
  /// The things with their numbers.
  public let bars: [(name: String, value: Double)]

  /// A chart; a number that is not finite has no bar.
  public init(_ title: String, label: String, _ bars: [(name: String, value: Double)]) {
    (self.title, self.label, self.bars) = (title, label, bars)
  }

  private static let rowHeight = 26.0
  private static let top = 40.0

  /// The chart as a document of its own, which can also stand inside a page.
  public var svg: String {
    let left = min(240, 24 + 7.2 * Double(bars.map(\.name.count).max() ?? 0))
    let right = ChartPlane.width - 64
    let ticks = Ticks(bars.map(\.value).filter(\.isFinite) + [0])
    func x(_ value: Double) -> Double { left + (right - left) * ticks.share(value) }
    let floor = Self.top + Self.rowHeight * Double(bars.count)
    var lines = ticks.values.map {
      "<line class='grid' x1='\(number(x($0)))' x2='\(number(x($0)))' y1='\(Self.top)' y2='\(floor)'/>"
        + "<text class='tick' text-anchor='middle' x='\(number(x($0)))' y='\(floor + 18)'>"
        + "\(ticks.text($0))</text>"
    }
    for (row, bar) in bars.enumerated() {
      let top = Self.top + Self.rowHeight * Double(row)
      lines.append(
        "<text text-anchor='end' x='\(number(left - 8))' y='\(number(top + 18))'>"
          + "\(escaped(bar.name))</text>")
      guard bar.value.isFinite else { continue }
      let (from, to) = (min(x(0), x(bar.value)), max(x(0), x(bar.value)))
      lines.append(
        "<rect class='series s0 area' x='\(number(from))' y='\(number(top + 4))' "
          + "width='\(number(max(to - from, 0.5)))' height='\(Self.rowHeight - 8)'/>"
          + "<text class='tick' x='\(number(to + 6))' y='\(number(top + 18))'>"
          + "\(String(format: "%.4g", bar.value))</text>")
    }
    lines.append(
      "<text text-anchor='middle' x='\(number((left + right) / 2))' y='\(floor + 40)'>"
        + "\(escaped(label))</text>")
    let words = bars.map {
      "\($0.name) \($0.value.isFinite ? String(format: "%.4g", $0.value) : "without a number")"
    }
    return ChartDocument(
      title: title, description: "\(label): \(words.joined(separator: ", "))", height: floor + 52,
      content: lines.joined(separator: "\n")
    ).svg
  }
}
