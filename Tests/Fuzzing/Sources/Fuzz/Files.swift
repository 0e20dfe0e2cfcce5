import Foundation
import Retrograd

/// What inputs may take: far more than any needs, and less than the fuzzer's own limit.
private let memoryLimit = 64 << 20
private let pixelLimit = 1 << 20

/// Weights in any form: safetensors, checkpoints of PyTorch old and new, NumPy files.
func fuzzWeights(_ bytes: [UInt8]) {
  _ = try? WeightFile.readAll(BoundedFile(bytes: bytes, name: "input"), memoryLimit: memoryLimit)
}

/// The pickle of a checkpoint, in an archive that is whole.
func fuzzPickle(_ bytes: [UInt8]) {
  fuzzWeights(
    archive([
      ("archive/data.pkl", bytes), ("archive/version", Array("3\n".utf8)),
      ("archive/data/0", (0..<64).map { UInt8($0) }), ("archive/data/1", []),
    ]))
}

/// Zip archives, every file in them read and checked.
func fuzzArchive(_ bytes: [UInt8]) {
  guard let archive = try? ZipArchive(BoundedFile(bytes: bytes, name: "input")) else { return }
  for entry in archive.entries.prefix(16) {
    _ = try? archive.range(of: entry)
    try? archive.verify(entry)
    let content = try? archive.read(entry, limit: 1 << 20)
    expect((content?.count ?? 0) <= 1 << 20, "\(entry.name) is larger than was allowed")
  }
}

/// Pictures of any kind.
func fuzzPicture(_ bytes: [UInt8]) {
  guard let picture = try? Picture.decode(bytes, pixelLimit: pixelLimit) else { return }
  expect(
    picture.width > 0 && picture.height > 0
      && picture.pixels.count == 3 * picture.width * picture.height,
    "a picture of \(picture.width)×\(picture.height) has \(picture.pixels.count) bytes")
}

/// PNG files whose checksums are right, so that what is behind them is reached.
func fuzzPNG(_ bytes: [UInt8]) {
  var bytes = bytes
  var start = 8
  while start + 12 <= bytes.count {
    let length = bytes[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) }
    let end = start + 8 + length
    if end + 4 > bytes.count { break }
    let checksum = crc32(bytes[(start + 4)..<end])
    for i in 0..<4 { bytes[end + i] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * i)) }
    start = end + 4
  }
  fuzzPicture(bytes)
}

/// Presentations, and files that say they are PDF.
func fuzzDeck(_ bytes: [UInt8]) {
  _ = try? Deck(written(bytes, as: "pptx").path, size: 32)
  _ = try? Deck(written(bytes, as: "pdf").path, size: 32)
}

/// A slide's XML, in a presentation that is whole.
func fuzzSlide(_ bytes: [UInt8]) {
  let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
  func relation(_ name: String, _ kind: String, _ target: String) -> String {
    "<Relationship Id='\(name)' Type='\(office)/\(kind)' Target='\(target)'/>"
  }
  func relations(_ list: String) -> [UInt8] {
    Array(
      ("<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        + list + "</Relationships>").utf8)
  }
  let presentation = """
    <p:presentation xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main' \
    xmlns:r='\(office)'><p:sldIdLst><p:sldId id='256' r:id='rId1'/></p:sldIdLst></p:presentation>
    """
  let deck = archive([
    ("_rels/.rels", relations(relation("rId1", "officeDocument", "ppt/presentation.xml"))),
    ("ppt/presentation.xml", Array(presentation.utf8)),
    ("ppt/_rels/presentation.xml.rels", relations(relation("rId1", "slide", "slides/slide1.xml"))),
    ("ppt/slides/slide1.xml", bytes),
    (
      "ppt/slides/_rels/slide1.xml.rels", relations(relation("rId2", "image", "../media/a.png"))
    ), ("ppt/media/a.png", picture),
  ])
  _ = try? Deck(written(deck, as: "pptx").path, size: 32)
}

private let picture = try! Picture(width: 2, height: 2).pngData()
