/// Calls `body` for each plane of `x` with the plane of `result` that belongs to it, on several threads.
///
/// - Parameters:
///   - count: The number of planes. Those of one tensor have one size each, and lie one behind the other.
///   - x: The tensor to read.
///   - result: The tensor to write.
@inline(__always)
func forEachPlane<T: Scalar>(
  _ count: Int, of x: Tensor, into result: inout Tensor, _ type: T.Type,
  loop: StaticString = #function, _ body: (UnsafePointer<T>, UnsafeMutablePointer<T>) -> Void
) {
  if x.count == 0 || result.count == 0 { return }
  let (size, resultSize) = (x.count / count, result.count / count)
  x.withElements(type, loop: loop) { x in
    result.withMutable(type) { y in
      parallelRanges(count, grain: planeGrain(max(size, resultSize))) { range in
        for index in range { body(x.baseAddress! + index * size, y + index * resultSize) }
      }
    }
  }
}

/// Planes are handed out to threads so that each has enough to do.
func planeGrain(_ elementsOfPlane: Int) -> Int {
  max(1, elementwiseGrain / 4 / max(elementsOfPlane, 1))
}
