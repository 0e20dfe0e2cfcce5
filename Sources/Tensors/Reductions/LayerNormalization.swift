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

  /// The derivative of ``normalizedRows(width:weight:bias:epsilon:)`` with respect to `x`, this tensor being `dy`.
  package func throughNormalizedRows(
    _ x: Tensor, width: Int, weight: Tensor?, means: Tensor, inverses: Tensor
  ) -> Tensor? {
    guard let back = VectorKernels<Float>.current.table.normalize_back_rows, dtype == .float32,
      x.dtype == .float32, width > 0
    else { return nil }
    let rows = count / width
    var result = Tensor(uninitialized: shape, dtype: dtype)
    withFloats { dy in
      x.withFloats { x in
        weight.withFloats { weight in
          means.withFloats { means in
            inverses.withFloats { inverses in
              result.withMutable(Float.self) { dx in
                guard let dy, let x, let means, let inverses else { return }
                parallelRanges(rows, grain: Swift.max(1, elementwiseGrain / 2 / width)) {
                  let (row, place) = ($0.lowerBound, $0.lowerBound * width)
                  back(
                    $0.count, width, x + place, dy + place, weight, means + row, inverses + row,
                    dx + place)
                }
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The derivatives of ``normalizedRows(width:weight:bias:epsilon:)`` with respect to `weight` and `bias`, [width]
  /// each, this tensor being `dy`.
  package func parametersOfNormalizedRows(
    _ x: Tensor, width: Int, means: Tensor, inverses: Tensor
  ) -> (weight: Tensor, bias: Tensor)? {
    guard let sums = VectorKernels<Float>.current.table.normalize_parameter_sums,
      dtype == .float32, x.dtype == .float32, count > 0
    else { return nil }
    let rows = count / width
    var weight = Tensor(uninitialized: [width], dtype: dtype)
    var bias = Tensor(uninitialized: [width], dtype: dtype)
    withFloats { dy in
      x.withFloats { x in
        means.withFloats { means in
          inverses.withFloats { inverses in
            weight.withMutable(Float.self) { dWeight in
              bias.withMutable(Float.self) { dBias in
                guard let dy, let x, let means, let inverses else { return }
                // A cache line at least, so that no two threads write to the same one.
                let blocks = (width + 15) / 16
                parallelRanges(blocks, grain: Swift.max(1, elementwiseGrain / 32 / rows)) {
                  let first = $0.lowerBound * 16
                  sums(
                    rows, width, Swift.min($0.count * 16, width - first), x + first, dy + first,
                    means, inverses, dWeight + first, dBias + first)
                }
              }
            }
          }
        }
      }
    }
    return (weight, bias)
  }

  fileprivate func withFloats<R>(_ body: (UnsafePointer<Float>?) -> R) -> R {
    withElements(Float.self) { body($0.baseAddress) }
  }
}

extension Tensor? {
  fileprivate func withFloats<R>(_ body: (UnsafePointer<Float>?) -> R) -> R {
    self?.withFloats(body) ?? body(nil)
  }
}
