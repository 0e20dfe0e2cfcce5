/// Kinds of files that are no pictures of a readable format, and how to make a picture of one.
enum UnreadableKind {
  /// A kind of file.
  private struct Kind {
    /// Its name with an article.
    let name: String
    /// The programs that make a picture of it, as they are called.
    let converters: [String]

    init(_ name: String, _ converters: String...) {
      (self.name, self.converters) = (name, converters)
    }
  }

  private static let sips = "sips -s format jpeg FILE --out FILE.jpg (macOS)"
  private static let magick = "magick FILE FILE.jpg (ImageMagick)"
  private static let heif = "heif-convert FILE FILE.jpg (libheif)"

  private static let heic = Kind("a HEIC", sips, heif, magick)
  private static let avif = Kind("an AVIF", sips, heif, magick)
  private static let webp = Kind("a WebP", sips, "dwebp FILE -o FILE.png (libwebp)", magick)
  private static let video = Kind("a video")
  private static let pdf = Kind("a PDF", "pdftoppm -r 150 -png FILE PAGE (poppler)")

  /// The first bytes of files.
  private static let beginnings: [(beginning: [UInt8], kind: Kind)] = [
    (Array("GIF8".utf8), Kind("a GIF", sips, "magick 'FILE[0]' FILE.png (ImageMagick)")),
    (Array("BM".utf8), Kind("a BMP", sips, magick)),
    ([0x49, 0x49, 0x2A, 0], Kind("a TIFF", sips, magick)),
    ([0x4D, 0x4D, 0, 0x2A], Kind("a TIFF", sips, magick)), (Array("%PDF".utf8), pdf),
    (Array("8BPS".utf8), Kind("a PSD", sips, "magick 'FILE[0]' FILE.png (ImageMagick)")),
  ]

  /// The brands of files in the ISO base media format (ISO/IEC 14496-12 and 23008-12), by which HEIC, AVIF and videos
  /// are told apart.
  private static func kind(ofBrand brand: some Sequence<UInt8>) -> Kind {
    switch String(decoding: Array(brand), as: UTF8.self) {
    case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1": heic
    case "avif", "avis": avif
    default: video
    }
  }

  private static func kind(_ bytes: [UInt8]) -> Kind? {
    if let found = beginnings.first(where: { bytes.starts(with: $0.beginning) }) {
      return found.kind
    }
    if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
      return webp
    }
    if bytes.dropFirst(4).starts(with: Array("ftyp".utf8)) {
      return kind(ofBrand: bytes.dropFirst(8).prefix(4))
    }
    return nil
  }

  /// Returns whether a file is a picture of a format that is known, though it cannot be read.
  static func isPicture(_ bytes: [UInt8]) -> Bool {
    guard let kind = kind(bytes) else { return false }
    return kind.name != video.name && kind.name != pdf.name
  }

  /// The finding about a file, and the remedy where there is one.
  ///
  /// - Parameters:
  ///   - bytes: Its content.
  ///   - expected: The formats that can be read.
  static func message(_ bytes: [UInt8], expected: String) -> String {
    guard let kind = kind(bytes) else {
      let isMarkup = bytes.drop(while: { $0 <= 32 }).first == UInt8(ascii: "<")
      return
        "\(bytes.isEmpty ? "is empty" : isMarkup ? "is a web page or SVG" : "is not a picture"); "
        + "expected \(expected)"
    }
    let finding = "is \(kind.name) file, which is not supported; expected \(expected)"
    return kind.converters.isEmpty
      ? finding : "\(finding). Convert it: " + kind.converters.joined(separator: ", or ")
  }
}
