// The largest and the smallest in order.

extension Tensor {
  /// The indices of the `k` largest (or smallest) elements along `axis`, in falling (or rising) order; equal
  /// ones in the order they stand in. `NaN` counts as the largest number.
  package func topIndices(_ k: Int, axis: Int, largest: Bool) -> IntTensor {
    let axis = resolve(axis: axis, operation: "topK")
    require(
      k >= 0 && k <= shape[axis],
      "topK: k = \(k) is not in 0...\(shape[axis]), the extent of axis \(axis) of shape \(shape)")
    let view = (
      outer: shape[..<axis].reduce(1, *), extent: shape[axis],
      inner: shape[(axis + 1)...].reduce(1, *)
    )
    let indices =
      switch dtype {
      case .float32: topLoop(self, view, k, largest, Float.self)
      case .float64: topLoop(self, view, k, largest, Double.self)
      }
    var resultShape = shape
    resultShape[axis] = k
    return IntTensor(indices, shape: resultShape)
  }
}

private func topLoop<T: Scalar>(
  _ x: Tensor, _ view: (outer: Int, extent: Int, inner: Int), _ k: Int, _ largest: Bool,
  _ type: T.Type
) -> [Int] {
  let (outer, extent, inner) = view
  return x.withElements(T.self) { x in
    var result = [Int](repeating: 0, count: outer * k * inner)
    for slab in 0..<outer {
      for j in 0..<inner {
        func element(_ row: Int) -> T { x[(slab * extent + row) * inner + j] }
        func isBelow(_ a: T, _ b: T) -> Bool { a < b || (b.isNaN && !a.isNaN) }
        let order = (0..<extent).sorted { a, b in
          let (x, y) = (element(a), element(b))
          if largest ? isBelow(y, x) : isBelow(x, y) { return true }
          if largest ? isBelow(x, y) : isBelow(y, x) { return false }
          return a < b
        }
        for rank in 0..<k { result[(slab * k + rank) * inner + j] = order[rank] }
      }
    }
    return result
  }
}
