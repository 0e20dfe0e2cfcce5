import RetrogradFiles
import RetrogradImages
import Testing

@Suite("Files that are no pictures to read")
struct UnreadableKindTests {
  private static func media(_ brand: String) -> [UInt8] {
    [0, 0, 0, 24] + Array("ftyp\(brand)".utf8) + [0, 0, 0, 0]
  }

  @Test(
    "the message names the format and the programs that convert it",
    arguments: [
      (media("heic"), "is a HEIC file", ["sips -s format jpeg FILE", "heif-convert", "magick"]),
      (media("mif1"), "is a HEIC file", ["heif-convert"]),
      (media("avif"), "is an AVIF file", ["heif-convert", "magick"]),
      (Array("RIFF....WEBPVP8 ".utf8), "is a WebP file", ["dwebp FILE -o FILE.png", "sips"]),
      (Array("BM......".utf8), "is a BMP file", ["magick", "sips"]),
      ([0x49, 0x49, 0x2A, 0, 8], "is a TIFF file", ["magick"]),
      ([0x4D, 0x4D, 0, 0x2A, 0], "is a TIFF file", ["magick"]),
      (Array("GIF89a".utf8), "is a GIF file", ["magick 'FILE[0]' FILE.png"]),
      (Array("%PDF-1.7".utf8), "is a PDF file", ["pdftoppm"]),
      (media("qt  "), "is a video file", []), (media("isom"), "is a video file", []),
      (Array("\n<svg".utf8), "is a web page or SVG", []), ([], "is empty", []),
      (Array("hello".utf8), "is not a picture", []),
    ] as [([UInt8], String, [String])])
  func messages(bytes: [UInt8], finding: String, converters: [String]) {
    let error = #expect(throws: FileError.self) { try Picture.decode(bytes, name: "x") }
    #expect(error?.kind == .unsupported)
    let reason = error?.reason ?? ""
    #expect(
      reason.hasPrefix(finding) && reason.contains("expected PNG, JPEG or Netpbm"), "\(reason)")
    #expect(converters.allSatisfy(reason.contains), "\(reason)")
    #expect(reason.contains("Convert it: ") == !converters.isEmpty)
  }
}
