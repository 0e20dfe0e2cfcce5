/// Whole numbers in a shape: labels, indices and choices.
///
/// A type of its own, so that arithmetic meant for numbers with gradients does not accept it.
public struct IntTensor: Sendable, ExpressibleByArrayLiteral {
  /// The extent of each axis.
  public let shape: [Int]
  /// The elements in row-major order.
  public var scalars: [Int] {
    if let positions { return positions.scalars }
    return ownScalars
  }
  private let ownScalars: [Int]
  /// Elements that are on a device until somebody reads them.
  let positions: DevicePositions?

  /// The number of elements.
  public var count: Int { positions?.count ?? ownScalars.count }
  /// The number of axes.
  public var rank: Int { shape.count }

  /// Whole numbers in row-major order; one axis when `shape` is left out.
  public init(_ scalars: [Int], shape: [Int]? = nil) {
    let shape = shape ?? [scalars.count]
    require(
      scalars.count == Tensor.checkedCount(shape),
      "IntTensor: \(scalars.count) numbers do not fill shape \(shape)")
    self.shape = shape
    (ownScalars, positions) = (scalars, nil)
  }

  init(_ positions: DevicePositions, shape: [Int]) {
    self.shape = shape
    (ownScalars, self.positions) = ([], positions)
  }

  /// One axis of whole numbers.
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// One element, by an index for each axis.
  public subscript(indices: Int...) -> Int {
    require(
      indices.count == rank,
      "an element of shape \(shape) takes \(rank) indices, got \(indices.count)")
    var position = 0
    for (axis, index) in indices.enumerated() {
      require(
        index >= 0 && index < shape[axis],
        "index \(index) is out of bounds for axis \(axis) of shape \(shape)")
      position = position * shape[axis] + index
    }
    return scalars[position]
  }

  /// The same numbers in another shape; one extent may be -1 and follows from the others.
  public func reshaped(_ shape: [Int]) -> IntTensor {
    let shape = Tensor.resolve(shape, from: self.shape, operation: "reshaped")
    return positions.map { IntTensor($0, shape: shape) } ?? IntTensor(scalars, shape: shape)
  }

  /// A range of the leading axis.
  public subscript(range: Range<Int>) -> IntTensor {
    require(
      rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
      "range \(range) is out of bounds for the leading axis of shape \(shape)")
    let row = shape.dropFirst().reduce(1, *)
    return IntTensor(
      Array(scalars[(range.lowerBound * row)..<(range.upperBound * row)]),
      shape: [range.count] + shape.dropFirst())
  }

  /// The numbers as a tensor of floating-point numbers.
  public func converted(to dtype: DType) -> Tensor {
    Tensor(scalars.map(Double.init), shape: shape, dtype: dtype)
  }
}

extension IntTensor: Equatable {
  /// Returns whether shape and elements are the same.
  public static func == (a: IntTensor, b: IntTensor) -> Bool {
    a.shape == b.shape && a.scalars == b.scalars
  }
}
