import Foundation
import RetrogradFiles
import RetrogradTensors

/// An open safetensors file, read one tensor at a time.
public struct SafetensorsFile: Sendable {
  private struct Place: Sendable {
    let type: StoredType
    let shape: [Int]
    let range: Range<Int>
  }

  /// The file's metadata: names and texts.
  public let metadata: [String: String]
  /// The header's description of each tensor.
  let descriptions: [String: SafetensorsHeader.Description]
  /// The offset of the numbers in the file.
  let dataStart: Int
  /// The tensors of types that cannot be read.
  public let leftOut: [LeftOut]
  private let places: [String: Place]
  private let file: BoundedFile
  private let memoryLimit: Int

  /// As in the `safetensors` package.
  private static let headerLimit = 100_000_000
  private static let types: [String: StoredType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64,
    "I32": .int32, "I16": .int16, "I8": .int8, "U64": .uint64, "U32": .uint32, "U16": .uint16,
    "U8": .uint8, "BOOL": .bool,
  ]

  /// Opens a file and reads its header.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - memoryLimit: The memory limit for a tensor, or for all that are read at once, in bytes.
  public init(
    _ url: URL, memoryLimit: Int = WeightFile.defaultMemoryLimit
  ) throws(FileError) {
    try self.init(BoundedFile(url), memoryLimit: memoryLimit)
  }

  /// Opens a file that is in memory.
  ///
  /// - Parameters:
  ///   - bytes: The file's content.
  ///   - name: The name to use in errors.
  public init(bytes: [UInt8], name: String) throws(FileError) {
    try self.init(
      BoundedFile(bytes: bytes, name: name), memoryLimit: WeightFile.defaultMemoryLimit)
  }

  init(_ file: BoundedFile, memoryLimit: Int) throws(FileError) {
    self.file = file
    self.memoryLimit = memoryLimit
    var lengthReader = ByteReader(
      try file.read(at: 0, count: 8), file: file.name, base: 0)
    let length = try lengthReader.size64()
    guard length <= Self.headerLimit, length <= file.size - 8 else {
      throw FileError(
        .malformed, file: file.name, offset: 0,
        "the header claims \(length) bytes in a file of \(file.size), at most \(Self.headerLimit)")
    }
    let header = try SafetensorsHeader(
      try file.read(at: 8, count: length), file: file.name, offset: 8)
    (metadata, descriptions, dataStart) = (header.metadata, header.tensors, 8 + length)
    (places, leftOut) = try Self.places(descriptions, file, dataStart: dataStart)
    guard !places.isEmpty || leftOut.isEmpty else {
      throw FileError(
        .unsupported, file: file.name, offset: dataStart,
        "holds no tensor that can be read: "
          + leftOut.prefix(8).map(\.description).joined(separator: ", "))
    }
  }

  /// Returns whether bytes begin as such a file does: the length of a header, and a brace.
  static func isSafetensors(_ beginning: [UInt8]) -> Bool {
    beginning.count > 8 && beginning[8] == UInt8(ascii: "{")
  }

  /// The names of the tensors that can be read, sorted.
  public var names: [String] { places.keys.sorted() }

  /// The shape of a tensor.
  public func shape(named name: String) -> [Int]? { places[name]?.shape }

  /// The element type that a tensor has when it is read.
  func dtype(named name: String) -> DType? { places[name]?.type.dtype }

  /// One tensor; an error when there is none of that name.
  public func tensor(named name: String) throws(FileError) -> Tensor {
    var budget = MemoryBudget(memoryLimit: memoryLimit, of: file)
    return try tensor(named: name, &budget)
  }

  private func tensor(
    named name: String, _ budget: inout MemoryBudget
  ) throws(FileError) -> Tensor {
    guard let place = places[name] else {
      throw FileError(.malformed, file: file.name, "holds no tensor \"\(name)\"")
    }
    // The header's check has counted the elements, and their bytes in the file.
    let count = place.range.count / place.type.byteCount
    try budget.take(
      place.type.loadedSize(count), temporary: place.type.decodingSize(count),
      for: "tensor \"\(name)\" of shape \(place.shape)", in: file)
    return try file.tensor(at: place.range.lowerBound, place.type, shape: place.shape)
  }

  /// All tensors.
  public func readAll() throws(FileError) -> [String: Tensor] {
    var budget = MemoryBudget(memoryLimit: memoryLimit, of: file)
    var tensors: [String: Tensor] = [:]
    for name in names { tensors[name] = try tensor(named: name, &budget) }
    return tensors
  }

  private static func places(
    _ tensors: [String: SafetensorsHeader.Description], _ file: BoundedFile, dataStart: Int
  ) throws(FileError) -> (places: [String: Place], leftOut: [LeftOut]) {
    var places: [String: Place] = [:]
    var leftOut: [LeftOut] = []
    var ranges: [(name: String, range: Range<Int>)] = []
    for (name, description) in tensors {
      func failure(_ kind: FileError.Kind, _ reason: String) -> FileError {
        FileError(kind, file: file.name, offset: dataStart, "tensor \"\(name)\" \(reason)")
      }
      let offsets = description.dataOffsets
      guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1],
        offsets[1] <= file.size - dataStart
      else {
        throw failure(
          .truncated, "stands at \(offsets) of \(file.size - dataStart) bytes of data")
      }
      let range = (dataStart + offsets[0])..<(dataStart + offsets[1])
      ranges.append((name, range))
      guard let type = types[description.dtype] else {
        leftOut.append(
          LeftOut(
            name: name,
            detail: "a tensor of shape \(StoredShape.describe(description.shape)), "
              + description.dtype,
            tensorCount: 1))
        continue
      }
      let count: Int
      do throws(FileError) {
        count = try file.checkedCount(description.shape, type, at: dataStart + offsets[0])
      } catch {
        throw failure(error.kind, error.reason)
      }
      guard count * type.byteCount == offsets[1] - offsets[0] else {
        throw failure(
          .malformed,
          "of shape \(description.shape) takes \(count * type.byteCount) bytes, its place has "
            + "\(offsets[1] - offsets[0])")
      }
      places[name] = Place(type: type, shape: description.shape, range: range)
    }
    var end = dataStart
    for (name, range) in ranges.sorted(by: {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }) {
      guard range.lowerBound == end else {
        throw FileError(
          .malformed, file: file.name, offset: range.lowerBound,
          "tensor \"\(name)\" should begin at byte \(end): tensors follow one another without gaps")
      }
      end = range.upperBound
    }
    guard end == file.size else {
      throw FileError(
        .malformed, file: file.name, offset: end, "\(file.size - end) bytes belong to no tensor")
    }
    return (places, leftOut.sorted { $0.name < $1.name })
  }
}
