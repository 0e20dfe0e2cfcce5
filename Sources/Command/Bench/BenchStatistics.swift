/// The statistics of several measurements.
struct BenchStatistics {
  let median: Double
  let spread: Spread

  /// The spread of the measurements.
  struct Spread: Codable {
    let min: Double
    let lowerQuartile: Double
    let upperQuartile: Double
    let max: Double
  }

  /// The statistics of at least one number.
  init(_ numbers: [Double]) {
    let sorted = numbers.sorted()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(sorted.count - 1)
      let (low, rest) = (Int(place), place - place.rounded(.down))
      let high = Swift.min(low + 1, sorted.count - 1)
      return sorted[low] + rest * (sorted[high] - sorted[low])
    }
    median = quantile(0.5)
    spread = Spread(
      min: quantile(0), lowerQuartile: quantile(0.25), upperQuartile: quantile(0.75),
      max: quantile(1))
  }
}
