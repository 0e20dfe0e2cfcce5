import Foundation

// Printing as NumPy prints: one column width for all numbers, three from each end of an axis when
// there are more than a thousand, lines of at most 75 characters.

extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
  /// The numbers between brackets, as NumPy's `print` shows them.
  ///
  /// ```swift
  /// print(Tensor([[1, 2.5], [-3, 4]]))
  /// // [[ 1.   2.5]
  /// //  [-3.   4. ]]
  /// ```
  public var description: String { TensorPrinter(self).text }

  /// The numbers with shape and dtype.
  public var debugDescription: String { "Tensor(\(self), shape: \(shape), \(dtype))" }
}

extension IntTensor: CustomStringConvertible {
  /// The numbers between brackets, as NumPy's `print` shows them.
  public var description: String {
    let words = scalars.map(String.init)
    let width = words.map(\.count).max() ?? 0
    return BracketLayout(shape: shape) { words[$0].leftPadded(to: width) }.text
  }
}

/// Brackets, commas and line breaks around elements that are already words of one width.
private struct BracketLayout {
  static let lineWidth = 75
  static let summaryThreshold = 1000
  static let edgeItems = 3

  let shape: [Int]
  let word: (Int) -> String

  /// Whether an axis of this many elements shows only its ends.
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

  var text: String {
    if shape.isEmpty { return word(0) }
    if shape.contains(0) { return "[]" }
    return block(axis: 0, position: 0, indent: 1)
  }

  private func block(axis: Int, position: Int, indent: Int) -> String {
    let places = Self.places(shape[axis], isSummarized: Self.isSummarized(shape))
    if axis == shape.count - 1 {
      return row(places.map { $0.map { word(position * shape[axis] + $0) } ?? "..." }, indent)
    }
    let blocks = places.map { place in
      place.map { block(axis: axis + 1, position: position * shape[axis] + $0, indent: indent + 1) }
        ?? "..."
    }
    let breaks = String(repeating: "\n", count: shape.count - 1 - axis)
    return "["
      + blocks.joined(separator: breaks + String(repeating: " ", count: indent)) + "]"
  }

  /// Words on lines, each begun below the first word.
  private func row(_ words: [String], _ indent: Int) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in words {
      if !line.isEmpty && indent + line.count + 1 + word.count > Self.lineWidth - shape.count {
        lines.append(line)
        line = word
      } else {
        line += line.isEmpty ? word : " " + word
      }
    }
    lines.append(line)
    return "[" + lines.joined(separator: "\n" + margin) + "]"
  }
}

/// Decides how all numbers of a tensor are written, and writes them.
private struct TensorPrinter {
  private static let precision = 8

  let tensor: Tensor

  init(_ tensor: Tensor) { self.tensor = tensor }

  var text: String {
    if tensor.rank == 0 { return decimal(digits(0)).trimmingPadding }
    let positions = tensor.count == 0 ? [] : BracketLayout.shownPositions(tensor.shape)
    let words = Dictionary(uniqueKeysWithValues: zip(positions, aligned(positions)))
    return BracketLayout(shape: tensor.shape) { words[$0] ?? "" }.text
  }

  /// The elements at `positions`, all as long as the longest.
  private func aligned(_ positions: [Int]) -> [String] {
    let numbers = positions.map { tensor.scalar(at: $0) }
    let magnitudes = numbers.filter { $0.isFinite && $0 != 0 }.map(Swift.abs)
    let (largest, smallest) = (magnitudes.max() ?? 1, magnitudes.min() ?? 1)
    let isScientific = largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000
    let parts = positions.map { position in
      isScientific ? scientific(digits(position)) : decimal(digits(position))
    }
    let finite = parts.filter(\.isFinite)
    let left = finite.map(\.left.count).max() ?? 0
    var right = finite.map(\.right.count).max() ?? 0
    let exponent = finite.map(\.exponent.count).max() ?? 0
    if !finite.isEmpty { right += 1 }
    let width = Swift.max(
      left + right + exponent, parts.filter { !$0.isFinite }.map(\.left.count).max() ?? 0)
    return zip(numbers, parts).map { number, part in
      guard part.isFinite else { return part.left.leftPadded(to: width) }
      if isScientific {
        // Where one number needs a digit all show it, and then it is the exact value's digit.
        let exact = Self.halves(number, digits: right - 1)
        let sign = number.sign == .minus ? "-" : ""
        return (sign + exact.left + "." + exact.right + part.exponent).leftPadded(to: width)
      }
      let fraction = part.right.padding(toLength: right - 1, withPad: " ", startingAt: 0)
      return (part.left + "." + fraction).leftPadded(to: width)
    }
  }

  /// A number in the parts that are aligned: `left.right` and an exponent.
  private struct Parts {
    var left: String
    var right = ""
    var exponent = ""
    var isFinite = true

    var trimmingPadding: String {
      isFinite ? left + "." + (right.isEmpty ? "0" : right) + exponent : left
    }
  }

  /// The shortest digits that read back as the same number: `0.digits · 10^exponent`.
  private struct Digits {
    var sign = ""
    var digits: [Character] = []
    var exponent = 0
    var value: Double
  }

  private func digits(_ position: Int) -> Digits {
    let value = tensor.scalar(at: position)
    var result = Digits(value: value)
    guard value.isFinite else { return result }
    var text = tensor.dtype == .float32 ? "\(Float(value))" : "\(value)"
    if text.hasPrefix("-") {
      result.sign = "-"
      text.removeFirst()
    }
    let halves = text.split(separator: "e")
    let pieces = halves[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = pieces[0].drop { $0 == "0" }
    let fraction = pieces.count > 1 ? pieces[1] : ""
    result.exponent = whole.count + (halves.count > 1 ? Int(halves[1]) ?? 0 : 0)
    var digits = Array(whole + fraction)
    if whole.isEmpty {
      let zeros = digits.prefix { $0 == "0" }.count
      digits.removeFirst(zeros)
      result.exponent -= zeros
    }
    while digits.last == "0" { digits.removeLast() }
    result.digits = digits
    if digits.isEmpty { result.exponent = 1 }
    return result
  }

  private func decimal(_ number: Digits) -> Parts {
    guard number.value.isFinite else { return notFinite(number.value) }
    if number.digits.count - number.exponent > Self.precision {
      // More digits than are shown: round the exact value, not its shortest form.
      let rounded = String(format: "%.\(Self.precision)f", Swift.abs(number.value))
        .split(separator: ".")
      return Parts(left: number.sign + rounded[0], right: String(rounded[1]).trimmingZeros)
    }
    let padded =
      number.digits
      + [Character](repeating: "0", count: Swift.max(0, number.exponent - number.digits.count))
    if number.exponent <= 0 {
      return Parts(
        left: number.sign + "0",
        right: String(repeating: "0", count: -number.exponent) + String(padded))
    }
    return Parts(
      left: number.sign + String(padded[..<number.exponent]),
      right: String(padded[number.exponent...]))
  }

  private func scientific(_ number: Digits) -> Parts {
    guard number.value.isFinite else { return notFinite(number.value) }
    if number.digits.count > Self.precision + 1 {
      let rounded = Self.halves(number.value, digits: Self.precision)
      return Parts(
        left: number.sign + rounded.left, right: rounded.right.trimmingZeros,
        exponent: rounded.exponent)
    }
    let exponent = number.digits.isEmpty ? 0 : number.exponent - 1
    let power = String(format: "e%@%02d", exponent < 0 ? "-" : "+", Swift.abs(exponent))
    return Parts(
      left: number.sign + String(number.digits.first ?? "0"),
      right: String(number.digits.dropFirst()), exponent: power)
  }

  /// The magnitude as C's `printf` rounds it: `left.right` and an exponent.
  private static func halves(
    _ number: Double, digits: Int
  )
    -> (left: String, right: String, exponent: String)
  {
    let halves = String(format: "%.\(digits)e", Swift.abs(number)).split(separator: "e")
    return (String(halves[0].prefix(1)), String(halves[0].dropFirst(2)), "e" + halves[1])
  }

  private func notFinite(_ value: Double) -> Parts {
    Parts(left: value.isNaN ? "nan" : value < 0 ? "-inf" : "inf", isFinite: false)
  }
}

extension String {
  fileprivate func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - count)) + self
  }

  fileprivate var trimmingZeros: String {
    var text = self
    while text.hasSuffix("0") { text.removeLast() }
    return text
  }
}
