import Foundation
import RetrogradNeuralNetworks
import RetrogradTensors
import RetrogradText

/// The reason why a network cannot be calibrated with the pictures that there are.
public struct CalibrationError: ExplainedError {
  /// The problem, and the remedy.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// The temperature `T` for which the cross-entropy of `softmax(logits / T)` is smallest.
///
/// That loss is convex in `1 / T`: its slope, `mean(Σ p z − z_label)`, changes its sign once, and halving finds
/// where. One number is fitted, so that a few hundred pictures are enough; they must not be those that the network
/// has learned from.
///
/// Source: C. Guo, G. Pleiss, Y. Sun and K. Weinberger, *On Calibration of Modern Neural Networks*, ICML 2017.
///
/// - Parameters:
///   - logits: One row for each picture, [N, C].
///   - labels: The right classes, [N].
/// - Returns: From 0.001 to 1000.
/// - Throws: ``CalibrationError`` where no temperature is best: without pictures, with one class, where logits are
///   not finite, where all pictures are classified correctly (the surer the better) or hardly any (the less sure the
///   better).
/// - Complexity: About forty times a softmax of the logits.
public func fitTemperature(
  _ logits: Tensor, _ labels: IntTensor
) throws(CalibrationError) -> Double {
  require(
    logits.rank == 2 && labels.shape == [logits.shape[0]]
      && labels.scalars.allSatisfy { $0 >= 0 && $0 < logits.shape[1] },
    "fitTemperature: expects logits [N, C] and labels [N] from 0 to below C, got \(logits.shape) and "
      + "\(labels.shape)")
  guard logits.shape[0] > 0 else {
    throw CalibrationError("there are no pictures to fit a temperature to")
  }
  guard logits.shape[1] > 1 else {
    throw CalibrationError("with one class every temperature gives the same probability: 1")
  }
  let wide = logits.converted(to: .float64)
  // Only differences within a row count.
  let z = wide - wide.amax(axes: [1], keepDims: true)
  if let row = (z * 0).sum(axes: [1]).scalars.firstIndex(where: { $0 != 0 }) {
    throw CalibrationError("the logits of picture \(row) are not all finite numbers")
  }
  let ofLabels = gather(z, labels.reshaped([labels.count, 1]), axis: 1).mean().item()
  func slope(_ inverse: Double) -> Double {
    let p = (z * inverse).softmax(axis: 1)
    return (p * z).sum(axes: [1]).mean().item() - ofLabels
  }
  let range = Calibration.temperatures
  var (low, high) = (log(1 / range.upperBound), log(1 / range.lowerBound))
  guard slope(exp(low)) < 0 else {
    throw CalibrationError(
      "the temperature would be above \(range.upperBound): the network's scores say nothing about the "
        + "\(labels.count) pictures. Are their classes those that it knows?")
  }
  guard slope(exp(high)) > 0 else {
    throw CalibrationError(
      "all \(labels.count) pictures are classified correctly, or so nearly that the temperature would be below "
        + "\(range.lowerBound): the more confident, the better. More pictures, some of them classified wrongly, would "
        + "show how confident the network may be")
  }
  while high - low > 1e-11 {
    let middle = (low + high) / 2
    if slope(exp(middle)) < 0 { low = middle } else { high = middle }
  }
  return exp(-(low + high) / 2)
}

extension Calibration {
  /// The share of right answers that is required of those that count as sure: four of five.
  public static let accuracyWhenSure = 0.8

  /// Fits a calibration by pictures that the network has not learned from.
  ///
  /// The temperature is that of ``fitTemperature(_:_:)``. The threshold is the lowest probability for which two
  /// things hold: of the answers that are at least as probable, a share of `accuracy` is right, counted as
  /// (right + 1) / (answers + 2) so that one or two lucky ones show nothing (Laplace's rule of succession); and it
  /// would be sure without a calibration, too: see ``none(classes:)``.
  ///
  /// - Parameters:
  ///   - logits: One row for each picture, [N, C].
  ///   - labels: The right classes, [N].
  ///   - accuracy: The share of sure answers that is to be right.
  /// - Throws: ``CalibrationError`` where no temperature is best.
  public init(
    fitting logits: Tensor, _ labels: IntTensor, accuracy: Double = accuracyWhenSure
  ) throws(CalibrationError) {
    self.init(temperature: try fitTemperature(logits, labels))
    let p = probabilities(logits)
    let choices = p.argmax(axis: 1).scalars
    threshold = max(
      Self.none(classes: logits.shape[1]).threshold,
      Self.threshold(
        confidences: p.amax(axes: [1]).scalars, isRight: zip(choices, labels.scalars).map(==),
        accuracy: accuracy))
  }

  /// The lowest confidence with enough right answers among those that are as sure; 1 where there is none.
  static func threshold(
    confidences: [Double], isRight: [Bool], accuracy: Double
  ) -> Double {
    let order = confidences.indices.sorted { confidences[$0] > confidences[$1] }
    var (lowest, right) = (1.0, 0)
    for (place, index) in order.enumerated() {
      right += isRight[index] ? 1 : 0
      let next = place + 1 < order.count ? confidences[order[place + 1]] : -1
      // Answers of one confidence are sure together or not at all.
      if next < confidences[index], Double(right + 1) >= accuracy * Double(place + 3) {
        lowest = confidences[index]
      }
    }
    return lowest
  }
}
