/// The share of each pixel that a filled path covers: lines of a quarter of a pixel's height, each measured exactly
/// across.
struct Coverage {
  /// The rule for which parts of a path are inside.
  enum Rule { case nonZero, evenOdd }

  private static let linesPerPixel = 4

  /// The pixels that are covered at all.
  private(set) var columns = 0..<0
  private(set) var rows = 0..<0
  /// From 0 to 1 for each pixel of `rows` and `columns`.
  private(set) var values: [Float] = []

  private struct Crossing {
    var x: Float
    var direction: Int32
  }

  /// - Parameter path: In pixels; contours are closed. What lies outside the picture is left out.
  init(_ path: Path, width: Int, height: Int, rule: Rule = .nonZero) {
    var low = Point(repeating: .infinity)
    var high = Point(repeating: -.infinity)
    for contour in path.contours {
      for point in contour.points {
        // A path with a place that is none covers nothing.
        if !(point.x.magnitude < 1e7 && point.y.magnitude < 1e7) { return }
        low = pointwiseMin(low, point)
        high = pointwiseMax(high, point)
      }
    }
    guard low.x < high.x, low.y < high.y, high.x > 0, high.y > 0 else { return }
    let left = max(0, Int(low.x.rounded(.down)))
    let top = max(0, Int(low.y.rounded(.down)))
    let right = min(width, Int(high.x.rounded(.up)))
    let bottom = min(height, Int(high.y.rounded(.up)))
    guard left < right, top < bottom else { return }
    (columns, rows) = (left..<right, top..<bottom)
    values = [Float](repeating: 0, count: columns.count * rows.count)
    fill(path, rule)
  }

  /// The lines of a quarter of a pixel that an edge crosses in their middle.
  private func lines(_ a: Point, _ b: Point) -> Range<Int> {
    let density = Double(Self.linesPerPixel)
    let count = rows.count * Self.linesPerPixel
    let top = Double(rows.lowerBound)
    func line(_ y: Double) -> Int {
      min(max(Int(((y - top) * density - 0.5).rounded(.up)), 0), count)
    }
    return line(min(a.y, b.y))..<line(max(a.y, b.y))
  }

  private mutating func fill(_ path: Path, _ rule: Rule) {
    // Crossings of all edges, sorted by line: counted first, then put where they belong.
    let count = rows.count * Self.linesPerPixel
    var starts = [Int](repeating: 0, count: count + 1)
    forEachEdge(of: path) { a, b in
      for line in lines(a, b) { starts[line + 1] += 1 }
    }
    for line in 0..<count { starts[line + 1] += starts[line] }
    var next = starts
    var crossings = [Crossing](
      repeating: Crossing(x: 0, direction: 0), count: starts[count])
    let top = Double(rows.lowerBound)
    let left = Double(columns.lowerBound)
    forEachEdge(of: path) { a, b in
      let slope = (b.x - a.x) / (b.y - a.y)
      for line in lines(a, b) {
        let y = top + (Double(line) + 0.5) / Double(Self.linesPerPixel)
        let x = a.x + (y - a.y) * slope - left
        crossings[next[line]] = Crossing(
          x: Float(min(max(x, 0), Double(columns.count))), direction: a.y < b.y ? 1 : -1)
        next[line] += 1
      }
    }
    let mask: Int32 = rule == .nonZero ? -1 : 1
    let width = columns.count
    values.withUnsafeMutableBufferPointer { values in
      crossings.withUnsafeMutableBufferPointer { crossings in
        for line in 0..<count {
          let line = (range: starts[line]..<starts[line + 1], row: line / Self.linesPerPixel)
          Self.sort(crossings, line.range)
          var winding: Int32 = 0
          for index in line.range.dropLast() {
            winding += crossings[index].direction
            if winding & mask != 0 {
              let row = UnsafeMutableBufferPointer(
                rebasing: values[(line.row * width)..<((line.row + 1) * width)])
              Self.add(crossings[index].x, crossings[index + 1].x, to: row)
            }
          }
        }
      }
    }
  }

  /// Sorts by place; lines have few crossings.
  private static func sort(_ crossings: UnsafeMutableBufferPointer<Crossing>, _ range: Range<Int>) {
    for index in range.dropFirst() {
      let crossing = crossings[index]
      var place = index
      while place > range.lowerBound && crossings[place - 1].x > crossing.x {
        crossings[place] = crossings[place - 1]
        place -= 1
      }
      crossings[place] = crossing
    }
  }

  /// Adds a run between two places of a line to its row of pixels.
  private static func add(
    _ start: Float, _ end: Float, to row: UnsafeMutableBufferPointer<Float>
  ) {
    if end <= start { return }
    let share = 1 / Float(linesPerPixel)
    let (first, last) = (Int(start), min(Int(end), row.count - 1))
    if first >= last {
      row[last] += share * (end - start)
      return
    }
    row[first] += share * (Float(first + 1) - start)
    for column in (first + 1)..<last { row[column] += share }
    row[last] += share * (end - Float(last))
  }

  private func forEachEdge(of path: Path, _ body: (Point, Point) -> Void) {
    for contour in path.contours where contour.points.count > 1 {
      var from = contour.points[contour.points.count - 1]
      for to in contour.points {
        if from.y != to.y { body(from, to) }
        from = to
      }
    }
  }
}
