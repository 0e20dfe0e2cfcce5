import RetrogradFiles
import RetrogradImages
import Testing

@Suite("Netpbm files")
struct NetpbmTests {
  @Test(
    "what is wrong with a file is said, and where",
    arguments: [
      ("P5 2 # no end", .truncated, "expected the height", 13),
      ("P6 2 2 255\n12345678901", .truncated, "12 bytes of pixels or more, found 11", 22),
      ("P5 2 2 256\n1234567", .truncated, "8 bytes of pixels or more, found 7", 18),
      ("P4 9 2\n123", .truncated, "4 bytes of pixels or more, found 3", 10),
      ("P2 2 2 255\n1 2 3", .truncated, "7 bytes of pixels or more, found 5", 16),
      ("P2 2 2 255\n1  2  3 ", .truncated, "expected a value", 19),
      ("P1 2 2\n01 1", .truncated, "expected 0 or 1", 11),
      ("P5 2 -1 255\n12", .malformed, "expected the height", 5),
      ("P5 2x1 255\n12", .malformed, "expected white space behind the width", 4),
      ("P5 2 1 0\n12", .malformed, "the largest value is 0, expected 1 to 65535", 7),
      ("P5 2 1 65536\n1234", .malformed, "the largest value is 65536", 7),
      ("P5 0 1 255\n12", .malformed, "claims 0×1 pixels", nil),
      ("P3 1 1 9\n8 10 7", .malformed, "the value 10 is above the largest, which is 9", 11),
      ("P3 1 1 9\n8 x 7", .malformed, "expected a value", 11),
      ("P1 2 2\n0120", .malformed, "expected 0 or 1", 9),
      ("P5 1234567890 1 255\n", .tooLarge, "the width with more than 9 digits", 3),
      ("P5 999999999 999999999 255\n", .tooLarge, "claims 999999999×999999999 pixels", nil),
      ("P5 stands for gray", .unsupported, "is not a picture", nil),
      ("P7 1 1 255\n1", .unsupported, "is not a picture", nil),
    ] as [(String, FileError.Kind, String, Int?)])
  func damage(content: String, kind: FileError.Kind, words: String, offset: Int?) {
    let error = #expect(throws: FileError.self) {
      try Picture.decode(Array(content.utf8), name: "x.pnm")
    }
    #expect(error?.kind == kind && error?.offset == offset && error?.file == "x.pnm")
    #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
  }

  @Test("comments may stand behind every number; behind the last one pixels begin in a new line")
  func comments() throws {
    let header = "P6 # a\n#b\n1# c\r 2 #\n#\n255# e\n"
    let picture = try Picture.decode(Array((header + "abc#ef").utf8))
    #expect(picture == Picture(width: 1, height: 2, pixels: Array("abc#ef".utf8)))
  }

  @Test("the first of several pictures is read")
  func several() throws {
    let picture = try Picture.decode(Array("P6 1 1 255\nabcP6 1 1 255\nxyz".utf8))
    #expect(picture == Picture(width: 1, height: 1, pixels: Array("abc".utf8)))
  }

  @Test("values fill the range from black to white, those above the largest as well")
  func levels() throws {
    let picture = try Picture.decode(Array("P5 4 1 3\n".utf8) + [0, 1, 3, 200])
    #expect(picture.pixels == [0, 85, 255, 255].flatMap { [$0, $0, $0] })
  }
}
