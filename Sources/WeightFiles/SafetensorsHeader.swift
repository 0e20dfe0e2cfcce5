import Foundation
import RetrogradFiles

/// The header of a safetensors file: what tensors there are, and the metadata.
struct SafetensorsHeader: Decodable {
  struct Description: Codable {
    let dtype: String
    let shape: [Int]
    let dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  private(set) var metadata: [String: String] = [:]
  private(set) var tensors: [String: Description] = [:]

  /// The maximum number of tensors in a file: a thousand times what networks have.
  private static let entryLimit = 100_000
  /// The maximum number of commas that those tensors can need, with extents, offsets and metadata.
  private static let commaLimit = 1 << 20

  /// Decodes a header.
  ///
  /// - Parameters:
  ///   - json: The header.
  ///   - file: The file's name, for errors.
  ///   - offset: The offset of the header in the file.
  init(_ json: [UInt8], file: String, offset: Int) throws(FileError) {
    let commas = Self.commas(json)
    guard commas.outer < Self.entryLimit, commas.all <= Self.commaLimit else {
      throw FileError(
        .tooLarge, file: file, offset: offset,
        "the header lists more than \(Self.entryLimit) tensors, or more about them than those need")
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(json))
    } catch {
      throw FileError(
        .malformed, file: file, offset: offset,
        "the header is not the JSON that was expected: \(Self.reason(error))")
    }
  }

  /// The commas between entries, and all commas, outside of texts. Decoding JSON takes a microsecond for
  /// each, and memory; counting them takes neither.
  private static func commas(_ json: [UInt8]) -> (outer: Int, all: Int) {
    var (outer, all, depth) = (0, 0, 0)
    var (isText, isEscaped) = (false, false)
    json.withUnsafeBufferPointer { json in
      for byte in json {
        if isText {
          if isEscaped {
            isEscaped = false
          } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
          } else if byte == UInt8(ascii: "\"") {
            isText = false
          }
          continue
        }
        switch byte {
        case UInt8(ascii: "\""): isText = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        case UInt8(ascii: ","):
          all += 1
          if depth == 1 { outer += 1 }
        default: break
        }
      }
    }
    return (outer, all)
  }

  private struct Key: CodingKey {
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
