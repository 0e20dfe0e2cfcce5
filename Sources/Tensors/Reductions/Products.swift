extension TensorProtocol {
  /// The product over `axes`, which are all by default; 1 where there is nothing to multiply.
  ///
  /// The two halves are multiplied with each other, then the halves of what that gives, and so on: no derivative
  /// divides by an element, so that zeros are nothing special, at any order.
  ///
  /// - Parameters:
  ///   - axes: The axes to multiply over; negative ones count from the end.
  ///   - keepDims: Whether the axes stay, with extent 1.
  ///   - multiply: The element-wise product.
  package func product(
    axes: [Int]?, keepDims: Bool, multiplying multiply: (Self, Self) -> Self
  ) -> Self {
    let reduced = resolve(axes: axes, operation: "product")
    let others = shape.indices.filter { !reduced.contains($0) }
    let resultShape =
      keepDims ? keptShape(axes, operation: "product") : others.map { shape[$0] }
    let order = reduced + others
    var factors = order == Array(shape.indices) ? self : permuted(order)
    factors = factors.reshaped([
      countReduced(axes, operation: "product"), others.reduce(1) { $0 * shape[$1] },
    ])
    if factors.shape[0] == 0 {
      return factors.padded([(1, 0), (0, 0)], mode: .constant(1)).reshaped(resultShape)
    }
    var odd: Self?
    while factors.shape[0] > 1 {
      let (count, half) = (factors.shape[0], factors.shape[0] / 2)
      func rows(_ range: Range<Int>) -> Self { factors.slice(range, step: 1, axis: 0) }
      if count % 2 == 1 {
        let last = rows((count - 1)..<count)
        odd = odd.map { multiply($0, last) } ?? last
      }
      factors = multiply(rows(0..<half), rows(half..<(2 * half)))
    }
    return (odd.map { multiply(factors, $0) } ?? factors).reshaped(resultShape)
  }
}
