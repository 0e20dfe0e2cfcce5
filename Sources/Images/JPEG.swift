import Foundation
import RetrogradCJPEG

/// JPEG files through libjpeg, which is looked for when the first one is read.
package enum JPEG {
  package static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

  /// - Parameter library: The one library file to try, for tests; by default the usual names.
  static func decode(
    _ bytes: [UInt8], name: String, pixelLimit: Int, library: String? = nil
  ) throws(PictureError) -> Picture {
    let result = bytes.withUnsafeBufferPointer {
      retrograd_jpeg_decode($0.baseAddress, $0.count, pixelLimit, library)
    }
    defer { free(result.pixels) }
    let message = withUnsafeBytes(of: result.message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    switch Int(result.status) {
    case RETROGRAD_JPEG_OK: break
    case RETROGRAD_JPEG_NOT_BUILT:
      throw PictureError(
        .unsupported, file: name,
        "is a JPEG file, and this program was built without JPEG support: install libjpeg-dev "
          + "(Debian, Ubuntu) or jpeg-turbo (Homebrew) and build again, or convert the file to PNG")
    case RETROGRAD_JPEG_NO_LIBRARY:
      throw PictureError(
        .unsupported, file: name,
        "is a JPEG file, and the JPEG library was not found: install libjpeg62-turbo (Debian), "
          + "libjpeg-turbo8 (Ubuntu) or jpeg-turbo (Homebrew), or convert the file to PNG")
    case RETROGRAD_JPEG_TRUNCATED:
      throw PictureError(
        .truncated, file: name, offset: bytes.count, "is a JPEG file that was cut off: \(message)")
    case RETROGRAD_JPEG_TOO_LARGE:
      throw PictureError(
        .tooLarge, file: name,
        "claims \(result.width)×\(result.height) pixels, more than the limit of \(pixelLimit)")
    case RETROGRAD_JPEG_TOO_MANY_SCANS:
      throw PictureError(
        .tooLarge, file: name,
        "is a JPEG file of \(result.width)×\(result.height) pixels in too many scans: \(message)")
    case RETROGRAD_JPEG_NO_MEMORY:
      throw PictureError(.tooLarge, file: name, "does not fit in memory")
    default:
      throw PictureError(.malformed, file: name, "is a damaged JPEG file: \(message)")
    }
    let (width, height) = (Int(result.width), Int(result.height))
    let pixels = [UInt8](
      UnsafeBufferPointer(start: result.pixels, count: 3 * width * height))
    return Picture(width: width, height: height, pixels: pixels)
      .upright(EXIF.orientation(ofJPEG: bytes))
  }
}

/// The one thing of a picture's EXIF data that changes how it is shown.
enum EXIF {
  /// The orientation, 1 to 8; 1, upright, where the file says nothing or nonsense.
  ///
  /// Source: *Exchangeable image file format for digital still cameras: Exif Version 2.3*, 4.6.4.
  static func orientation(ofJPEG bytes: [UInt8]) -> Int {
    var place = 2
    while place + 4 <= bytes.count, bytes[place] == 0xFF {
      let marker = bytes[place + 1]
      // Any number of 0xFF may stand before a marker.
      if marker == 0xFF {
        place += 1
        continue
      }
      let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
      // The picture's data begins: what describes it stands before.
      if marker == 0xDA || length < 2 { return 1 }
      let end = place + 2 + length
      if marker == 0xE1, end <= bytes.count,
        bytes[(place + 4)..<end].starts(with: Array("Exif\0\0".utf8))
      {
        return orientation(ofTIFF: Array(bytes[(place + 10)..<end]))
      }
      place = end
    }
    return 1
  }

  private static func orientation(ofTIFF bytes: [UInt8]) -> Int {
    let isBigEndian = bytes.starts(with: Array("MM".utf8))
    guard isBigEndian || bytes.starts(with: Array("II".utf8)) else { return 1 }
    func number(_ place: Int, _ count: Int) -> Int? {
      guard place >= 0, place + count <= bytes.count else { return nil }
      let digits = bytes[place..<(place + count)]
      return (isBigEndian ? Array(digits) : digits.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else {
      return 1
    }
    let orientationTag = 0x0112
    // The standard says 16 bits; some programs write 32.
    let widths = [3: 2, 4: 4]
    for entry in 0..<count {
      let place = directory + 2 + 12 * entry
      guard let tag = number(place, 2) else { return 1 }
      if tag == orientationTag, let type = number(place + 2, 2), let width = widths[type],
        let value = number(place + 8, width)
      {
        return (1...8).contains(value) ? value : 1
      }
    }
    return 1
  }
}

extension Picture {
  /// The picture turned and mirrored as an EXIF orientation asks for.
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
