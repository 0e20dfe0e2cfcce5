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

/// Held until the program ends, as by a variable of a script.
private nonisolated(unsafe) var heldFolder: ScratchFolder?

@Suite("A folder for a while")
struct ScratchFolderTests {
  @Test("goes when nobody holds it any more")
  func released() throws {
    var folder: ScratchFolder? = try ScratchFolder()
    let path = folder!.url.path
    try Data([1]).write(to: folder!.url.appending(path: "x"))
    folder = nil
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("goes at the latest with the program")
  func held() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
      let folder = try ScratchFolder()
      try Data([1]).write(to: folder.url.appending(path: "x"))
      heldFolder = folder
      print("scratch:\(folder.url.path):")
      exit(0)
    }
    let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    let path = try #require(output.firstMatch(of: /scratch:(.+):/)).1
    #expect(!FileManager.default.fileExists(atPath: String(path)))
  }
}

@Suite("A file without a name")
struct TemporaryFileTests {
  @Test("gives back what was written, within its size, and is not seen in its folder")
  func pieces() throws {
    let folder = try TemporaryFolder()
    let file = try TemporaryFile(in: folder.url)
    for bytes in [[1, 2], [], [3, 4, 5]] as [[UInt8]] {
      try bytes.withUnsafeBytes { try file.write($0) }
    }
    #expect(file.size == 5)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    var piece = [UInt8](repeating: 0, count: 3)
    try piece.withUnsafeMutableBytes { try file.read(at: 1, into: $0) }
    #expect(piece == [2, 3, 4])
    let error = #expect(throws: FileError.self) { try readPastTheEnd(of: file) }
    #expect(error?.kind == .truncated)
  }

  func readPastTheEnd(of file: TemporaryFile) throws {
    var piece = [UInt8](repeating: 0, count: 3)
    try piece.withUnsafeMutableBytes { try file.read(at: 3, into: $0) }
  }

  @Test("a folder that is not there is an error")
  func nowhere() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: FileError.self) {
      try TemporaryFile(in: folder.url.appending(path: "nowhere"))
    }
    #expect(error?.kind == .unwritable)
  }

  func writeOneByte(to descriptor: Int32) throws {
    try [UInt8(1)].withUnsafeBytes { try writeAll($0, to: descriptor, file: "features") }
  }

  #if os(Linux)
    @Test("a full disk is an error")
    func fullDisk() {
      let descriptor = open("/dev/full", O_WRONLY)
      defer { close(descriptor) }
      let error = #expect(throws: FileError.self) {
        try writeOneByte(to: descriptor)
      }
      #expect(error?.kind == .unwritable && error?.file == "features")
    }
  #endif
}

@Suite("Numbers from bytes")
struct ByteReaderTests {
  @Test("are little-endian, move on, and are never read past the end")
  func numbers() throws {
    var reader = ByteReader(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], file: "x", base: 9)
    #expect(try reader.uint8() == 1)
    #expect(try reader.uint16() == 0x0302)
    #expect(try reader.uint32() == 0x0706_0504)
    #expect(reader.position == 16 && reader.remaining == 8)
    for read in [{ (reader: inout ByteReader) in try reader.bytes(9) }, { try $0.bytes(-1) }] {
      let error = #expect(throws: FileError.self) { try read(&reader) }
      #expect(error?.kind == .truncated && error?.offset == 16)
    }
    #expect(try reader.uint64() == 0x0F0E_0D0C_0B0A_0908)
    #expect(throws: FileError.self) { try reader.uint8() }
    #expect(throws: FileError.self) { try reader.uint16() }
    #expect(try reader.bytes(0) == [])
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
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(left == ["folder"])
  }
}

@Suite("A folder for one process")
struct FolderLockTests {
  @Test("is refused to others until it is let go, and leaves nothing behind")
  func exclusive() throws {
    let folder = try TemporaryFolder()
    var lock: FolderLock? = try FolderLock(folder.url)
    let error = #expect(throws: FileError.self) { _ = try FolderLock(folder.url) }
    #expect(error?.reason.contains("another process") == true && lock != nil)
    lock = nil
    _ = try FolderLock(folder.url)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    #expect(throws: FileError.self) { _ = try FolderLock(folder.url.appending(path: "nowhere")) }
  }
}
