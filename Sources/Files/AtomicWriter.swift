import Foundation

/// Writes a file beside its target and gives it the target's name only when it is complete, so that
/// nobody ever sees half a file, and an old one survives a full disk.
public final class AtomicWriter {
  private let target: URL
  private let temporary: URL
  private var descriptor: Int32

  /// Starts a file that is to become `target`.
  public init(_ target: URL) throws(FileError) {
    self.target = target
    let folder = target.deletingLastPathComponent()
    temporary = folder.appending(
      path: ".\(target.lastPathComponent).\(UInt64.random(in: 0...UInt64.max)).partial")
    descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    if descriptor < 0 {
      throw FileError(
        .unwritable, file: target.path, "cannot be written to \(folder.path): \(lastError)")
    }
    // Held until the file is closed or the process ends, however it ends: see removeAbandonedFiles.
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporary.path)
    }
  }

  /// Appends bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try writeAll(bytes, to: descriptor, file: target.path)
  }

  /// Appends bytes.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    try bytes.withBytes { (bytes) throws(FileError) in try write(bytes) }
  }

  /// Gives the complete file its name. Without this call nothing of it remains.
  public func finish() throws(FileError) {
    let synced = fsync(descriptor) == 0
    let closed = close(descriptor) == 0
    descriptor = -1
    guard synced, closed, rename(temporary.path, target.path) == 0 else {
      let reason = lastError
      unlink(temporary.path)
      throw FileError(.unwritable, file: target.path, "cannot be written: \(reason)")
    }
  }
}

/// Removes what an ``AtomicWriter`` of a killed process has left in a folder; files that somebody still writes stay.
package func removeAbandonedFiles(in folder: URL) {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  for name in names where isPartial(name) {
    let path = folder.appending(path: name).path
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    if descriptor < 0 { continue }
    defer { close(descriptor) }
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let changed = attributes?[.modificationDate] as? Date ?? .now
    // A file that has just been opened may not be locked yet.
    if attributes?[.type] as? FileAttributeType == .typeRegular, changed.timeIntervalSinceNow < -2,
      flock(descriptor, LOCK_EX | LOCK_NB) == 0
    {
      unlink(path)
    }
  }
}

/// Returns whether a file is called as an ``AtomicWriter`` calls those that are not complete:
/// `.model.safetensors.123.partial`.
private func isPartial(_ name: String) -> Bool {
  let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  return parts.count >= 4 && parts[0].isEmpty
    && Array(parts[parts.count - 1]) == Array("partial".utf8)
    && UInt64(String(parts[parts.count - 2]) ?? "") != nil
}

/// Writes a whole file at once; see ``AtomicWriter``.
public func writeAtomically(_ bytes: [UInt8], to url: URL) throws(FileError) {
  let writer = try AtomicWriter(url)
  try writer.write(bytes)
  try writer.finish()
}
