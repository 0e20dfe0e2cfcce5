/// Cross-entropy with labels as one operation, with a single pass over each row of scores: in simpler
/// operations, what each takes besides its arithmetic adds up to more than the arithmetic of a batch.
///
/// A label stands for a target `t` over the classes: `(1 − s) · w` at the label's class, with that
/// class's weight `w` and the smoothing `s`, and `s / C · w` of its own at every class. The loss of a
/// row is `−Σ t · ln p`, its derivative `(p · Σ t − t) · dy`, with `p` the softmax of the scores.
package struct CrossEntropy: Sendable {
  private let labels: [Int]
  private let rowShape: [Int]
  private let weight: Tensor?
  private let ignoreIndex: Int
  private let smoothing: Double
  private let classes: Int
  /// The distance between the classes of a row in memory.
  private let stride: Int
  private let dtype: DType

  /// Labels for scores that were checked to fit them.
  ///
  /// - Parameters:
  ///   - labels: The right class of each row, from 0, or `ignoreIndex`.
  ///   - shape: The shape of the scores.
  ///   - axis: The axis of the classes.
  ///   - weight: A factor for each class.
  ///   - ignoreIndex: The label of rows that count for nothing.
  ///   - smoothing: The share of the target that is spread over all classes.
  ///   - dtype: The type of the scores.
  package init(
    _ labels: IntTensor, shape: [Int], axis: Int, weight: Tensor?, ignoreIndex: Int,
    smoothing: Double, dtype: DType
  ) {
    (self.labels, rowShape) = (labels.scalars, labels.shape)
    self.weight = weight
    self.ignoreIndex = ignoreIndex
    self.smoothing = smoothing
    classes = shape[axis]
    stride = shape[(axis + 1)...].reduce(1, *)
    self.dtype = dtype
  }

  /// The loss of each row, in the labels' shape, and the softmax of the scores, in theirs.
  package func losses(_ scores: Tensor) -> (losses: Tensor, probabilities: Tensor) {
    if let device = computingDevice(scores),
      let result = device.losses(scores, onDevice, shape: rowShape)
    {
      return result
    }
    var losses = Tensor(uninitialized: rowShape, dtype: dtype)
    var probabilities = Tensor(uninitialized: scores.shape, dtype: dtype)
    dtype.dispatch { lossLoop(scores, &losses, &probabilities, $0) }
    return (losses, probabilities)
  }

  /// 1 for each row that counts for nothing, in the labels' shape.
  package func ignored() -> Tensor {
    Tensor(labels.map { $0 == ignoreIndex ? 1 : 0 }, shape: rowShape, dtype: dtype)
  }

  /// The divisor of a mean: the sum of the weights of all labels that count.
  package func totalWeight() -> Tensor {
    var total = 0.0
    for label in labels where label != ignoreIndex {
      total += weight?.scalar(at: label) ?? 1
    }
    return Tensor(total, dtype: dtype)
  }

  /// `(p · Σ t − t) · dy`; rows that are ignored do not get to see `dy`, which may be `NaN`.
  ///
  /// - Parameters:
  ///   - probabilities: The softmax of the scores.
  ///   - dy: One number for each row, or one for all.
  package func gradient(_ probabilities: Tensor, _ dy: Tensor) -> Tensor {
    if let device = computingDevice(probabilities, dy),
      let dx = device.gradient(probabilities, dy, onDevice)
    {
      return dx
    }
    var result = Tensor(uninitialized: probabilities.shape, dtype: dtype)
    dtype.dispatch { gradientLoop(probabilities, dy, &result, $0) }
    return result
  }

  /// The targets `t`, in the shape of the scores, and `Σ t` of each row, in the labels' shape.
  package func targets(shape: [Int]) -> (targets: Tensor, sums: Tensor) {
    var targets = Tensor(uninitialized: shape, dtype: dtype)
    var sums = Tensor(uninitialized: rowShape, dtype: dtype)
    dtype.dispatch { targetLoop(&targets, &sums, $0) }
    return (targets, sums)
  }
}

extension CrossEntropy {
  /// Rows that are worth handing to another thread.
  private var grain: Int { max(1, (1 << 12) / max(classes, 1)) }

  /// The offset of the first class of a row.
  @inline(__always)
  private func start(ofRow row: Int) -> Int { row / stride * classes * stride + row % stride }

  @inline(__always)
  private func factor<T: Scalar>(ofClass index: Int, _ type: T.Type) -> T {
    weight?.elements(T.self)[index] ?? 1
  }

  private func lossLoop<T: Scalar>(
    _ scores: Tensor, _ losses: inout Tensor, _ probabilities: inout Tensor, _ type: T.Type
  ) {
    let (x, rows) = (scores.elements(T.self), labels.count)
    losses.withMutable(T.self) { losses in
      probabilities.withMutable(T.self) { p in
        parallelRanges(rows, grain: grain) { range in
          for row in range {
            let (x, p) = (x + start(ofRow: row), p + start(ofRow: row))
            let (largest, logarithm) = softmaxOfRow(x, p, count: classes, stride: stride)
            let label = labels[row]
            losses[row] =
              label == ignoreIndex ? 0 : loss(x, label, shift: largest, logarithm: logarithm)
          }
        }
      }
    }
    withExtendedLifetime((scores, weight)) {}
  }

  /// `−Σ t · ln p` of a row whose label counts.
  @inline(__always)
  private func loss<T: Scalar>(
    _ x: UnsafePointer<T>, _ label: Int, shift: T, logarithm: T
  ) -> T {
    let own = (logarithm - (x[label * stride] - shift)) * factor(ofClass: label, T.self)
    if smoothing == 0 { return own }
    var spread = 0.0
    for i in 0..<classes {
      spread += Double((logarithm - (x[i * stride] - shift)) * factor(ofClass: i, T.self))
    }
    return own * T(1 - smoothing) + T(spread) * T(smoothing / Double(classes))
  }

  private func gradientLoop<T: Scalar>(
    _ probabilities: Tensor, _ dy: Tensor, _ result: inout Tensor, _ type: T.Type
  ) {
    let (p, slopes) = (probabilities.elements(T.self), dy.elements(T.self))
    let slopeStride = dy.count == 1 ? 0 : 1
    let (rows, sumOfWeights) = (labels.count, sumOfWeights())
    result.withMutable(T.self) { dx in
      parallelRanges(rows, grain: grain) { range in
        for row in range {
          let (p, dx) = (p + start(ofRow: row), dx + start(ofRow: row))
          let target = RowTarget<T>(self, row, sumOfWeights)
          let slope = target.isIgnored ? 0 : slopes[row * slopeStride]
          for i in 0..<classes {
            dx[i * stride] = (p[i * stride] * target.sum - target[i]) * slope
          }
        }
      }
    }
    withExtendedLifetime((probabilities, dy, weight)) {}
  }

  private func targetLoop<T: Scalar>(
    _ targets: inout Tensor, _ sums: inout Tensor, _ type: T.Type
  ) {
    let sumOfWeights = sumOfWeights()
    targets.withMutable(T.self) { t in
      sums.withMutable(T.self) { sums in
        for row in 0..<labels.count {
          let target = RowTarget<T>(self, row, sumOfWeights)
          let t = t + start(ofRow: row)
          for i in 0..<classes { t[i * stride] = target[i] }
          sums[row] = target.sum
        }
      }
    }
    withExtendedLifetime(weight) {}
  }

  /// The numbers for a device's kernels.
  private var onDevice: DeviceCrossEntropy {
    DeviceCrossEntropy(
      labels: labels, weight: weight, ignoreIndex: ignoreIndex, smoothing: smoothing,
      classes: classes, stride: stride, sumOfWeights: sumOfWeights())
  }

  private func sumOfWeights() -> Double { weight?.sum().item() ?? Double(classes) }

  /// The target of one row; 0 throughout where it is ignored.
  private struct RowTarget<T: Scalar> {
    private let label: Int
    private let own: T
    private let spread: T
    private let weight: UnsafePointer<T>?
    let isIgnored: Bool
    /// The sum over the classes.
    let sum: T

    @inline(__always)
    init(_ loss: CrossEntropy, _ row: Int, _ sumOfWeights: Double) {
      label = loss.labels[row]
      weight = loss.weight?.elements(T.self)
      isIgnored = label == loss.ignoreIndex
      if isIgnored {
        (own, spread, sum) = (0, 0, 0)
      } else {
        own = T(1 - loss.smoothing) * (weight?[label] ?? 1)
        spread = T(loss.smoothing / Double(loss.classes))
        sum = loss.smoothing == 0 ? own : own + spread * T(sumOfWeights)
      }
    }

    @inline(__always)
    subscript(index: Int) -> T {
      (index == label ? own : 0) + (spread == 0 ? 0 : spread * (weight?[index] ?? 1))
    }
  }
}

/// The softmax of one row of scores: `p = exp(x − shift) / Σ exp(x − shift)`.
///
/// - Parameters:
///   - x: The scores.
///   - p: The buffer for the probabilities.
///   - count: The number of scores.
///   - stride: The distance from one score to the next in memory, the same for `p`.
/// - Returns: The largest score, and `ln Σ exp(x − shift)`: a logarithm of a probability is
///   `x − shift − logarithm`.
@inline(__always)
func softmaxOfRow<T: Scalar>(
  _ x: UnsafePointer<T>, _ p: UnsafeMutablePointer<T>, count: Int, stride: Int
) -> (shift: T, logarithm: T) {
  // Shifted by the largest, so that nothing overflows; a NaN is passed on.
  var largest = -T.infinity
  for i in 0..<count where !(x[i * stride] <= largest) { largest = x[i * stride] }
  var sum = 0.0
  for i in 0..<count {
    let e = T.exp(x[i * stride] - largest)
    p[i * stride] = e
    sum += Double(e)
  }
  let total = T(sum)
  for i in 0..<count { p[i * stride] /= total }
  return (largest, T.log(total))
}
