/// Zeros on the four sides of a plane.
struct PlanePadding: Sendable, Equatable {
  let top: Int
  let bottom: Int
  let left: Int
  let right: Int
}

/// Calls `body` with chunks of pictures whose planes have zeros around them.
///
/// A chunk is one picture or as many as fit in a few megabytes; without padding and slack it is all of
/// them, in place.
///
/// - Parameters:
///   - slack: The number of elements behind the last plane that may be read, though nothing comes of them.
///   - body: Gets the pictures' numbers, and the first one's elements.
func withPaddedPlanes<T: Scalar>(
  _ x: UnsafePointer<T>, images: Int, channels: Int, size: Size2D, padding: PlanePadding,
  slack: Int = 0, _ body: (Range<Int>, UnsafePointer<T>) -> Void
) {
  if images == 0 { return }
  if slack == 0 && padding == PlanePadding(top: 0, bottom: 0, left: 0, right: 0) {
    return body(0..<images, x)
  }
  let padded = Size2D(
    size.height + padding.top + padding.bottom, size.width + padding.left + padding.right)
  let plane = padded.height * padded.width
  let budget = (4 << 20) / MemoryLayout<T>.size
  let chunk = min(images, max(1, budget / max(1, channels * plane)))
  withScratchMemory(of: T.self, count: chunk * channels * plane + slack) { scratch in
    for first in stride(from: 0, to: images, by: chunk) {
      let range = first..<min(first + chunk, images)
      parallelRanges(range.count * channels, grain: max(1, elementwiseGrain / plane)) { planes in
        for index in planes {
          padPlane(
            x + (first * channels + index) * size.height * size.width, size, padding,
            into: scratch + index * plane, width: padded.width)
        }
      }
      body(range, scratch)
    }
  }
}

private func padPlane<T: Scalar>(
  _ x: UnsafePointer<T>, _ size: Size2D, _ padding: PlanePadding,
  into y: UnsafeMutablePointer<T>, width: Int
) {
  y.update(repeating: 0, count: padding.top * width)
  for row in 0..<size.height {
    let target = y + (padding.top + row) * width
    target.update(repeating: 0, count: padding.left)
    (target + padding.left).update(from: x + row * size.width, count: size.width)
    (target + padding.left + size.width).update(repeating: 0, count: padding.right)
  }
  (y + (padding.top + size.height) * width).update(repeating: 0, count: padding.bottom * width)
}
