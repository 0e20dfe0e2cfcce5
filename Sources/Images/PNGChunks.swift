import Foundation
import RetrogradCZlib
import RetrogradFiles

/// A PNG file taken apart: what its pixels need, and what says how it is turned.
///
/// Everything else, such as color profiles, gamma and transparency, is left out and does not reach
/// libpng. What counts as damage is what counts for Pillow: a wrong checksum before the data, but not in
/// it, and an end before the last row, but not behind it.
///
/// Source: *Portable Network Graphics (PNG) Specification (Third Edition)*, 5 and 11.
struct PNGChunks {
  /// A PNG file of the header, the palette and the data alone.
  private(set) var needed = PNG.signature
  /// XMP data.
  private(set) var xmp: [UInt8]?
  /// Indicates whether the file ends before its last chunk does.
  private(set) var isCutOff = false
  /// The first thing that is wrong without being in the way of the pixels.
  private(set) var damage: String?

  private var exifChunk: [UInt8]?
  private var exifProfile: [UInt8]?

  /// EXIF data: of a chunk of its own, or else of a text that ImageMagick writes.
  var exif: [UInt8]? { exifChunk ?? exifProfile.flatMap(Self.bytes(ofProfile:)) }

  /// Takes a file apart.
  ///
  /// - Parameters:
  ///   - bytes: The file's content.
  ///   - name: The file's name in errors.
  init(_ bytes: [UInt8], name: String) throws(FileError) {
    needed.reserveCapacity(bytes.count)
    var place = PNG.signature.count
    // The data is one run of chunks.
    var (hasData, isBehindData) = (false, false)
    while true {
      guard let chunk = Chunk(bytes, at: place) else {
        isCutOff = true
        break
      }
      if chunk.type == "IEND" { break }
      let isData = chunk.type == "IDAT"
      if let fault = chunk.fault {
        guard hasData || isData else {
          throw FileError(
            .malformed, file: name, offset: place, "is a damaged PNG file: \(fault)")
        }
        damage = damage ?? "\(fault) (at byte \(place))"
        if !chunk.isNamed { break }
      }
      isBehindData = isBehindData || (hasData && !isData)
      hasData = hasData || isData
      if !(isData && isBehindData) { keep(chunk) }
      isCutOff = !chunk.isWhole
      if isCutOff { break }
      place = chunk.end
    }
    if isCutOff { damage = damage ?? "it ends before its last chunk" }
    let end: [UInt8] = [0, 0, 0, 0] + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]
    needed += end
  }

  private mutating func keep(_ chunk: Chunk) {
    switch chunk.type {
    case "IHDR", "PLTE", "IDAT": needed += chunk.repaired
    case "eXIf": exifChunk = Array(chunk.body)
    case "tEXt", "zTXt", "iTXt":
      guard let zero = chunk.body.firstIndex(of: 0) else { return }
      let keyword = String(decoding: chunk.body[..<zero], as: UTF8.self)
      let isProfile = keyword == "Raw profile type exif"
      guard isProfile || keyword == "XML:com.adobe.xmp",
        let text = Self.text(of: chunk, behind: zero)
      else { return }
      if isProfile { exifProfile = text } else { xmp = text }
    default: break
    }
  }
}

// MARK: - Chunks

extension PNGChunks {
  /// A part of the file: its length, its type, that many bytes, a checksum.
  private struct Chunk {
    let type: String
    /// Its bytes, as far as the file has them.
    let body: ArraySlice<UInt8>
    /// Indicates whether the file has all of it.
    let isWhole: Bool
    /// The start of the next one.
    let end: Int
    private let checksum: ArraySlice<UInt8>

    /// The chunk that begins at a byte of the file; `nil` where that has no room for one.
    init?(_ file: [UInt8], at place: Int) {
      let body = place + 8
      guard body <= file.count else { return nil }
      let length = file[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      type = String(decoding: file[(place + 4)..<body], as: UTF8.self)
      end = body + length + 4
      isWhole = end <= file.count
      self.body = file[body..<min(body + length, file.count)]
      checksum = isWhole ? file[(end - 4)..<end] : []
    }

    /// Indicates whether its type consists of letters, digits and underlines, as Pillow asks for.
    var isNamed: Bool {
      type.utf8.allSatisfy {
        switch UInt8($0) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
    }

    /// The fault in it, if it is not that the file ends.
    var fault: String? {
      if !isNamed { return "a chunk has no name" }
      if isWhole && !hasRightChecksum { return "the checksum of its \(type) chunk is wrong" }
      return nil
    }

    private var hasRightChecksum: Bool {
      let ofType = Array(type.utf8).withUnsafeBufferPointer {
        crc32(0, $0.baseAddress, UInt32($0.count))
      }
      let sum = body.withUnsafeBufferPointer { crc32(ofType, $0.baseAddress, UInt32($0.count)) }
      return checksum.reduce(0) { $0 << 8 | UInt($1) } == sum
    }

    /// The chunk as bytes of a file, with the length that it has.
    var repaired: [UInt8] {
      let length = (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (24 - 8 * $0)) }
      return length + Array(type.utf8) + body + (isWhole ? Array(checksum) : [0, 0, 0, 0])
    }
  }
}

// MARK: - Text

extension PNGChunks {
  /// The most bytes that a text may have when it is unpacked, which is Pillow's limit.
  private static let textLimit = 1 << 20

  /// The text of a chunk behind its keyword; `nil` if it cannot be read.
  private static func text(of chunk: Chunk, behind zero: Int) -> [UInt8]? {
    let rest = chunk.body[(zero + 1)...]
    switch chunk.type {
    case "tEXt": return Array(rest)
    case "zTXt": return rest.first == 0 ? unpacked(rest.dropFirst()) : nil
    default:
      // Whether it is packed, how, its language, its keyword in that language.
      guard rest.count >= 2 else { return nil }
      let (isPacked, method) = (rest[rest.startIndex] != 0, rest[rest.startIndex + 1])
      let parts = rest.dropFirst(2).split(
        separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      if !isPacked { return Array(parts[2]) }
      return method == 0 ? unpacked(parts[2]) : nil
    }
  }

  private static func unpacked(_ packed: ArraySlice<UInt8>) -> [UInt8]? {
    var size = uLong(textLimit)
    var bytes = [UInt8](repeating: 0, count: textLimit)
    let status = packed.withUnsafeBufferPointer {
      uncompress(&bytes, &size, $0.baseAddress, uLong($0.count))
    }
    return status == Z_OK ? Array(bytes.prefix(Int(size))) : nil
  }

  /// The bytes of a profile that is written as text: an empty line, its name, its length, then
  /// hexadecimal digits.
  private static func bytes(ofProfile text: [UInt8]) -> [UInt8]? {
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let digits = lines.dropFirst(3).joined().filter { !(9...13).contains($0) && $0 != 32 }
      .map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2), let digits = digits as? [Int] else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
  }
}
