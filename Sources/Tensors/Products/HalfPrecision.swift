/// The two ways to keep a number in 16 bits.
public enum HalfPrecision: String, Sendable, CaseIterable, CustomStringConvertible {
  /// IEEE 754 half precision: 11 bits of precision, magnitudes up to 65,504; what rounds to more
  /// becomes infinite, and below 2⁻¹⁴ precision is lost.
  case float16
  /// The upper half of a `float32`: 8 bits of precision, and all of `float32`'s range.
  case bfloat16

  /// The name, as PyTorch writes it.
  public var description: String { rawValue }

  /// The type that files store it as.
  var storedType: StoredType { self == .float16 ? .float16 : .bfloat16 }
}

/// The nearest `bfloat16`, the even one of two that are equally near. A NaN stays one.
@inline(__always)
func bfloat16Bits(_ x: Float) -> UInt16 {
  let bits = x.bitPattern
  if x.isNaN { return UInt16(bits >> 16) | 0x0040 }
  // Just under half of what is cut off, and one more where the last bit kept is odd. A carry out of
  // the fraction makes the exponent one larger, which is right, up to infinity.
  return UInt16((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
}

/// The nearest `float16`, the even one of two that are equally near. A NaN stays one.
@inline(__always)
func float16Bits(_ x: Float) -> UInt16 {
  let sign = UInt16(x.bitPattern >> 16 & 0x8000)
  let magnitude = x.bitPattern & 0x7FFF_FFFF
  if x.isNaN { return sign | 0x7E00 | UInt16(magnitude >> 13 & 0x1FF) }
  // From halfway between 65,504 and what would come next on, it is infinity.
  if magnitude >= Float(65_520).bitPattern { return sign | 0x7C00 }
  if magnitude < Float(0x1p-14).bitPattern {
    // Subnormal, a multiple of 2⁻²⁴: the spacing of floats from ½ on, so that adding ½ rounds to it.
    return sign | UInt16((Float(bitPattern: magnitude) + 0.5).bitPattern - Float(0.5).bitPattern)
  }
  // As for bfloat16; the exponent counts from 15 rather than from 127.
  return sign | UInt16((magnitude + 0xFFF + (magnitude >> 13 & 1)) >> 13 - (127 - 15) << 10)
}

/// Rounds elements to half precision.
func encode(
  _ source: UnsafeBufferPointer<Float>, as format: HalfPrecision,
  into target: UnsafeMutablePointer<UInt16>
) {
  nonisolated(unsafe) let (source, target) = (source, target)
  parallelRanges(source.count, grain: 1 << 15) { range in
    switch format {
    case .float16: for i in range { target[i] = float16Bits(source[i]) }
    case .bfloat16: for i in range { target[i] = bfloat16Bits(source[i]) }
    }
  }
}

extension Tensor {
  /// The elements of a `float32` tensor in half precision, each rounded to the nearest, the even one of
  /// two; `nil` when a finite one is too large and would become infinite.
  package func halfBits(as format: HalfPrecision) -> [UInt16]? {
    require(dtype == .float32, "halfBits: expects float32, got \(dtype)")
    return withElements(Float.self) { source in
      let bits = [UInt16](unsafeUninitializedCapacity: source.count) { target, count in
        if let start = target.baseAddress { encode(source, as: format, into: start) }
        count = source.count
      }
      let infinity: UInt16 = format == .float16 ? 0x7C00 : 0x7F80
      for i in source.indices where bits[i] & 0x7FFF == infinity && source[i].isFinite {
        return nil
      }
      return bits
    }
  }
}
