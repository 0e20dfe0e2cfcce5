import Foundation
import RetrogradCJPEG
import RetrogradFiles

/// JPEG files through libjpeg, which is looked for when the first one is read.
enum JPEG: PictureFormat {
  static let name = "JPEG"
  static let extensions = ["jpg", "jpeg"]
  static let library = PictureLibrary(
    format: name, headers: "libjpeg-dev (Debian, Ubuntu) or jpeg-turbo (Homebrew)",
    library: "libjpeg62-turbo (Debian), libjpeg-turbo8 (Ubuntu) or jpeg-turbo (Homebrew)")

  static func isBeginning(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }

  static func decode(
    _ bytes: [UInt8], name: String, pixelLimit: Int, warn: (String) -> Void
  ) throws(FileError) -> Picture {
    try decode(bytes, name: name, pixelLimit: pixelLimit, library: nil, warn: warn)
  }

  /// - Parameter library: The one library file to try, for tests; `nil` for the usual names.
  static func decode(
    _ bytes: [UInt8], name: String, pixelLimit: Int, library: String?,
    warn: (String) -> Void = { _ in }
  ) throws(FileError) -> Picture {
    let result = bytes.withUnsafeBufferPointer {
      retrograd_jpeg_decode($0.baseAddress, $0.count, max(pixelLimit, 0), library)
    }
    defer { free(result.pixels) }
    let (width, height) = (Int(result.width), Int(result.height))
    let message = text(result.message)
    switch Int(result.status) {
    case RETROGRAD_JPEG_OK:
      if !message.isEmpty { warn("\(name): is a damaged JPEG file that could be read: \(message)") }
    case RETROGRAD_JPEG_NOT_BUILT: throw Self.library.notBuilt(name)
    case RETROGRAD_JPEG_NO_LIBRARY: throw Self.library.notFound(name)
    case RETROGRAD_JPEG_TRUNCATED:
      throw FileError(
        .truncated, file: name, offset: bytes.count, "is a JPEG file that was cut off: \(message)")
    case RETROGRAD_JPEG_TOO_LARGE:
      throw Picture.tooLarge(width, height, limit: pixelLimit, name: name)
    case RETROGRAD_JPEG_TOO_MANY_SCANS:
      throw FileError(
        .tooLarge, file: name,
        "is a JPEG file of \(width)×\(height) pixels in too many scans: \(message)")
    case RETROGRAD_JPEG_NO_MEMORY:
      throw FileError(.tooLarge, file: name, "does not fit in memory")
    default:
      throw FileError(.malformed, file: name, "is a damaged JPEG file: \(message)")
    }
    let pixels = [UInt8](
      UnsafeBufferPointer(start: result.pixels, count: 3 * width * height))
    return Picture(width: width, height: height, pixels: pixels)
      .upright(Orientation.of(jpeg: bytes))
  }
}
