import RetrogradTensors

/// Turns a network's logits into probabilities, and decides from which one on its answer counts as sure.
///
/// A network is often surer than it is right. Dividing its logits by one number, the temperature, before softmax
/// brings the two together and changes no answer: `p = softmax(logits / T)`. An answer whose probability is below
/// the threshold is one that a program should call unsure.
///
/// Source: C. Guo, G. Pleiss, Y. Sun and K. Weinberger, *On Calibration of Modern Neural Networks*, ICML 2017.
///
/// ```swift
/// let p = network.calibration.probabilities(logits)          // [N, C]
/// let isSure = network.calibration.isSure(p.max().item())
/// ```
public struct Calibration: Equatable, Sendable {
  /// The temperature, the divisor of the logits; above 1 makes a network less confident.
  public var temperature: Double
  /// The smallest probability of an answer that counts as sure.
  public var threshold: Double

  /// Logits as they are; an answer is sure when it is at least as probable as all others together.
  public static let none = Calibration()

  /// Logits as they are, for a number of classes: of two classes one always has half of the probability, so an answer
  /// is sure when it is three times as probable as the other.
  public static func none(classes: Int) -> Calibration {
    classes == 2 ? Calibration(threshold: 0.75) : .none
  }

  /// The temperatures that are accepted from a file.
  package static let temperatures = 1e-3...1e3

  /// A calibration, by default none.
  ///
  /// - Parameters:
  ///   - temperature: The temperature, the divisor of the logits, from 0.001 to 1000.
  ///   - threshold: The smallest probability of an answer that counts as sure, from 0 to 1.
  public init(temperature: Double = 1, threshold: Double = 0.5) {
    (self.temperature, self.threshold) = (temperature, threshold)
    if let mistake { require(false, "Calibration: \(mistake)") }
  }

  /// The probability of each class: `softmax(logits / T)`.
  ///
  /// - Parameter logits: One row for each picture, [N, C].
  /// - Returns: Rows that add up to 1, [N, C].
  public func probabilities(_ logits: Tensor) -> Tensor { scaled(logits).softmax(axis: 1) }

  /// The logarithms of the probabilities, which are finite where the probabilities are too small for a number.
  ///
  /// - Parameter logits: One row for each picture, [N, C].
  public func logProbabilities(_ logits: Tensor) -> Tensor { scaled(logits).logSoftmax(axis: 1) }

  private func scaled(_ logits: Tensor) -> Tensor {
    require(logits.rank == 2, "Calibration: expects logits [N, C], got \(logits.shape)")
    if temperature == 1 || logits.count == 0 { return logits }
    // A small temperature makes large logits infinite, unless the largest of a row is 0.
    return (logits - logits.amax(axes: [1], keepDims: true)) / temperature
  }

  /// Returns whether an answer of that probability counts as sure; one without a number does not.
  public func isSure(_ probability: Double) -> Bool { probability >= threshold }

  /// The mistake in it; `nil` when it can be used.
  package var mistake: String? {
    if !Self.temperatures.contains(temperature) {
      return "the temperature is \(temperature), expected a number from "
        + "\(Self.temperatures.lowerBound) to \(Self.temperatures.upperBound)"
    }
    if !(0...1).contains(threshold) {
      return "the threshold is \(threshold), expected a probability from 0 to 1"
    }
    return nil
  }
}

extension Calibration: Codable {
  private enum CodingKeys: String, CodingKey { case temperature, threshold }

  /// Takes what is there; what is not is that of ``none``. Nothing is checked: see `mistake`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self = .none
    temperature =
      try container.decodeIfPresent(Double.self, forKey: .temperature) ?? temperature
    threshold = try container.decodeIfPresent(Double.self, forKey: .threshold) ?? threshold
  }
}
