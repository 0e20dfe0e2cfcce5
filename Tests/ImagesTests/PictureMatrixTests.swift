import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@testable import RetrogradImages

/// A small file and what Pillow reads from it, if anything.
struct PictureMatrixCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let file: Data
  let width: Int?
  let height: Int?
  let pixels: Data?

  var testDescription: String { name }
  var picture: Picture? {
    pixels.map { Picture(width: width!, height: height!, pixels: Array($0)) }
  }

  static let all: [PictureMatrixCase] = try! JSONDecoder().decode(
    [PictureMatrixCase].self,
    from: Data(contentsOf: PictureFixtures.folder.appending(path: "picture_matrix.json")))
  static let readable = all.filter {
    PictureFixtures.hasJPEG || !$0.file.starts(with: JPEG.signature)
  }

  /// Where this library does something else, as the guide on picture files says.
  static let refusedHere: Set = [
    "png palette of no whole colours", "png without its palette", "png palette behind the data",
    "png without a row", "png interlaced without a row", "png two headers", "png odd compression",
    "png odd interlacing", "png long header",
  ]
  static let readHere: Set = ["png short gamma", "png cut off by 20"]
  static let otherPixels: Set = [
    "jpeg orientation in fraction", "jpeg orientation in fraction little-endian",
  ]

  var isGreyOf16Bits: Bool { name.hasPrefix("png type 0 depth 16") }
}

@Suite("Files of every kind")
struct PictureMatrixTests {
  @Test(
    "is read as Pillow reads it, or refused as it refuses", arguments: PictureMatrixCase.readable)
  func matchesPillow(_ expected: PictureMatrixCase) {
    let picture = try? Picture.decode(
      Array(expected.file), name: expected.name, warn: { _ in })
    if PictureMatrixCase.refusedHere.contains(expected.name) {
      #expect(picture == nil)
    } else if PictureMatrixCase.readHere.contains(expected.name) {
      #expect(picture != nil && expected.picture == nil)
    } else if expected.isGreyOf16Bits || PictureMatrixCase.otherPixels.contains(expected.name) {
      #expect(picture != nil && picture != expected.picture)
    } else {
      #expect(picture == expected.picture)
    }
  }

  @Test("damage that leaves every row gives one warning, with the file's name")
  func warns() throws {
    for name in [
      "png data's checksum", "jpeg bytes before a segment", "jpeg baseline scan 9 ends at 0.5",
    ] {
      let file = try #require(PictureMatrixCase.all.first { $0.name == name }).file
      if !PictureFixtures.hasJPEG && file.starts(with: JPEG.signature) { continue }
      var warnings: [String] = []
      _ = try Picture.decode(Array(file), name: "x", warn: { warnings.append($0) })
      #expect(warnings.count == 1 && warnings[0].hasPrefix("x: is a damaged"), "\(name)")
    }
  }
}
