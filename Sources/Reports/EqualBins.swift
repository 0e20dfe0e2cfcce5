import RetrogradTensors

/// Intervals of one width over the range of numbers, and how many numbers lie in each.
struct EqualBins {
  let low: Double
  let high: Double
  let counts: [Int]

  /// - Parameters:
  ///   - numbers: Finite numbers, however far apart.
  ///   - count: The number of intervals.
  init(_ numbers: [Double], count: Int) {
    let (low, high) = (numbers.min() ?? 0, numbers.max() ?? 1)
    var counts = [Int](repeating: 0, count: count)
    for number in numbers {
      // Halves, so that the range of the largest numbers is one too.
      let share = (number / 2 - low / 2) / (high / 2 - low / 2)
      counts[Int(share * Double(count), within: 0...(count - 1))] += 1
    }
    (self.low, self.high, self.counts) = (low, high, counts)
  }

  /// The width of each; 1 where all numbers are the same.
  var width: Double {
    let width = high / Double(counts.count) - low / Double(counts.count)
    return width > 0 ? width : 1
  }
}
