/// The orientation of a picture: the one thing of its EXIF and XMP data that changes how it is shown.
///
/// A number from 1 to 8, which is read as Pillow's `ImageOps.exif_transpose` reads it.
///
/// Source: *Exchangeable image file format for digital still cameras: Exif Version 2.3*, 4.6.4; *XMP
/// Specification Part 2: Additional Properties*, 2.4.
enum Orientation {
  private static let upright = 1
  private static let exifHeader = Array("Exif\0\0".utf8)
  private static let xmpHeader = Array("http://ns.adobe.com/xap/1.0/\0".utf8)

  /// The orientation of EXIF data, or else of XMP data; 1, upright, where they say nothing or nonsense.
  static func of(exif: [UInt8]?, xmp: [UInt8]?) -> Int {
    let number = exif.flatMap(inEXIF) ?? xmp.flatMap(inXMP) ?? upright
    return (1...8).contains(number) ? number : upright
  }

  /// The orientation from the data before the first scan of a JPEG file.
  static func of(jpeg bytes: [UInt8]) -> Int {
    var (exif, xmp): ([UInt8]?, [UInt8]?)
    for segment in applicationSegments(ofJPEG: bytes) {
      if segment.starts(with: exifHeader) {
        // What does not fit into one segment goes on in the next.
        exif = exif.map { $0 + segment.dropFirst(exifHeader.count) } ?? Array(segment)
      } else if segment.starts(with: xmpHeader) {
        xmp = Array(segment.dropFirst(xmpHeader.count))
      }
    }
    return of(exif: exif, xmp: xmp)
  }
}

// MARK: - JPEG

extension Orientation {
  /// The contents of the segments APP1, in which EXIF and XMP data stand.
  private static func applicationSegments(ofJPEG bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var segments: [ArraySlice<UInt8>] = []
    var place = 2
    while place + 1 < bytes.count {
      // Any number of 0xFF may stand before a marker, and cameras leave other bytes there too.
      guard bytes[place] == 0xFF, bytes[place + 1] != 0xFF else {
        place += 1
        continue
      }
      let marker = bytes[place + 1]
      place += 2
      switch marker {
      case 0x00, 0xC8, 0xD0...0xD9, 0xF0...0xFD: continue
      case 0x01...0xBF, 0xDA: return segments
      default: break
      }
      guard place + 2 <= bytes.count else { return segments }
      let length = max(Int(bytes[place]) << 8 | Int(bytes[place + 1]), 2)
      guard place + length <= bytes.count else { return segments }
      if marker == 0xE1 { segments.append(bytes[(place + 2)..<(place + length)]) }
      place += length
    }
    return segments
  }
}

// MARK: - EXIF

extension Orientation {
  private static let tag = 0x0112

  /// Bytes of a number of each of TIFF's types.
  private static let sizes = [
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8,
  ]
  /// The types of whole numbers. The standard says 16 bits without a sign, which is 3.
  private static let wholeTypes: Set = [3, 4, 6, 8, 9, 13, 16]

  /// The number in EXIF data, with or without a header of its own, which some programs write twice; `nil`
  /// if there is none, 0 if there is nonsense.
  private static func inEXIF(_ data: [UInt8]) -> Int? {
    var bytes = data[...]
    for _ in 0..<2 where bytes.starts(with: exifHeader) {
      bytes = bytes.dropFirst(exifHeader.count)
    }
    return inTIFF(Array(bytes))
  }

  private static func inTIFF(_ bytes: [UInt8]) -> Int? {
    if bytes.isEmpty { return nil }
    let isBigEndian = bytes.starts(with: Array("MM".utf8))
    guard isBigEndian || bytes.starts(with: Array("II".utf8)) else { return 0 }
    func number(_ place: Int, _ count: Int) -> Int? {
      guard place + count <= bytes.count else { return nil }
      let digits = bytes[place..<(place + count)]
      return (isBigEndian ? Array(digits) : digits.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    // Some programs write the number 42 in the other order.
    guard let version = number(2, 2), version == 42 || version == 42 << 8,
      let directory = number(4, 4)
    else { return 0 }
    guard let count = number(directory, 2) else { return nil }
    var sizeElsewhere = 0
    for entry in 0..<count {
      let place = directory + 2 + 12 * entry
      guard let tag = number(place, 2), let type = number(place + 2, 2),
        let items = number(place + 4, 4), let elsewhere = number(place + 8, 4)
      else { return nil }
      guard let itemSize = sizes[type] else { continue }
      let size = items * itemSize
      let isHere = size <= 4
      if !isHere {
        sizeElsewhere += size
        if sizeElsewhere > bytes.count { continue }
        guard elsewhere + size <= bytes.count else { return nil }
      }
      if tag == Self.tag && size > 0 {
        // A negative number counts as a large one, and is no orientation either way.
        return wholeTypes.contains(type) ? number(isHere ? place + 8 : elsewhere, itemSize) : 0
      }
    }
    return nil
  }
}

// MARK: - XMP

extension Orientation {
  /// The digit of `tiff:Orientation="6"` or `<tiff:Orientation>6`, wherever that stands.
  private static func inXMP(_ bytes: [UInt8]) -> Int? {
    let name = Array("tiff:Orientation".utf8)
    var rest = bytes[...]
    while let found = rest.firstRange(of: name) {
      rest = rest[found.upperBound...]
      for start in [Array("=\"".utf8), Array(">".utf8)] where rest.starts(with: start) {
        if let digit = rest.dropFirst(start.count).first,
          (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
        {
          return Int(digit - UInt8(ascii: "0"))
        }
      }
    }
    return nil
  }
}

// MARK: - Turning

extension Picture {
  /// The picture turned and mirrored as an orientation asks for.
  func upright(_ orientation: Int) -> Picture {
    if orientation == 1 { return self }
    let isSideways = orientation >= 5
    let (newWidth, newHeight) = isSideways ? (height, width) : (width, height)
    var turned = [UInt8](repeating: 0, count: pixels.count)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let (right, bottom) = (width - 1, height - 1)
        let (fromX, fromY) =
          switch orientation {
          case 2: (right - x, y)
          case 3: (right - x, bottom - y)
          case 4: (x, bottom - y)
          case 5: (y, x)
          case 6: (y, bottom - x)
          case 7: (right - y, bottom - x)
          default: (right - y, x)
          }
        let (source, target) = (3 * (fromY * width + fromX), 3 * (y * newWidth + x))
        for channel in 0..<3 { turned[target + channel] = pixels[source + channel] }
      }
    }
    return Picture(width: newWidth, height: newHeight, pixels: turned)
  }
}
