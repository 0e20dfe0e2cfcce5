import Foundation
import RetrogradTensors

/// Curves in a terminal: dots of Braille letters, two by four a letter.
public struct TerminalChart: Sendable {
  /// The title.
  public let title: String
  /// The curves: names and numbers, one after another.
  public let series: [(name: String, values: [Double])]

  /// A chart; numbers that are not finite are left out.
  public init(_ title: String, _ series: [(name: String, values: [Double])]) {
    (self.title, self.series) = (title, series)
  }

  /// The dots' bits in a letter, by row and column.
  private static let bits: [[UInt32]] = [
    [0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80],
  ]

  /// The chart as lines.
  ///
  /// - Parameters:
  ///   - columns: The width, in characters.
  ///   - rows: The height of the curves, in characters.
  public func text(columns: Int = 80, rows: Int = 8) -> String {
    let all = series.flatMap { $0.values.filter(\.isFinite) }
    guard let low = all.min(), let high = all.max() else { return "\(title): no numbers" }
    let labels = [high, low].map { String(format: "%.4g", $0) }
    let margin = labels.map(\.count).max()! + 1
    let width = max(8, columns - margin - 1)
    var lines = [title]
    for (name, values) in series {
      if series.count > 1 { lines.append("\(name):") }
      let cells = dots(values, low: low, high: high, width: width, rows: rows)
      for row in 0..<rows {
        let label = row == 0 ? labels[0] : row == rows - 1 ? labels[1] : ""
        lines.append(
          String(repeating: " ", count: margin - 1 - label.count) + label + " │"
            + String(String.UnicodeScalarView(cells[row].map { UnicodeScalar(0x2800 + $0)! })))
      }
    }
    return lines.joined(separator: "\n")
  }

  private func dots(
    _ values: [Double], low: Double, high: Double, width: Int, rows: Int
  ) -> [[UInt32]] {
    var cells = [[UInt32]](repeating: [UInt32](repeating: 0, count: width), count: rows)
    let (across, up) = (2 * width - 1, 4 * rows - 1)
    func place(_ index: Int) -> (x: Int, y: Int)? {
      guard values[index].isFinite else { return nil }
      // Halves, so that the range of the largest numbers is one too.
      let share = high > low ? (values[index] / 2 - low / 2) / (high / 2 - low / 2) : 0.5
      let x = values.count > 1 ? index * across / (values.count - 1) : 0
      return (x, Int(((1 - share) * Double(up)).rounded(), within: 0...up))
    }
    func set(_ x: Int, _ y: Int) { cells[y / 4][x / 2] |= Self.bits[y % 4][x % 2] }
    for index in values.indices {
      guard let here = place(index) else { continue }
      set(here.x, here.y)
      guard index > 0, let before = place(index - 1) else { continue }
      let steps = max(here.x - before.x, abs(here.y - before.y), 1)
      for step in 0...steps {
        set(
          before.x + (here.x - before.x) * step / steps,
          before.y + (here.y - before.y) * step / steps)
      }
    }
    return cells
  }
}
