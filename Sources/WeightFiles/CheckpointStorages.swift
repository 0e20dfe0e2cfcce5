import Foundation
import RetrogradArchives
import RetrogradFiles
import RetrogradTensors

/// The zip form: `NAME/data.pkl` beside `NAME/data/0`, `NAME/data/1`, …
struct ArchiveStorages: StorageSource {
  let machine: PickleMachine
  let root: PickleValue
  let isBigEndian: Bool
  private let archive: ZipArchive
  private let file: BoundedFile
  private let folder: String
  /// The storages that were checked or unpacked already: a thousand tensors can share one.
  private var places: [String: (file: BoundedFile, offset: Int)] = [:]
  private var verified = 0

  /// The limit on the packed list of tensors, as a multiple of the file's size and 1 MB.
  private static let pickleGrowthLimit = 8

  init(_ file: BoundedFile) throws(FileError) {
    self.file = file
    archive = try ZipArchive(file)
    if let reason = WeightFile.diagnosis(archive) {
      throw FileError(.unsupported, file: file.name, reason)
    }
    let pickles = archive.entries.filter { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
    guard pickles.count == 1 else {
      throw FileError(
        .unsupported, file: file.name,
        "zip archive with \(pickles.count) files called data.pkl; a PyTorch checkpoint has one")
    }
    folder = String(pickles[0].name.dropLast("data.pkl".count))
    if let order = archive.entry(named: folder + "byteorder") {
      let text = String(decoding: try archive.read(order, limit: 16), as: UTF8.self)
      isBigEndian = text == "big"
    } else {
      isBigEndian = false
    }
    let pickleLimit = MemoryBudget.limit(growth: Self.pickleGrowthLimit, of: file)
    let pickle = try archive.read(
      pickles[0], limit: min(PickleMachine.sizeLimit, pickleLimit))
    let base = pickles[0].isStored ? try archive.range(of: pickles[0]).lowerBound : 0
    var machine = PickleMachine(
      pickle, file: file.name, base: base, fileSize: file.size)
    root = try machine.run()
    self.machine = machine
  }

  mutating func place(
    of storage: StorageReference, _ budget: inout MemoryBudget
  ) throws(FileError) -> (file: BoundedFile, offset: Int) {
    let name = folder + "data/" + storage.key
    guard let entry = archive.entry(named: name) else {
      throw FileError(.malformed, file: file.name, "has no \"\(name)\", which a tensor refers to")
    }
    let elements = storage.viewOffset + storage.count
    guard elements <= entry.size / storage.type.byteCount else {
      throw FileError(
        .malformed, file: file.name,
        "\"\(name)\" has \(entry.size) bytes; a storage of \(elements) elements of "
          + "\(storage.type.byteCount) bytes was expected")
    }
    if let place = places[name] { return place }
    let place = entry.isStored ? try verify(entry) : (try unpack(entry, &budget), 0)
    places[name] = place
    return place
  }

  private mutating func verify(
    _ entry: ZipArchive.Entry
  ) throws(FileError) -> (file: BoundedFile, offset: Int) {
    let range = try archive.range(of: entry)
    // Entries that share their bytes would each be read in full.
    verified += range.count
    guard verified <= file.size else {
      throw FileError(
        .malformed, file: file.name, offset: range.lowerBound,
        "\"\(entry.name)\" shares its bytes with another part of the archive")
    }
    try archive.verify(entry)
    return (file, range.lowerBound)
  }

  private func unpack(
    _ entry: ZipArchive.Entry, _ budget: inout MemoryBudget
  ) throws(FileError) -> BoundedFile {
    try budget.take(
      entry.size, temporary: entry.compressedSize, for: "the packed \"\(entry.name)\"", in: file)
    let bytes = try archive.read(entry, limit: entry.size)
    return BoundedFile(bytes: bytes, name: "\(file.name): \(entry.name)")
  }
}

/// The older form: five pickles one after the other, then the storages, each behind its length.
struct StreamStorages: StorageSource {
  /// 0x1950a86a20f9469cfc6c, least significant byte first.
  static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
  private static let protocolVersion = 1001

  let machine: PickleMachine
  let root: PickleValue
  let isBigEndian = false
  private let file: BoundedFile
  /// The offset of each storage in the file, and its size in bytes.
  private let places: [String: (offset: Int, size: Int)]

  init(_ file: BoundedFile) throws(FileError) {
    self.file = file
    let head = try file.read(at: 0, count: min(file.size, PickleMachine.sizeLimit))
    var machine = PickleMachine(head, file: file.name, base: 0, fileSize: file.size)
    guard case .bigInteger(Self.magic) = try machine.run() else {
      throw FileError(.malformed, file: file.name, offset: 0, "expected PyTorch's magic number")
    }
    guard case .integer(Self.protocolVersion) = try machine.run() else {
      throw FileError(
        .unsupported, file: file.name, offset: machine.position,
        "is not of protocol \(Self.protocolVersion), the only one of its kind")
    }
    if case .dictionary(let index) = try machine.run() {
      try Self.requireLittleEndian(machine.containers[index], file)
    }
    root = try machine.run()
    let objects = machine
    guard case .list(let index) = try machine.run() else {
      throw FileError(
        .malformed, file: file.name, offset: machine.position, "expected the list of storages")
    }
    self.machine = objects
    var places: [String: (offset: Int, size: Int)] = [:]
    var position = machine.position
    for item in machine.containers[index] {
      guard case .text(let key) = item, places[key] == nil, let type = objects.storageTypes[key]
      else {
        throw FileError(
          .malformed, file: file.name, offset: position,
          "lists a storage twice, or one that no tensor refers to")
      }
      var length = ByteReader(
        try file.read(at: position, count: 8), file: file.name, base: position)
      let count = try length.size64()
      guard count <= (file.size - position - 8) / type.byteCount else {
        throw FileError(
          .truncated, file: file.name, offset: position,
          "storage \"\(key)\" of \(count) elements of \(type.byteCount) bytes goes past the end")
      }
      places[key] = (position + 8, count * type.byteCount)
      position += 8 + count * type.byteCount
    }
    self.places = places
  }

  func place(
    of storage: StorageReference, _ budget: inout MemoryBudget
  ) throws(FileError) -> (file: BoundedFile, offset: Int) {
    guard let place = places[storage.key] else {
      throw FileError(
        .malformed, file: file.name, "has no storage \"\(storage.key)\", which a tensor refers to")
    }
    let available = place.size / storage.type.byteCount
    guard storage.viewOffset + storage.count <= available else {
      throw FileError(
        .malformed, file: file.name, offset: place.offset,
        "storage \"\(storage.key)\" has \(available) elements, a tensor expects "
          + "\(storage.viewOffset + storage.count)")
    }
    return (file, place.offset)
  }

  private static func requireLittleEndian(
    _ items: [PickleValue], _ file: BoundedFile
  )
    throws(FileError)
  {
    for place in stride(from: 0, to: items.count - 1, by: 2) {
      if case .text("little_endian") = items[place], case .bool(false) = items[place + 1] {
        throw FileError(
          .unsupported, file: file.name,
          "was written on a big-endian machine, which is not supported")
      }
    }
  }
}
