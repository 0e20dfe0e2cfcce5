import Foundation
import RetrogradArchives
import RetrogradFiles
import RetrogradTestSupport
import Testing

@testable import RetrogradImages

/// A small file, and what Pillow reads from it, if anything.
struct PictureMatrixCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  private let file: String
  private let width: Int?
  private let height: Int?
  private let digest: String?

  var testDescription: String { name }
  var isReadByPillow: Bool { digest != nil }

  var bytes: [UInt8] {
    let digits = Array(file.utf8)
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)!
    }
  }

  func isWhatPillowReads(_ picture: Picture) -> Bool {
    var hash = SHA256()
    hash.update(picture.pixels)
    return picture.width == width && picture.height == height
      && String(hash.hexadecimal.prefix(16)) == digest
  }

  /// What can be read here.
  static let all: [PictureMatrixCase] = {
    let archive = try! ZipArchive(BoundedFile(Fixtures.url("picture_matrix.zip")))
    let content = try! archive.read(archive.entries[0], limit: 1 << 20)
    let cases = try! JSONDecoder().decode([PictureMatrixCase].self, from: Data(content))
    return cases.filter { PictureFixtures.isReadable($0.bytes) }
  }()

  static func named(_ name: String) -> PictureMatrixCase? { all.first { $0.name == name } }
}

@Suite("A picture file of any kind")
struct PictureMatrixTests {
  /// The differences that `Docs/Pictures.md` gives reasons for.
  static let refusedOnlyHere: Set = [
    "png without a row", "png interlaced without a row", "png without its palette",
    "png palette behind the data", "png palette of 255 colors and two thirds",
    "png odd compression", "png odd interlacing", "png long header", "png two headers",
  ]
  static let refusedOnlyByPillow: Set = ["png short gamma", "png cut off by 20"]
  static let notTurnedHere: Set = [
    "jpeg orientation in fraction", "jpeg orientation in fraction little-endian",
  ]

  @Test("is read as Pillow reads it, or refused as Pillow refuses it")
  func matchesPillow() {
    for file in PictureMatrixCase.all {
      let picture = try? Picture.decode(file.bytes, name: file.name, warn: { _ in })
      if Self.refusedOnlyHere.contains(file.name) {
        #expect(picture == nil && file.isReadByPillow, "\(file.name)")
      } else if Self.refusedOnlyByPillow.contains(file.name) {
        #expect(picture != nil && !file.isReadByPillow, "\(file.name)")
      } else if Self.notTurnedHere.contains(file.name) {
        #expect(picture.map { file.isWhatPillowReads($0.upright(6)) } == true, "\(file.name)")
      } else if let picture {
        #expect(file.isWhatPillowReads(picture), "\(file.name)")
      } else {
        #expect(!file.isReadByPillow, "\(file.name)")
      }
    }
  }

  @Test(
    "is read with one warning where it is damaged and no row is missing",
    arguments: [
      "png data's checksum", "png checksum of a text behind the data",
      "png stream without its checksum", "png interlaced stream without its checksum",
      "png cut off by 11", "png cut off by 42", "jpeg bytes before a segment",
      "jpeg zeros before a segment", "jpeg bytes before the end", "jpeg baseline bytes missing",
      "jpeg progressive scan 24 ends at 0.5", "jpeg a wrong restart", "jpeg unknown JFIF",
    ])
  func warned(_ name: String) throws {
    guard let file = PictureMatrixCase.named(name) else {
      #expect(name.hasPrefix("png") ? !Fixtures.hasPNG : !Fixtures.hasJPEG)
      return
    }
    var warnings: [String] = []
    let picture = try Picture.decode(file.bytes, name: name, warn: { warnings.append($0) })
    #expect(file.isWhatPillowReads(picture))
    #expect(warnings.count == 1 && warnings[0].hasPrefix("\(name): is a damaged"), "\(warnings)")
  }

  @Test("is read without a warning where nothing is wrong")
  func notWarned() {
    let beginnings = ["png type", "jpeg sampling", "jpeg arithmetic p", "png gamma", "jpeg ycck"]
    let whole = PictureMatrixCase.all.filter { file in
      beginnings.contains { file.name.hasPrefix($0) }
    }
    #expect(whole.count > 100 || !Fixtures.hasPNG)
    for file in whole {
      var warnings: [String] = []
      _ = try? Picture.decode(file.bytes, warn: { warnings.append($0) })
      #expect(warnings.isEmpty, "\(file.name): \(warnings)")
    }
  }

  @Test(
    "is refused as cut off where rows are missing",
    arguments: ["png cut off by 200", "jpeg baseline cut off by 40"])
  func cutOff(_ name: String) {
    guard let file = PictureMatrixCase.named(name) else { return }
    let error = #expect(throws: FileError.self) { try Picture.decode(file.bytes, name: name) }
    #expect(error?.kind == .truncated && error?.reason.contains("cut off") == true)
  }
}

@Suite("A message about a picture")
struct PictureMessageTests {
  @Test("is one line, printed once, in which a file's name steers no terminal")
  func printed() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      for _ in 0..<2 { PictureWarnings.printOnce("a\u{1B}[2J\nb\u{202E}.png: is damaged") }
    }
    #expect(result?.message == "retrograd: a\\u{1B}[2J\\u{A}b\\u{202E}.png: is damaged\n")
  }

  @Test("of an error has escapes in place of what steers a terminal")
  func error() {
    let error = FileError(.malformed, file: "a\u{1B}]0;\u{7}.png", offset: 3, "is \u{9B}2J bad")
    #expect(error.description == "a\\u{1B}]0;\\u{7}.png: is \\u{9B}2J bad (at byte 3)")
  }
}
