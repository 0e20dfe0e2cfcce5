import Foundation
import RetrogradArchives
import RetrogradFiles
import RetrogradTestSupport
import Testing

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

  @Test("a directory of 100 GB is refused before memory is taken for it")
  func hugeDirectory() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "x.zip")
    let size: UInt64 = 100 << 30
    func bytes(_ numbers: [(UInt64, Int)]) -> Data {
      Data(numbers.flatMap { number, count in (0..<count).map { UInt8(number >> (8 * $0) & 255) } })
    }
    // The 64-bit end of the directory, its locator, and the end; all before them is a hole.
    let end = bytes([
      (0x0606_4b50, 4), (44, 8), (45, 2), (45, 2), (0, 8), (1, 8), (1, 8), (size, 8), (0, 8),
      (0x0706_4b50, 4), (0, 4), (size, 8), (1, 4),
      (0x0605_4b50, 4), (0, 4), (0xFFFF, 2), (0xFFFF, 2), (0xFFFF_FFFF, 4), (0xFFFF_FFFF, 4),
      (0, 2),
    ])
    try Data().write(to: url)
    let handle = try FileHandle(forWritingTo: url)
    try handle.truncate(atOffset: size)
    try handle.seek(toOffset: size)
    try handle.write(contentsOf: end)
    try handle.close()
    let error = #expect(throws: FileError.self) { try ZipArchive(BoundedFile(url)) }
    #expect(error?.kind == .tooLarge && error?.reason.contains("107374182400") == true)
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
