/// An element type that numbers are stored as in files; each loads as one of the two dtypes.
package enum StoredType: String, Sendable, CaseIterable {
  case float64, float32, float16, bfloat16
  case int64, int32, int16, int8
  case uint64, uint32, uint16, uint8
  case bool

  /// Bytes that one element takes.
  package var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// The dtype that holds every value: `float32` for what fits its 24 bits of precision, otherwise
  /// `float64` (exact up to 2⁵³).
  package var dtype: DType {
    switch self {
    case .float64, .int64, .int32, .uint64, .uint32: .float64
    case .float32, .float16, .bfloat16, .int16, .int8, .uint16, .uint8, .bool: .float32
    }
  }
}

extension Tensor {
  /// Numbers from bytes as they stand in a file.
  ///
  /// - Parameters:
  ///   - bytes: As many as the shape takes.
  ///   - type: The storage type of each number.
  ///   - shape: The shape.
  ///   - isBigEndian: Whether the most significant byte comes first.
  package init(
    decoding bytes: UnsafeRawBufferPointer, as type: StoredType, shape: [Int],
    isBigEndian: Bool = false
  ) {
    self.init(uninitialized: shape, dtype: type.dtype)
    require(
      bytes.count == count * type.byteCount,
      "Tensor(decoding:): \(bytes.count) bytes do not fill shape \(shape) of \(type)")
    switch type {
    case .float64:
      decode(bytes, isBigEndian, UInt64.self, Double.self) { Double(bitPattern: $0) }
    case .float32: decode(bytes, isBigEndian, UInt32.self, Float.self) { Float(bitPattern: $0) }
    case .float16: decode(bytes, isBigEndian, UInt16.self, Float.self, floatFromHalf)
    case .bfloat16:
      decode(bytes, isBigEndian, UInt16.self, Float.self) { Float(bitPattern: UInt32($0) << 16) }
    case .int64: decode(bytes, isBigEndian, Int64.self, Double.self) { Double($0) }
    case .int32: decode(bytes, isBigEndian, Int32.self, Double.self) { Double($0) }
    case .int16: decode(bytes, isBigEndian, Int16.self, Float.self) { Float($0) }
    case .int8: decode(bytes, isBigEndian, Int8.self, Float.self) { Float($0) }
    case .uint64: decode(bytes, isBigEndian, UInt64.self, Double.self) { Double($0) }
    case .uint32: decode(bytes, isBigEndian, UInt32.self, Double.self) { Double($0) }
    case .uint16: decode(bytes, isBigEndian, UInt16.self, Float.self) { Float($0) }
    case .uint8: decode(bytes, isBigEndian, UInt8.self, Float.self) { Float($0) }
    case .bool: decode(bytes, isBigEndian, UInt8.self, Float.self) { $0 == 0 ? 0 : 1 }
    }
  }

  @inline(__always)
  private mutating func decode<Stored: FixedWidthInteger, T: Scalar>(
    _ bytes: UnsafeRawBufferPointer, _ isBigEndian: Bool, _ stored: Stored.Type, _ type: T.Type,
    _ convert: (Stored) -> T
  ) {
    let (count, size) = (count, MemoryLayout<Stored>.size)
    guard count > 0, let source = bytes.baseAddress else { return }
    withMutable(T.self) { y in
      for i in 0..<count {
        let raw = source.loadUnaligned(fromByteOffset: i * size, as: Stored.self)
        y[i] = convert(isBigEndian ? Stored(bigEndian: raw) : Stored(littleEndian: raw))
      }
    }
  }

  /// A tensor whose elements are those of this one read with the given strides.
  ///
  /// - Parameters:
  ///   - shape: The shape of the result.
  ///   - strides: The distance between neighbors along each axis, in elements, not negative.
  ///   - offset: The index of the first element.
  package func restrided(shape: [Int], strides: [Int], offset: Int) -> Tensor {
    strided(shape: shape, strides: strides, from: offset)
  }
}

/// IEEE 754 half precision to single; done by hand because not every platform has `Float16`.
private func floatFromHalf(_ half: UInt16) -> Float {
  let sign = UInt32(half & 0x8000) << 16
  let exponent = UInt32(half >> 10 & 0x1F)
  let fraction = UInt32(half & 0x3FF)
  switch exponent {
  case 0:
    // Subnormal: a multiple of 2⁻²⁴.
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
