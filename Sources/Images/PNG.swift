import Foundation
import RetrogradCPNG

/// PNG files through libpng's simplified interface, whose errors come as return values.
package enum PNG {
  package static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  private static let formatRGB: UInt32 = 2
  private static let flagAlpha: UInt32 = 1

  /// Chunks that would have libpng change colours (profiles, gamma) or make some of them transparent.
  private static let dropped: [[UInt8]] = ["gAMA", "cHRM", "iCCP", "sRGB", "tRNS"].map {
    Array($0.utf8)
  }

  static func decode(
    _ bytes: [UInt8], name: String, pixelLimit: Int
  ) throws(PictureError) -> Picture {
    let bytes = try withoutColourChunks(bytes, name: name)
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    // The header's and the data's memory must be the same, so both happen inside.
    let result: Result<[UInt8], PictureError> = bytes.withUnsafeBytes { buffer in
      guard png_image_begin_read_from_memory(&image, buffer.baseAddress, buffer.count) != 0 else {
        return .failure(failure(image, name))
      }
      do throws(PictureError) {
        try Picture.checkSize(
          Int(image.width), Int(image.height), limit: pixelLimit, name: name)
      } catch {
        return .failure(error)
      }
      let hasAlpha = image.format & flagAlpha != 0
      image.format = hasAlpha ? formatRGB | flagAlpha : formatRGB
      // 16-bit channels hold the same curve as 8-bit ones.
      image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
      let count = Int(image.width) * Int(image.height)
      var pixels = [UInt8](repeating: 0, count: count * (hasAlpha ? 4 : 3))
      let isComplete = pixels.withUnsafeMutableBytes {
        png_image_finish_read(&image, nil, $0.baseAddress, 0, nil) != 0
      }
      guard isComplete else { return .failure(failure(image, name)) }
      return .success(hasAlpha ? withoutAlpha(pixels) : pixels)
    }
    return Picture(
      width: Int(image.width), height: Int(image.height), pixels: try result.get())
  }

  private static func failure(_ image: png_image, _ name: String) -> PictureError {
    let message = withUnsafeBytes(of: image.message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return PictureError(.malformed, file: name, "is a damaged PNG file: \(message)")
  }

  private static func withoutAlpha(_ pixels: [UInt8]) -> [UInt8] {
    let count = pixels.count / 4
    return [UInt8](unsafeUninitializedCapacity: count * 3) { target, initialized in
      for i in 0..<count {
        for channel in 0..<3 { target[3 * i + channel] = pixels[4 * i + channel] }
      }
      initialized = count * 3
    }
  }

  /// The file without the chunks that would change colours; checks that it is whole on the way.
  private static func withoutColourChunks(
    _ bytes: [UInt8], name: String
  ) throws(PictureError)
    -> [UInt8]
  {
    var kept: [UInt8] = signature
    kept.reserveCapacity(bytes.count)
    var place = signature.count
    while true {
      guard place + 12 <= bytes.count else {
        throw PictureError(
          .truncated, file: name, offset: bytes.count, "PNG file ends before its last chunk")
      }
      let length = bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - place - 12 else {
        throw PictureError(
          .truncated, file: name, offset: place,
          "PNG chunk of \(length) bytes goes past the end at byte \(bytes.count)")
      }
      let type = Array(bytes[(place + 4)..<(place + 8)])
      if !dropped.contains(type) { kept += bytes[place..<(place + 12 + length)] }
      place += 12 + length
      if type == Array("IEND".utf8) { return kept }
    }
  }

  /// The bytes of a file.
  ///
  /// - Parameters:
  ///   - picture: What it shows.
  ///   - name: What to call it in errors.
  ///   - isFast: Whether time matters more than size.
  package static func encode(
    _ picture: Picture, name: String, isFast: Bool = false
  ) throws(PictureError) -> [UInt8] {
    guard picture.width > 0, picture.height > 0 else {
      throw PictureError(.unwritable, file: name, "a picture without pixels cannot be a PNG file")
    }
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    image.width = UInt32(picture.width)
    image.height = UInt32(picture.height)
    image.format = formatRGB
    if isFast { image.flags |= UInt32(PNG_IMAGE_FLAG_FAST) }
    defer { png_image_free(&image) }
    // Asking libpng for the size would compress everything once more. What cannot be compressed grows by
    // a byte a row, 5 bytes in 16 kB of deflate and 12 bytes in 8 kB of chunks.
    let raw = picture.height * (3 * picture.width + 1)
    var size = raw + raw / 256 + 4096
    var bytes = [UInt8](repeating: 0, count: size)
    let isWritten = png_image_write_to_memory(&image, &bytes, &size, 0, picture.pixels, 0, nil) != 0
    guard isWritten else { throw failure(image, name) }
    return Array(bytes.prefix(size))
  }
}
