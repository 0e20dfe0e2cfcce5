// Places as they are listed in a report.

/// Numbers as they are listed, runs in short.
func listText(_ numbers: [Int]) -> String {
  var runs: [ClosedRange<Int>] = []
  for number in numbers {
    if let last = runs.last, last.upperBound + 1 == number {
      runs[runs.count - 1] = last.lowerBound...number
    } else {
      runs.append(number...number)
    }
  }
  let parts = runs.flatMap { run in
    run.count < 3 ? run.map(String.init) : ["\(run.lowerBound)–\(run.upperBound)"]
  }
  guard parts.count > 1 else { return parts.first ?? "" }
  return parts.dropLast().joined(separator: ", ") + " and " + parts.last!
}

/// Places in a shape as they are listed: index sets if they fill a block, else the first few.
func positionsText(_ positions: [Int], _ shape: [Int]) -> String {
  let indices = positions.map { unravel($0, shape) }
  let sets = shape.indices.map { axis in Set(indices.map { $0[axis] }).sorted() }
  let isBlock = sets.reduce(1) { $0 * $1.count } == positions.count
  if isBlock && positions.count > 1 && shape.count == 1 { return "[\(listText(sets[0]))]" }
  if isBlock && positions.count > 1 {
    let parts = shape.indices.map { axis in
      sets[axis].count == shape[axis] && shape[axis] > 1
        ? ":" : sets[axis].count == 1 ? "\(sets[axis][0])" : "{\(listText(sets[axis]))}"
    }
    return "[" + parts.joined(separator: ", ") + "]"
  }
  let shown = positions.prefix(4).map { indexText($0, shape) }
  let more = positions.count - shown.count
  return shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
}
