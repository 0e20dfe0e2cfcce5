import Foundation
import RetrogradDrawing
import RetrogradTensors
import RetrogradText

/// A table of numbers as colors: a confusion matrix, for instance.
public struct HeatMap: Sendable {
  /// The title.
  public let title: String
  /// The name of the row axis.
  public let rowLabel: String
  /// The name of the column axis.
  public let columnLabel: String
  /// The names of the rows.
  public let rows: [String]
  /// The names of the columns.
  public let columns: [String]
  /// The numbers, row by row.
  public let values: [[Double]]

  /// A table.
  public init(
    _ title: String, rowLabel: String, rows: [String], columnLabel: String, columns: [String],
    _ values: [[Double]]
  ) {
    require(
      values.count == rows.count && values.allSatisfy { $0.count == columns.count },
      "HeatMap: \(rows.count) rows and \(columns.count) columns have names, but the numbers are "
        + "\(values.count) rows of \(values.first?.count ?? 0)")
    (self.title, self.rowLabel, self.rows) = (title, rowLabel, rows)
    (self.columnLabel, self.columns, self.values) = (columnLabel, columns, values)
  }

  /// A confusion matrix: the number of pictures of each class (row) that were classified as each class (column).
  public init(confusion counts: [[Int]], classes: [String]) {
    self.init(
      "Confusion matrix", rowLabel: "true class", rows: classes, columnLabel: "predicted class",
      columns: classes, counts.map { $0.map(Double.init) })
  }

  /// The most cells that are drawn one by one, empty ones too.
  private static let cellLimit = 3000

  /// The table as a document of its own, which can also stand inside a page.
  public var svg: String {
    let cell = min(44, max(11, 520 / Double(max(columns.count, rows.count, 1))))
    let letterWidth = 6.6
    let letters = letterWidth * Double(min(20, (rows + columns).map(\.count).max() ?? 0))
    let label = letterWidth * Double(rowLabel.count + 2)
    let (left, top) = (max(64, 28 + letters, 18 + label), 52.0)
    let (width, height) = (
      max(left + cell * Double(columns.count) + 24, 320),
      top + cell * Double(rows.count) + letters + 66
    )
    let highest = values.joined().filter(\.isFinite).max() ?? 0
    var lines: [String] = []
    let size = min(13, max(8, cell * 0.75))
    // Most cells of a large table are 0: one square for all of them.
    let isSparse = rows.count * columns.count > Self.cellLimit
    if isSparse {
      lines.append(
        "<rect class='empty' x='\(number(left))' y='\(number(top))' "
          + "width='\(number(cell * Double(columns.count)))' "
          + "height='\(number(cell * Double(rows.count)))'/>")
    }
    for (row, numbers) in values.enumerated() {
      let y = top + cell * Double(row)
      lines.append(
        "<text style='font-size:\(number(size))px' text-anchor='end' x='\(number(left - 6))' "
          + "y='\(number(y + cell * 0.7))'>\(escaped(short(rows[row])))</text>")
      for (column, value) in numbers.enumerated() where !isSparse || value != 0 {
        let share = highest > 0 && value.isFinite ? max(value, 0) / highest : 0
        let x = left + cell * Double(column)
        lines.append(
          "<rect x='\(number(x))' y='\(number(y))' width='\(number(cell - 1))' "
            + "height='\(number(cell - 1))' \(share > 0 ? Self.fill(share) : "class='empty'")>"
            + "<title>\(escaped(rows[row])) → \(escaped(columns[column])): \(text(value))</title></rect>"
        )
        if cell >= 20 && value != 0 {
          let ink = share > 0 ? " class='\(Self.ink(share))'" : ""
          lines.append(
            "<text\(ink) text-anchor='middle' style='font-size:12px' "
              + "x='\(number(x + cell / 2 - 0.5))' y='\(number(y + cell / 2 + 4))'>\(text(value))</text>"
          )
        }
      }
    }
    for (column, name) in columns.enumerated() {
      let x = left + cell * (Double(column) + 0.65)
      lines.append(
        "<text style='font-size:\(number(size))px' text-anchor='end' "
          + "transform='translate(\(number(x)) \(number(top + cell * Double(rows.count) + 6))) rotate(-90)'>"
          + "\(escaped(short(name)))</text>")
    }
    lines.append(
      "<text class='tick' x='\(number(left))' y='44'>\(escaped(columnLabel)) →</text>"
        + "<text class='tick' text-anchor='end' x='\(number(left - 6))' y='44'>\(escaped(rowLabel)) ↓</text>"
    )
    if highest > 0 { lines.append(scale(highest, left: left, top: height - 26)) }
    return ChartDocument(
      title: title, description: summary, width: width, height: height,
      content: lines.joined(separator: "\n"), titleLeft: 12,
      minimumWidth: width * Self.smallestLetter / min(size, 12)
    ).svg
  }

  /// The height of the smallest letters on a page, in pixels.
  private static let smallestLetter = 11.0

  /// The colors for a share of the highest number, on light and on dark ground: the higher, the farther from the
  /// ground. A count of one must show beside hundreds.
  private static func colors(_ share: Double) -> (light: Color, dark: Color) {
    let strength = share.squareRoot()
    return (ColorMap.sequential(1 - strength), ColorMap.sequential(0.2 + 0.8 * strength))
  }

  /// The attributes that fill a cell.
  private static func fill(_ share: Double) -> String {
    let (light, dark) = colors(share)
    return "class='cell' fill='\(light.hexadecimal)' style='--dark:\(dark.hexadecimal)'"
  }

  /// The classes of a number in a cell: black or white letters, on light and on dark ground.
  private static func ink(_ share: Double) -> String {
    let (light, dark) = colors(share)
    return "i\(light.brightness > 0.55 ? 0 : 1) j\(dark.brightness > 0.55 ? 0 : 1)"
  }

  /// The colors from the lowest number that has one to the highest.
  private func scale(_ highest: Double, left: Double, top: Double) -> String {
    let (steps, side) = (12, 12.0)
    let squares = (1...steps).map { step in
      let x = left + 16 + side * Double(step - 1)
      return
        "<path \(Self.fill(Double(step) / Double(steps))) d='M\(number(x)) \(number(top))h\(side)v\(side)h-\(side)z'/>"
    }
    let end = left + 22 + side * Double(steps)
    return "<text class='tick' x='\(number(left))' y='\(number(top + 10))'>0</text>"
      + squares.joined()
      + "<text class='tick' x='\(number(end))' y='\(number(top + 10))'>\(text(highest))</text>"
  }

  private var summary: String {
    "A table of \(rows.count) rows (\(rowLabel)) and \(columns.count) columns (\(columnLabel))"
  }

  private func short(_ name: String) -> String {
    name.count > 20 ? name.prefix(19) + "…" : name
  }

  private func text(_ value: Double) -> String { String(format: "%.4g", value) }
}
