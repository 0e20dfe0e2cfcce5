import Foundation
import RetrogradFiles
import RetrogradTestSupport
import Testing

@testable import RetrogradWeightFiles

@Suite("Memory and time that a weight file may take")
struct WeightFileLimitTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A file that begins with some bytes and then has a hole, which takes no room on the disk.
  private func sparse(_ beginning: [UInt8], hole: Int) throws -> URL {
    let url = folder.url.appending(path: "sparse")
    try Data(beginning).write(to: url)
    let handle = try FileHandle(forWritingTo: url)
    try handle.truncate(atOffset: UInt64(beginning.count + hole))
    try handle.close()
    return url
  }

  private func safetensors(_ header: String) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
  }

  private static let hole = 100 << 30

  @Test(
    "a file that claims 100 GB is refused before memory is taken, whatever its elements",
    arguments: [("F32", 4), ("I8", 1), ("F16", 2)])
  func sparseSafetensors(_ type: String, _ size: Int) throws {
    let header =
      #"{"a":{"dtype":"\#(type)","shape":[\#(Self.hole / size)],"data_offsets":[0,\#(Self.hole)]}}"#
    let url = try sparse(safetensors(header), hole: Self.hole)
    let error = #expect(throws: FileError.self) {
      try WeightFile.read(url, memoryLimit: 1 << 30)
    }
    #expect(error?.kind == .tooLarge && error?.reason.contains("\"a\"") == true)
    let file = try SafetensorsFile(url, memoryLimit: 1 << 30)
    #expect(throws: FileError.self) { try file.tensor(named: "a") }
  }

  @Test("so is a NumPy file", arguments: [("<f4", 4), ("|i1", 1), (">f8", 8)])
  func sparseNumPy(_ type: String, _ size: Int) throws {
    let header =
      "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(Self.hole / size),), }\n"
    let beginning = NumPyFile.magic + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
    let url = try sparse(beginning, hole: Self.hole)
    let error = #expect(throws: FileError.self) {
      try WeightFile.read(url, memoryLimit: 1 << 30)
    }
    #expect(error?.kind == .tooLarge && error?.reason.contains("memory") == true)
  }

  @Test(
    "the limit counts all tensors of a file together, and what decoding takes",
    arguments: ["state.safetensors", "state.pth", "state-stream.pth", "column-major.npy"])
  func memoryLimit(_ name: String) throws {
    let url = CheckpointFixtures.url(name)
    let tensors = try WeightFile.read(url)
    let size = tensors.values.reduce(0) { $0 + $1.count * $1.dtype.byteCount }
    let error = #expect(throws: FileError.self) {
      try WeightFile.read(url, memoryLimit: size - 1)
    }
    #expect(error?.kind == .tooLarge)
    #expect(try WeightFile.read(url, memoryLimit: 2 * size) == tensors)
  }

  @Test("a header of a hundred thousand tensors is refused before it is decoded")
  func manyTensors() throws {
    let entry = #"{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
    let entries = (0...100_000).map { "\"\($0)\":\(entry)" }.joined(separator: ",")
    let shape = String(repeating: "1,", count: 1 << 20) + "1"
    for header in ["{\(entries)}", #"{"a":{"dtype":"F32","shape":[\#(shape)]}}"#] {
      let error = #expect(throws: FileError.self) {
        try CheckpointFixtures.read(safetensors(header))
      }
      #expect(error?.kind == .tooLarge && error?.reason.contains("100000 tensors") == true)
    }
  }

  @Test("metadata may be a long text with any number of commas in it")
  func longMetadata() throws {
    let text = String(repeating: #"{\"a\\\",[\",1],"#, count: 200_000)
    let tensors = try CheckpointFixtures.read(safetensors(#"{"__metadata__":{"a":"\#(text)"}}"#))
    #expect(tensors.isEmpty)
  }

  @Test("a storage that tensors share is checked or unpacked once")
  func sharedStorage() throws {
    let url = folder.url.appending(path: "x.pth")
    try FileManager.default.copyItem(at: CheckpointFixtures.url("shared-entry.pth"), to: url)
    let file = try BoundedFile(url)
    var storages = try ArchiveStorages(file)
    var budget = MemoryBudget(memoryLimit: 1 << 20, of: file)
    let storage = StorageReference(
      type: ElementType(.float32), key: "0", count: 1024, viewOffset: 0)
    let place = try storages.place(of: storage, &budget)
    // What would be noticed if the bytes were checked again.
    let handle = try FileHandle(forWritingTo: url)
    try handle.seek(toOffset: UInt64(place.offset))
    try handle.write(contentsOf: Data([1, 2, 3]))
    try handle.close()
    #expect(try storages.place(of: storage, &budget).offset == place.offset)
    var fresh = try ArchiveStorages(file)
    #expect(throws: FileError.self) { try fresh.place(of: storage, &budget) }

    let packed = try BoundedFile(CheckpointFixtures.url("packed-zeros.pth"))
    var packedStorages = try ArchiveStorages(packed)
    var large = MemoryBudget(memoryLimit: 1 << 30, of: packed)
    let first = try packedStorages.place(of: storage, &large)
    let taken = large.taken
    #expect(taken == 4 << 20)
    #expect(try packedStorages.place(of: storage, &large).file === first.file)
    #expect(large.taken == taken)
  }
}

@Suite("What a pickle may hold")
struct PickleMachineTests {
  private func run(_ pickle: [UInt8], fileSize: Int) throws -> PickleValue {
    var machine = PickleMachine(pickle, file: "x", base: 0, fileSize: fileSize)
    return try machine.run()
  }

  @Test(
    "items that are added piece by piece count, in lists, dictionaries and tuples",
    arguments: ["]": "e", "}": "u", "": "t0"])
  func items(_ container: String, _ add: String) throws {
    let piece = Array(("(" + String(repeating: "N", count: 60_000) + add).utf8)
    let pickle = Array(container.utf8) + Array(repeatElement(piece, count: 20).joined())
    #expect(throws: Never.self) { try run(pickle + Array("N.".utf8), fileSize: 1 << 20) }
    let error = #expect(throws: FileError.self) {
      try run(pickle + Array("N.".utf8), fileSize: 1000)
    }
    #expect(error?.kind == .tooLarge && error?.reason.contains("1050576") == true)
  }

  @Test("a call takes no longer on a full stack than on an empty one")
  func deepStack() throws {
    func time(_ depth: Int) throws -> Duration {
      let calls = String(repeating: "ccollections\nOrderedDict\n)R0", count: 2000)
      let pickle = Array((String(repeating: "N", count: depth) + calls + "N.").utf8)
      let clock = ContinuousClock()
      let start = clock.now
      _ = try run(pickle, fileSize: 1 << 20)
      return clock.now - start
    }
    // Copying the stack with each call would make it hundreds of times as long.
    let shallow = try time(1)
    #expect(try time(200_000) < shallow * 20 + .seconds(2))
  }

  @Test("a value takes little room, since each byte of a pickle can put one on the stack")
  func small() { #expect(MemoryLayout<PickleValue>.stride <= 24) }
}
