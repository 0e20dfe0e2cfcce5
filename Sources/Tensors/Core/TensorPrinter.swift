import Foundation

/// Decides how all numbers of a tensor are written, and writes them.
struct TensorPrinter {
  private static let precision = 8

  let tensor: Tensor

  init(_ tensor: Tensor) { self.tensor = tensor }

  var text: String {
    if tensor.rank == 0 { return alone(digits(0)) }
    let positions = tensor.count == 0 ? [] : BracketLayout.shownPositions(tensor.shape)
    let words = Dictionary(uniqueKeysWithValues: zip(positions, aligned(positions)))
    return BracketLayout(shape: tensor.shape) { words[$0] ?? "" }.text
  }

  /// A number that need not be aligned with others: all digits that tell it from its neighbors.
  private func alone(_ number: Digits) -> String {
    guard number.value.isFinite else { return notFinite(number.value).left }
    let magnitude = Swift.abs(number.value)
    let largest = tensor.dtype == .float32 ? 1e6 : 1e16
    let parts: Parts
    if magnitude == 0 || (magnitude >= 1e-4 && magnitude < largest) {
      parts = positional(number)
    } else {
      parts = shortestScientific(number)
      if parts.right.isEmpty { return parts.left + parts.exponent }
    }
    return parts.left + "." + (parts.right.isEmpty ? "0" : parts.right) + parts.exponent
  }

  /// Returns whether any number needs an exponent; compared in the tensor's own precision, as NumPy does.
  private func isScientific(_ numbers: [Double]) -> Bool {
    let magnitudes = numbers.filter { $0.isFinite && $0 != 0 }.map(Swift.abs)
    guard let largest = magnitudes.max(), let smallest = magnitudes.min() else { return false }
    switch tensor.dtype {
    case .float32:
      return largest >= 1e6 || Float(smallest) < 0.0001 || Float(largest) / Float(smallest) > 1000
    case .float64:
      return largest >= 1e8 || smallest < 0.0001 || largest / smallest > 1000
    }
  }

  /// The elements at `positions`, all as long as the longest.
  private func aligned(_ positions: [Int]) -> [String] {
    let numbers = positions.map { tensor.scalar(at: $0) }
    let isScientific = isScientific(numbers)
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
        // Where one number needs a digit all show it, and then it is the exact value's digit. So is the
        // exponent: 1e-38 of float32 is 9.9999994e-39. All exponents are as long as the longest.
        let exact = Self.halves(number, digits: right - 1)
        let sign = number.sign == .minus ? "-" : ""
        let power = exact.exponent.dropFirst(2).leftPadded(to: exponent - 2, with: "0")
        return (sign + exact.left + "." + exact.right + exact.exponent.prefix(2) + power)
          .leftPadded(to: width)
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
      return Parts(left: number.sign + rounded[0], right: rounded[1].trimmingZeros)
    }
    return positional(number)
  }

  private func positional(_ number: Digits) -> Parts {
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
    return shortestScientific(number)
  }

  private func shortestScientific(_ number: Digits) -> Parts {
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

extension StringProtocol {
  fileprivate func leftPadded(to width: Int, with padding: Character) -> String {
    String(repeating: padding, count: Swift.max(0, width - count)) + self
  }

  fileprivate var trimmingZeros: String {
    var text = String(self)
    while text.hasSuffix("0") { text.removeLast() }
    return text
  }
}
