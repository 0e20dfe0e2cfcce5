// What batch normalisation takes: statistics of each channel of [N, C, …], and passes over pictures that
// use one set of numbers a channel. Channels are shared out among threads; the sums of one channel are
// added up by one thread, in double precision plane by plane.

extension Tensor {
  /// The mean and the variance (divided by the number of elements) of each channel, [C] each.
  package func channelMoments() -> (mean: Tensor, variance: Tensor) {
    let channels = shape[1]
    var mean = Tensor(uninitialized: [channels], dtype: dtype)
    var variance = Tensor(uninitialized: [channels], dtype: dtype)
    dtype.dispatch { moments(&mean, &variance, $0) }
    return (mean, variance)
  }

  /// `(self − mean) · scale + shift` with one number of each for a channel, [C].
  package func normalizedChannels(mean: Tensor, scale: Tensor, shift: Tensor) -> Tensor {
    var result = Tensor(uninitialized: shape, dtype: dtype)
    dtype.dispatch { normalize(into: &result, mean, scale, shift, $0) }
    return result
  }

  /// Of each channel, the sum of the elements, and of their products with `x − mean`: [C] each.
  package func channelSums(with x: Tensor, mean: Tensor) -> (sum: Tensor, product: Tensor) {
    var sum = Tensor(uninitialized: [shape[1]], dtype: dtype)
    var product = Tensor(uninitialized: [shape[1]], dtype: dtype)
    dtype.dispatch { sums(with: x, mean, &sum, &product, $0) }
    return (sum, product)
  }

  /// `(self − offset − (x − mean) · slope) · scale` with one number of each for a channel, [C].
  package func backThroughChannels(
    x: Tensor, mean: Tensor, offset: Tensor, slope: Tensor, scale: Tensor
  ) -> Tensor {
    var result = Tensor(uninitialized: shape, dtype: dtype)
    dtype.dispatch { back(into: &result, x, mean, offset, slope, scale, $0) }
    return result
  }
}

// MARK: - Loops

/// Elements that are worked on side by side.
private let width = 16

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
    let count = Double(examples * plane)
    withElements(T.self) { x in
      mean.withMutable(T.self) { mean in
        variance.withMutable(T.self) { variance in
          forChannels { range in
            for channel in range {
              var sum = 0.0
              for example in 0..<examples {
                let start = (example * channels + channel) * plane
                sum += Double(total(x.baseAddress! + start, plane))
              }
              let center = sum / count
              var squares = 0.0
              for example in 0..<examples {
                let start = (example * channels + channel) * plane
                squares += Double(sumOfSquares(x.baseAddress! + start, plane, T(center)))
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
                  forEachBlock(plane) { place in
                    store((load(from, place) - m) * s + b, to, place)
                  } single: { place in
                    to[place] = (from[place] - m) * s + b
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
                    let part = sumAndProduct(
                      dy.baseAddress! + start, x.baseAddress! + start, plane, mean[channel])
                    total += Double(part.sum)
                    along += Double(part.product)
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
                forEachBlock(plane) { place in
                  store((load(dy, place) - o - (load(x, place) - m) * b) * s, dx, place)
                } single: { place in
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

/// Calls `block` with the first place of each whole block, and `single` with the places that remain.
@inline(__always)
private func forEachBlock(_ count: Int, _ block: (Int) -> Void, single: (Int) -> Void) {
  var place = 0
  while place + width <= count {
    block(place)
    place += width
  }
  while place < count {
    single(place)
    place += 1
  }
}

@inline(__always)
private func load<T: Scalar>(_ pointer: UnsafePointer<T>, _ place: Int) -> SIMD16<T> {
  UnsafeRawPointer(pointer + place).loadUnaligned(as: SIMD16<T>.self)
}

@inline(__always)
private func store<T: Scalar>(_ block: SIMD16<T>, _ pointer: UnsafeMutablePointer<T>, _ place: Int)
{
  UnsafeMutableRawPointer(pointer + place).storeBytes(of: block, as: SIMD16<T>.self)
}

@inline(__always)
private func total<T: Scalar>(_ x: UnsafePointer<T>, _ count: Int) -> T {
  var (blocks, rest) = (SIMD16<T>(repeating: 0), T(0))
  forEachBlock(count) {
    blocks += load(x, $0)
  } single: {
    rest += x[$0]
  }
  return blocks.sum() + rest
}

/// The sum of the squared distances from `center`.
@inline(__always)
private func sumOfSquares<T: Scalar>(_ x: UnsafePointer<T>, _ count: Int, _ center: T) -> T {
  var (blocks, rest) = (SIMD16<T>(repeating: 0), T(0))
  forEachBlock(count) {
    let distance = load(x, $0) - center
    blocks += distance * distance
  } single: {
    rest += (x[$0] - center) * (x[$0] - center)
  }
  return blocks.sum() + rest
}

/// The sum of `dy`, and of `dy · (x − mean)`.
@inline(__always)
private func sumAndProduct<T: Scalar>(
  _ dy: UnsafePointer<T>, _ x: UnsafePointer<T>, _ count: Int, _ mean: T
) -> (sum: T, product: T) {
  var (sums, products) = (SIMD16<T>(repeating: 0), SIMD16<T>(repeating: 0))
  var (sum, product) = (T(0), T(0))
  forEachBlock(count) {
    let slope = load(dy, $0)
    sums += slope
    products += slope * (load(x, $0) - mean)
  } single: {
    sum += dy[$0]
    product += dy[$0] * (x[$0] - mean)
  }
  return (sums.sum() + sum, products.sum() + product)
}
