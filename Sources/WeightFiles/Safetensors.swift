import Foundation
import RetrogradFiles
import RetrogradTensors

/// Named tensors in the safetensors format: a length, a header in JSON, then the numbers.
///
/// Format: the documentation of the `safetensors` package, version 0.4 and later.
public enum Safetensors {
  /// All tensors of a file.
  ///
  /// Half-precision numbers and small integers load as `float32`, wider integers as `float64`.
  public static func read(_ url: URL) throws(WeightFileError) -> [String: Tensor] {
    try SafetensorsFile(BoundedFile(url)).readAll()
  }

  /// The file's metadata: names and texts.
  public static func metadata(_ url: URL) throws(WeightFileError) -> [String: String] {
    try SafetensorsFile(BoundedFile(url)).metadata
  }

  /// Writes tensors; the same tensors always give the same bytes.
  ///
  /// The file is written beside its target and renamed, so that an old one survives a failure.
  public static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], to url: URL
  ) throws(WeightFileError) {
    // Wider elements first, so that every tensor begins at a multiple of its element's size.
    let ordered = tensors.sorted {
      ($1.value.dtype.byteCount, $0.key) < ($0.value.dtype.byteCount, $1.key)
    }
    var header: [String: Header] = metadata.isEmpty ? [:] : ["__metadata__": .metadata(metadata)]
    var offset = 0
    for (name, tensor) in ordered {
      guard name != "__metadata__" else {
        throw FileError(.unsupported, file: url.path, "no tensor may be called \"__metadata__\"")
      }
      let end = offset + tensor.count * tensor.dtype.byteCount
      header[name] = .tensor(
        .init(
          dtype: tensor.dtype == .float32 ? "F32" : "F64", shape: tensor.shape,
          dataOffsets: [offset, end]))
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard var json = try? Array(encoder.encode(header)) else {
      throw FileError(.unwritable, file: url.path, "the header could not be encoded")
    }
    json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    let writer = try AtomicWriter(url)
    try writer.write(withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json)
    for (_, tensor) in ordered {
      try tensor.withUnsafeBytes { (bytes) throws(FileError) in try writer.write(bytes) }
    }
    try writer.finish()
  }

  private enum Header: Encodable {
    case metadata([String: String])
    case tensor(SafetensorsFile.Description)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .metadata(let texts): try texts.encode(to: encoder)
      case .tensor(let description): try description.encode(to: encoder)
      }
    }
  }
}

/// An open safetensors file, read one tensor at a time.
public struct SafetensorsFile: Sendable {
  struct Description: Codable {
    let dtype: String
    let shape: [Int]
    let dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  private struct Place: Sendable {
    let type: StoredType
    let shape: [Int]
    let range: Range<Int>
  }

  /// The file's metadata: names and texts.
  public let metadata: [String: String]
  private let places: [String: Place]
  private let file: BoundedFile

  private static let headerLimit = 100_000_000
  private static let types: [String: StoredType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64,
    "I32": .int32, "I16": .int16, "I8": .int8, "U64": .uint64, "U32": .uint32, "U16": .uint16,
    "U8": .uint8, "BOOL": .bool,
  ]

  /// Opens a file and reads its header.
  public init(_ url: URL) throws(WeightFileError) { try self.init(BoundedFile(url)) }

  init(_ file: BoundedFile) throws(WeightFileError) {
    self.file = file
    var lengthReader = ByteReader(
      try file.read(at: 0, count: 8), file: file.name, base: 0)
    let length = try lengthReader.size64()
    guard length <= Self.headerLimit, length <= file.size - 8 else {
      throw FileError(
        .malformed, file: file.name, offset: 0,
        "the header claims \(length) bytes in a file of \(file.size), at most \(Self.headerLimit)")
    }
    let header: HeaderFields
    do {
      header = try JSONDecoder().decode(
        HeaderFields.self, from: Data(try file.read(at: 8, count: length)))
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError(
        .malformed, file: file.name, offset: 8,
        "the header is not the JSON that was expected: \(Self.reason(error))")
    }
    metadata = header.metadata
    places = try Self.places(header.tensors, file, dataStart: 8 + length)
  }

  /// The names of the tensors, sorted.
  public var names: [String] { places.keys.sorted() }

  /// The shape of a tensor.
  public func shape(named name: String) -> [Int]? { places[name]?.shape }

  /// One tensor; an error when there is none of that name.
  public func tensor(named name: String) throws(WeightFileError) -> Tensor {
    guard let place = places[name] else {
      throw FileError(.malformed, file: file.name, "holds no tensor \"\(name)\"")
    }
    return try file.tensor(at: place.range.lowerBound, place.type, shape: place.shape)
  }

  func readAll() throws(WeightFileError) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for name in names { tensors[name] = try tensor(named: name) }
    return tensors
  }

  private struct HeaderFields: Decodable {
    var metadata: [String: String] = [:]
    var tensors: [String: Description] = [:]

    struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys {
        if key.stringValue == "__metadata__" {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          tensors[key.stringValue] = try container.decode(Description.self, forKey: key)
        }
      }
    }
  }

  private static func places(
    _ tensors: [String: Description], _ file: BoundedFile, dataStart: Int
  ) throws(WeightFileError) -> [String: Place] {
    var places: [String: Place] = [:]
    for (name, description) in tensors {
      func failure(_ kind: FileError.Kind, _ reason: String) -> FileError {
        FileError(kind, file: file.name, offset: dataStart, "tensor \"\(name)\" \(reason)")
      }
      guard let type = types[description.dtype] else {
        throw failure(.unsupported, "is of type \(description.dtype), which is not supported")
      }
      let offsets = description.dataOffsets
      guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1],
        offsets[1] <= file.size - dataStart
      else {
        throw failure(
          .truncated, "stands at \(offsets) of \(file.size - dataStart) bytes of data")
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
      places[name] = Place(
        type: type, shape: description.shape,
        range: (dataStart + offsets[0])..<(dataStart + offsets[1]))
    }
    var end = dataStart
    for (name, place) in places.sorted(by: {
      ($0.value.range.lowerBound, $0.value.range.upperBound)
        < ($1.value.range.lowerBound, $1.value.range.upperBound)
    }) {
      guard place.range.lowerBound == end else {
        throw FileError(
          .malformed, file: file.name, offset: place.range.lowerBound,
          "tensor \"\(name)\" should begin at byte \(end): tensors follow one another without gaps")
      }
      end = place.range.upperBound
    }
    guard end == file.size else {
      throw FileError(
        .malformed, file: file.name, offset: end, "\(file.size - end) bytes belong to no tensor")
    }
    return places
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, let context):
      "\(path(context)) has no \"\(key.stringValue)\""
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(path(context)): \(context.debugDescription)"
    case .dataCorrupted(let context): context.debugDescription
    default: "\(error)"
    }
  }

  private static func path(_ context: DecodingError.Context) -> String {
    context.codingPath.map(\.stringValue).joined(separator: ".")
  }
}
