/// Brackets, commas and line breaks around elements that are already words of one width.
struct BracketLayout {
  static let lineWidth = 75
  static let summaryThreshold = 1000
  static let edgeItems = 3

  let shape: [Int]
  let word: (Int) -> String

  /// Returns whether an axis of this many elements shows only its ends.
  static func isSummarized(_ shape: [Int]) -> Bool { shape.reduce(1, *) > summaryThreshold }

  /// The places of an axis that are shown; `nil` stands for the ellipsis.
  static func places(_ extent: Int, isSummarized: Bool) -> [Int?] {
    if !isSummarized || extent <= 2 * edgeItems { return Array(0..<extent) }
    return Array(0..<edgeItems) + [nil] + Array((extent - edgeItems)..<extent)
  }

  /// The positions in memory of all elements that are shown.
  static func shownPositions(_ shape: [Int]) -> [Int] {
    let isSummarized = isSummarized(shape)
    var positions = [0]
    for extent in shape {
      let places = places(extent, isSummarized: isSummarized).compactMap { $0 }
      positions = positions.flatMap { position in places.map { position * extent + $0 } }
    }
    return positions
  }

  /// A loop over the rows, not a recursion over the axes, of which there may be many.
  var text: String {
    if shape.isEmpty { return word(0) }
    if shape.contains(0) { return "[]" }
    let isSummarized = Self.isSummarized(shape)
    let places = shape.map { Self.places($0, isSummarized: isSummarized) }
    let last = shape.count - 1
    var indices = [Int](repeating: 0, count: last)
    var text = String(repeating: "[", count: last)
    while true {
      let position = (0..<last).reduce(0) { ($0 + (places[$1][indices[$1]] ?? 0)) * shape[$1 + 1] }
      text += row(places[last].map { $0.map { word(position + $0) } ?? "..." })
      // On to the next row: behind the last of an axis its bracket closes and the axis before moves.
      var axis = last - 1
      while axis >= 0 {
        indices[axis] += 1
        if indices[axis] == places[axis].count {
          text += "]"
          indices[axis] = 0
          axis -= 1
          continue
        }
        text += String(repeating: "\n", count: last - axis)
        text += String(repeating: " ", count: axis + 1)
        if places[axis][indices[axis]] != nil { break }
        text += "..."
      }
      if axis < 0 { return text }
      text += String(repeating: "[", count: last - 1 - axis)
    }
  }

  /// Words on lines, each begun below the first word.
  private func row(_ words: [String]) -> String {
    let indent = shape.count
    var lines: [String] = []
    var line = ""
    for word in words {
      if !line.isEmpty && indent + line.count + 1 + word.count > Self.lineWidth - shape.count {
        lines.append(line.trimmingTrailingBlanks)
        line = word
      } else {
        line += line.isEmpty ? word : " " + word
      }
    }
    lines.append(line)
    return "[" + lines.joined(separator: "\n" + String(repeating: " ", count: indent)) + "]"
  }
}

extension String {
  func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - count)) + self
  }

  fileprivate var trimmingTrailingBlanks: String {
    var text = self
    while text.hasSuffix(" ") { text.removeLast() }
    return text
  }
}
