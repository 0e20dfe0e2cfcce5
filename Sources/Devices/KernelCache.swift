import Foundation
import RetrogradFiles

/// Compiled kernels on disk, so that a program's second run does not compile them again.
///
/// A file's name is the digest of all that its content depends on: device, driver, options and text. Its first 64
/// bytes are the digest of the rest; what does not fit it was cut off or changed, and is compiled again. Nothing
/// fails because of the cache: without a folder that can be written, kernels are compiled every time.
package struct KernelCache: Sendable {
  private static let digestSize = 64
  /// No binary is that large.
  private static let limit = 64 << 20

  private let folder: URL

  /// The cache in a folder, which need not exist.
  package init(folder: URL) { self.folder = folder }

  /// `kernels` inside of `RETROGRAD_HOME`, or of `retrograd` in the platform's cache: `~/Library/Caches` on macOS,
  /// otherwise `XDG_CACHE_HOME`, by default `~/.cache`.
  package static var standard: KernelCache {
    func place(_ variable: String) -> URL? {
      ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        .map { URL(filePath: $0) }
    }
    let home = FileManager.default.homeDirectoryForCurrentUser
    #if os(macOS)
      let usual = home.appending(path: "Library/Caches")
    #else
      let usual = home.appending(path: ".cache")
    #endif
    let own =
      place("RETROGRAD_HOME")
      ?? (place("XDG_CACHE_HOME") ?? usual).appending(path: "retrograd")
    return KernelCache(folder: own.appending(path: "kernels"))
  }

  /// The file of what depends on `parts`.
  package func file(_ parts: [String]) -> URL {
    var digest = SHA256()
    for part in parts { digest.update(Array(part.utf8) + [0]) }
    return folder.appending(path: digest.hexadecimal)
  }

  /// The binary in a file; `nil` where there is none, or it is damaged.
  package func binary(in file: URL) -> [UInt8]? {
    guard let bytes = try? BoundedFile(file).readAll(limit: Self.limit),
      bytes.count > Self.digestSize
    else { return nil }
    let binary = Array(bytes.dropFirst(Self.digestSize))
    return Array(bytes.prefix(Self.digestSize)) == Self.digest(of: binary) ? binary : nil
  }

  /// Keeps a binary if that is possible.
  package func keep(_ binary: [UInt8], in file: URL) {
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? writeAtomically(Self.digest(of: binary) + binary, to: file)
  }

  private static func digest(of bytes: [UInt8]) -> [UInt8] {
    var digest = SHA256()
    digest.update(bytes)
    return Array(digest.hexadecimal.utf8)
  }
}
