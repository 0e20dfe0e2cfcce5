import Foundation
import RetrogradTestSupport
import Testing

@testable import RetrogradFiles

@Suite("Reading within bounds")
struct BoundedFileTests {
  @Test("pieces of a file and of memory are the same")
  func pieces() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "x")
    try Data([1, 2, 3, 4, 5]).write(to: url)
    for file in [try BoundedFile(url), BoundedFile(bytes: [1, 2, 3, 4, 5], name: "x")] {
      #expect(file.size == 5)
      #expect(try file.read(at: 1, count: 3) == [2, 3, 4])
      #expect(try file.read(at: 5, count: 0) == [])
      for (offset, count) in [(3, 3), (6, 0), (-1, 2), (0, -1), (Int.max, 2), (1, Int.max)] {
        let error = #expect(throws: FileError.self) { try file.read(at: offset, count: count) }
        #expect(error?.kind == .truncated)
      }
      #expect(throws: FileError.self) { try file.readAll(limit: 4) }
    }
  }

  @Test("a file that shrinks while it is read is an error")
  func shrinking() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "x")
    try Data(count: 100).write(to: url)
    let file = try BoundedFile(url)
    try FileHandle(forWritingTo: url).truncate(atOffset: 10)
    let error = #expect(throws: FileError.self) { try file.read(at: 0, count: 100) }
    #expect(error?.kind == .truncated && error?.reason.contains("shorter") == true)
  }
}

@Suite("Replacing a file in one step")
struct AtomicWriterTests {
  @Test("the old file stays until the new one is complete, and nothing else is left")
  func replacing() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "x")
    try writeAtomically([1, 2], to: url)
    do {
      let writer = try AtomicWriter(url)
      try writer.write([3, 4, 5])
      #expect(Array(try Data(contentsOf: url)) == [1, 2])
    }
    #expect(Array(try Data(contentsOf: url)) == [1, 2])
    let writer = try AtomicWriter(url)
    try writer.write([3])
    try writer.write([4])
    try writer.finish()
    #expect(Array(try Data(contentsOf: url)) == [3, 4])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["x"])
  }

  @Test("a folder in its place is an error that leaves nothing behind")
  func folderInPlace() throws {
    let folder = try TemporaryFolder()
    let inside = folder.url.appending(path: "folder")
    try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
    try Data().write(to: inside.appending(path: "file"))
    let error = #expect(throws: FileError.self) { try writeAtomically([1], to: inside) }
    #expect(error?.kind == .unwritable)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["folder"])
  }
}

@Suite("Zip archives")
struct ZipArchiveTests {
  private func archive(_ name: String) throws -> ZipArchive {
    try ZipArchive(BoundedFile(Fixtures.url("checkpoints/\(name)")))
  }

  @Test("entries are found by name, and what is read is checked")
  func entries() throws {
    let zip = try archive("state.pth")
    let pickle = try #require(zip.entries.first { $0.name.hasSuffix("data.pkl") })
    #expect(try zip.read(pickle, limit: 1 << 20).count == pickle.size)
    #expect(try zip.range(of: pickle).count == pickle.size)
    #expect(zip.entry(named: pickle.name)?.size == pickle.size)
    #expect(zip.entry(named: "nothing") == nil)
    let error = #expect(throws: FileError.self) { try zip.read(pickle, limit: pickle.size - 1) }
    #expect(error?.kind == .tooLarge)
  }

  @Test("a packed entry is unpacked, and nothing past what it claims")
  func packed() throws {
    let zip = try archive("deep.pth")
    let pickle = try #require(zip.entry(named: "archive/data.pkl"))
    #expect(!pickle.isStored)
    #expect(try zip.read(pickle, limit: 1 << 21).count == pickle.size)
    let bomb = try archive("unpacks-to-more.pth")
    let error = #expect(throws: FileError.self) { try bomb.read(bomb.entries[0], limit: 1 << 20) }
    #expect(error?.kind == .malformed)
  }

  @Test("what is no archive is told so")
  func noArchive() {
    let error = #expect(throws: FileError.self) {
      try ZipArchive(BoundedFile(bytes: Array("PK\u{3}\u{4} and nothing else".utf8), name: "x"))
    }
    #expect(error?.kind == .truncated)
    #expect(throws: FileError.self) { try ZipArchive(BoundedFile(bytes: [], name: "x")) }
  }
}
