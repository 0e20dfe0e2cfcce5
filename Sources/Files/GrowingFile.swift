import Foundation

/// A new file that is written to as things happen; what has been appended is there for others to read.
public final class GrowingFile {
  private let url: URL
  private let descriptor: Int32

  /// An empty file, which must not be there yet.
  public init(_ url: URL) throws(FileError) {
    self.url = url
    descriptor = open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
    if descriptor < 0 {
      throw FileError(.unwritable, file: url.path, "cannot be written: \(lastError)")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Appends bytes.
  public func append(_ bytes: [UInt8]) throws(FileError) {
    try bytes.withBytes { (bytes) throws(FileError) in
      try writeAll(bytes, to: descriptor, file: url.path)
    }
  }
}
