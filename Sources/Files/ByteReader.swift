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

  /// Where in the file the next byte stands.
  public var position: Int { base + next }
  /// The number of bytes left.
  public var remaining: Int { bytes.count - next }

  /// The next `count` bytes.
  public mutating func bytes(_ count: Int) throws(FileError) -> [UInt8] {
    guard count >= 0, count <= remaining else {
      throw FileError(
        .truncated, file: file, offset: position,
        "expected \(count) more bytes, \(remaining) are left")
    }
    defer { next += count }
    return Array(bytes[next..<(next + count)])
  }

  /// Passes over bytes.
  public mutating func skip(_ count: Int) throws(FileError) { _ = try bytes(count) }

  /// Two bytes.
  public mutating func uint16() throws(FileError) -> UInt16 {
    try bytes(2).reversed().reduce(0) { $0 << 8 | UInt16($1) }
  }

  /// Four bytes.
  public mutating func uint32() throws(FileError) -> UInt32 {
    try bytes(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Eight bytes.
  public mutating func uint64() throws(FileError) -> UInt64 {
    try bytes(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
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
