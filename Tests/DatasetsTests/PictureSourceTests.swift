import Foundation
import RetrogradAutograd
import RetrogradDatasets
import RetrogradFiles
import RetrogradImages
import RetrogradTensors
import RetrogradTestSupport
import Testing

@Suite("What a person means who names pictures")
struct PictureSourceTests {
  @Test("a file, a folder, folders in a folder, slides: told apart in one place", .needsPNG)
  func kinds() throws {
    let folder = try TemporaryFolder()
    let inner = folder.url.appending(path: "classes/a")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
    for name in ["2.png", "10.png"] {
      try Picture(width: 2, height: 2).writePNG(to: inner.appending(path: name))
    }
    func source(_ path: String) -> PictureSource {
      PictureSource(folder.url.appending(path: path).path)
    }
    #expect(source("classes").kind == .classFolders && source("classes/a").kind == .folder)
    #expect(source("classes/a/2.png").kind == .file && source("nothing").kind == .file)
    #expect(PictureSource("talk.pdf").kind == .slides)
    let list = try source("classes").pictures()
    #expect(list.files.map(\.lastPathComponent) == ["2.png", "10.png"])
    #expect(list.name(0) == "2.png" && list.notes.isEmpty)
    // By its ending one claims to be a picture, by its beginning the other.
    try Data("broken".utf8).write(to: inner.appending(path: "3.JPG"))
    try Data("GIF89a".utf8).write(to: inner.appending(path: "4"))
    try Data("%PDF-1.4".utf8).write(to: inner.appending(path: "5.pdf"))
    let mixed = try source("classes").pictures()
    #expect(mixed.files.map(\.lastPathComponent) == ["2.png", "3.JPG", "4", "10.png"])
    #expect(mixed.notes.count == 1 && mixed.notes[0].hasSuffix("is left out: 5.pdf"))
    for name in ["3.JPG", "4", "5.pdf"] {
      try FileManager.default.removeItem(at: inner.appending(path: name))
    }
    #expect(try source("classes").dataset().classes == ["a"])
    let halves = try source("classes/a").dataset(classes: ClassCounts("x=1,y=1"))
    #expect(halves.classes == ["x", "y"] && halves.labels == [0, 1])
    #expect(throws: FileError.self) { try source("classes/a").dataset() }
  }

  @Test("one loop reads each picture once, in batches, and reports what cannot be read")
  func batches() throws {
    var batches: [[Int]] = []
    var failed: [Int] = []
    forEachBatch(
      of: 7, batchSize: 3,
      picture: { (index) throws(FileError) in
        if index == 4 { throw FileError(.malformed, file: "4", "is broken") }
        return Tensor([Double(index)])
      }
    ) { batch in
      batches.append(batch.indices)
      failed += batch.unreadable.map(\.index)
      #expect(batch.pictures.map { $0[0] } == batch.indices.map(Double.init))
      let doubled = batch.outputs { $0 * 2 }
      #expect(doubled?.shape == [batch.indices.count, 1])
    }
    #expect(batches == [[0, 1, 2], [3, 5], [6]] && failed == [4])
  }
}
