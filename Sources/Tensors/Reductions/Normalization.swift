// What batch normalization takes: statistics of each channel of [N, C, …], and passes over pictures that
// use one set of numbers a channel. Channels are shared out among threads; the sums of one channel are
// added up by one thread, in double precision plane by plane.

extension Tensor {
  /// The mean and the variance (divided by the number of elements) of each channel, [C] each.
  package func channelMoments() -> (mean: Tensor, variance: Tensor) {
    if computingDevice(self) != nil, count > 0 { return composedChannelMoments() }
    let channels = shape[1]
    var mean = Tensor(uninitialized: [channels], dtype: dtype)
    var variance = Tensor(uninitialized: [channels], dtype: dtype)
    dtype.dispatch { moments(&mean, &variance, $0) }
    return (mean, variance)
  }

  /// `(self − mean) · scale + shift` with one number of each for a channel, [C].
  package func normalizedChannels(mean: Tensor, scale: Tensor, shift: Tensor) -> Tensor {
    if computingDevice(self) != nil {
      return composedNormalizedChannels(mean: mean, scale: scale, shift: shift)
    }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    dtype.dispatch { normalize(into: &result, mean, scale, shift, $0) }
    return result
  }

  /// Of each channel, the sum of the elements, and of their products with `x − mean`: [C] each.
  package func channelSums(with x: Tensor, mean: Tensor) -> (sum: Tensor, product: Tensor) {
    if computingDevice(self, x) != nil { return composedChannelSums(with: x, mean: mean) }
    var sum = Tensor(uninitialized: [shape[1]], dtype: dtype)
    var product = Tensor(uninitialized: [shape[1]], dtype: dtype)
    dtype.dispatch { sums(with: x, mean, &sum, &product, $0) }
    return (sum, product)
  }

  /// `(self − offset − (x − mean) · slope) · scale` with one number of each for a channel, [C].
  package func backThroughChannels(
    x: Tensor, mean: Tensor, offset: Tensor, slope: Tensor, scale: Tensor
  ) -> Tensor {
    if computingDevice(self, x) != nil {
      return composedBackThroughChannels(
        x: x, mean: mean, offset: offset, slope: slope, scale: scale)
    }
    var result = Tensor(uninitialized: shape, dtype: dtype)
    dtype.dispatch { back(into: &result, x, mean, offset, slope, scale, $0) }
    return result
  }
}

// MARK: - Loops

/// The smallest amount worth handing to another thread, in elements.
private let grain = 1 << 14

extension Tensor {
  /// The number of elements in a plane: one channel of one example.
  private var plane: Int { shape.dropFirst(2).reduce(1, *) }

  /// Calls `body` with ranges of channels, several at once.
  private func forChannels(_ body: (Range<Int>) -> Void) {
    parallelRanges(shape[1], grain: 1 + grain / Swift.max(shape[0] * plane, 1), body)
  }

  /// Calls `body` with ranges of planes, several at once.
  private func forPlanes(_ body: (Range<Int>) -> Void) {
    parallelRanges(shape[0] * shape[1], grain: 1 + grain / Swift.max(plane, 1), body)
  }

  private func moments<T: Scalar>(
    _ mean: inout Tensor, _ variance: inout Tensor, _ type: T.Type
  ) {
    let (examples, channels, plane) = (shape[0], shape[1], plane)
    let kernels = VectorKernels<T>.current
    let count = Double(examples * plane)
    withElements(T.self) { x in
      mean.withMutable(T.self) { mean in
        variance.withMutable(T.self) { variance in
          forChannels { range in
            for channel in range {
              var sum = 0.0
              for example in 0..<examples {
                let start = (example * channels + channel) * plane
                sum += kernels.total(x.baseAddress! + start, plane)
              }
              let center = sum / count
              var squares = 0.0
              for example in 0..<examples {
                let start = (example * channels + channel) * plane
                squares += kernels.sumOfSquares(x.baseAddress! + start, plane, T(center))
              }
              mean[channel] = T(center)
              variance[channel] = T(squares / count)
            }
          }
        }
      }
    }
  }

  private func normalize<T: Scalar>(
    into result: inout Tensor, _ mean: Tensor, _ scale: Tensor, _ shift: Tensor, _ type: T.Type
  ) {
    let (channels, plane) = (shape[1], plane)
    let kernels = VectorKernels<T>.current
    withElements(T.self) { x in
      mean.withElements(T.self) { mean in
        scale.withElements(T.self) { scale in
          shift.withElements(T.self) { shift in
            result.withMutable(T.self) { y in
              forPlanes { range in
                for index in range {
                  let channel = index % channels
                  let (m, s, b) = (mean[channel], scale[channel], shift[channel])
                  let (from, to) = (x.baseAddress! + index * plane, y + index * plane)
                  if let scale = kernels.table.scale_row {
                    scale(
                      plane, kernels.floats(from), Float(m), Float(s), Float(b),
                      kernels.floats(to))
                  } else {
                    for place in 0..<plane { to[place] = (from[place] - m) * s + b }
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  private func sums<T: Scalar>(
    with x: Tensor, _ mean: Tensor, _ sum: inout Tensor, _ product: inout Tensor, _ type: T.Type
  ) {
    let (examples, channels, plane) = (shape[0], shape[1], plane)
    let kernels = VectorKernels<T>.current
    withElements(T.self) { dy in
      x.withElements(T.self) { x in
        mean.withElements(T.self) { mean in
          sum.withMutable(T.self) { sums in
            product.withMutable(T.self) { products in
              forChannels { range in
                for channel in range {
                  var (total, along) = (0.0, 0.0)
                  for example in 0..<examples {
                    let start = (example * channels + channel) * plane
                    let part = kernels.sumAndProduct(
                      dy.baseAddress! + start, x.baseAddress! + start, plane, mean[channel])
                    total += part.sum
                    along += part.product
                  }
                  sums[channel] = T(total)
                  products[channel] = T(along)
                }
              }
            }
          }
        }
      }
    }
  }

  private func back<T: Scalar>(
    into result: inout Tensor, _ x: Tensor, _ mean: Tensor, _ offset: Tensor, _ slope: Tensor,
    _ scale: Tensor, _ type: T.Type
  ) {
    let (channels, plane) = (shape[1], plane)
    let kernels = VectorKernels<T>.current
    // One buffer for the four numbers of each channel.
    let numbers = stack([mean, offset, slope, scale])
    withElements(T.self) { dy in
      x.withElements(T.self) { x in
        numbers.withElements(T.self) { numbers in
          result.withMutable(T.self) { dx in
            forPlanes { range in
              for index in range {
                let channel = index % channels
                let (m, o) = (numbers[channel], numbers[channels + channel])
                let (b, s) = (numbers[2 * channels + channel], numbers[3 * channels + channel])
                let start = index * plane
                let (dy, x, dx) = (dy.baseAddress! + start, x.baseAddress! + start, dx + start)
                if let back = kernels.table.scale_row_back {
                  back(
                    plane, kernels.floats(dy), kernels.floats(x), Float(m), Float(o), Float(b),
                    Float(s), kernels.floats(dx))
                } else {
                  for place in 0..<plane {
                    dx[place] = (dy[place] - o - (x[place] - m) * b) * s
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

// Loops over one plane: by the vector unit for `Float`, one number after the other for `Double`.
extension VectorKernels {
  @inline(__always)
  fileprivate func total(_ x: UnsafePointer<T>, _ count: Int) -> Double {
    if let sum = table.row_sum { return sum(count, floats(x)) }
    return (0..<count).reduce(0) { $0 + Double(x[$1]) }
  }

  /// The sum of the squared distances from `center`.
  @inline(__always)
  fileprivate func sumOfSquares(_ x: UnsafePointer<T>, _ count: Int, _ center: T) -> Double {
    if let squares = table.row_squares { return squares(count, floats(x), Float(center)) }
    return (0..<count).reduce(0) { $0 + Double((x[$1] - center) * (x[$1] - center)) }
  }

  /// The sum of `dy`, and of `dy · (x − mean)`.
  @inline(__always)
  fileprivate func sumAndProduct(
    _ dy: UnsafePointer<T>, _ x: UnsafePointer<T>, _ count: Int, _ mean: T
  ) -> (sum: Double, product: Double) {
    var sums = (0.0, 0.0)
    if let products = table.row_products {
      withUnsafeMutableBytes(of: &sums) {
        products(
          count, floats(dy), floats(x), Float(mean),
          $0.baseAddress!.assumingMemoryBound(to: Double.self))
      }
    } else {
      for i in 0..<count {
        sums.0 += Double(dy[i])
        sums.1 += Double(dy[i] * (x[i] - mean))
      }
    }
    return sums
  }
}
