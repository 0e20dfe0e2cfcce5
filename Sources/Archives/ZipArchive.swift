import Foundation
import RetrogradCZlib
import RetrogradFiles

/// A zip archive, read entry by entry.
///
/// What the archive says of itself is checked before it is used: places against the file's size, sizes
/// against a limit, contents against their checksum. Format: *APPNOTE.TXT, .ZIP File Format
/// Specification* 6.3.10, with the 64-bit extension; stored and deflated entries.
public struct ZipArchive: Sendable {
  /// One file in the archive.
  public struct Entry: Sendable {
    /// The name, with `/` between folders.
    public let name: String
    /// The number of bytes when unpacked.
    public let size: Int
    /// Indicates whether the bytes stand in the archive as they are.
    public let isStored: Bool
    /// The number of bytes in the archive.
    public let compressedSize: Int
    let checksum: UInt32
    let headerOffset: Int
  }

  /// The entries, in the order of the archive's directory.
  public let entries: [Entry]
  /// By the bytes of the name: as text, names in other encodings than UTF-8 could be the same.
  private let entriesByName: [[UInt8]: Entry]
  private let file: BoundedFile

  /// The maximum number of entries in an archive.
  private static let entryLimit = 1 << 20
  /// The maximum size of an archive's directory, in bytes.
  private static let directoryLimit = 256 << 20

  /// Returns whether bytes begin as a zip archive does.
  public static func isZip(_ beginning: some Sequence<UInt8>) -> Bool {
    beginning.starts(with: [0x50, 0x4B, 3, 4]) || beginning.starts(with: [0x50, 0x4B, 5, 6])
  }

  /// Reads the archive's directory.
  public init(_ file: BoundedFile) throws(FileError) {
    self.file = file
    let end = try Self.findEnd(file)
    guard end.count <= Self.entryLimit else {
      throw FileError(
        .tooLarge, file: file.name,
        "zip archive claims \(end.count) entries, more than the limit of \(Self.entryLimit)")
    }
    guard end.size <= Self.directoryLimit else {
      throw FileError(
        .tooLarge, file: file.name, offset: end.offset,
        "zip archive claims a directory of \(end.size) bytes, more than the limit of "
          + "\(Self.directoryLimit)")
    }
    var reader = ByteReader(
      try file.read(at: end.offset, count: end.size), file: file.name, base: end.offset)
    var entries: [Entry] = []
    var entriesByName: [[UInt8]: Entry] = [:]
    for _ in 0..<end.count {
      let (entry, name) = try Self.readEntry(&reader, file)
      guard entriesByName.updateValue(entry, forKey: name) == nil else {
        throw FileError(
          .malformed, file: file.name, "zip archive holds \"\(entry.name)\" twice, expected once")
      }
      entries.append(entry)
    }
    self.entries = entries
    self.entriesByName = entriesByName
  }

  /// The entry of a name.
  public func entry(named name: String) -> Entry? { entriesByName[Array(name.utf8)] }

  /// The range of a stored entry's bytes in the archive.
  public func range(of entry: Entry) throws(FileError) -> Range<Int> {
    var header = ByteReader(
      try file.read(at: entry.headerOffset, count: 30), file: file.name, base: entry.headerOffset)
    guard try header.uint32() == 0x0403_4b50 else {
      throw FileError(
        .malformed, file: file.name, offset: entry.headerOffset,
        "expected the header of \"\(entry.name)\" here")
    }
    try header.skip(22)
    let start = entry.headerOffset + 30 + Int(try header.uint16()) + Int(try header.uint16())
    guard start <= file.size, entry.compressedSize <= file.size - start else {
      throw FileError(
        .truncated, file: file.name, offset: start,
        "\"\(entry.name)\" should hold \(entry.compressedSize) bytes, the archive ends before")
    }
    return start..<(start + entry.compressedSize)
  }

  /// An entry's bytes, unpacked; an error when there are more than `limit`.
  public func read(_ entry: Entry, limit: Int) throws(FileError) -> [UInt8] {
    guard entry.size <= limit else {
      throw FileError(
        .tooLarge, file: file.name, offset: entry.headerOffset,
        "\"\(entry.name)\" claims \(entry.size) bytes, more than the limit of \(limit)")
    }
    // Deflate hardly lengthens anything: more packed bytes than this would only cost memory.
    guard entry.compressedSize <= entry.size + entry.size / 8 + (1 << 20) else {
      throw FileError(
        .malformed, file: file.name, offset: entry.headerOffset,
        "\"\(entry.name)\" claims \(entry.compressedSize) packed bytes for \(entry.size)")
    }
    let range = try range(of: entry)
    let packed = try file.read(at: range.lowerBound, count: range.count)
    let bytes = entry.isStored ? packed : try inflate(packed, entry)
    try check(Self.checksum(bytes, continuing: 0), entry, at: range.lowerBound)
    return bytes
  }

  /// Checks a stored entry against its checksum, a piece at a time.
  public func verify(_ entry: Entry) throws(FileError) {
    let range = try range(of: entry)
    var checksum: UInt = 0
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 20) {
      let piece = try file.read(at: start, count: min(1 << 20, range.upperBound - start))
      checksum = Self.checksum(piece, continuing: checksum)
    }
    try check(checksum, entry, at: range.lowerBound)
  }

  private static func checksum(_ bytes: [UInt8], continuing checksum: UInt) -> UInt {
    bytes.withUnsafeBytes {
      $0.isEmpty
        ? checksum : crc32_z(checksum, $0.bindMemory(to: UInt8.self).baseAddress, $0.count)
    }
  }

  private func check(_ checksum: UInt, _ entry: Entry, at offset: Int) throws(FileError) {
    guard UInt32(truncatingIfNeeded: checksum) == entry.checksum else {
      throw FileError(
        .malformed, file: file.name, offset: offset,
        "\"\(entry.name)\" is damaged: its checksum is not what the archive says")
    }
  }

  /// Unpacks a deflated entry, and never more than it claims.
  private func inflate(_ packed: [UInt8], _ entry: Entry) throws(FileError) -> [UInt8] {
    // Deflate cannot pack more than 1032 to 1: a larger claim is a lie, found before memory is taken.
    guard entry.size <= 1032 * packed.count + 1032 else {
      throw FileError(
        .malformed, file: file.name, offset: entry.headerOffset,
        "\"\(entry.name)\" claims \(entry.size) bytes, which \(packed.count) packed ones cannot hold"
      )
    }
    var packed = packed
    var bytes = [UInt8](repeating: 0, count: entry.size)
    var stream = z_stream()
    let rawDeflate: Int32 = -15
    guard
      inflateInit2_(&stream, rawDeflate, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw FileError(.unsupported, file: file.name, "zlib could not be started") }
    defer { inflateEnd(&stream) }
    let status = packed.withUnsafeMutableBufferPointer { input in
      bytes.withUnsafeMutableBufferPointer { output in
        var (read, written) = (0, 0)
        var extra: UInt8 = 0
        // zlib counts in 32 bits, so larger pieces go through in steps.
        while true {
          let (give, take) = (
            min(input.count - read, 1 << 30), min(output.count - written, 1 << 30)
          )
          stream.next_in = input.baseAddress.map { $0 + read }
          stream.avail_in = UInt32(give)
          let status = withUnsafeMutablePointer(to: &extra) { spare in
            // With no room left, one spare byte tells an end from a stream that goes on.
            stream.next_out = take > 0 ? output.baseAddress! + written : spare
            stream.avail_out = UInt32(max(take, 1))
            return RetrogradCZlib.inflate(&stream, Z_NO_FLUSH)
          }
          read += give - Int(stream.avail_in)
          if take == 0 && stream.avail_out == 0 { return Z_BUF_ERROR }
          if take > 0 { written += take - Int(stream.avail_out) }
          if status == Z_STREAM_END { return written == output.count ? Z_STREAM_END : Z_DATA_ERROR }
          if status != Z_OK || (give == 0 && stream.avail_out != 0) {
            return status == Z_OK ? Z_BUF_ERROR : status
          }
        }
      }
    }
    guard status == Z_STREAM_END else {
      throw FileError(
        .malformed, file: file.name, offset: entry.headerOffset,
        "\"\(entry.name)\" does not unpack to the \(entry.size) bytes it claims")
    }
    return bytes
  }

  // MARK: - The directory

  private static func findEnd(
    _ file: BoundedFile
  ) throws(FileError)
    -> (offset: Int, size: Int, count: Int)
  {
    let recordSize = 22
    let tailSize = min(file.size, recordSize + 0xFFFF)
    let tail = try file.read(at: file.size - tailSize, count: tailSize)
    var place = tailSize - recordSize
    while place >= 0, !tail[place...].starts(with: [0x50, 0x4B, 5, 6]) { place -= 1 }
    guard place >= 0 else {
      throw FileError(
        .truncated, file: file.name, offset: file.size,
        "zip archive without a directory at its end: it was cut off")
    }
    let position = file.size - tailSize + place
    var record = ByteReader(Array(tail[place...]), file: file.name, base: position)
    try record.skip(10)
    var count = Int(try record.uint16())
    var size = Int(try record.uint32())
    var offset = Int(try record.uint32())
    if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF, position >= 20 {
      (count, size, offset) = try readEnd64(file, locator: position - 20)
    }
    guard offset >= 0, size >= 0, offset <= position, size <= position - offset else {
      throw FileError(
        .malformed, file: file.name, offset: position,
        "zip directory of \(size) bytes at byte \(offset) does not fit a file of \(file.size) bytes"
      )
    }
    return (offset, size, count)
  }

  private static func readEnd64(
    _ file: BoundedFile, locator: Int
  ) throws(FileError)
    -> (count: Int, size: Int, offset: Int)
  {
    var reader = try record(
      file, at: locator, count: 20, signature: 0x0706_4b50, "the locator of a 64-bit zip directory")
    try reader.skip(4)
    var end = try record(
      file, at: try reader.size64(), count: 56, signature: 0x0606_4b50,
      "the end of a 64-bit zip directory")
    try end.skip(28)
    let count = try end.size64()
    return (count, try end.size64(), try end.size64())
  }

  /// A reader of one record, behind the signature that it must begin with.
  private static func record(
    _ file: BoundedFile, at offset: Int, count: Int, signature: UInt32, _ expected: String
  ) throws(FileError) -> ByteReader {
    var reader = ByteReader(
      try file.read(at: offset, count: count), file: file.name, base: offset)
    guard try reader.uint32() == signature else {
      throw FileError(.malformed, file: file.name, offset: offset, "expected \(expected)")
    }
    return reader
  }

  private static func readEntry(
    _ reader: inout ByteReader, _ file: BoundedFile
  ) throws(FileError) -> (entry: Entry, name: [UInt8]) {
    let position = reader.position
    func failure(_ kind: FileError.Kind, _ reason: String) -> FileError {
      FileError(kind, file: file.name, offset: position, reason)
    }
    guard try reader.uint32() == 0x0201_4b50 else {
      throw failure(.malformed, "expected an entry of the zip directory")
    }
    try reader.skip(4)
    let flags = try reader.uint16()
    let method = try reader.uint16()
    try reader.skip(4)
    let checksum = try reader.uint32()
    var compressedSize = Int(try reader.uint32())
    var size = Int(try reader.uint32())
    let nameLength = Int(try reader.uint16())
    let extraLength = Int(try reader.uint16())
    let commentLength = Int(try reader.uint16())
    try reader.skip(8)
    var headerOffset = Int(try reader.uint32())
    let nameBytes = try reader.bytes(nameLength)
    let name = String(decoding: nameBytes, as: UTF8.self)
    var extra = ByteReader(
      try reader.bytes(extraLength), file: file.name, base: reader.position - extraLength)
    try reader.skip(commentLength)
    while extra.remaining >= 4 {
      let id = try extra.uint16()
      let length = Int(try extra.uint16())
      if id == 1 {
        // The 64-bit sizes stand here in this order, but only those that did not fit above.
        if size == 0xFFFF_FFFF { size = try extra.size64() }
        if compressedSize == 0xFFFF_FFFF { compressedSize = try extra.size64() }
        if headerOffset == 0xFFFF_FFFF { headerOffset = try extra.size64() }
        break
      }
      try extra.skip(length)
    }
    guard flags & 1 == 0 else {
      throw failure(.unsupported, "\"\(name)\" is encrypted, which is not supported")
    }
    guard method == 0 || method == 8 else {
      throw failure(
        .unsupported,
        "\"\(name)\" is packed by method \(method); expected stored (0) or deflate (8)")
    }
    guard headerOffset < file.size, compressedSize <= file.size else {
      throw failure(
        .malformed,
        "\"\(name)\" claims \(compressedSize) bytes at byte \(headerOffset) of a file of \(file.size)"
      )
    }
    guard method == 8 || size == compressedSize else {
      throw failure(
        .malformed, "\"\(name)\" is stored, but claims \(size) bytes in \(compressedSize)")
    }
    let entry = Entry(
      name: name, size: size, isStored: method == 0, compressedSize: compressedSize,
      checksum: checksum, headerOffset: headerOffset)
    return (entry, nameBytes)
  }
}
