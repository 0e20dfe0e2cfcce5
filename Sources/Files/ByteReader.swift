/// Little-endian numbers from bytes, each read checked.
public struct ByteReader: Sendable {
  private let bytes: [UInt8]
  private let file: String
  private let base: Int
  private var next = 0

  /// Reads `bytes`, which stand in `file` from byte `base` on.
  public init(_ bytes: [UInt8], file: String, base: Int) {
    (self.bytes, self.file, self.base) = (bytes, file, base)
  }

  /// The offset of the next byte in the file.
  public var position: Int { base + next }
  /// The number of bytes left.
  public var remaining: Int { bytes.count - next }

  /// The next `count` bytes.
  public mutating func bytes(_ count: Int) throws(FileError) -> [UInt8] {
    try skip(count)
    return Array(bytes[(next - count)..<next])
  }

  /// Passes over bytes.
  public mutating func skip(_ count: Int) throws(FileError) {
    guard count >= 0, count <= remaining else {
      throw FileError(
        .truncated, file: file, offset: position,
        "expected \(count) more bytes, \(remaining) are left")
    }
    next += count
  }

  /// One byte.
  public mutating func uint8() throws(FileError) -> UInt8 {
    try skip(1)
    return bytes[next - 1]
  }

  /// Two bytes.
  public mutating func uint16() throws(FileError) -> UInt16 { UInt16(try littleEndian(2)) }

  /// Four bytes.
  public mutating func uint32() throws(FileError) -> UInt32 { UInt32(try littleEndian(4)) }

  /// Eight bytes.
  public mutating func uint64() throws(FileError) -> UInt64 { try littleEndian(8) }

  /// A number from bytes in place: an array for each would take most of a long pickle's time.
  private mutating func littleEndian(_ count: Int) throws(FileError) -> UInt64 {
    try skip(count)
    var number: UInt64 = 0
    for place in (next - count..<next).reversed() { number = number << 8 | UInt64(bytes[place]) }
    return number
  }

  /// Eight bytes that count bytes or entries, so that they must fit an `Int`.
  public mutating func size64() throws(FileError) -> Int {
    let position = position
    guard let size = Int(exactly: try uint64()) else {
      throw FileError(
        .malformed, file: file, offset: position, "a size that is larger than any file")
    }
    return size
  }
}
