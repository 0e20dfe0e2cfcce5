import Foundation
import RetrogradCPNG
import RetrogradFiles

/// PNG files through libpng, which is looked for when the first one is read or written.
package enum PNG: PictureFormat {
  package static let name = "PNG"
  package static let extensions = ["png"]
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  static let library = PictureLibrary(
    format: name, headers: "libpng-dev (Debian, Ubuntu) or libpng (Homebrew)",
    library: "libpng16-16 (Debian, Ubuntu; from 2024 on libpng16-16t64) or libpng (Homebrew)")

  package static func isBeginning(_ bytes: [UInt8]) -> Bool { bytes.starts(with: signature) }

  package static func decode(
    _ bytes: [UInt8], name: String, pixelLimit: Int, warn: (String) -> Void
  ) throws(FileError) -> Picture {
    try decode(bytes, name: name, pixelLimit: pixelLimit, library: nil, warn: warn)
  }

  /// - Parameter library: The one library file to try, for tests; `nil` for the usual names.
  static func decode(
    _ bytes: [UInt8], name: String, pixelLimit: Int, library: String?,
    warn: (String) -> Void = { _ in }
  ) throws(FileError) -> Picture {
    let chunks = try PNGChunks(bytes, name: name)
    let result = chunks.needed.withUnsafeBufferPointer {
      retrograd_png_decode($0.baseAddress, $0.count, max(pixelLimit, 0), library)
    }
    defer { free(result.pixels) }
    let (width, height) = (Int(result.width), Int(result.height))
    let message = text(result.message)
    switch Int(result.status) {
    case RETROGRAD_PNG_OK: break
    case RETROGRAD_PNG_NOT_BUILT: throw Self.library.notBuilt(name)
    case RETROGRAD_PNG_NO_LIBRARY: throw Self.library.notFound(name)
    case RETROGRAD_PNG_TOO_LARGE:
      throw Picture.tooLarge(width, height, limit: pixelLimit, name: name)
    case RETROGRAD_PNG_NO_MEMORY:
      throw FileError(.tooLarge, file: name, "does not fit in memory")
    default:
      if chunks.isCutOff {
        throw FileError(
          .truncated, file: name, offset: bytes.count, "is a PNG file that was cut off")
      }
      throw FileError(
        .malformed, file: name, "is a damaged PNG file: \(message)")
    }
    let isWithoutEnd = !message.isEmpty
    if let damage = chunks.damage ?? (isWithoutEnd ? "its data has no end: \(message)" : nil) {
      warn("\(name): is a damaged PNG file that could be read: \(damage)")
    }
    let pixels = [UInt8](UnsafeBufferPointer(start: result.pixels, count: 3 * width * height))
    return Picture(width: width, height: height, pixels: pixels)
      .upright(Orientation.of(exif: chunks.exif, xmp: chunks.xmp))
  }

  /// The bytes of a file.
  ///
  /// - Parameters:
  ///   - picture: The picture to encode.
  ///   - name: The name to use in errors.
  ///   - isFast: Whether time matters more than size.
  ///   - library: The one library file to try, for tests; `nil` for the usual names.
  package static func encode(
    _ picture: Picture, name: String, isFast: Bool = false, library: String? = nil
  ) throws(FileError) -> [UInt8] {
    guard picture.width > 0, picture.height > 0 else {
      throw FileError(.unwritable, file: name, "a picture without pixels cannot be a PNG file")
    }
    let result = picture.pixels.withUnsafeBufferPointer {
      retrograd_png_encode($0.baseAddress, picture.width, picture.height, isFast, library)
    }
    defer { free(result.bytes) }
    switch Int(result.status) {
    case RETROGRAD_PNG_OK: break
    case RETROGRAD_PNG_NOT_BUILT: throw Self.library.notBuilt(name, isWriting: true)
    case RETROGRAD_PNG_NO_LIBRARY: throw Self.library.notFound(name, isWriting: true)
    default:
      throw FileError(
        .unwritable, file: name,
        "\(picture.width)×\(picture.height) pixels could not be made a PNG file: \(text(result.message))"
      )
    }
    return [UInt8](UnsafeBufferPointer(start: result.bytes, count: result.count))
  }
}
