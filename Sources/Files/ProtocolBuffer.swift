/// The bytes of a number, the lowest first.
package func littleEndianBytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  withUnsafeBytes(of: number.littleEndian) { Array($0) }
}

/// A message in the format of protocol buffers (protobuf.dev, "Encoding"), as far as logs and models need it: fields
/// in the order in which they are added, each by its number.
package struct ProtocolBuffer {
  /// The message.
  package private(set) var bytes: [UInt8] = []

  /// A message without fields.
  package init() {}

  /// Adds a whole number.
  package mutating func add(_ field: Int, _ number: UInt64) {
    key(field, kind: 0)
    add(number)
  }

  /// Adds a whole number that may be negative, as two's complement (`int64`, `int32`, an `enum`).
  package mutating func add(_ field: Int, _ number: Int) {
    add(field, UInt64(bitPattern: Int64(number)))
  }

  /// Adds a number of double precision.
  package mutating func add(_ field: Int, _ number: Double) {
    key(field, kind: 1)
    bytes += littleEndianBytes(number.bitPattern)
  }

  /// Adds a number of single precision.
  package mutating func add(_ field: Int, _ number: Float) {
    key(field, kind: 5)
    bytes += littleEndianBytes(number.bitPattern)
  }

  /// Adds bytes.
  package mutating func add(_ field: Int, bytes content: [UInt8]) {
    begin(field, byteCount: content.count)
    bytes += content
  }

  /// Adds a text.
  package mutating func add(_ field: Int, text: String) { add(field, bytes: Array(text.utf8)) }

  /// Adds a message.
  package mutating func add(_ field: Int, message: ProtocolBuffer) {
    add(field, bytes: message.bytes)
  }

  /// Adds numbers of double precision in one field.
  package mutating func add(_ field: Int, packed numbers: [Double]) {
    add(field, bytes: numbers.flatMap { littleEndianBytes($0.bitPattern) })
  }

  /// Adds what stands before a field of bytes or a message, for one that is written by itself: large ones need not be
  /// in memory a second time.
  package mutating func begin(_ field: Int, byteCount: Int) {
    key(field, kind: 2)
    add(UInt64(byteCount))
  }

  /// Adds the fields of another message.
  package mutating func append(_ fields: ProtocolBuffer) { bytes += fields.bytes }

  private mutating func key(_ field: Int, kind: UInt64) { add(UInt64(field) << 3 | kind) }

  /// A number in groups of seven bits, the lowest first.
  private mutating func add(_ number: UInt64) {
    var rest = number
    while rest >= 128 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
