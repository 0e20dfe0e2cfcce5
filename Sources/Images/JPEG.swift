import Foundation
import RetrogradCJPEG
import RetrogradFiles

/// JPEG files through libjpeg, which is looked for when the first one is read.
package enum JPEG {
  package static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

  /// - Parameter library: The one library file to try, for tests; by default the usual names.
  static func decode(
    _ bytes: [UInt8], name: String, pixelLimit: Int, library: String? = nil,
    warn: (String) -> Void = { _ in }
  ) throws(FileError) -> Picture {
    let result = bytes.withUnsafeBufferPointer {
      retrograd_jpeg_decode($0.baseAddress, $0.count, max(pixelLimit, 0), library)
    }
    defer { free(result.pixels) }
    let message = withUnsafeBytes(of: result.message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    switch Int(result.status) {
    case RETROGRAD_JPEG_OK:
      if !message.isEmpty { warn("\(name): is a damaged JPEG file that could be read: \(message)") }
    case RETROGRAD_JPEG_NOT_BUILT:
      throw FileError(
        .unsupported, file: name,
        "is a JPEG file, and this program was built without JPEG support: install libjpeg-dev "
          + "(Debian, Ubuntu) or jpeg-turbo (Homebrew) and build again, or convert the file to PNG")
    case RETROGRAD_JPEG_NO_LIBRARY:
      throw FileError(
        .unsupported, file: name,
        "is a JPEG file, and the JPEG library was not found: install libjpeg62-turbo (Debian), "
          + "libjpeg-turbo8 (Ubuntu) or jpeg-turbo (Homebrew), or convert the file to PNG")
    case RETROGRAD_JPEG_TRUNCATED:
      throw FileError(
        .truncated, file: name, offset: bytes.count, "is a JPEG file that was cut off: \(message)")
    case RETROGRAD_JPEG_TOO_LARGE:
      throw FileError(
        .tooLarge, file: name,
        "claims \(result.width)×\(result.height) pixels, more than the limit of \(pixelLimit)")
    case RETROGRAD_JPEG_TOO_MANY_SCANS:
      throw FileError(
        .tooLarge, file: name,
        "is a JPEG file of \(result.width)×\(result.height) pixels in too many scans: \(message)")
    case RETROGRAD_JPEG_NO_MEMORY:
      throw FileError(.tooLarge, file: name, "does not fit in memory")
    default:
      throw FileError(.malformed, file: name, "is a damaged JPEG file: \(message)")
    }
    let (width, height) = (Int(result.width), Int(result.height))
    let pixels = [UInt8](
      UnsafeBufferPointer(start: result.pixels, count: 3 * width * height))
    return Picture(width: width, height: height, pixels: pixels)
      .upright(Orientation.of(jpeg: bytes))
  }
}
