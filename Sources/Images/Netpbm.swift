import RetrogradFiles

/// Netpbm's pictures: black and white (PBM), gray (PGM) and color (PPM), as text (`P1`, `P2`, `P3`) or as bytes (`P4`,
/// `P5`, `P6`). Of several pictures in a file the first one is read.
///
/// Source: the manual pages pbm(5), pgm(5) and ppm(5) of Netpbm.
package enum Netpbm: PictureFormat {
  package static let name = "Netpbm"
  package static let extensions = ["pbm", "pgm", "ppm", "pnm"]

  package static func isBeginning(_ bytes: [UInt8]) -> Bool {
    // Other texts may begin with a P and a digit.
    guard bytes.count > 2, bytes[0] == UInt8(ascii: "P"),
      (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(bytes[1]), NetpbmText.isSpace(bytes[2]),
      let next = bytes.dropFirst(3).first(where: { !NetpbmText.isSpace($0) })
    else { return false }
    return next == UInt8(ascii: "#") || NetpbmText.isDigit(next)
  }

  package static func decode(
    _ bytes: [UInt8], name: String, pixelLimit: Int, warn: (String) -> Void
  ) throws(FileError) -> Picture {
    let format = bytes[1] - UInt8(ascii: "0")
    let (isText, isBitmap, isColor) = (format < 4, format % 3 == 1, format % 3 == 0)
    var text = NetpbmText(bytes, name: name)
    let (width, height) = (try text.number("the width"), try text.number("the height"))
    try Picture.checkSize(width, height, limit: pixelLimit, name: name)
    let largest = isBitmap ? 1 : try text.number("the largest value")
    guard (1...65_535).contains(largest) else {
      throw text.malformed(
        "the largest value is \(largest), expected 1 to 65535", at: text.start)
    }
    // In a bitmap 1 is ink.
    let levels =
      isBitmap
      ? [255, 0]
      : (0...largest).map {
        UInt8((Double($0) / Double(largest) * 255).rounded(.toNearestOrEven))
      }
    let count = width * height * (isColor ? 3 : 1)
    let samples =
      switch (isText, isBitmap) {
      case (true, true): try text.digits(count, levels)
      case (true, false): try text.numbers(count, levels)
      case (false, true): try text.bits(width, height, levels)
      case (false, false): try text.binary(count, levels)
      }
    if isColor { return Picture(width: width, height: height, pixels: samples) }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * count)
    for sample in samples { for _ in 0..<3 { pixels.append(sample) } }
    return Picture(width: width, height: height, pixels: pixels)
  }
}

/// The content of a Netpbm file, read from front to back; its values become the levels of a table.
private struct NetpbmText {
  let bytes: [UInt8]
  /// The file's name in errors.
  let name: String
  /// The position of the next byte.
  private var place = 2
  /// The position of the last number.
  private(set) var start = 2

  init(_ bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
  static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 }

  func malformed(_ reason: String, at offset: Int) -> FileError {
    FileError(.malformed, file: name, offset: offset, "is a damaged Netpbm file: \(reason)")
  }

  private func truncated(_ expected: String) -> FileError {
    FileError(
      .truncated, file: name, offset: bytes.count,
      "is a Netpbm file that was cut off: expected \(expected)")
  }

  /// Stops where fewer bytes are left than pixels take, before memory is taken for them.
  private func checkLeft(_ count: Int) throws(FileError) {
    let left = bytes.count - place
    guard left >= count else {
      throw truncated("\(count) bytes of pixels or more, found \(left)")
    }
  }

  // MARK: Text

  /// Goes on to what is neither white space nor a comment, and gives its first byte.
  ///
  /// - Parameter expected: What should stand there.
  private mutating func next(_ expected: String) throws(FileError) -> UInt8 {
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: "#") {
        skipComment()
      } else if Self.isSpace(byte) {
        place += 1
      } else {
        return byte
      }
    }
    throw truncated(expected)
  }

  /// Goes on to the end of the line.
  private mutating func skipComment() {
    while place < bytes.count, !Self.isLineEnd(bytes[place]) { place += 1 }
  }

  /// A number, and the white space behind it: one byte, after which pixels may begin.
  mutating func number(_ expected: String) throws(FileError) -> Int {
    guard Self.isDigit(try next(expected)) else {
      throw malformed("expected \(expected)", at: place)
    }
    start = place
    var number = 0
    while place < bytes.count, Self.isDigit(bytes[place]) {
      number = number * 10 + Int(bytes[place] - UInt8(ascii: "0"))
      guard number < 1_000_000_000 else {
        throw FileError(
          .tooLarge, file: name, offset: start,
          "is a Netpbm file that claims \(expected) with more than 9 digits")
      }
      place += 1
    }
    if place < bytes.count, bytes[place] == UInt8(ascii: "#") { skipComment() }
    if place < bytes.count {
      guard Self.isSpace(bytes[place]) else {
        throw malformed("expected white space behind \(expected)", at: place)
      }
      place += 1
    }
    return number
  }

  mutating func numbers(_ count: Int, _ levels: [UInt8]) throws(FileError) -> [UInt8] {
    try checkLeft(2 * count - 1)
    var samples: [UInt8] = []
    samples.reserveCapacity(count)
    for _ in 0..<count {
      let number = try number("a value")
      guard number < levels.count else {
        throw malformed(
          "the value \(number) is above the largest, which is \(levels.count - 1)", at: start)
      }
      samples.append(levels[number])
    }
    return samples
  }

  /// Each 0 or 1, with white space between them or without.
  mutating func digits(_ count: Int, _ levels: [UInt8]) throws(FileError) -> [UInt8] {
    try checkLeft(count)
    var samples: [UInt8] = []
    samples.reserveCapacity(count)
    for _ in 0..<count {
      switch try next("0 or 1") {
      case UInt8(ascii: "0"): samples.append(levels[0])
      case UInt8(ascii: "1"): samples.append(levels[1])
      default: throw malformed("expected 0 or 1", at: place)
      }
      place += 1
    }
    return samples
  }

  // MARK: Bytes

  /// Bits from the highest down; each row begins with a byte of its own.
  func bits(_ width: Int, _ height: Int, _ levels: [UInt8]) throws(FileError) -> [UInt8] {
    let row = (width + 7) / 8
    try checkLeft(row * height)
    var samples: [UInt8] = []
    samples.reserveCapacity(width * height)
    for y in 0..<height {
      for x in 0..<width {
        samples.append(levels[Int(bytes[place + y * row + x / 8] >> (7 - x % 8)) & 1])
      }
    }
    return samples
  }

  /// Values of one byte, or of two where there are more than 256 levels, the higher one first; what is above the
  /// largest counts as the largest.
  func binary(_ count: Int, _ levels: [UInt8]) throws(FileError) -> [UInt8] {
    let size = levels.count > 256 ? 2 : 1
    try checkLeft(count * size)
    var samples: [UInt8] = []
    samples.reserveCapacity(count)
    for start in stride(from: place, to: place + count * size, by: size) {
      let value = size == 1 ? Int(bytes[start]) : Int(bytes[start]) << 8 | Int(bytes[start + 1])
      samples.append(levels[min(value, levels.count - 1)])
    }
    return samples
  }
}
