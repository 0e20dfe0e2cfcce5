import Foundation
import RetrogradTensors
import RetrogradText

// The report as text that reads well in 80 columns.

extension GradientReport: CustomStringConvertible {
  private static let columns = 80

  /// The verdict, the evidence and the explanation, for 80 columns.
  public var description: String {
    var lines = Self.wrapped(headline, indent: 0)
    if !properties.allSatisfy(\.holds) {
      lines += ["", "What a backward pass should always do:"]
      lines += properties.filter { !$0.holds }.flatMap {
        Self.wrapped("✗ \($0.name)", indent: 2) + Self.wrapped($0.detail, indent: 4)
      }
    }
    if !parts.isEmpty {
      lines += [
        "", "  order  input                   shape              compared  left out  worst",
      ]
      lines += parts.map(row)
    }
    // Where a rule is broken, wrong numbers are only what follows from it.
    let isSound = properties.allSatisfy(\.holds)
    for part in parts where part.verdict == .failed && (isSound || !part.diagnoses.isEmpty) {
      lines += failure(part)
    }
    for part in parts where !part.kinks.isEmpty { lines += kinkLines(part) }
    for part in parts where !part.remarks.isEmpty {
      lines += ["", "\(part.name), order \(part.order):"]
      lines += part.remarks.flatMap { Self.wrapped($0, indent: 4) }
    }
    if !sweep.isEmpty { lines += sweepLines }
    return lines.joined(separator: "\n")
  }

  private var headline: String {
    let share =
      coverage < 1 ? ", \(percent(coverage)) of the elements compared" : ""
    switch verdict {
    case .passed: return "✓ The gradients of \(subject) agree\(share)."
    case .failed: return "✗ A gradient of \(subject) is wrong\(share)."
    case .inconclusive:
      return
        "? Inconclusive: too many elements of \(subject) have a kink or an edge near them, or a "
        + "derivative lost in rounding\(share). Not passed; try other inputs."
    }
  }

  private func row(_ part: Part) -> String {
    let mark = part.verdict == .passed ? "✓" : part.verdict == .failed ? "✗" : "?"
    let shape = "[" + part.shape.map(String.init).joined(separator: ", ") + "]"
    return "\(mark) \(Self.left("\(part.order)", 5))  \(Self.left(Self.end(part.name, 23), 23)) "
      + "\(Self.left(shape, 18)) \(Self.right("\(part.compared)", 8))  "
      + "\(Self.right("\(part.leftOut)", 8))  \(String(format: "%.3g", part.worstError))"
  }

  private func failure(_ part: Part) -> [String] {
    var lines = [
      "",
      "\(part.name), order \(part.order): \(part.wrong) of \(part.compared) "
        + (part.usesDirections ? "directions" : "elements") + " are wrong",
    ]
    lines.append("    index                    analytic    numerical        error    tolerance")
    lines += part.worst.map { element in
      let index = "[" + element.index.map(String.init).joined(separator: ", ") + "]"
      return "    \(Self.left(index, 20))"
        + [element.analytic, element.numerical, element.error, element.tolerance]
        .map { Self.right(shortText($0), 13) }.joined()
    }
    if part.diagnoses.isEmpty {
      lines.append("  Why: no known cause fits.")
    }
    for (index, diagnosis) in part.diagnoses.enumerated() {
      let title = diagnosis.isObservation ? "Seen" : "Why"
      lines += Self.wrapped(
        (index == 0 ? "\(title): " : "Also: ") + diagnosis.explanation + ".", indent: 2)
      if !diagnosis.evidence.isEmpty {
        lines += Self.wrapped("(\(diagnosis.evidence))", indent: 4)
      }
    }
    return lines
  }

  private func kinkLines(_ part: Part) -> [String] {
    ["", "\(part.name), order \(part.order): at a kink, any slope between left and right is right"]
      + part.kinks.map { kink in
        let index = "[" + kink.index.map(String.init).joined(separator: ", ") + "]"
        return "    \(Self.left(index, 12))  left \(shortText(kink.left)), right "
          + "\(shortText(kink.right)), returned \(shortText(kink.returned))"
      }
      + (part.kinks.contains { !$0.isDeclared }
        ? ["    Not declared: an operation with branches calls noteBranches."] : [])
  }

  private var sweepLines: [String] {
    let order =
      measuredOrder.map { String(format: "measured order %.1f", abs($0)) } ?? "no order to measure"
    return ["", "Difference quotient's error by step: \(order) (right 2, wrong 0)"]
      + sweep.filter { $0.error != nil }.map { point in
        let error = point.error!
        // One block a decade, from 10⁻¹⁶ on.
        let blocks = Int((log10(error) + 16).rounded(), within: 0...40)
        let step = String(format: "%.1e", point.step)
        return "    \(step)  \(Self.left(shortText(error), 11))"
          + String(repeating: "█", count: blocks)
      }
  }

  private static func left(_ text: String, _ columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - text.count))
  }

  /// The end of a name that is too long, where it tells most.
  private static func end(_ text: String, _ columns: Int) -> String {
    text.count <= columns ? text : "…" + text.suffix(columns - 1)
  }

  private static func right(_ text: String, _ columns: Int) -> String {
    String(repeating: " ", count: max(0, columns - text.count)) + text
  }

  private static func wrapped(_ text: String, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty && indent + line.count + 1 + word.count > columns {
        lines.append(margin + line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + [margin + line]
  }
}

/// A number in at most nine characters or so.
func shortText(_ number: Double) -> String {
  if number == 0 { return "0" }
  let magnitude = abs(number)
  if magnitude >= 1e-3 && magnitude < 1e5 { return String(format: "%.6g", number) }
  return String(format: "%.2e", number)
}
