// Layout: the same numbers in another shape or order.

extension Tensor {
  /// The same numbers in another shape; shares memory. One extent may be -1 and follows from the
  /// others.
  public func reshaped(_ shape: [Int]) -> Tensor {
    Tensor(
      storage: storage, shape: Tensor.resolve(shape, count: count, operation: "reshaped"),
      offset: offset)
  }

  /// Replaces a -1 by the extent that `count` leaves for it, and checks that the shape fits.
  static func resolve(_ shape: [Int], count: Int, operation: String) -> [Int] {
    let unknown = shape.indices.filter { shape[$0] == -1 }
    require(unknown.count <= 1, "\(operation): only one extent may be -1, got \(shape)")
    var resolved = shape
    if let axis = unknown.first {
      let known = checkedCount(shape.filter { $0 != -1 })
      require(
        known > 0 && count % known == 0,
        "\(operation): \(count) elements do not fit shape \(shape)")
      resolved[axis] = count / known
    }
    require(
      checkedCount(resolved) == count, "\(operation): \(count) elements do not fit shape \(shape)")
    return resolved
  }

  /// An axis number from 0; a negative one counts from the end.
  func resolve(axis: Int, operation: String) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    require(
      resolved >= 0 && resolved < rank,
      "\(operation): axis \(axis) is out of bounds for shape \(shape)")
    return resolved
  }
}
