import RetrogradCKernels

// Layer normalization and its derivatives by the vector unit, row by row.

extension Tensor {
  /// Each row of the last axis to mean 0 and variance 1, times `weight`, plus `bias`, in one go; `nil` for `float64`.
  ///
  /// - Parameters:
  ///   - width: The number of elements in a row, more than 0.
  ///   - weight: A factor for each element of a row, `width` of them.
  ///   - bias: A summand for each.
  ///   - epsilon: The number to add to the variance.
  /// - Returns: The result, and the mean and the inverse deviation of each row, [rows] each.
  package func normalizedRows(
    width: Int, weight: Tensor?, bias: Tensor?, epsilon: Double
  ) -> (y: Tensor, means: Tensor, inverses: Tensor)? {
    guard let normalize = VectorKernels<Float>.current.table.normalize_rows, dtype == .float32,
      width > 0
    else { return nil }
    // There the formula runs as it is written.
    if computingDevice(self) != nil { return nil }
    let rows = count / width
    var y = Tensor(uninitialized: shape, dtype: dtype)
    var means = Tensor(uninitialized: [rows], dtype: dtype)
    var inverses = Tensor(uninitialized: [rows], dtype: dtype)
    withFloats { x in
      weight.withFloats { weight in
        bias.withFloats { bias in
          y.withMutable(Float.self) { y in
            means.withMutable(Float.self) { means in
              inverses.withMutable(Float.self) { inverses in
                guard let x else { return }
                parallelRanges(rows, grain: Swift.max(1, elementwiseGrain / 2 / width)) {
                  let (row, place) = ($0.lowerBound, $0.lowerBound * width)
                  normalize(
                    $0.count, width, x + place, weight, bias, epsilon, y + place, means + row,
                    inverses + row)
                }
              }
            }
          }
        }
      }
    }
    return (y, means, inverses)
  }

  /// The derivatives of ``normalizedRows(width:weight:bias:epsilon:)`` with respect to `x`, `weight` and `bias`, this
  /// tensor being `dy`; `nil` for `float64`.
  ///
  /// - Parameters:
  ///   - x: The tensor that was normalized.
  ///   - width: The number of elements in a row.
  ///   - weight: The factors, if there were any.
  ///   - means: The mean of each row.
  ///   - inverses: The inverse deviation of each row.
  ///   - needs: The derivatives that are asked for; the others are `nil`.
  /// - Returns: The derivatives, those of the parameters of shape [width].
  package func throughNormalizedRows(
    _ x: Tensor, width: Int, weight: Tensor?, means: Tensor, inverses: Tensor,
    needs: (x: Bool, parameters: Bool)
  ) -> (x: Tensor?, weight: Tensor?, bias: Tensor?)? {
    guard let kernel = VectorKernels<Float>.current.table.normalize_back_rows, dtype == .float32,
      x.dtype == .float32, width > 0
    else { return nil }
    var dx = needs.x ? Tensor(uninitialized: shape, dtype: dtype) : nil
    var dWeight = needs.parameters ? Tensor.zeros([width], dtype: dtype) : nil
    var dBias = dWeight
    withFloats { dy in
      x.withFloats { x in
        weight.withFloats { weight in
          means.withFloats { means in
            inverses.withFloats { inverses in
              dx.withMutableFloats { dx in
                dWeight.withMutableFloats { dWeight in
                  dBias.withMutableFloats { dBias in
                    guard let dy, let x, let means, let inverses else { return }
                    NormalizedRowsBack(
                      kernel: kernel, rows: count / width, width: width, x: x, dy: dy,
                      weight: weight, means: means, inverses: inverses, dx: dx
                    ).run(dWeight, dBias)
                  }
                }
              }
            }
          }
        }
      }
    }
    return (dx, dWeight, dBias)
  }

  fileprivate func withFloats<R>(_ body: (UnsafePointer<Float>?) -> R) -> R {
    withElements(Float.self) { body($0.baseAddress) }
  }
}

extension Tensor? {
  fileprivate func withFloats<R>(_ body: (UnsafePointer<Float>?) -> R) -> R {
    self?.withFloats(body) ?? body(nil)
  }

  fileprivate mutating func withMutableFloats(_ body: (UnsafeMutablePointer<Float>?) -> Void) {
    self?.withMutable(Float.self, body) ?? body(nil)
  }
}

/// The derivatives of layer normalization, from and to where they lie.
private struct NormalizedRowsBack {
  let kernel:
    @convention(c) (
      Int, Int, Int, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?,
      UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?,
      UnsafeMutablePointer<Double>?, UnsafeMutablePointer<Double>?
    ) -> Void
  let rows: Int
  let width: Int
  let x: UnsafePointer<Float>
  let dy: UnsafePointer<Float>
  let weight: UnsafePointer<Float>?
  let means: UnsafePointer<Float>
  let inverses: UnsafePointer<Float>
  let dx: UnsafeMutablePointer<Float>?

  /// The widest vector of any instruction set, in elements; no two threads write to the same cache line either.
  private static let lanes = 16

  /// Room for the sums of all columns: of dy times the normalized x, and as many of dy.
  private var sumsCount: Int { 2 * paddedWidth }
  private var paddedWidth: Int { (width + Self.lanes - 1) / Self.lanes * Self.lanes }

  /// Writes `dx`, where it is asked for, and the sums of each column.
  func run(_ dWeight: UnsafeMutablePointer<Float>?, _ dBias: UnsafeMutablePointer<Float>?) {
    guard let dWeight, let dBias else { return walkRows() }
    // So many blocks of rows have sums of their own; not a matter of threads, so that the bits are not either.
    let blocks = max(1, min(rows / 32, 256))
    withScratchMemory(of: Double.self, count: blocks * sumsCount) { sums in
      if blocks > 1 {
        let rowsTogether = rows / blocks
        parallelRanges(blocks, grain: max(1, elementwiseGrain / 2 / (width * rowsTogether))) {
          for block in $0 {
            let sums = sums + block * sumsCount
            sums.update(repeating: 0, count: sumsCount)
            walk(part(block, of: blocks, in: rows), 0..<width, dx, sums)
          }
        }
      } else {
        walkRows()
        sums.update(repeating: 0, count: sumsCount)
        parallelRanges(
          paddedWidth / Self.lanes,
          grain: max(1, elementwiseGrain / 2 / (Self.lanes * max(rows, 1)))
        ) {
          let columns = ($0.lowerBound * Self.lanes)..<min(width, $0.upperBound * Self.lanes)
          walk(0..<rows, columns, nil, sums)
        }
      }
      parallelRanges(sumsCount, grain: max(1, elementwiseGrain / blocks)) { places in
        for block in 1..<blocks {
          let other = sums + block * sumsCount
          for place in places { sums[place] += other[place] }
        }
      }
      for column in 0..<width {
        dWeight[column] = Float(sums[column])
        dBias[column] = Float(sums[paddedWidth + column])
      }
    }
  }

  /// Writes `dx` alone.
  private func walkRows() {
    guard let dx else { return }
    parallelRanges(rows, grain: max(1, elementwiseGrain / 2 / width)) {
      walk($0, 0..<width, dx, nil)
    }
  }

  private func walk(
    _ rows: Range<Int>, _ columns: Range<Int>, _ dx: UnsafeMutablePointer<Float>?,
    _ sums: UnsafeMutablePointer<Double>?
  ) {
    let place = rows.lowerBound * width + columns.lowerBound
    kernel(
      rows.count, width, columns.count, x + place, dy + place,
      weight.map { $0 + columns.lowerBound },
      means + rows.lowerBound, inverses + rows.lowerBound, dx.map { $0 + place },
      sums.map { $0 + columns.lowerBound }, sums.map { $0 + paddedWidth + columns.lowerBound })
  }
}
