// Max-pooling to a given size.

/// The ranges of `count` windows that cover an axis evenly: window `i` reaches from `⌊i·extent/count⌋`
/// to `⌈(i + 1)·extent/count⌉`.
func adaptiveWindows(_ extent: Int, _ count: Int) -> [Range<Int>] {
  (0..<count).map { ($0 * extent / count)..<((($0 + 1) * extent + count - 1) / count) }
}

/// The largest element of each of `size` windows that cover the picture evenly, and where it was found.
///
/// - Parameters:
///   - x: Pictures [N, C, H, W].
///   - size: The height and width of the result.
/// - Returns: The values [N, C, size.height, size.width], and for each its position in the H×W plane:
///   the first of equals, but the last `NaN` if there is one, as in PyTorch.
public func adaptiveMaxPool2d(
  _ x: Tensor, to size: Size2D
) -> (values: Tensor, indices: IntTensor) {
  requirePictures(x.shape, operation: "adaptiveMaxPool2d")
  require(
    x.shape[1...].allSatisfy { $0 > 0 } && size.height >= 0 && size.width >= 0,
    "adaptiveMaxPool2d: cannot pool pictures of shape \(x.shape) to \(size)")
  let shape = [x.shape[0], x.shape[1], size.height, size.width]
  if let device = computingDevice(x),
    case let (values, positions?)? = device.maxPooled(
      x, PoolingPlan(x.shape, coveredBy: size), keepsPositions: true)
  {
    return (values, IntTensor(positions, shape: shape))
  }
  var values = Tensor(uninitialized: shape, dtype: x.dtype)
  let indices =
    x.dtype.dispatch { adaptiveMaxLoop(x, size, &values, $0) }
  return (values, IntTensor(indices, shape: shape))
}

private func adaptiveMaxLoop<T: Scalar>(
  _ x: Tensor, _ size: Size2D, _ values: inout Tensor, _ type: T.Type
) -> [Int] {
  let rows = adaptiveWindows(x.shape[2], size.height)
  let columns = adaptiveWindows(x.shape[3], size.width)
  let (width, plane) = (x.shape[3], x.shape[2] * x.shape[3])
  let outputPlane = rows.count * columns.count
  let planes = x.shape[0] * x.shape[1]
  let count = values.count
  return [Int](unsafeUninitializedCapacity: count) { indices, initialized in
    initialized = count
    guard let positions = indices.baseAddress, count > 0 else { return }
    let x = x.elements(T.self)
    values.withMutable(T.self) { values in
      parallelRanges(planes, grain: planeGrain(plane)) { range in
        for index in range {
          let source = x + index * plane
          var output = index * outputPlane
          for window in rows {
            for columns in columns {
              var best = window.lowerBound * width + columns.lowerBound
              for row in window {
                let first = row * width
                for column in columns {
                  let element = source[first + column]
                  if element > source[best] || element.isNaN { best = first + column }
                }
              }
              values[output] = source[best]
              positions[output] = best
              output += 1
            }
          }
        }
      }
    }
  }
}
