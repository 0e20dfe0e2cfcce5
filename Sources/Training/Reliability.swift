import RetrogradTensors

/// The confidence of a network compared with its accuracy.
///
/// Answers are sorted by their confidence, the probability of the predicted class, into intervals of one width. In
/// a calibrated network as many answers of an interval are right as their mean confidence says.
///
/// Source: C. Guo, G. Pleiss, Y. Sun and K. Weinberger, *On Calibration of Modern Neural Networks*, ICML 2017.
public struct Reliability: Codable, Sendable {
  /// The answers of one interval of confidence, which does not hold its lower bound but its upper one.
  public struct Bin: Codable, Sendable {
    /// The lower bound of their confidence.
    public let lower: Double
    /// The upper bound of their confidence.
    public let upper: Double
    /// The number of answers.
    public let count: Int
    /// Their mean confidence; `NaN` without answers.
    public let confidence: Double
    /// The share of them that is right; `NaN` without answers.
    public let accuracy: Double
  }

  /// The intervals from 0 to 1, with and without answers.
  public let bins: [Bin]
  /// The number of answers, those included whose confidence is not a number.
  public let count: Int

  /// Sorts answers by their confidence.
  ///
  /// - Parameters:
  ///   - confidences: The probability of the predicted class, for each picture.
  ///   - isRight: Whether it was the right class, for each picture.
  ///   - binCount: The number of intervals.
  public init(confidences: [Double], isRight: [Bool], bins binCount: Int = 15) {
    require(
      confidences.count == isRight.count && binCount > 0,
      "Reliability: needs as many confidences as answers and at least one bin, got "
        + "\(confidences.count), \(isRight.count) and \(binCount)")
    var counts = [Int](repeating: 0, count: binCount)
    var right = counts
    var sums = [Double](repeating: 0, count: binCount)
    for (confidence, isRight) in zip(confidences, isRight) where (0...1).contains(confidence) {
      let place = max(0, Int((confidence * Double(binCount)).rounded(.up)) - 1)
      counts[place] += 1
      right[place] += isRight ? 1 : 0
      sums[place] += confidence
    }
    bins = counts.indices.map { place in
      let count = Double(counts[place])
      return Bin(
        lower: Double(place) / Double(binCount), upper: Double(place + 1) / Double(binCount),
        count: counts[place], confidence: sums[place] / count,
        accuracy: Double(right[place]) / count)
    }
    count = confidences.count
  }

  /// The mean distance between confidence and accuracy: `Σ count / N · |accuracy − confidence|`, from 0 to 1.
  ///
  /// `NaN` without answers, and where a confidence is not a number.
  public var expectedCalibrationError: Double {
    guard count > 0, bins.reduce(0, { $0 + $1.count }) == count else { return .nan }
    return bins.filter { $0.count > 0 }.reduce(0) {
      $0 + Double($1.count) / Double(count) * abs($1.accuracy - $1.confidence)
    }
  }

  /// The table as comma-separated values, without the intervals that have no answers.
  public var csv: String {
    let rows = bins.filter { $0.count > 0 }.map {
      "\($0.lower),\($0.upper),\($0.count),\($0.confidence),\($0.accuracy)"
    }
    return (["above,to,answers,confidence,right"] + rows).joined(separator: "\n") + "\n"
  }
}

extension Evaluation {
  /// The confidence of the network compared with its accuracy.
  ///
  /// - Parameter bins: The number of intervals.
  public func reliability(bins: Int = 15) -> Reliability {
    Reliability(
      confidences: predictions.map(\.confidence), isRight: predictions.map(\.isRight), bins: bins)
  }
}
