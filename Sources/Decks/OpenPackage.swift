import RetrogradArchives
import RetrogradFiles

/// An office document as a package: parts in a zip archive that refer to each other by relations (*Open Packaging
/// Conventions*, ECMA-376, part 2).
///
/// What a part refers to is looked up in the archive only: nothing outside of it is ever opened.
struct OpenPackage {
  /// The target of a relation.
  enum Target {
    case part(Part)
    /// Something that the package does not hold on purpose, such as a picture on the web.
    case outside
    /// Nothing: why, as the rest of a sentence about it.
    case broken(String)
  }

  /// One part: where it stands, and its content.
  struct Part {
    let name: PartName
    let entry: ZipArchive.Entry
  }

  /// The relations of a part, by name.
  struct Relations {
    fileprivate var targets: [String: Target] = [:]
    /// The relations by which a package finds its main part, in their order.
    fileprivate(set) var documents: [Target] = []

    /// The target of a relation.
    subscript(name: String) -> Target {
      targets[name] ?? .broken("\"\(shortened(name))\", which leads nowhere")
    }
  }

  /// The most bytes of one part of XML.
  static let partLimit = 32 << 20
  /// The most bytes of XML that are read of one package.
  static let textLimit = 128 << 20

  private let archive: ZipArchive
  private let source: String
  private let entries: [[UInt8]: ZipArchive.Entry]
  private var textLeft = Self.textLimit

  /// Opens an archive.
  init(_ file: BoundedFile, source: String) throws(FileError) {
    self.source = source
    archive = try ZipArchive(file)
    entries = Dictionary(
      archive.entries.map { (PartName($0.name).key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The part of a name: one that is written just so, or one that is the same by the rules for names.
  func part(_ name: PartName) -> Part? {
    (archive.entry(named: name.path) ?? entries[name.key]).map { Part(name: name, entry: $0) }
  }

  /// The bytes of a part.
  func content(of part: Part, limit: Int) throws(FileError) -> [UInt8] {
    try archive.read(part.entry, limit: limit)
  }

  /// Reads a part of XML.
  mutating func read<Result>(
    _ part: Part, _ body: (inout XMLReader) throws(FileError) -> Result
  ) throws(FileError) -> Result {
    guard part.entry.size <= textLeft else {
      throw FileError(
        .tooLarge, file: source, "has more than \(Self.textLimit) bytes of XML, the limit")
    }
    textLeft -= part.entry.size
    let bytes = try content(of: part, limit: Self.partLimit)
    do {
      var reader = try XMLReader(bytes, document: part.name.description)
      let result = try body(&reader)
      // What comes behind must be right too.
      while try reader.next() != nil {}
      return result
    } catch {
      throw FileError(
        error.kind, file: source, "is not a valid PowerPoint file: \(error.file) \(error.reason)")
    }
  }

  /// Returns the relations of a part; those of the package without one.
  mutating func relations(of part: Part?) throws(FileError) -> Relations {
    let name = part?.name ?? PartName("")
    guard let list = self.part(name.relations) else { return Relations() }
    var relations = Relations()
    for relation in try read(list, Relation.list) {
      let target = relation.isExternal ? .outside : target(relation.target, from: name)
      relations.targets[relation.id] = target
      if relation.isDocument { relations.documents.append(target) }
    }
    return relations
  }

  private func target(_ reference: String, from name: PartName) -> Target {
    let resolved = name.resolve(reference)
    if let part = part(resolved.name) { return .part(part) }
    // A reference may go on to a place within the part.
    if let end = reference.unicodeScalars.firstIndex(where: { $0 == "#" || $0 == "?" }),
      let part = part(name.resolve(String(reference[..<end])).name)
    {
      return .part(part)
    }
    return .broken(
      resolved.leavesPackage
        ? "\"\(shortened(reference))\", which leads out of the file"
        : "\(resolved.name), which is not in the file")
  }
}

/// The name of a part in a package: the path to it, from the package's root.
struct PartName: CustomStringConvertible {
  /// The path as it is written, without a slash at the beginning.
  let path: String

  init(_ path: String) { self.path = Self.join(Self.split(path)) }

  /// For messages.
  var description: String { shortened(path) }

  /// The same for all names that are the same: capitals of ASCII do not count, and neither does whether a
  /// character is written as itself or by its bytes after a percent sign.
  var key: [UInt8] {
    var key: [UInt8] = []
    var rest = Array(path.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let high = rest.first?.hexadecimalDigit,
        let low = rest.dropFirst().first?.hexadecimalDigit
      {
        key.append(Self.small(high << 4 | low))
        rest = rest.dropFirst(2)
      } else {
        key.append(Self.small(byte))
      }
    }
    return key
  }

  /// The part that lists the relations of this one.
  var relations: PartName {
    let steps = Self.split(path)
    let file = (steps.last ?? []) + Array(".rels".utf8)
    return PartName(Self.join(steps.dropLast() + [Array("_rels".utf8)[...], file]))
  }

  /// Returns the part that a reference in this part leads to, and whether it has steps that lead out of the package;
  /// these count for nothing (RFC 3986, 5.2.4).
  func resolve(_ reference: String) -> (name: PartName, leavesPackage: Bool) {
    var steps = reference.utf8.first == UInt8(ascii: "/") ? [] : Self.split(path).dropLast()
    var leavesPackage = false
    for step in Self.split(reference) where !step.elementsEqual(".".utf8) {
      if !step.elementsEqual("..".utf8) {
        steps.append(step)
      } else if steps.popLast() == nil {
        leavesPackage = true
      }
    }
    return (PartName(Self.join(steps)), leavesPackage)
  }

  // By bytes: a slash before a combining mark is a slash.
  private static func split(_ path: String) -> [ArraySlice<UInt8>] {
    Array(path.utf8).split(separator: UInt8(ascii: "/"))
  }

  private static func join(_ steps: some Sequence<ArraySlice<UInt8>>) -> String {
    String(decoding: Array(steps.joined(separator: [UInt8(ascii: "/")])), as: UTF8.self)
  }

  private static func small(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
