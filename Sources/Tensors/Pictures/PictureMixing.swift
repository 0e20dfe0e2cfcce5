// Pictures of a batch made of two: in place, and each with the one at the same place counted from the
// end, so that both of a pair are read and written once.

extension Tensor {
  /// Each row becomes `share` of itself and `1 − share` of its partner, the row at the same place
  /// counted from the end of the leading axis.
  package mutating func blendRowsWithReversed(share: Double) {
    dtype.dispatch { blendLoop(share, $0) }
  }

  /// Each picture of a batch [N, C, H, W] changes a rectangle with its partner, the picture at the same
  /// place counted from the end.
  ///
  /// - Parameters:
  ///   - rows: The rows of the rectangle.
  ///   - columns: The columns of the rectangle.
  package mutating func swapRectangleWithReversed(rows: Range<Int>, columns: Range<Int>) {
    require(
      rank == 4 && rows.lowerBound >= 0 && rows.upperBound <= shape[2]
        && columns.lowerBound >= 0 && columns.upperBound <= shape[3],
      "swapRectangleWithReversed: rows \(rows) and columns \(columns) do not lie in a batch "
        + "[N, C, H, W] of shape \(shape)")
    if rows.isEmpty || columns.isEmpty { return }
    dtype.dispatch { swapLoop(rows, columns, $0) }
  }

  /// Targets [N, C] of rows that were mixed with their partners: `share` at a row's own label, and
  /// `1 − share` at its partner's.
  ///
  /// - Parameters:
  ///   - labels: The labels [N], each from 0 and below `classes`.
  ///   - classes: The number of classes, C.
  ///   - share: The share that is kept of each row.
  ///   - dtype: The type of the targets.
  package static func mixedTargets(
    _ labels: IntTensor, classes: Int, share: Double, dtype: DType
  ) -> Tensor {
    var result = zeros([labels.count, classes], dtype: dtype)
    for (row, label) in labels.scalars.enumerated() {
      let other = labels.scalars[labels.count - 1 - row]
      if label == other {
        result.setScalar(1, at: row * classes + label)
      } else {
        result.setScalar(share, at: row * classes + label)
        result.setScalar(1 - share, at: row * classes + other)
      }
    }
    return result
  }

  /// Pairs that are worth handing to another thread.
  private static func pairsForOneThread(_ numbersPerPicture: Int) -> Int {
    Swift.max(1, (1 << 15) / Swift.max(numbersPerPicture, 1))
  }

  private mutating func blendLoop<T: Scalar>(_ share: Double, _ type: T.Type) {
    guard rank > 0, shape[0] > 1 else { return }
    let (share, rest) = (T(share), T(1 - share))
    let (pictures, size) = (shape[0], count / shape[0])
    withMutable(T.self) { x in
      parallelRanges(pictures / 2, grain: Self.pairsForOneThread(size)) { range in
        for first in range {
          let (a, b) = (x + first * size, x + (pictures - 1 - first) * size)
          for i in 0..<size {
            let (own, other) = (a[i], b[i])
            a[i] = own * share + other * rest
            b[i] = other * share + own * rest
          }
        }
      }
    }
  }

  private mutating func swapLoop<T: Scalar>(
    _ rows: Range<Int>, _ columns: Range<Int>, _ type: T.Type
  ) {
    let (pictures, channels, height, width) = (shape[0], shape[1], shape[2], shape[3])
    let size = channels * height * width
    let area = channels * rows.count * columns.count
    withMutable(T.self) { x in
      parallelRanges(pictures / 2, grain: Self.pairsForOneThread(area)) { range in
        for first in range {
          for channel in 0..<channels {
            for row in rows {
              let place = (channel * height + row) * width + columns.lowerBound
              let (a, b) = (x + first * size + place, x + (pictures - 1 - first) * size + place)
              for i in 0..<columns.count {
                let own = a[i]
                a[i] = b[i]
                b[i] = own
              }
            }
          }
        }
      }
    }
  }
}
