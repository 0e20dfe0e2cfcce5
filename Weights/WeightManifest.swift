import Foundation
import RetrogradFiles
import RetrogradTensors
import RetrogradWeightFiles

/// The networks that can be downloaded, as `manifest.json` lists them.
public struct WeightManifest: Codable, Equatable, Sendable {
  /// A pre-trained network that somebody else publishes.
  public struct Network: Codable, Equatable, Sendable {
    /// Its name on the command line.
    public let name: String
    /// A description in a few words.
    public let title: String
    /// The file's name.
    public let file: String
    /// The address for downloading it.
    public let address: URL
    /// The file's size, where that is known.
    public let bytes: Int?
    /// The SHA-256 of the file in hexadecimal, or at least its first eight digits.
    public let sha256: String
    /// The number of outputs.
    public let classes: Int
    /// Its publisher, and the source of these facts.
    public let source: String
    /// Its license, as far as is known.
    public let license: String

    /// Indicates whether the whole digest is known, not only its beginning.
    public var isWholeDigestKnown: Bool { sha256.count == 64 }
  }

  /// The version of the manifest's form.
  public let version: Int
  /// The networks, the default first.
  public let networks: [Network]

  /// The manifest of this build.
  public static let embedded: WeightManifest = {
    do throws(FileError) {
      return try WeightManifest(PackageResources.manifest_json, name: "manifest.json")
    } catch {
      stop("this build's manifest of weights is damaged: \(error)")
    }
  }()

  /// torchvision's AlexNet.
  public static let alexNet: Network = {
    guard let network = embedded.network(named: "alexnet") else {
      stop("this build's manifest of weights lacks \"alexnet\"")
    }
    return network
  }()

  /// The maximum size of a manifest, in bytes.
  private static let sizeLimit = 1 << 20
  private static let knownVersion = 1

  /// Decodes a manifest.
  ///
  /// - Parameters:
  ///   - json: The manifest.
  ///   - name: The file's name, for errors.
  public init(_ json: [UInt8], name: String) throws(FileError) {
    func malformed(_ reason: String) -> FileError {
      FileError(.malformed, file: name, reason)
    }
    guard json.count <= Self.sizeLimit else {
      throw FileError(
        .tooLarge, file: name, "has \(json.count) bytes, more than the limit of \(Self.sizeLimit)")
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { keys in
      let key = keys[keys.count - 1]
      return key.intValue == nil ? ManifestKey(stringValue: key.stringValue) : key
    }
    do {
      self = try decoder.decode(Self.self, from: Data(json))
    } catch {
      throw malformed("is not the JSON that was expected: \(describeDecoding(error))")
    }
    guard version == Self.knownVersion else {
      throw FileError(
        .unsupported, file: name,
        "is of version \(version); this program knows \(Self.knownVersion)")
    }
    var names: Set<String> = []
    for network in networks {
      if let reason = network.mistake { throw malformed("\"\(network.name)\" \(reason)") }
      guard names.insert(network.name).inserted else {
        throw malformed("lists \"\(network.name)\" twice")
      }
    }
  }

  /// The network of a name.
  public func network(named name: String) -> Network? { networks.first { $0.name == name } }
}

extension WeightManifest.Network {
  /// The mistake in the entry; `nil` if there is none.
  fileprivate var mistake: String? {
    if file.isEmpty || file.hasPrefix(".") || file.utf8.contains(UInt8(ascii: "/")) {
      return "has the file name \"\(file)\"; expected a plain name"
    }
    if !["http", "https"].contains(address.scheme) || address.host() == nil {
      return "has the address \(address); expected one that begins with https://"
    }
    if !(8...64).contains(sha256.count) || !sha256.allSatisfy("0123456789abcdef".contains) {
      return "has the digest \"\(sha256)\"; expected 8 to 64 hexadecimal digits in lower case"
    }
    if classes < 1 { return "has \(classes) classes" }
    if let bytes, bytes < 1 { return "has \(bytes) bytes" }
    return nil
  }
}

/// The complaint of a decoder and its place, without the noise.
func describeDecoding(_ error: any Error) -> String {
  func path(_ context: DecodingError.Context) -> String {
    context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
      .joined(separator: ".")
  }
  switch error as? DecodingError {
  case .keyNotFound(let key, let context):
    return "\(path(context)) has no \"\(key.stringValue)\""
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    return "\(path(context)): \(context.debugDescription)"
  case .dataCorrupted(let context): return "\(path(context)): \(context.debugDescription)"
  default: return "\(error)"
  }
}
