import Foundation
import RetrogradFiles
import RetrogradTensors

/// A picture: 8-bit red, green and blue for each pixel.
public struct Picture: Sendable, Equatable {
  /// Pixels from left to right.
  public let width: Int
  /// Pixels from top to bottom.
  public let height: Int
  /// Red, green and blue of each pixel, row by row from the top: `3 · width · height` bytes.
  public var pixels: [UInt8]

  /// A picture from its pixels.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    require(
      width >= 0 && height >= 0 && pixels.count == 3 * width * height,
      "Picture: \(width)×\(height) takes \(3 * width * height) bytes, got \(pixels.count)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A picture of one color.
  public init(width: Int, height: Int, red: UInt8 = 0, green: UInt8 = 0, blue: UInt8 = 0) {
    var pixels = [UInt8](repeating: red, count: 3 * width * height)
    for place in stride(from: 0, to: pixels.count, by: 3) {
      (pixels[place + 1], pixels[place + 2]) = (green, blue)
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// Red, green and blue of one pixel.
  public subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
    get {
      let place = place(x, y)
      return (pixels[place], pixels[place + 1], pixels[place + 2])
    }
    set {
      let place = place(x, y)
      (pixels[place], pixels[place + 1], pixels[place + 2]) =
        (newValue.red, newValue.green, newValue.blue)
    }
  }

  private func place(_ x: Int, _ y: Int) -> Int {
    require(
      x >= 0 && x < width && y >= 0 && y < height,
      "Picture: pixel (\(x), \(y)) lies outside of \(width)×\(height)")
    return 3 * (y * width + x)
  }
}

// MARK: - Reading

extension Picture {
  /// The most pixels that a file may claim before it is refused: Pillow's limit, about 179 million.
  public static let defaultPixelLimit = 178_956_970
  private static let fileLimit = 1 << 30

  /// Reads a PNG, JPEG or Netpbm file (PBM, PGM, PPM), told apart by content and not by extension.
  ///
  /// Transparency is dropped, not blended; color profiles and gamma are ignored; of 16 bits the upper 8
  /// are taken; the picture is turned upright as its EXIF or XMP data says. This is what Pillow's
  /// `ImageOps.exif_transpose(Image.open(…)).convert("RGB")` gives; `Docs/Pictures.md` lists where they
  /// differ. A damaged file that can be read to its last row is read, with a warning; one that was cut
  /// off is an error.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - pixelLimit: The most pixels the picture may have.
  ///   - warn: Called with a sentence on damage; by default it goes to standard error, once.
  public static func read(
    _ url: URL, pixelLimit: Int = defaultPixelLimit,
    warn: (String) -> Void = PictureWarnings.printOnce
  ) throws(FileError)
    -> Picture
  {
    let bytes = try BoundedFile(url).readAll(limit: fileLimit)
    return try decode(bytes, name: url.path, pixelLimit: pixelLimit, warn: warn)
  }

  /// Decodes a PNG, JPEG or Netpbm file that is in memory; see ``read(_:pixelLimit:warn:)``.
  ///
  /// - Parameters:
  ///   - bytes: The file's content.
  ///   - name: The name to use in errors and warnings.
  ///   - pixelLimit: The most pixels the picture may have.
  ///   - warn: Called with a sentence on damage; by default it goes to standard error, once.
  public static func decode(
    _ bytes: [UInt8], name: String = "picture in memory", pixelLimit: Int = defaultPixelLimit,
    warn: (String) -> Void = PictureWarnings.printOnce
  ) throws(FileError) -> Picture {
    guard let format = format(of: bytes) else {
      let names = formats.map { $0.name }
      let known = names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
      throw FileError(
        .unsupported, file: name, UnreadableKind.message(bytes, expected: known))
    }
    return try format.decode(bytes, name: name, pixelLimit: pixelLimit, warn: warn)
  }

  /// Returns whether a file claims to be a picture, of a format that can be read or another one: by the ending
  /// of its name or by how it begins. One that cannot be opened does, so that who reads it says why.
  static func isMeant(by file: URL) -> Bool {
    let ending = file.pathExtension.lowercased()
    if formats.contains(where: { $0.extensions.contains(ending) }) { return true }
    guard let opened = try? BoundedFile(file),
      let beginning = try? opened.read(at: 0, count: min(opened.size, 16))
    else { return true }
    return format(of: beginning) != nil || UnreadableKind.isPicture(beginning)
  }

  /// Stops a claim of too many pixels before memory is taken for them.
  package static func checkSize(
    _ width: Int, _ height: Int, limit: Int, name: String
  ) throws(FileError) {
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, count <= limit else { throw tooLarge(width, height, limit: limit, name: name) }
    guard count > 0 else {
      throw FileError(.malformed, file: name, "claims \(width)×\(height) pixels")
    }
  }

  /// Returns the error for a claim of too many pixels.
  static func tooLarge(_ width: Int, _ height: Int, limit: Int, name: String) -> FileError {
    FileError(
      .tooLarge, file: name, "claims \(width)×\(height) pixels, more than the limit of \(limit)")
  }
}

// MARK: - Writing

extension Picture {
  /// Writes a PNG file; beside its target first, then renamed.
  public func writePNG(to url: URL) throws(FileError) {
    let bytes = try PNG.encode(self, name: url.path)
    try writeAtomically(bytes, to: url)
  }

  /// The picture as the bytes of a PNG file.
  public func pngData() throws(FileError) -> [UInt8] {
    try PNG.encode(self, name: "picture in memory")
  }
}
