import Foundation
import Retrograd

/// A question or an answer that can be sent from one process to another.
///
/// Numbers arrive with the bits that they were sent with.
public nonisolated protocol Exchangeable {
  /// Appends it to a message.
  func write(to message: inout MessageWriter)
  /// Reads it from a message, which may hold anything.
  init(from message: inout MessageReader) throws
}

/// A message that is being written.
public nonisolated struct MessageWriter {
  /// The line over which it is sent, and in which its functions are called.
  let line: Line
  private(set) var bytes: [UInt8] = []

  init(line: Line) { self.line = line }

  mutating func append(_ more: some Sequence<UInt8>) { bytes += more }

  mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }
}

/// A message that is being read.
public nonisolated struct MessageReader {
  /// The line it came from, and in which its functions are called.
  let line: Line
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8], line: Line) { (self.line, rest) = (line, bytes[...]) }

  /// The number of bytes still to be read.
  var count: Int { rest.count }

  /// The next bytes.
  mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= rest.count else {
      throw AnswerError.unreadable("\(count) bytes were announced, \(rest.count) are there")
    }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// The next bytes as a whole number.
  mutating func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws -> Number {
    try take(MemoryLayout<Number>.size).reversed().reduce(0) { $0 << 8 | Number($1) }
  }
}

/// An error that the other side has told, or a message that cannot be read.
nonisolated struct AnswerError: Error, CustomStringConvertible {
  let text: String

  var description: String { text }

  init(_ text: String) { self.text = text }

  static func unreadable(_ what: String) -> AnswerError {
    AnswerError("What came back cannot be read: \(what).")
  }
}

nonisolated extension Int: Exchangeable {
  /// Appends it to a message.
  public func write(to message: inout MessageWriter) { message.append(Int64(self)) }

  /// Reads it from a message.
  public init(from message: inout MessageReader) throws {
    self.init(truncatingIfNeeded: try message.number(UInt64.self))
  }
}

nonisolated extension Bool: Exchangeable {
  /// Appends it to a message.
  public func write(to message: inout MessageWriter) { message.append(UInt8(self ? 1 : 0)) }

  /// Reads it from a message.
  public init(from message: inout MessageReader) throws {
    self = try message.number(UInt8.self) != 0
  }
}

nonisolated extension Double: Exchangeable {
  /// Appends it to a message.
  public func write(to message: inout MessageWriter) { message.append(bitPattern) }

  /// Reads it from a message.
  public init(from message: inout MessageReader) throws {
    self.init(bitPattern: try message.number())
  }
}

nonisolated extension Float: Exchangeable {
  /// Appends it to a message.
  public func write(to message: inout MessageWriter) { message.append(bitPattern) }

  /// Reads it from a message.
  public init(from message: inout MessageReader) throws {
    self.init(bitPattern: try message.number())
  }
}

nonisolated extension String: Exchangeable {
  /// Appends it to a message.
  public func write(to message: inout MessageWriter) {
    utf8.count.write(to: &message)
    message.append(utf8)
  }

  /// Reads it from a message.
  public init(from message: inout MessageReader) throws {
    self.init(decoding: try message.take(Int(from: &message)), as: UTF8.self)
  }
}

nonisolated extension Array: Exchangeable where Element: Exchangeable {
  /// Appends it to a message.
  public func write(to message: inout MessageWriter) {
    count.write(to: &message)
    for element in self { element.write(to: &message) }
  }

  /// Reads it from a message.
  public init(from message: inout MessageReader) throws {
    let count = try Int(from: &message)
    // Each element takes a byte at least.
    guard count >= 0, count <= message.count else {
      throw AnswerError.unreadable("\(count) elements were announced in \(message.count) bytes")
    }
    self = try (0..<count).map { _ in try Element(from: &message) }
  }
}

nonisolated extension Tensor: Exchangeable {
  /// Appends it to a message.
  public func write(to message: inout MessageWriter) {
    message.append(UInt8(dtype == .float32 ? 0 : 1))
    shape.write(to: &message)
    withUnsafeBytes { message.append($0) }
  }

  /// Reads it from a message.
  public init(from message: inout MessageReader) throws {
    let dtype: DType = try message.number(UInt8.self) == 0 ? .float32 : .float64
    let shape = try [Int](from: &message)
    let bytes = try message.take(byteCount(shape, each: dtype.byteCount))
    self.init(shape: shape, dtype: dtype) { $0.copyBytes(from: bytes) }
  }
}

nonisolated extension IntTensor: Exchangeable {
  /// Appends it to a message.
  public func write(to message: inout MessageWriter) {
    shape.write(to: &message)
    for scalar in scalars { scalar.write(to: &message) }
  }

  /// Reads it from a message.
  public init(from message: inout MessageReader) throws {
    let shape = try [Int](from: &message)
    let count = try byteCount(shape, each: MemoryLayout<Int64>.size) / MemoryLayout<Int64>.size
    guard count <= message.count else {
      throw AnswerError.unreadable("a tensor \(shape) is cut off")
    }
    self.init(try (0..<count).map { _ in try Int(from: &message) }, shape: shape)
  }
}

/// The size of a tensor in bytes; an error where there is none of that shape.
private nonisolated func byteCount(_ shape: [Int], each size: Int) throws -> Int {
  let most = 16
  guard shape.count <= most, shape.allSatisfy({ $0 >= 0 }) else {
    throw AnswerError.unreadable(
      "there is no tensor with \(shape.count) axes of the extents \(shape.prefix(most))")
  }
  var count = size
  for extent in shape {
    let (product, overflows) = count.multipliedReportingOverflow(by: extent)
    if overflows { throw AnswerError.unreadable("there is no tensor of the shape \(shape)") }
    count = product
  }
  return count
}

nonisolated extension RandomSource: Exchangeable {
  /// Appends it to a message.
  public func write(to message: inout MessageWriter) {
    String(decoding: try! JSONEncoder().encode(self), as: UTF8.self).write(to: &message)
  }

  /// Reads it from a message.
  public init(from message: inout MessageReader) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(String(from: &message).utf8))
  }
}

/// Several values as one.
public nonisolated struct Group<each Value: Exchangeable>: Exchangeable {
  /// The values.
  public let values: (repeat each Value)

  /// Several values as one.
  public init(_ values: repeat each Value) { self.values = (repeat each values) }

  /// Appends each value to a message.
  public func write(to message: inout MessageWriter) {
    repeat (each values).write(to: &message)
  }

  /// Reads each value from a message.
  public init(from message: inout MessageReader) throws {
    values = (repeat try (each Value)(from: &message))
  }
}
