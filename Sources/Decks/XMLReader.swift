import RetrogradFiles

/// Reads an XML document step by step: elements begin and end, with namespaces and attributes.
///
/// It takes what the parts of office documents consist of and no more (*Extensible Markup Language 1.0*, fifth
/// edition, and *Namespaces in XML 1.0*; ECMA-376, part 2, 6.2.4 for the restrictions): UTF-8 or UTF-16, elements,
/// attributes, the five entities and references to characters, sections of character data and comments. A document
/// type, which declares entities and so may grow without bound or lead to other files, is refused, and so are
/// processing instructions. Text between elements is checked and passed over.
///
/// Every byte is looked at a fixed number of times, and elements, depth, attributes and names are bounded, so time and
/// memory grow no faster than the document.
struct XMLReader {
  /// The next step in a document.
  enum Step {
    case start(XMLElement)
    case end
  }

  /// The most that elements may nest.
  static let depthLimit = 256
  /// The most elements of a document.
  static let elementLimit = 1 << 20
  /// The most attributes of an element, declarations of namespaces among them.
  static let attributeLimit = 256
  /// The most bytes of a name.
  static let nameLimit = 1024

  private struct QualifiedName {
    /// The bytes before the colon; `nil` without one.
    let prefix: Range<Int>?
    let local: Range<Int>

    var all: Range<Int> { (prefix?.lowerBound ?? local.lowerBound)..<local.upperBound }
  }

  private struct OpenElement {
    let name: Range<Int>
    /// The prefixes that it declares.
    let prefixes: [String]
  }

  /// The document's name in errors.
  let document: String
  /// UTF-8, checked, with a zero at the end, which cannot occur before.
  private let bytes: [UInt8]
  private var position = 0
  private var open: [OpenElement] = []
  private var elementCount = 0
  /// Indicates whether the element that began last is empty, so that its end is the next step.
  private var isEmptyElement = false
  /// For each prefix what it stands for, innermost last.
  private var namespaces = ["": [""], "xml": [Self.xmlNamespace]]

  private static let xmlNamespace = "http://www.w3.org/XML/1998/namespace"
  private static let declarationNamespace = "http://www.w3.org/2000/xmlns/"

  /// Begins to read a document.
  ///
  /// - Parameters:
  ///   - content: The document as it is stored.
  ///   - document: The document's name in errors.
  init(_ content: [UInt8], document: String) throws(FileError) {
    self.document = document
    let text = try XMLText(content, document: document)
    bytes = text.bytes
    position = text.start
  }

  /// The next step; `nil` once the document has ended as it should.
  mutating func next() throws(FileError) -> Step? {
    if isEmptyElement {
      isEmptyElement = false
      closeElement()
      return .end
    }
    while true {
      try skipText()
      guard position < bytes.count - 1 else {
        guard elementCount > 0, open.isEmpty else { throw failure("no end of an element") }
        return nil
      }
      switch bytes[position + 1] {
      case UInt8(ascii: "!"): try skipDeclaration()
      case UInt8(ascii: "?"):
        throw refusal("has a processing instruction, which slides have no need of,")
      case UInt8(ascii: "/"):
        try readEnd()
        return .end
      default: return .start(try readStart())
      }
    }
  }

  /// Passes over the rest of the element that began last.
  mutating func skipElement() throws(FileError) {
    let depth = open.count
    while open.count >= depth, try next() != nil {}
  }

  // MARK: Elements

  private mutating func readStart() throws(FileError) -> XMLElement {
    guard elementCount == 0 || !open.isEmpty else { throw failure("more than one element") }
    guard elementCount < Self.elementLimit else {
      throw excess("has more than \(Self.elementLimit) elements")
    }
    guard open.count < Self.depthLimit else {
      throw excess("nests elements more than \(Self.depthLimit) deep")
    }
    position += 1
    let name = try readName()
    let written = try readAttributes()
    let prefixes = try declareNamespaces(written)
    var element = XMLElement(
      namespace: try namespace(name.prefix, default: namespaces[""]?.last ?? ""),
      name: string(name.local), attributes: [])
    for (name, value) in written where !isDeclaration(name) {
      element.attributes.append(
        .init(
          namespace: try namespace(name.prefix, default: ""), name: string(name.local),
          value: value))
    }
    guard element.hasDistinctAttributes else {
      throw refusal("is not valid XML: an attribute that stands twice")
    }
    elementCount += 1
    open.append(OpenElement(name: name.all, prefixes: prefixes))
    return element
  }

  private mutating func readEnd() throws(FileError) {
    position += 2
    let name = try readName()
    skipSpace()
    guard let started = open.last, bytes[started.name].elementsEqual(bytes[name.all]) else {
      throw failure("an end of \(shortened(string(name.all))), which has not begun,")
    }
    try expect(">")
    closeElement()
  }

  private mutating func closeElement() {
    for prefix in open.removeLast().prefixes { namespaces[prefix]?.removeLast() }
  }

  /// The attributes up to the end of the tag.
  private mutating func readAttributes() throws(FileError) -> [(QualifiedName, String)] {
    var attributes: [(QualifiedName, String)] = []
    while true {
      let isSeparate = skipSpace()
      switch bytes[position] {
      case UInt8(ascii: ">"):
        position += 1
        return attributes
      case UInt8(ascii: "/"):
        position += 1
        try expect(">")
        isEmptyElement = true
        return attributes
      default:
        guard isSeparate else { throw failure("no space before an attribute") }
        guard attributes.count < Self.attributeLimit else {
          throw excess("gives an element more than \(Self.attributeLimit) attributes")
        }
        let name = try readName()
        skipSpace()
        try expect("=")
        skipSpace()
        attributes.append((name, try readValue()))
      }
    }
  }

  private mutating func readName() throws(FileError) -> QualifiedName {
    let start = position
    let first = try readPart()
    guard bytes[position] == UInt8(ascii: ":") else {
      return QualifiedName(prefix: nil, local: first)
    }
    position += 1
    let local = try readPart()
    guard local.upperBound - start <= Self.nameLimit else {
      throw excess("has a name of more than \(Self.nameLimit) bytes")
    }
    return QualifiedName(prefix: first, local: local)
  }

  /// A name without a colon. Beyond ASCII every scalar counts as a letter.
  private mutating func readPart() throws(FileError) -> Range<Int> {
    let start = position
    guard XMLText.isNameStart(bytes[position]) else { throw failure("no name where one should be") }
    while XMLText.isNamePart(bytes[position]) { position += 1 }
    guard position - start <= Self.nameLimit else {
      throw excess("has a name of more than \(Self.nameLimit) bytes")
    }
    return start..<position
  }

  // MARK: Namespaces

  private func isDeclaration(_ name: QualifiedName) -> Bool {
    bytes[name.prefix ?? name.local].elementsEqual("xmlns".utf8)
  }

  /// Takes what an element declares, and gives the prefixes.
  private mutating func declareNamespaces(
    _ attributes: [(QualifiedName, String)]
  ) throws(FileError) -> [String] {
    var prefixes: [String] = []
    for (name, value) in attributes where isDeclaration(name) {
      let prefix = name.prefix == nil ? "" : string(name.local)
      let isReserved =
        prefix == "xmlns" || (prefix == "xml") != (value == Self.xmlNamespace)
        || value == Self.declarationNamespace
      guard !isReserved, prefix.isEmpty || !value.isEmpty else {
        throw refusal("is not valid XML: a namespace that may not be declared")
      }
      prefixes.append(prefix)
      namespaces[prefix, default: []].append(value)
    }
    guard prefixes.count < 2 || Set(prefixes).count == prefixes.count else {
      throw refusal("is not valid XML: a namespace that is declared twice")
    }
    return prefixes
  }

  private func namespace(
    _ prefix: Range<Int>?, default namespace: String
  ) throws(FileError) -> String {
    guard let prefix else { return namespace }
    guard let found = namespaces[string(prefix)]?.last else {
      throw refusal(
        "is not valid XML: the prefix \(shortened(string(prefix))), which nothing declares,")
    }
    return found
  }

  // MARK: Text

  /// The value of an attribute, without its quotes.
  private mutating func readValue() throws(FileError) -> String {
    let quote = bytes[position]
    guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      throw failure("an attribute without quotes")
    }
    position += 1
    var value: [UInt8] = []
    while bytes[position] != quote {
      switch bytes[position] {
      case UInt8(ascii: "&"): value += String(try readReference()).utf8
      case UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        // A line's end is one space, however it is written.
        let isPair =
          bytes[position] == UInt8(ascii: "\r") && bytes[position + 1] == UInt8(ascii: "\n")
        position += isPair ? 2 : 1
        value.append(UInt8(ascii: " "))
      case UInt8(ascii: "<"), 0: throw failure("an attribute that does not end")
      default:
        value.append(bytes[position])
        position += 1
      }
    }
    position += 1
    return String(decoding: value, as: UTF8.self)
  }

  /// Reads a reference to a character: one of the five entities, or a number.
  private mutating func readReference() throws(FileError) -> Unicode.Scalar {
    position += 1
    guard bytes[position] == UInt8(ascii: "#") else {
      let name = string(try readPart())
      let scalar: Unicode.Scalar =
        switch name {
        case "lt": "<"
        case "gt": ">"
        case "amp": "&"
        case "apos": "'"
        case "quot": "\""
        default: throw failure("the entity \(shortened(name)), which is none of XML's own five,")
        }
      try expect(";")
      return scalar
    }
    position += 1
    let isHexadecimal = bytes[position] == UInt8(ascii: "x")
    if isHexadecimal { position += 1 }
    let base: UInt32 = isHexadecimal ? 16 : 10
    var number: UInt32 = 0
    let start = position
    while let digit = bytes[position].hexadecimalDigit, digit < base, number <= 0x10FFFF {
      number = number * base + UInt32(digit)
      position += 1
    }
    guard position > start, let scalar = Unicode.Scalar(number), XMLText.isCharacter(scalar) else {
      throw failure("a reference to no character")
    }
    try expect(";")
    return scalar
  }

  /// Passes over text up to the next tag or the end; outside of the first element there is only space.
  private mutating func skipText() throws(FileError) {
    if open.isEmpty {
      skipSpace()
      guard bytes[position] == UInt8(ascii: "<") || position == bytes.count - 1 else {
        throw failure("text outside of all elements")
      }
      return
    }
    while true {
      switch bytes[position] {
      case UInt8(ascii: "<"), 0: return
      case UInt8(ascii: "&"): _ = try readReference()
      case UInt8(ascii: "]") where isNext("]]>"):
        throw failure("the end of a section that has not begun")
      default: position += 1
      }
    }
  }

  /// Passes over a comment or a section of character data; nothing else may be declared.
  private mutating func skipDeclaration() throws(FileError) {
    if isNext("<!--") {
      position += 4
      try skip(past: "--", of: "a comment")
      try expect(">")
    } else if isNext("<![CDATA["), !open.isEmpty {
      position += 9
      try skip(past: "]]>", of: "a section")
    } else if isNext("<!DOCTYPE") || isNext("<!ENTITY") {
      throw refusal("declares entities or a document type, which slides have no need of,")
    } else {
      throw failure("a declaration that does not belong")
    }
  }

  @discardableResult
  private mutating func skipSpace() -> Bool {
    let start = position
    while XMLText.isSpace(bytes[position]) { position += 1 }
    return position > start
  }

  private mutating func skip(past end: StaticString, of what: String) throws(FileError) {
    while !isNext(end) {
      guard position < bytes.count - 1 else { throw failure("\(what) that does not end") }
      position += 1
    }
    position += end.utf8CodeUnitCount
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(FileError) {
    guard bytes[position] == UInt8(ascii: character) else {
      throw failure("no \"\(character)\" where one should be")
    }
    position += 1
  }

  private func isNext(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.count - position > count else { return false }
    return text.withUTF8Buffer { $0.elementsEqual(bytes[position..<(position + count)]) }
  }

  private func string(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  // MARK: Errors

  private func failure(_ what: String) -> FileError {
    let isCut = position >= bytes.count - 1
    return FileError(
      .malformed, file: document,
      "is not valid XML: \(isCut ? "it ends before its elements do," : what) \(place)")
  }

  private func refusal(_ what: String) -> FileError {
    FileError(.malformed, file: document, "\(what) \(place)")
  }

  private func excess(_ what: String) -> FileError {
    FileError(.tooLarge, file: document, "\(what), the limit, \(place)")
  }

  private var place: String { XMLText.place(of: position, in: bytes) }
}
