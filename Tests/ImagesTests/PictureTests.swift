import Foundation
import RetrogradDatasets
import RetrogradFiles
import RetrogradTensors
import RetrogradTestSupport
import Testing

@testable import RetrogradImages

/// What Pillow read from the files beside it.
struct PictureFixtures: Decodable, Sendable {
  struct Expected: Decodable, Sendable, CustomTestStringConvertible {
    let file: String?
    let width: Int
    let height: Int
    let pixels: Data
    let tolerance: Int?

    var picture: Picture { Picture(width: width, height: height, pixels: Array(pixels)) }
    var testDescription: String { file ?? "\(width)×\(height)" }
  }

  let files: [Expected]
  let source: Expected
  let resizes: [Expected]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures").standardized
  static let all: PictureFixtures = try! JSONDecoder().decode(
    PictureFixtures.self, from: Data(contentsOf: folder.appending(path: "pictures.json")))

  static func url(_ name: String) -> URL { folder.appending(path: "pictures/\(name)") }
  static func bytes(_ name: String) -> [UInt8] { Array(try! Data(contentsOf: url(name))) }

  /// The names, without files of a format whose library is missing.
  static func readable(_ names: [String]) -> [String] { names.filter { isReadable(bytes($0)) } }

  static func isReadable(_ bytes: [UInt8]) -> Bool {
    PNG.isBeginning(bytes) ? Fixtures.hasPNG : Fixtures.hasJPEG || !JPEG.isBeginning(bytes)
  }
}

@Suite("Reading a picture")
struct PictureReadingTests {
  @Test("gives the pixels that Pillow gives", arguments: PictureFixtures.all.files)
  func matchesPillow(_ expected: PictureFixtures.Expected) throws {
    let file = try #require(expected.file)
    if PictureFixtures.readable([file]).isEmpty { return }
    let picture = try Picture.read(PictureFixtures.url(file))
    #expect(picture.width == expected.width && picture.height == expected.height)
    let worst = zip(picture.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(worst <= expected.tolerance ?? 0)
  }

  @Test(
    "a file cut anywhere is an error, or nothing that matters was cut",
    arguments: PictureFixtures.readable([
      "rgb.png", "palette-transparent.png", "interlaced.png", "rgb16.png", "rgb.jpg",
      "progressive.jpg", "cmyk.jpg", "orientation6.jpg", "subsampled.jpg", "rgb.ppm", "rgb1000.ppm",
      "gray.pgm", "bits.pbm", "text.ppm", "text.pgm", "text.pbm",
    ]))
  func truncated(_ name: String) throws {
    let bytes = PictureFixtures.bytes(name)
    let whole = try Picture.decode(bytes)
    var refused = 0
    for step in 0..<50 {
      do throws(FileError) {
        let picture = try Picture.decode(
          Array(bytes.prefix(bytes.count * step / 50)), name: "cut \(name)")
        #expect(picture == whole)
      } catch {
        refused += 1
        #expect(error.file == "cut \(name)" && !error.reason.isEmpty)
      }
    }
    #expect(refused >= 40)
  }

  @Test(
    "random damage never ends the program",
    arguments: [
      "rgb.png", "palette.png", "interlaced.png", "rgb.jpg", "progressive.jpg", "cmyk.jpg",
      "orientation3.jpg", "rgb1000.ppm", "bits.pbm", "text.ppm", "text.pbm",
    ])
  func corrupted(_ name: String) {
    let bytes = PictureFixtures.bytes(name)
    var random = RandomSource(seed: 17)
    for _ in 0..<400 {
      var damaged = bytes
      for _ in 0..<random.integer(in: 1..<6) {
        damaged[random.integer(in: 0..<damaged.count)] = UInt8(random.integer(in: 0..<256))
      }
      let picture = try? Picture.decode(damaged, pixelLimit: 1 << 20)
      if let picture { #expect(picture.pixels.count == 3 * picture.width * picture.height) }
    }
  }

  @Test("a claim of more pixels than the limit is refused before memory is taken", .needsPNG)
  func tooLarge() throws {
    for name in PictureFixtures.readable(["rgb.png", "rgb.jpg", "rgb.ppm"]) {
      let error = #expect(throws: FileError.self) {
        try Picture.decode(PictureFixtures.bytes(name), pixelLimit: 100)
      }
      #expect(error?.kind == .tooLarge && error?.reason.contains("13×9") == true)
    }
    var png = PictureFixtures.bytes("rgb.png")
    png.replaceSubrange(16..<24, with: [0x3B, 0x9A, 0xCA, 0, 0x3B, 0x9A, 0xCA, 0])
    #expect(throws: FileError.self) { try Picture.decode(png) }
  }

  @Test(
    "a large JPEG in a great many scans is refused after a few",
    .needsJPEG)
  func manyScans() throws {
    let bytes = PictureFixtures.bytes("blank-progressive.jpg")
    let last = bytes.indices.last { bytes[$0...].starts(with: [0xFF, 0xDA]) }!
    let scan = bytes[last..<(bytes.count - 2)]
    let repeated = bytes.dropLast(2) + repeatElement(scan, count: 300).joined() + [0xFF, 0xD9]
    let error = #expect(throws: FileError.self) { try Picture.decode(Array(repeated)) }
    #expect(error?.kind == .tooLarge && error?.reason.contains("more than 33 scans") == true)
  }

  @Test("what is no picture that can be read is named")
  func otherFiles() {
    let files: [(String, [UInt8])] = [
      ("GIF", Array("GIF89a....".utf8)), ("is empty", []), ("web page", Array("<html>".utf8)),
      ("BMP", Array("BM......".utf8)), ("not a picture", [1, 2, 3]),
      ("WebP", Array("RIFF....WEBPVP8 ".utf8)),
    ]
    for (word, bytes) in files {
      let error = #expect(throws: FileError.self) { try Picture.decode(bytes, name: "x") }
      #expect(error?.kind == .unsupported && error?.reason.contains(word) == true)
    }
  }

  @Test("a folder, a missing file and a pipe are errors, not waits")
  func notAFile() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.url
    let pipe = folder.appending(path: "pipe")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    for url in [folder, folder.appending(path: "missing.png"), pipe] {
      let error = #expect(throws: FileError.self) { try Picture.read(url) }
      #expect(error?.kind == .unreadable)
    }
  }

  @Test(
    "a program without JPEG says so, and what to install",
    .enabled(if: !Fixtures.hasJPEG, "this one was built with JPEG"))
  func builtWithout() {
    let error = #expect(throws: FileError.self) {
      try Picture.read(PictureFixtures.url("rgb.jpg"))
    }
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains("install libjpeg") == true)
  }

  @Test("where the PNG library is missing the message names the package, reading and writing")
  func withoutPNGLibrary() {
    let missing = "libnothing-of-the-kind.so"
    let reading = #expect(throws: FileError.self) {
      try PNG.decode(
        PictureFixtures.bytes("rgb.png"), name: "x.png", pixelLimit: 1000, library: missing)
    }
    let writing = #expect(throws: FileError.self) {
      try PNG.encode(Picture(width: 1, height: 1), name: "x.png", library: missing)
    }
    for (error, start) in [
      (reading, "is a PNG file, and"), (writing, "cannot be written as a PNG file:"),
    ] {
      #expect(error?.kind == .unsupported)
      #expect(
        error?.reason.hasPrefix("\(start) the PNG library was not found: install libpng16-16")
          == true)
    }
  }

  @Test("built without any picture library, each format names the package with its headers")
  func withoutHeaders() throws {
    // What programs say that were built so; that such a build knows of itself is tried on the C code below.
    for (library, package) in [(PNG.library, "libpng-dev"), (JPEG.library, "libjpeg-dev")] {
      let error = library.notBuilt("x")
      #expect(error.kind == .unsupported)
      #expect(
        error.reason.contains("built without \(library.format) support: install \(package)"))
    }
    let compiler = try #require(
      ["clang", "cc"].lazy.compactMap { ExternalProgram(named: $0) }.first)
    let folder = try TemporaryFolder()
    let program = folder.url.appending(path: "without")
    let main = folder.url.appending(path: "main.c")
    try Data(
      """
      #include "RetrogradCJPEG.h"
      #include "RetrogradCPNG.h"
      int main(void) {
        return !(retrograd_png_decode(0, 0, 0, 0).status == RETROGRAD_PNG_NOT_BUILT &&
                 retrograd_png_encode(0, 1, 1, false, 0).status == RETROGRAD_PNG_NOT_BUILT &&
                 retrograd_jpeg_decode(0, 0, 0, 0).status == RETROGRAD_JPEG_NOT_BUILT);
      }
      """.utf8
    ).write(to: main)
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources").path
    let built = try compiler.run(
      ["-DRETROGRAD_NO_PNG", "-DRETROGRAD_NO_JPEG", "-Wall", "-Wextra", "-Werror"]
        + ["CPNG", "CJPEG"].map { "-I\(sources)/\($0)/include" }
        + ["CPNG/decode.c", "CPNG/encode.c", "CPNG/library.c", "CJPEG/jpeg.c"].map {
          "\(sources)/\($0)"
        } + [main.path, "-o", program.path], seconds: 60)
    #expect(built.status == 0, "\(built.errors)")
    let outcome = try #require(ExternalProgram(named: "env")).run([program.path], seconds: 10)
    #expect(outcome.status == 0)
  }

  @Test(
    "where the JPEG library is missing the message names the package",
    .needsJPEG)
  func withoutLibrary() {
    let error = #expect(throws: FileError.self) {
      try JPEG.decode(
        PictureFixtures.bytes("rgb.jpg"), name: "x.jpg", pixelLimit: 1000,
        library: "libnothing-of-the-kind.so")
    }
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains("install") == true)
  }

  @Test(
    "an EXIF directory that points nowhere is ignored",
    .needsJPEG)
  func nonsenseOrientation() {
    var bytes = PictureFixtures.bytes("orientation6.jpg")
    #expect(Orientation.of(jpeg: bytes) == 6)
    // The first directory's offset stands 8 bytes into the TIFF header.
    let header = bytes.firstRange(of: Array("Exif\0\0".utf8))!.upperBound
    for value: UInt8 in [0xFF, 0x7F] {
      bytes.replaceSubrange((header + 4)..<(header + 8), with: [value, value, value, value])
      #expect(Orientation.of(jpeg: bytes) == 1)
    }
    #expect(Orientation.of(jpeg: [0xFF, 0xD8, 0xFF, 0xE1, 0, 2]) == 1)
  }
}

@Suite("Writing a picture")
struct PictureWritingTests {
  @Test("a PNG file reads back as it was", .needsPNG)
  func roundTrip() throws {
    var random = RandomSource(seed: 1)
    let pixels = (0..<(3 * 31 * 17)).map { _ in UInt8(random.integer(in: 0..<256)) }
    let picture = Picture(width: 31, height: 17, pixels: pixels)
    #expect(try Picture.decode(picture.pngData()) == picture)
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).png")
    defer { try? FileManager.default.removeItem(at: url) }
    try picture.writePNG(to: url)
    #expect(try Picture.read(url) == picture)
  }

  @Test("a folder that cannot be written to is an error", .needsPNG)
  func unwritable() {
    let error = #expect(throws: FileError.self) {
      try Picture(width: 1, height: 1).writePNG(to: URL(filePath: "/no/such/folder/x.png"))
    }
    #expect(error?.kind == .unwritable)
    #expect(throws: FileError.self) { try Picture(width: 0, height: 1).pngData() }
  }
}

@Suite("Making a picture ready")
struct TransformTests {
  @Test("scaling gives every pixel that Pillow gives", arguments: PictureFixtures.all.resizes)
  func resize(_ expected: PictureFixtures.Expected) {
    let source = PictureFixtures.all.source.picture
    let scaled = source.resized(width: expected.width, height: expected.height)
    let differences = zip(scaled.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
    #expect(scaled.width == expected.width && scaled.height == expected.height)
    #expect(differences.max() == 0, "\(differences.filter { $0 != 0 }.count) numbers differ")
  }

  @Test("the shorter side is scaled to the size, the longer one rounded down")
  func shorterSide() {
    let wide = Resize(224)(Picture(width: 500, height: 375))
    #expect(wide.width == 298 && wide.height == 224)
    let tall = Resize(10)(Picture(width: 33, height: 100))
    #expect(tall.width == 10 && tall.height == 30)
    let flat = Resize(2)(Picture(width: 1000, height: 1))
    #expect(flat.width == 2000 && flat.height == 2)
  }

  @Test("the middle is cut out, and a small picture gets a black border")
  func crop() {
    var picture = Picture(width: 5, height: 4)
    picture[2, 1] = (9, 8, 7)
    #expect(CenterCrop(Size2D(2, 3))(picture)[1, 0] == (9, 8, 7))
    let bordered = CenterCrop(8)(picture)
    #expect(bordered.width == 8 && bordered.height == 8 && bordered[3, 3] == (9, 8, 7))
  }

  @Test("numbers lie in 0 to 1, channels first, then normalized")
  func toTensor() {
    var picture = Picture(width: 2, height: 1)
    picture[0, 0] = (255, 0, 51)
    let x = ToTensor()(picture)
    #expect(x.shape == [3, 1, 2] && x.dtype == .float32)
    #expect(x.floats == [1, 0, 0, 0, 0.2, 0])
    let normalized = Normalize()(x)
    #expect(abs(normalized[0, 0, 0] - (1 - 0.485) / 0.229) < 1e-6)
    #expect(abs(normalized[2, 0, 0] - (0.2 - 0.406) / 0.225) < 1e-6)
    #expect(Picture(x) == picture)
  }

  @Test("the whole preparation is its parts, one after the other")
  func composed() {
    let picture = PictureFixtures.all.source.picture
    let whole = ImageNetTransform(resize: 32, crop: 24)(picture)
    let parts = Normalize()(ToTensor()(CenterCrop(24)(Resize(32)(picture))))
    #expect(whole.shape == [3, 24, 24])
    #expect(zip(whole.floats, parts.floats).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// Sizes of pictures, of what they are scaled to, and of what is kept.
  static let shapes: [(Int, Int)] = [
    (1, 1), (1, 7), (7, 1), (1, 900), (900, 1), (2, 611), (611, 3), (53, 37), (37, 53), (64, 64),
    (100, 33), (33, 100), (31, 32), (200, 150), (151, 203), (5, 300), (300, 7),
  ]

  @Test("computing only the middle gives every pixel of scaling all and cutting", arguments: shapes)
  func middle(_ width: Int, _ height: Int) {
    var random = RandomSource(seed: 31)
    let pixels = (0..<(3 * width * height)).map { _ in UInt8(random.integer(in: 0..<256)) }
    let picture = Picture(width: width, height: height, pixels: pixels)
    for resize in [1, 2, 13, 32, 37, 64] {
      for crop in [1, 2, 12, 13, 24, 65] {
        let middle = ImageNetTransform(resize: resize, crop: crop).middle(picture)
        #expect(middle == CenterCrop(Size2D(crop))(Resize(resize)(picture)), "\(resize), \(crop)")
      }
    }
    let (newWidth, newHeight) = (41, 29)
    let whole = picture.resized(width: newWidth, height: newHeight)
    let part = picture.resized(
      width: newWidth, height: newHeight, keepingX: 5..<30, keepingY: 28..<29)
    #expect(part == whole.cropped(x: 5, y: 28, width: 25, height: 1))
  }

  @Test(
    "a picture that is long and thin takes memory for its middle only", .needsPNG,
    arguments: [(1, 100_000), (100_000, 1)])
  func thin(_ width: Int, _ height: Int) throws {
    // Scaled to 224, it would have five thousand million pixels.
    let picture = Picture(width: width, height: height, red: 255)
    let x = ImageNetTransform()(picture)
    let red = Float((1 - 0.485) / 0.229)
    #expect(x.shape == [3, 224, 224] && x.floats.prefix(224 * 224).allSatisfy { $0 == red })

    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "thin.png")
    try picture.writePNG(to: url)
    let error = #expect(throws: FileError.self) { try load(url) }
    #expect(error?.kind == .tooLarge && error?.reason.contains("\(width)×\(height)") == true)
    #expect(error?.reason.contains("22400000") == true)
    #expect(try load(url, size: 1).shape == [3, 1, 1])
    #expect(
      readPictures([url], transform: { ImageNetTransform()($0) }).allSatisfy { result in
        (try? result.get())?.shape == [3, 224, 224]
      })
  }

  @Test("scaling all of such a picture stops, and says what to do")
  func tooLargeToScale() async {
    let result = await #expect(
      processExitsWith: .exitCode(70), observing: [\.standardErrorContent]
    ) {
      _ = Resize(224)(Picture(width: 1, height: 100_000))
    }
    #expect(result?.message.contains("1×100000 scaled to 224×22400000") == true)
    #expect(result?.message.contains("ImageNetTransform") == true)
    // The result is small, what comes between is not.
    await #expect(processExitsWith: .exitCode(70)) {
      _ = Picture(width: 2, height: 100_000).resized(width: 100_000, height: 99_000)
    }
  }

  @Test("a tensor becomes a picture, cut off at 0 and 1")
  func fromTensor() {
    let picture = Picture(Tensor([[-1, 0.5], [1, 2]]))
    #expect(picture.pixels.map(Int.init) == [0, 128, 255, 255].flatMap { [$0, $0, $0] })
  }
}

@Suite("Folders of pictures")
struct PictureFolderTests {
  @Test("files come in natural order, without hidden ones; classes are folders")
  func order() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.url
    for (name, files) in ["b": ["slide10.png", "slide2.png", ".hidden"], "a": ["x.png"]] {
      let inside = folder.appending(path: name)
      try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
      for file in files { try Data().write(to: inside.appending(path: file)) }
    }
    let classes = try PictureFolder.classes(in: folder)
    #expect(classes.map(\.name) == ["a", "b"])
    #expect(classes[1].files.map(\.lastPathComponent) == ["slide2.png", "slide10.png"])
    #expect(try PictureFolder.files(in: folder, recursive: true).count == 3)
    #expect(try PictureFolder.files(in: folder).isEmpty)
    #expect(throws: FileError.self) {
      try PictureFolder.classes(in: folder.appending(path: "a"))
    }
  }
}
