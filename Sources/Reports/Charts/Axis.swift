import Foundation
import RetrogradTensors

extension SVGChart {
  /// One direction of a chart.
  public struct Axis: Sendable {
    /// The spacing of numbers along it.
    public enum Scale: Sendable {
      /// Equal differences are equally far apart.
      case linear
      /// Equal ratios are equally far apart; what is not above 0 has no place.
      case logarithmic
    }

    /// The name of the axis, with its unit.
    public let label: String
    /// The scale.
    public let scale: Scale
    /// Limits that do not follow from the numbers.
    public let range: ClosedRange<Double>?

    /// A direction.
    public init(_ label: String, _ scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
      (self.label, self.scale, self.range) = (label, scale, range)
    }

    func has(_ number: Double) -> Bool {
      number.isFinite && (scale == .linear || number > 0)
    }

    /// The ticks for these numbers.
    func ticks(_ numbers: [Double], whole: Bool = false) -> Ticks {
      let numbers = range.map { [$0.lowerBound, $0.upperBound] } ?? numbers
      return scale == .linear ? Ticks(numbers, whole: whole) : Ticks(decades: numbers)
    }
  }
}

extension SVGChart.Axis: ExpressibleByStringLiteral {
  /// A linear axis with a name: `x: "epoch"`.
  public init(stringLiteral label: String) { self.init(label) }
}

/// Round numbers along an axis.
struct Ticks {
  let values: [Double]
  private let low: Double
  private let high: Double
  private let step: Double
  private let isLogarithmic: Bool

  /// - Parameters:
  ///   - numbers: The numbers on the axis.
  ///   - whole: Whether there is nothing between whole numbers.
  init(_ numbers: [Double], whole: Bool = false) {
    let (smallest, largest) = (numbers.min() ?? 0, numbers.max() ?? 1)
    // Halves, so that the range of the largest numbers is one too.
    let half = largest / 2 - smallest / 2
    let isRange = half > 1e-290
    let range = isRange ? half : max(abs(largest), 1) / 2
    let rough = range / 3
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? 10 * power
    let wide = whole ? max(1, step.rounded(.up)) : step
    self.step = wide
    let most = Double.greatestFiniteMagnitude
    let low = whole ? smallest : max((smallest / wide).rounded(.down) * wide, -most)
    let high =
      isRange
      ? (whole ? largest : min((largest / wide).rounded(.up) * wide, most))
      : min(low + 2 * range, most)
    (self.low, self.high) = (low, high)
    let first = (low / wide).rounded(.up)
    let last = (high / wide + 1e-9).rounded(.down)
    let count = first <= last ? Int(last - first, within: 0...20) : -1
    values = (0..<(count + 1)).map { (first + Double($0)) * wide }
    isLogarithmic = false
  }

  /// Ticks where equal ratios are equally far apart: powers of ten, and a few numbers between where there is room.
  init(decades numbers: [Double]) {
    let positive = numbers.filter { $0 > 0 && $0.isFinite }
    let (smallest, largest) = (log10(positive.min() ?? 1), log10(positive.max() ?? 10))
    let span = largest - smallest
    low = smallest - (span > 0 ? 0.04 * span : 0.3)
    high = largest + (span > 0 ? 0.04 * span : 0.3)
    step = 1
    isLogarithmic = true
    let every = max(1, Int((span / 6).rounded(.up)))
    let between: [Double] = span < 2.2 ? [1, 2, 5] : [1]
    let (low, high) = (low, high)
    values = stride(from: Int(low.rounded(.down)), through: Int(high.rounded(.up)), by: every)
      .flatMap { power in between.map { $0 * pow(10, Double(power)) } }
      .filter { (low...high).contains(log10($0)) }
  }

  /// The position of a number, from 0 to 1.
  func share(_ value: Double) -> Double {
    let place = isLogarithmic ? log10(value) : value
    // Halves, as above.
    return (place / 2 - low / 2) / (high / 2 - low / 2)
  }

  /// A number with as many places as the steps need.
  func text(_ value: Double) -> String {
    if isLogarithmic || abs(value) >= 1e6 || step < 1e-6 {
      return abs(value) >= 1e5 || (value != 0 && abs(value) < 1e-3)
        ? power(value) : String(format: "%g", value)
    }
    let places = max(0, Int((-log10(step)).rounded(.up)))
    return String(format: "%.\(min(places, 8))f", value)
  }

  /// A number as a product with a power of ten.
  private func power(_ value: Double) -> String {
    let exponent = Int(floor(log10(abs(value)) + 1e-9))
    let factor = value / pow(10, Double(exponent))
    let raised = "\(exponent)".map { character in
      character == "-" ? "⁻" : String(Array("⁰¹²³⁴⁵⁶⁷⁸⁹")[character.wholeNumberValue ?? 0])
    }.joined()
    return (abs(factor - 1) < 1e-6 ? "" : String(format: "%.3g·", factor)) + "10\(raised)"
  }
}
