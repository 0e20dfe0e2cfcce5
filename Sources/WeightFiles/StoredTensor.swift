import RetrogradFiles
import RetrogradTensors

/// Shapes that a file claims.
enum StoredShape {
  /// The maximum number of axes of a tensor, as in PyTorch and NumPy.
  static let axisLimit = 64

  /// The number of elements; nil for a shape that no tensor can have.
  ///
  /// Where one extent is 0 there are no elements, but the others must still be countable: strides and
  /// the shapes of results are computed from them.
  static func count(_ shape: [Int]) -> Int? {
    guard shape.count <= axisLimit else { return nil }
    var product = DType.float64.byteCount
    for extent in shape where extent != 0 {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow else { return nil }
      product = next
    }
    return shape.contains(0) ? 0 : product / DType.float64.byteCount
  }

  /// The shape in a message, which a hostile one must not make long.
  static func describe(_ shape: [Int]) -> String {
    shape.count <= axisLimit ? "\(shape)" : "of \(shape.count) axes, more than \(axisLimit),"
  }
}

extension BoundedFile {
  /// A tensor whose elements stand in the file from `offset` on, in row-major order. What it takes must
  /// have been taken from a ``MemoryBudget``.
  func tensor(
    at offset: Int, _ type: StoredType, shape: [Int], isBigEndian: Bool = false
  )
    throws(FileError) -> Tensor
  {
    let count = try checkedCount(shape, type, at: offset)
    if type.isReadInPlace(isBigEndian) {
      var failure: FileError?
      let tensor = Tensor(shape: shape, dtype: type.dtype) { buffer in
        do throws(FileError) { try read(at: offset, into: buffer) } catch { failure = error }
      }
      if let failure { throw failure }
      return tensor
    }
    let bytes = try read(at: offset, count: count * type.byteCount)
    return bytes.withUnsafeBytes {
      Tensor(decoding: $0, as: type, shape: shape, isBigEndian: isBigEndian)
    }
  }

  /// The number of elements of a shape, after checking that the file has room for them.
  func checkedCount(_ shape: [Int], _ type: StoredType, at offset: Int) throws(FileError) -> Int {
    guard let count = StoredShape.count(shape) else {
      throw FileError(
        .malformed, file: name, offset: offset,
        "shape \(StoredShape.describe(shape)) is impossible")
    }
    guard offset >= 0, offset <= size, count <= (size - offset) / type.byteCount else {
      throw FileError(
        .truncated, file: name, offset: offset,
        "a tensor of shape \(shape) takes \(count) times \(type.byteCount) bytes, the file ends at byte "
          + "\(size)")
    }
    return count
  }
}

extension StoredType {
  /// Returns whether elements stand in the file as they do in memory, so that no copy is needed.
  func isReadInPlace(_ isBigEndian: Bool) -> Bool {
    (self == .float32 || self == .float64) && !isBigEndian
  }

  /// The bytes that so many elements take in a tensor; nil when they cannot be counted.
  func loadedSize(_ count: Int) -> Int? {
    let (product, overflow) = count.multipliedReportingOverflow(by: dtype.byteCount)
    return overflow ? nil : product
  }

  /// The bytes that so many elements take while they are decoded, beside the tensor; nil when they
  /// cannot be counted.
  func decodingSize(_ count: Int, isBigEndian: Bool = false) -> Int? {
    if isReadInPlace(isBigEndian) { return 0 }
    let (product, overflow) = count.multipliedReportingOverflow(by: byteCount)
    return overflow ? nil : product
  }
}
