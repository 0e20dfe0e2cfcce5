import Foundation
import RetrogradFiles

/// The part of a download that has arrived: `NAME.partial` beside the file that it is to become.
///
/// It is locked while it is open, so that two processes do not write to it at once. It stays when the
/// process ends, however that happens; the next one goes on from there.
final class PartialFile {
  /// The file.
  let url: URL
  /// The number of bytes that have arrived.
  private(set) var size: Int
  /// Indicates whether another process had it first.
  let hasWaited: Bool
  private let target: URL
  private let descriptor: Int32

  /// The file that says of which version of which file the bytes are: an address and an ETag, a line each.
  private var versionURL: URL { url.appendingPathExtension("version") }

  /// Opens what is there, or begins.
  ///
  /// - Parameters:
  ///   - target: The file that it is to become.
  ///   - patience: The time to wait for another process that has it, in seconds.
  ///   - waiting: Is called once when there is one.
  init(
    for target: URL, patience: Double, waiting: () -> Void
  ) throws(DownloadError) {
    self.target = target
    url = target.appendingPathExtension("partial")
    let end = Date().addingTimeInterval(patience)
    var hasWaited = false
    while true {
      if let (descriptor, size) = try Self.open(url) {
        (self.descriptor, self.size, self.hasWaited) = (descriptor, size, hasWaited)
        return
      }
      if Date() >= end { throw .busy(file: target.path) }
      if !hasWaited { waiting() }
      hasWaited = true
      Thread.sleep(forTimeInterval: 0.1)
    }
  }

  deinit { close(descriptor) }

  /// The file, open and locked, and its size; `nil` when another process has it.
  private static func open(_ url: URL) throws(DownloadError) -> (Int32, Int)? {
    func unwritable(_ reason: String) -> DownloadError {
      .file(FileError(.unwritable, file: url.path, reason))
    }
    let descriptor = Foundation.open(
      url.path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw unwritable("cannot be written: \(lastError)") }
    var (status, named) = (stat(), stat())
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw unwritable("is not a regular file")
    }
    // Some network file systems cannot lock; the digest then still decides what gets the name.
    let isTaken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    // Whoever had it may have renamed it between opening and locking.
    guard !isTaken, fstat(descriptor, &status) == 0, stat(url.path, &named) == 0,
      status.st_ino == named.st_ino, status.st_dev == named.st_dev
    else {
      close(descriptor)
      return nil
    }
    return (descriptor, Int(status.st_size))
  }

  /// Appends bytes.
  func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    do throws(FileError) {
      try writeAll(bytes, to: descriptor, file: url.path)
      size += bytes.count
    } catch {
      // Some of them may have been written.
      var status = stat()
      if fstat(descriptor, &status) == 0 { size = Int(status.st_size) }
      throw error
    }
  }

  /// Forgets what has arrived.
  func restart() throws(DownloadError) {
    try? FileManager.default.removeItem(at: versionURL)
    guard ftruncate(descriptor, 0) == 0 else {
      throw .file(FileError(.unwritable, file: url.path, "cannot be shortened: \(lastError)"))
    }
    size = 0
  }

  /// The ETag of what has arrived from an address; `nil` when none is known.
  func version(from address: String) -> String? {
    guard let bytes = try? BoundedFile(versionURL).readAll(limit: 1 << 14) else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return lines.count == 2 && lines[0] == address ? String(lines[1]) : nil
  }

  /// Notes the version of what is arriving, so that it can be asked to go on with the same.
  func setVersion(_ tag: String?, from address: String) throws(DownloadError) {
    guard let tag else {
      try? FileManager.default.removeItem(at: versionURL)
      return
    }
    do throws(FileError) {
      try writeAtomically(Array("\(address)\n\(tag)\n".utf8), to: versionURL)
    } catch {
      throw .file(error)
    }
  }

  /// Removes all of it.
  func remove() {
    try? FileManager.default.removeItem(at: versionURL)
    unlink(url.path)
  }

  /// Gives the complete file its name.
  func finish() throws(DownloadError) {
    guard fsync(descriptor) == 0, rename(url.path, target.path) == 0 else {
      throw .file(FileError(.unwritable, file: target.path, "cannot be written: \(lastError)"))
    }
    try? FileManager.default.removeItem(at: versionURL)
    // The name, too, should survive a power cut; where a folder cannot be synced nothing is lost.
    let folder = Foundation.open(target.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }
}
