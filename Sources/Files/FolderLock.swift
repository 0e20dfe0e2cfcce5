import Foundation

/// A folder that one process works in: another one that asks meanwhile is refused. It ends with its last reference,
/// or with the process, however that ends; nothing is left in the folder.
public final class FolderLock: Sendable {
  /// The folder.
  public let url: URL
  private let descriptor: Int32

  /// Takes a folder, which exists.
  ///
  /// If the file system has no locks, every process gets the folder.
  ///
  /// - Throws: ``FileError`` where another process has it.
  public init(_ url: URL) throws(FileError) {
    self.url = url
    descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      throw FileError(.unreadable, file: url.path, "cannot be opened: \(lastError)")
    }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK {
      close(descriptor)
      throw FileError(.unwritable, file: url.path, "is in use: another process writes to it")
    }
  }

  deinit { close(descriptor) }
}
