import Foundation

/// The store of downloaded weights.
///
/// ``folder`` is `weights` inside of `RETROGRAD_HOME`, or of `retrograd` in the platform's cache:
/// `~/Library/Caches` on macOS, otherwise `XDG_CACHE_HOME`, by default `~/.cache`. What PyTorch has
/// downloaded is used as well.
public struct WeightStore: Sendable {
  /// The folder into which `retrograd weights fetch` puts files.
  public let folder: URL
  /// PyTorch's folder for downloads: `TORCH_HOME/hub/checkpoints`, with `~/.cache/torch` for
  /// `TORCH_HOME` by default (documentation of `torch.hub`).
  public let pyTorchFolder: URL

  /// The places that an environment names.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    func place(_ variable: String) -> URL? {
      environment[variable].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
    }
    let home = place("HOME") ?? FileManager.default.homeDirectoryForCurrentUser
    let cache = place("XDG_CACHE_HOME") ?? home.appending(path: ".cache")
    #if os(macOS)
      let ownCache = place("XDG_CACHE_HOME") ?? home.appending(path: "Library/Caches")
    #else
      let ownCache = cache
    #endif
    folder = (place("RETROGRAD_HOME") ?? ownCache.appending(path: "retrograd"))
      .appending(path: "weights")
    pyTorchFolder = (place("TORCH_HOME") ?? cache.appending(path: "torch"))
      .appending(path: "hub/checkpoints")
  }

  /// The possible locations of a network's file, the best one first.
  public func places(of network: WeightManifest.Network) -> [URL] {
    [folder, pyTorchFolder].map { $0.appending(path: network.file) }
  }

  /// A network's file; `nil` when it is in neither place.
  public func find(_ network: WeightManifest.Network) -> URL? {
    places(of: network).first { FileManager.default.isReadableFile(atPath: $0.path) }
  }
}
