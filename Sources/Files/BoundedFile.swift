import Foundation

/// Bytes that are read piece by piece, each piece checked against the size first.
///
/// A file is read with `pread` rather than mapped: a map kills the process when the file shrinks
/// meanwhile. What is not a regular file is refused, because reading from a pipe can wait for ever.
public final class BoundedFile: Sendable {
  private enum Source: Sendable {
    case descriptor(Int32)
    case memory([UInt8])
  }

  /// The file's path, or another name for bytes in memory.
  public let name: String
  /// The number of bytes.
  public let size: Int
  private let source: Source

  /// Opens a regular file for reading.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - name: The name to use in errors; by default the path.
  public init(_ url: URL, name: String? = nil) throws(FileError) {
    let name = name ?? url.path
    self.name = name
    let descriptor = open(url.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FileError(.unreadable, file: name, "cannot be opened: \(lastError)")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(
        .unreadable, file: name,
        status.st_mode & S_IFMT == S_IFDIR
          ? "is a folder, expected a file" : "is not a regular file")
    }
    size = Int(status.st_size)
    source = .descriptor(descriptor)
  }

  /// Reads from memory as if it were a file.
  public init(bytes: [UInt8], name: String) {
    self.name = name
    size = bytes.count
    source = .memory(bytes)
  }

  deinit {
    if case .descriptor(let descriptor) = source { close(descriptor) }
  }

  /// The `count` bytes from `offset` on; an error when the file does not have them.
  public func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    try checkRange(offset, count)
    if case .memory(let bytes) = source { return Array(bytes[offset..<(offset + count)]) }
    var bytes = [UInt8](repeating: 0, count: count)
    let failure: FileError? = bytes.withUnsafeMutableBytes { buffer in
      do throws(FileError) {
        try read(at: offset, into: buffer)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// All bytes; an error when there are more than `limit`.
  public func readAll(limit: Int) throws(FileError) -> [UInt8] {
    if size > limit {
      throw FileError(.tooLarge, file: name, "has \(size) bytes, more than the limit of \(limit)")
    }
    return try read(at: 0, count: size)
  }

  /// Fills `buffer` with the bytes from `offset` on.
  public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    try checkRange(offset, buffer.count)
    switch source {
    case .memory(let bytes):
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: .init(rebasing: $0[offset..<(offset + buffer.count)]))
      }
    case .descriptor(let descriptor):
      try fill(buffer, from: descriptor, at: offset, file: name, size: size)
    }
  }

  private func checkRange(_ offset: Int, _ count: Int) throws(FileError) {
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard offset >= 0, count >= 0, !overflow, end <= size else {
      throw FileError(
        .truncated, file: name, offset: max(0, min(offset, size)),
        "should hold \(count) bytes from byte \(offset) on, but has only \(size) in all")
    }
  }
}
