import RetrogradFiles

/// The characters of an XML document, whatever their encoding, and where the first comes that is not part of the
/// declaration of version and encoding.
struct XMLText {
  /// UTF-8 without a mark at the beginning, checked, with a zero at the end, which cannot occur before.
  let bytes: [UInt8]
  /// The start of the document after its declaration.
  let start: Int

  /// Takes a document as it is stored: UTF-16 is told by its mark or its first character, all else is UTF-8.
  init(_ content: [UInt8], document: String) throws(FileError) {
    func failure(_ reason: String) -> FileError {
      FileError(.malformed, file: document, reason)
    }
    let isWide: Bool
    if content.starts(with: [0xFE, 0xFF]) || content.starts(with: [0, 0x3C]) {
      isWide = true
      bytes = try Self.narrow(content, isBigEndian: true, document: document)
    } else if content.starts(with: [0xFF, 0xFE]) || content.starts(with: [0x3C, 0]) {
      isWide = true
      bytes = try Self.narrow(content, isBigEndian: false, document: document)
    } else {
      isWide = false
      bytes = Array(content.dropFirst(content.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)) + [0]
    }
    let declaration = try Self.declaration(bytes, document: document)
    start = declaration?.end ?? 0
    if let encoding = declaration?.encoding {
      let fitting = isWide ? ["utf-16"] : ["utf-8", "utf8", "us-ascii", "ascii"]
      guard fitting.contains(encoding.lowercased()) else {
        throw failure(
          "is written in \(shortened(encoding)) by its own word, expected UTF-8, or UTF-16 with a "
            + "mark at the beginning")
      }
    }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw failure("is not text in UTF-8")
    }
    if let wrong = Self.firstWrong(bytes) {
      throw failure(
        "is not valid XML: a character that text may not hold \(Self.place(of: wrong, in: bytes))")
    }
  }

  /// UTF-16 as UTF-8, without a mark at the beginning and with a zero at the end.
  private static func narrow(
    _ content: [UInt8], isBigEndian: Bool, document: String
  ) throws(FileError) -> [UInt8] {
    var units: [UInt16] = []
    units.reserveCapacity(content.count / 2 + 1)
    for place in stride(from: 0, to: content.count - 1, by: 2) {
      let (first, second) = (UInt16(content[place]), UInt16(content[place + 1]))
      units.append(isBigEndian ? first << 8 | second : second << 8 | first)
    }
    guard content.count.isMultiple(of: 2),
      let text = String(validating: units.drop { $0 == 0xFEFF }, as: UTF16.self)
    else { throw FileError(.malformed, file: document, "is not text in UTF-16") }
    return Array(text.utf8) + [0]
  }

  /// The encoding that a declaration names and where it ends; `nil` when there is none.
  private static func declaration(
    _ bytes: [UInt8], document: String
  ) throws(FileError) -> (encoding: String?, end: Int)? {
    guard bytes.starts(with: "<?xml".utf8), bytes.count > 6, isSpace(bytes[5]) else { return nil }
    let expression =
      /<\?xml\s+version\s*=\s*(?:"1\.\d"|'1\.\d')(?:\s+encoding\s*=\s*(?:"([\w.-]+)"|'([\w.-]+)'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>/
      .asciiOnlyCharacterClasses()
    let beginning = String(decoding: bytes.prefix(512), as: UTF8.self)
    guard let match = beginning.prefixMatch(of: expression) else {
      throw FileError(.malformed, file: document, "is not valid XML: its declaration is damaged")
    }
    return ((match.1 ?? match.2).map(String.init), match.0.utf8.count)
  }

  /// The place of the first character that XML does not allow, in text that is UTF-8 and ends with a zero.
  private static func firstWrong(_ bytes: [UInt8]) -> Int? {
    for place in 0..<(bytes.count - 1) {
      let byte = bytes[place]
      if byte < 0x20 && !isSpace(byte) { return place }
      // U+FFFE and U+FFFF.
      if byte == 0xEF, bytes[place + 1] == 0xBF, bytes[place + 2] >= 0xBE { return place }
    }
    return nil
  }

  /// Returns whether a byte may begin a name. Beyond ASCII every scalar counts as a letter.
  static func isNameStart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }

  /// Returns whether a byte may go on with a name.
  static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): true
    default: isNameStart(byte)
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  /// Returns whether text may hold a character (XML 1.0, 2.2).
  static func isCharacter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0xFFFD, 0x10000...: true
    default: false
    }
  }

  /// Line and column, from 1, for people.
  static func place(of position: Int, in bytes: [UInt8]) -> String {
    let before = bytes.prefix(position)
    let line = before.count { $0 == 0x0A } + 1
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
    return "at line \(line), column \(column)"
  }
}

/// A name out of a file for a message: its beginning when it is long.
func shortened(_ name: String) -> String {
  let beginning = name.unicodeScalars.prefix(100)
  return String(String.UnicodeScalarView(beginning))
    + (beginning.endIndex < name.unicodeScalars.endIndex ? "…" : "")
}

extension UInt8 {
  /// The number that a digit stands for in a number to the base 16; `nil` for all other characters.
  var hexadecimalDigit: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
