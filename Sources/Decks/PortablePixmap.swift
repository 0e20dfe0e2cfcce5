import Foundation
import RetrogradFiles
import RetrogradImages

/// Pictures as poppler gives them without packing: a short header, then red, green and blue of every pixel
/// (the format PPM of Netpbm, with the magic number P6 and 8 bits a channel).
enum PortablePixmap {
  /// Reads a file.
  static func read(
    _ url: URL, pixelLimit: Int = Picture.defaultPixelLimit
  ) throws(FileError)
    -> Picture
  {
    let bytes = try BoundedFile(url).readAll(limit: 3 * pixelLimit + 64)
    let header = String(decoding: bytes.prefix(64), as: UTF8.self)
    guard let match = header.prefixMatch(of: /P6\s+(\d{1,6})\s+(\d{1,6})\s+255\s/),
      let width = Int(match.1), let height = Int(match.2)
    else { throw FileError(.malformed, file: url.path, "is not a pixmap of 8 bits per channel") }
    try Picture.checkSize(width, height, limit: pixelLimit, name: url.path)
    let start = match.0.utf8.count
    guard bytes.count - start >= 3 * width * height else {
      throw FileError(
        .truncated, file: url.path, offset: bytes.count,
        "should hold \(3 * width * height) bytes of pixels, has \(bytes.count - start)")
    }
    return Picture(
      width: width, height: height, pixels: Array(bytes[start..<(start + 3 * width * height)]))
  }
}
