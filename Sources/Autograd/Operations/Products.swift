import RetrogradTensors

extension Variable {
  /// The product over `axes`: `y = Π x`; 1 where there is nothing to multiply. Derivative: `dx` is `dy`
  /// times the product of all other elements.
  ///
  /// The two halves are multiplied with each other, then the halves of what that gives, and so on: no
  /// derivative divides by an element, so that zeros are nothing special, at any order.
  ///
  /// - Parameters:
  ///   - axes: The axes to multiply over, all by default; negative ones count from the end.
  ///   - keepDims: Whether the axes stay, with extent 1.
  public func product(axes: [Int]? = nil, keepDims: Bool = false) -> Variable {
    let reduced = value.resolve(axes: axes, operation: "product")
    let others = shape.indices.filter { !reduced.contains($0) }
    let resultShape =
      keepDims ? keptShape(axes, operation: "product") : others.map { shape[$0] }
    let order = reduced + others
    var factors = order == Array(shape.indices) ? self : permuted(order)
    factors = factors.reshaped([
      value.countReduced(axes, operation: "product"), others.reduce(1) { $0 * shape[$1] },
    ])
    if factors.shape[0] == 0 { return Variable(.ones(resultShape, dtype: dtype)) }
    var odd: Variable?
    while factors.shape[0] > 1 {
      let (count, half) = (factors.shape[0], factors.shape[0] / 2)
      if count % 2 == 1 {
        let last = factors[(count - 1)..<count]
        odd = odd.map { $0 * last } ?? last
      }
      factors = factors[0..<half] * factors[half..<(2 * half)]
    }
    return (odd.map { factors * $0 } ?? factors).reshaped(resultShape)
  }

  /// The product along one axis; see ``product(axes:keepDims:)``.
  public func product(axis: Int, keepDims: Bool = false) -> Variable {
    product(axes: [axis], keepDims: keepDims)
  }
}
