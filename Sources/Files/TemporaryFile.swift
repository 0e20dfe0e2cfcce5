import Foundation

/// A file without a name, for what does not fit in memory: written once from the beginning, read
/// anywhere, and gone when nobody holds it any more, even if the program crashes.
///
/// One thread writes; what is written may be read on several.
public final class TemporaryFile {
  /// The folder, for messages.
  public let folder: URL
  /// The number of bytes written.
  public private(set) var size = 0
  private let descriptor: Int32
  private let name: String

  /// An empty file in a folder.
  public init(
    in folder: URL = FileManager.default.temporaryDirectory
  ) throws(FileError) {
    self.folder = folder
    let url = folder.appending(path: ".retrograd-\(UInt64.random(in: 0...UInt64.max)).temporary")
    name = url.path
    descriptor = open(url.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 {
      throw FileError(
        .unwritable, file: name, "cannot be written to \(folder.path): \(lastError)")
    }
    // The bytes stay until the descriptor is closed.
    unlink(url.path)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Appends bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try writeAll(bytes, to: descriptor, file: name)
    size += bytes.count
  }

  /// Fills `buffer` with the bytes from `offset` on.
  public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    try fill(buffer, from: descriptor, at: offset, file: name, size: size)
  }
}
