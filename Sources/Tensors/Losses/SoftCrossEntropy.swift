/// Cross-entropy with probabilities as targets as one operation, with a single pass over each row of
/// scores; see ``CrossEntropy`` for why.
///
/// With the probabilities `q` of a row, the smoothing `s` and the weights `w`, the target of a class is
/// `t = ((1 − s) · q + s / C) · w`. The loss of the row is `−Σ t · ln p`, its derivative with respect to
/// the scores `(p · Σ t − t) · dy`, with `p` the softmax of the scores.
package struct SoftCrossEntropy: Sendable {
  private let weight: Tensor?
  private let smoothing: Double
  private let axis: Int
  private let classes: Int
  /// The distance from one class of a row to the next in memory.
  private let stride: Int
  private let rowShape: [Int]
  private let dtype: DType

  /// Targets for scores that were checked to fit them.
  ///
  /// - Parameters:
  ///   - shape: The shape of the scores and the targets.
  ///   - axis: The axis of the classes.
  ///   - weight: A factor for each class.
  ///   - smoothing: The share of the target that is spread over all classes.
  ///   - dtype: The type of the scores and the targets.
  package init(shape: [Int], axis: Int, weight: Tensor?, smoothing: Double, dtype: DType) {
    self.weight = weight
    self.smoothing = smoothing
    self.axis = axis
    classes = shape[axis]
    stride = shape[(axis + 1)...].reduce(1, *)
    rowShape = Array(shape[..<axis] + shape[(axis + 1)...])
    self.dtype = dtype
  }

  /// The loss of each row, in the shape of the scores without the axis of the classes, and the softmax
  /// of the scores.
  package func losses(
    _ scores: Tensor, _ probabilities: Tensor
  ) -> (losses: Tensor, softmax: Tensor) {
    var losses = Tensor(uninitialized: rowShape, dtype: dtype)
    var softmax = Tensor(uninitialized: scores.shape, dtype: dtype)
    dtype.dispatch { lossLoop(scores, probabilities, &losses, &softmax, $0) }
    return (losses, softmax)
  }

  /// `(p · Σ t − t) · dy`, the gradient of the scores.
  ///
  /// - Parameters:
  ///   - softmax: The softmax `p` of the scores.
  ///   - probabilities: The probabilities that make the targets `t`.
  ///   - dy: One number for each row.
  package func gradient(_ softmax: Tensor, _ probabilities: Tensor, _ dy: Tensor) -> Tensor {
    var result = Tensor(uninitialized: softmax.shape, dtype: dtype)
    dtype.dispatch { gradientLoop(softmax, probabilities, dy, &result, $0) }
    return result
  }

  /// Rows that are worth handing to another thread.
  private var grain: Int { max(1, (1 << 12) / max(classes, 1)) }

  /// The offset of the first class of a row.
  @inline(__always)
  private func start(ofRow row: Int) -> Int { row / stride * classes * stride + row % stride }

  private func lossLoop<T: Scalar>(
    _ scores: Tensor, _ probabilities: Tensor, _ losses: inout Tensor, _ softmax: inout Tensor,
    _ type: T.Type
  ) {
    let (x, q, rows) = (scores.elements(T.self), probabilities.elements(T.self), losses.count)
    let target = Target<T>(self)
    losses.withMutable(T.self) { losses in
      softmax.withMutable(T.self) { p in
        parallelRanges(rows, grain: grain) { range in
          for row in range {
            let start = start(ofRow: row)
            let (x, q) = (x + start, q + start)
            let (shift, logarithm) = softmaxOfRow(x, p + start, count: classes, stride: stride)
            var sum = 0.0
            for i in 0..<classes {
              sum += Double((logarithm - (x[i * stride] - shift)) * target(i, q[i * stride]))
            }
            losses[row] = T(sum)
          }
        }
      }
    }
    withExtendedLifetime((scores, probabilities, weight)) {}
  }

  private func gradientLoop<T: Scalar>(
    _ softmax: Tensor, _ probabilities: Tensor, _ dy: Tensor, _ result: inout Tensor,
    _ type: T.Type
  ) {
    let (p, q, slopes) = (
      softmax.elements(T.self), probabilities.elements(T.self), dy.elements(T.self)
    )
    let (rows, target) = (dy.count, Target<T>(self))
    result.withMutable(T.self) { dx in
      parallelRanges(rows, grain: grain) { range in
        for row in range {
          let start = start(ofRow: row)
          let (p, q, dx, slope) = (p + start, q + start, dx + start, slopes[row])
          var sum = 0.0
          for i in 0..<classes { sum += Double(target(i, q[i * stride])) }
          let total = T(sum)
          for i in 0..<classes {
            dx[i * stride] = (p[i * stride] * total - target(i, q[i * stride])) * slope
          }
        }
      }
    }
    withExtendedLifetime((softmax, probabilities, dy, weight)) {}
  }

  /// The target made from a probability.
  private struct Target<T: Scalar> {
    private let kept: T
    private let spread: T
    private let weight: UnsafePointer<T>?

    init(_ loss: SoftCrossEntropy) {
      kept = T(1 - loss.smoothing)
      spread = T(loss.smoothing / Double(loss.classes))
      weight = loss.weight?.elements(T.self)
    }

    @inline(__always)
    func callAsFunction(_ index: Int, _ probability: T) -> T {
      let target = probability * kept + spread
      return weight.map { target * $0[index] } ?? target
    }
  }
}
