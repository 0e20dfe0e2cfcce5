import RetrogradTensors

/// A random batch of rows with their labels, drawn without repetition.
///
/// - Parameters:
///   - inputs: The rows, [N, …].
///   - labels: The label of each row, [N].
///   - size: The batch size; all rows, in random order, if there are fewer.
///   - random: The source of random numbers for the choice.
public func getBatch(
  _ inputs: Tensor, _ labels: IntTensor, size: Int, using random: inout RandomSource
) -> (inputs: Tensor, labels: IntTensor) {
  require(
    inputs.rank > 0 && labels.shape == [inputs.shape[0]] && size > 0,
    "getBatch: expects rows [N, …], labels [N] and a size above 0, got \(inputs.shape), "
      + "\(labels.shape) and \(size)")
  let chosen = Array(random.permutation(labels.count).prefix(size))
  return (rows(inputs, chosen), IntTensor(chosen.map { labels[$0] }))
}

/// The numbers from 0 up to but without `count`, each once, in random order and `size` at a time: one
/// pass over the rows. The last batch may be smaller.
public func batches(of count: Int, size: Int, using random: inout RandomSource) -> [[Int]] {
  require(size > 0, "batches: the size must be at least 1, got \(size)")
  let order = random.permutation(count)
  return stride(from: 0, to: count, by: size).map { Array(order[$0..<min($0 + size, count)]) }
}

private func rows(_ x: Tensor, _ indices: [Int]) -> Tensor {
  indices.isEmpty ? x[0..<0] : concatenate(indices.map { x[$0..<($0 + 1)] })
}

/// The share of rows whose largest score is that of the right class. A row with a score that is no number answers
/// nothing, and is wrong.
///
/// - Parameters:
///   - scores: One row of scores for each element, [N, C]: logits or probabilities.
///   - labels: The right classes, [N].
/// - Returns: From 0 to 1; `NaN` without rows.
public func accuracy(_ scores: Tensor, _ labels: IntTensor) -> Double {
  require(
    scores.rank == 2 && labels.shape == [scores.shape[0]],
    "accuracy: expects scores [N, C] and labels [N], got \(scores.shape) and \(labels.shape)")
  let right = zip(scores.argmax(axis: 1).scalars, labels.scalars).enumerated().count { row, pair in
    pair.0 == pair.1 && !scores[row..<(row + 1)].hasNaN
  }
  return Double(right) / Double(labels.count)
}

/// Brings each column to mean 0 and deviation 1 over the training data; a column that does not vary
/// there only loses its mean, as in scikit-learn's `StandardScaler`.
public struct Standardizer: Sendable {
  /// The mean of each column, [D].
  public let mean: Tensor
  /// The divisor of each column, [D]: its standard deviation, or 1 where it does not vary.
  public let scale: Tensor

  /// A deviation up to this is rounding.
  private static let smallestDeviation = 1e-6

  /// Takes means and deviations of rows [N, D].
  public init(_ rows: Tensor) {
    require(
      rows.rank == 2 && rows.shape[0] > 0,
      "Standardizer: expects rows [N, D], at least one, got \(rows.shape)")
    mean = rows.mean(axes: [0])
    let deviation = rows.variance(axes: [0], correction: 0).sqrt()
    scale = select(deviation .> Self.smallestDeviation, deviation, .ones(like: deviation))
  }

  /// `(x − mean) / scale`.
  public func callAsFunction(_ x: Tensor) -> Tensor { (x - mean) / scale }
}
