import RetrogradDevices

// Sums of picked elements: along one axis, each result is Σ weight · x[source] over a list of its own.
//
//     results      0        1      2              starts    0     2  3     5
//                ╱   ╲      │    ╱   ╲            sources   0  1  1  1  3
//     elements  0     1     1   1     3           weights   ½  ½  1  ¼  ¾
//
// Resampling, picking rows, and the gradients of both are such sums, and differ in their lists alone. Those of a
// gradient are the lists of the transposed matrix: each element gathers from the results that it had a part in, in
// their order, which is the order in which the host adds. One work item makes one result.

/// A matrix with few numbers that are not 0, row by row: what each result along an axis is made of.
struct DeviceTaps {
  /// The number of elements along the axis.
  let extent: Int
  /// For each result the place of its first tap in the lists, and at last the number of taps.
  private(set) var starts: [Int32]
  /// The element of each tap.
  private(set) var sources: [Int32]
  /// The weight of each tap; empty where all are 1.
  private(set) var weights: [Float]

  /// Results that are made of equally many elements.
  ///
  /// - Parameters:
  ///   - sources: The elements of the first result, then those of the second, and so on.
  ///   - tapCount: The number of elements of each result.
  ///   - weights: The weight of each; empty where all are 1.
  ///   - extent: The number of elements along the axis.
  init(_ sources: [Int], each tapCount: Int = 1, weights: [Float] = [], extent: Int) {
    self.extent = extent
    starts = stride(from: 0, through: sources.count, by: tapCount).map(Int32.init)
    self.sources = sources.map(Int32.init)
    self.weights = weights
  }

  /// The number of results along the axis.
  var count: Int { starts.count - 1 }

  /// The same matrix with rows and columns exchanged; each row lists its elements in their order.
  var transposed: DeviceTaps {
    var ends = [Int32](repeating: 0, count: extent + 1)
    for source in sources { ends[Int(source) + 1] += 1 }
    for element in 0..<extent { ends[element + 1] += ends[element] }
    var result = DeviceTaps([], extent: count)
    result.starts = ends
    result.sources = [Int32](repeating: 0, count: sources.count)
    result.weights = [Float](repeating: 0, count: weights.count)
    for row in 0..<count {
      for tap in Int(starts[row])..<Int(starts[row + 1]) {
        let place = Int(ends[Int(sources[tap])])
        ends[Int(sources[tap])] += 1
        result.sources[place] = Int32(row)
        if !weights.isEmpty { result.weights[place] = weights[tap] }
      }
    }
    return result
  }

  /// The same results, each with its last tap alone.
  var lastOnly: DeviceTaps {
    var result = self
    (result.starts, result.sources) = ([0], [])
    for row in 0..<count {
      if starts[row] < starts[row + 1] { result.sources.append(sources[Int(starts[row + 1]) - 1]) }
      result.starts.append(Int32(result.sources.count))
    }
    result.weights = []
    return result
  }
}

extension OpenDevice {
  /// Sums of elements along an axis, which gets as many places as `taps` has results.
  func summed(_ x: Tensor, _ taps: DeviceTaps, axis: Int, for operation: String) -> Tensor? {
    attempt(operation) { () throws(DeviceError) in
      var shape = x.shape
      shape[axis] = taps.count
      let y = try output(shape)
      let inner = x.shape[(axis + 1)...].reduce(1, *)
      let sizes = [y.count, taps.count, taps.extent, inner, taps.weights.isEmpty ? 0 : 1]
      try call(
        sumOfPickedKernel,
        input(x) + list(taps.starts) + list(taps.sources) + list(taps.weights.map(\.bitPattern))
          + target(y) + sizes.map { .int($0) },
        WorkSize(count: y.count))
      return y
    }
  }

  /// Zeros with the elements of `x` added at places in memory, or with the last element for each place put there.
  func added(
    _ x: Tensor, at places: [Int], shape: [Int], keepsLast: Bool = false, for operation: String
  ) -> Tensor? {
    let taps = DeviceTaps(places, extent: shape.reduce(1, *)).transposed
    let flat = summed(
      x.reshaped([x.count]), keepsLast ? taps.lastOnly : taps, axis: 0, for: operation)
    return flat?.reshaped(shape)
  }

  /// The elements of `x` at places in memory.
  func picked(_ x: Tensor, at places: [Int], shape: [Int], for operation: String) -> Tensor? {
    let taps = DeviceTaps(places, extent: x.count)
    return summed(x.reshaped([x.count]), taps, axis: 0, for: operation)?.reshaped(shape)
  }
}

/// `y[slab, i, j] = Σ weights[n] · x[slab, sources[n], j]` over the taps `n` from `starts[i]` to `starts[i + 1]`.
private let sumOfPickedKernel = Kernel(
  "sumOfPicked",
  text: kernelPrelude + """
    KERNEL sumOfPicked(READ x, int xStart, READ_INTS starts, READ_INTS sources, READ weights, WRITE y,
                       int count, int results, int extent, int inner, int hasWeights) {
      const int item = ITEM;
      if (item >= count) return;
      const int j = item % inner, result = item / inner % results, slab = item / inner / results;
      x += xStart + slab * extent * inner + j;
      const int first = starts[result], end = starts[result + 1];
      float sum = 0;
      for (int n = first; n < end; n++) {
        float term = x[sources[n] * inner];
        if (hasWeights) term *= weights[n];
        // What is only picked keeps its bits: 0 + -0 would not be -0.
        sum = n == first ? term : sum + term;
      }
      y[item] = sum;
    }
    """)
