import Foundation
import Synchronization

/// The folders that are there; those that a program still holds at its end go with it.
private let folders = Mutex<Set<String>>([])
private let removesFoldersAtExit: Void = {
  _ = atexit {
    for path in folders.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
  }
}()

/// A folder for files that are needed for a while: it goes, with all that is in it, when nobody holds it any more, and
/// at the latest when the program ends.
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
    removesFoldersAtExit
    _ = folders.withLock { [path = url.path] in $0.insert(path) }
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
    _ = folders.withLock { [path = url.path] in $0.remove(path) }
  }
}
