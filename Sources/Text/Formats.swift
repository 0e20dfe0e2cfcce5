import Foundation

/// A share in percent: `84.4 %`, with its standard error `84.4 ± 4.1 %`.
///
/// An error of 0 is left out: the formula gives it where all or none were right, of a single picture too, and nobody
/// knows the share that well.
package func percent(_ share: Double, error: Double? = nil, decimals: Int = 1) -> String {
  let numbers = [share, error == 0 ? nil : error].compactMap { $0 }.map {
    String(format: "%.\(decimals)f", 100 * $0)
  }
  return numbers.joined(separator: " ± ") + " %"
}

/// A whole number with commas between thousands: 61100840 as `61,100,840`.
package func grouped(_ number: Int) -> String {
  let digits = Array(String(number))
  return String(
    digits.enumerated().flatMap { index, digit in
      index > 0 && (digits.count - index).isMultiple(of: 3) ? [",", digit] : [digit]
    })
}

/// A text with spaces before it, so that it ends in the same column as others.
package func aligned(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

/// Returns whether a name comes before another when runs of digits count as numbers: `features.2` before `features.10`.
package func naturalOrder(_ a: String, _ b: String) -> Bool {
  let order = a.compare(b, options: [.numeric, .caseInsensitive])
  return order == .orderedSame ? a < b : order == .orderedAscending
}

/// A value as JSON: keys in order, slashes as they are, and infinities and NaN, which JSON does not have, as texts.
package func json(_ value: some Encodable, isPretty: Bool = false) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  return String(decoding: try! encoder.encode(value), as: UTF8.self)
}
