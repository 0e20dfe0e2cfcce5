import Foundation
import RetrogradFiles

/// The networks that can be downloaded.
public struct WeightManifest: Codable, Sendable {
  /// One file of weights.
  public struct Entry: Codable, Equatable, Sendable {
    /// What the tools call it.
    public let name: String
    /// The file's name.
    public let file: String
    /// Where it is.
    public let address: String
    /// The beginning of its SHA-256, in hexadecimal digits; the whole where it is known.
    public let sha256Prefix: String
    /// The number of classes that it tells apart.
    public let classes: Int
    /// About how large it is, in millions of bytes.
    public let megabytes: Int
    /// What it is.
    public let description: String
    /// Where that is written.
    public let source: String
  }

  /// All of them.
  public let files: [Entry]

  /// What this version knows.
  public static let current: WeightManifest = {
    // The file is part of the program, so that it can only be wrong when the tests fail as well.
    try! JSONDecoder().decode(
      WeightManifest.self, from: Data(PackageResources.manifest_json))
  }()

  /// The official AlexNet.
  public static var alexnet: Entry { current.files.first { $0.name == "alexnet" }! }

  /// The entry of a name or a file's name.
  public func entry(named name: String) -> Entry? {
    files.first { $0.name == name || $0.file == name }
  }
}

/// Where downloaded weights are kept.
public struct WeightStore: Sendable {
  /// The folder that downloads go to.
  public let folder: URL
  /// Where they are looked for besides: PyTorch's own downloads.
  public let others: [URL]

  /// The folders that the environment names.
  ///
  /// `RETROGRAD_HOME/weights`, or else the platform's place for caches: `XDG_CACHE_HOME` or `~/.cache` on
  /// Linux, `~/Library/Caches` on macOS. PyTorch's is `TORCH_HOME/hub/checkpoints`, with
  /// `~/.cache/torch` for `TORCH_HOME` by default (documentation of `torch.hub`).
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let home = FileManager.default.homeDirectoryForCurrentUser
    let cache =
      environment["XDG_CACHE_HOME"].map { URL(filePath: $0) } ?? home.appending(path: ".cache")
    #if os(macOS)
      let ownCache = home.appending(path: "Library/Caches")
    #else
      let ownCache = cache
    #endif
    let own =
      environment["RETROGRAD_HOME"].map { URL(filePath: $0) }
      ?? ownCache.appending(path: "retrograd")
    folder = own.appending(path: "weights")
    let torch =
      environment["TORCH_HOME"].map { URL(filePath: $0) } ?? cache.appending(path: "torch")
    others = [torch.appending(path: "hub/checkpoints")]
  }

  /// Where a download goes.
  public func place(of entry: WeightManifest.Entry) -> URL { folder.appending(path: entry.file) }

  /// The file, where it has been downloaded already; `nil` where it has not.
  public func find(_ entry: WeightManifest.Entry) -> URL? {
    ([folder] + others).map { $0.appending(path: entry.file) }
      .first { FileManager.default.isReadableFile(atPath: $0.path) }
  }
}
