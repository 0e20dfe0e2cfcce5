import RetrogradCKernels

// Functions that the vector unit computes for `float32`, and their derivatives in one pass over memory.

/// A function between layers whose derivative the vector unit computes.
package enum Activation: Sendable {
  case tanh, sigmoid, silu, gelu
  /// GELU with a hyperbolic tangent in place of the error function.
  case geluByTanh

  /// The kernels' name for it.
  var kernel: Int {
    switch self {
    case .tanh: RETROGRAD_TANH
    case .sigmoid: RETROGRAD_SIGMOID
    case .silu: RETROGRAD_SILU
    case .gelu: RETROGRAD_GELU
    case .geluByTanh: RETROGRAD_GELU_TANH
    }
  }
}

extension Tensor {
  /// A function of each element: by the vector unit where it can, otherwise by `f`.
  ///
  /// - Parameters:
  ///   - kernel: The kernels' name of the function, such as `RETROGRAD_EXP`.
  ///   - f: The same function for `float64`.
  func mapped<F: UnaryFunction>(_ kernel: Int, _ f: F) -> Tensor {
    guard let map = VectorKernels<Float>.current.table.map, dtype == .float32 else {
      return mapped(f)
    }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    let count = count
    withElements(Float.self) { buffer in
      result.withMutable(Float.self) { y in
        guard let x = buffer.baseAddress else { return }
        parallelRanges(count, grain: elementwiseGrain) {
          map(Int32(kernel), $0.count, x + $0.lowerBound, y + $0.lowerBound)
        }
      }
    }
    return result
  }

  /// `self · f′` in one pass, or `nil` where the vector unit does not compute it: for `float64`.
  ///
  /// - Parameters:
  ///   - activation: The function `f`.
  ///   - kept: Its results for ``Activation/tanh`` and ``Activation/sigmoid``, its inputs for the others; of this
  ///     tensor's shape.
  package func timesSlope(of activation: Activation, kept: Tensor) -> Tensor? {
    guard dtype == .float32, kept.dtype == .float32, kept.shape == shape,
      let back = VectorKernels<Float>.current.table.map_back
    else { return nil }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    let count = count
    withElements(Float.self) { dy in
      kept.withElements(Float.self) { kept in
        result.withMutable(Float.self) { dx in
          guard let dy = dy.baseAddress, let kept = kept.baseAddress else { return }
          parallelRanges(count, grain: elementwiseGrain) {
            let first = $0.lowerBound
            back(Int32(activation.kernel), $0.count, kept + first, dy + first, dx + first)
          }
        }
      }
    }
    return result
  }
}

// MARK: - Softmax

extension Tensor {
  /// A shape seen along one axis.
  private func view(along axis: Int) -> (outer: Int, reduced: Int, inner: Int) {
    (
      shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *)
    )
  }

  /// Softmax along an axis, or its logarithm, by the vector unit; `nil` for `float64`.
  func vectorSoftmax(axis: Int, logarithm: Bool) -> Tensor? {
    let table = VectorKernels<Float>.current.table
    guard dtype == .float32, let rows = table.softmax_rows, let columns = table.softmax_columns
    else { return nil }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    let view = view(along: axis)
    withElements(Float.self) { buffer in
      result.withMutable(Float.self) { y in
        guard let x = buffer.baseAddress else { return }
        forEachBlock(of: view) { start, count in
          if view.inner == 1 {
            rows(logarithm, count, view.reduced, x + start, y + start)
          } else {
            columns(logarithm, view.reduced, view.inner, count, x + start, y + start)
          }
        }
      }
    }
    return result
  }

  /// The derivative of softmax along an axis, or of its logarithm, in one pass; `nil` for `float64`.
  ///
  /// - Parameters:
  ///   - y: The result of the function, of this tensor's shape.
  ///   - axis: The axis.
  ///   - logarithm: Whether the function is the logarithm.
  package func throughSoftmax(_ y: Tensor, axis: Int, logarithm: Bool) -> Tensor? {
    let table = VectorKernels<Float>.current.table
    guard dtype == .float32, y.dtype == .float32, y.shape == shape,
      let rows = table.softmax_back_rows, let columns = table.softmax_back_columns
    else { return nil }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    let view = view(along: resolve(axis: axis, operation: "softmax"))
    withElements(Float.self) { dy in
      y.withElements(Float.self) { y in
        result.withMutable(Float.self) { dx in
          guard let dy = dy.baseAddress, let y = y.baseAddress else { return }
          forEachBlock(of: view) { start, count in
            if view.inner == 1 {
              rows(logarithm, count, view.reduced, y + start, dy + start, dx + start)
            } else {
              columns(
                logarithm, view.reduced, view.inner, count, y + start, dy + start, dx + start)
            }
          }
        }
      }
    }
    return result
  }

  /// Calls `body` with blocks of rows, or of columns where there is more behind the axis, several at once: with the
  /// place of the first element of each block, and with its number of rows or columns.
  private func forEachBlock(
    of view: (outer: Int, reduced: Int, inner: Int), _ body: (_ start: Int, _ count: Int) -> Void
  ) {
    if view.inner == 1 {
      let grain = Swift.max(1, elementwiseGrain / 4 / Swift.max(view.reduced, 1))
      parallelRanges(view.outer, grain: grain) { body($0.lowerBound * view.reduced, $0.count) }
      return
    }
    // Whole cache lines side by side, and few enough rows of them to stay in the nearest cache.
    let width = Swift.min(view.inner, 64)
    let blocks = (view.inner + width - 1) / width
    let grain = Swift.max(1, elementwiseGrain / 4 / Swift.max(view.reduced * width, 1))
    parallelRanges(view.outer * blocks, grain: grain) { items in
      for item in items {
        let (slab, first) = (item / blocks, item % blocks * width)
        body(
          slab * view.reduced * view.inner + first, Swift.min(width, view.inner - first))
      }
    }
  }
}

// MARK: - Layer normalization

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
