import Foundation

/// A folder for files that are needed for a while: it goes, with all that is in it, when nobody holds it any more.
public final class ScratchFolder: Sendable {
  /// The folder.
  public let url: URL

  /// An empty folder.
  public init(
    in place: URL = FileManager.default.temporaryDirectory
  ) throws(FileError) {
    url = place.appending(path: "retrograd-\(UInt64.random(in: 0...UInt64.max))")
    do {
      try FileManager.default.createDirectory(
        at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw FileError(.unwritable, file: url.path, "cannot be made: \(systemReason(for: error))")
    }
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
