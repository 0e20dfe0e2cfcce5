import Foundation

// What every open file needs: a system call may do a part of the work, or none when a signal comes.

/// The most that Linux transfers in one call is a little less than 2 GB.
private let largestTransfer = 1 << 30

/// The error message of the last failed system call.
package var lastError: String { String(cString: strerror(errno)) }

/// The system's error message, without the domain and code that Foundation wraps it in.
package func systemReason(for error: any Error) -> String {
  let wrapped = error as NSError
  if let inner = wrapped.userInfo[NSUnderlyingErrorKey] as? any Error {
    return systemReason(for: inner)
  }
  return wrapped.domain == NSPOSIXErrorDomain
    ? String(cString: strerror(Int32(truncatingIfNeeded: wrapped.code)))
    : wrapped.localizedDescription
}

/// Makes a folder, and those around it, where it is not there yet.
///
/// - Throws: ``FileError`` with the reason.
public func makeFolder(_ url: URL) throws(FileError) {
  do {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  } catch {
    throw FileError(.unwritable, file: url.path, "cannot be made: \(systemReason(for: error))")
  }
}

/// Linux takes many pieces of this size about four times as fast as one of 150 MB.
private let largestWrite = 1 << 20

/// Appends all of `bytes` to an open file.
package func writeAll(
  _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, file: String
) throws(FileError) {
  var done = 0
  while done < bytes.count {
    let step = min(bytes.count - done, largestWrite)
    let put = Foundation.write(descriptor, bytes.baseAddress! + done, step)
    if put < 0 && errno == EINTR { continue }
    if put < 0 { throw FileError(.unwritable, file: file, "cannot be written: \(lastError)") }
    done += put
  }
}

/// Fills `buffer` from an open file that had `size` bytes, from byte `offset` on.
func fill(
  _ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int, file: String,
  size: Int
) throws(FileError) {
  var done = 0
  while done < buffer.count {
    let step = min(buffer.count - done, largestTransfer)
    let got = pread(descriptor, buffer.baseAddress! + done, step, off_t(offset + done))
    if got < 0 && errno == EINTR { continue }
    if got < 0 {
      throw FileError(
        .unreadable, file: file, offset: offset + done, "cannot be read: \(lastError)")
    }
    if got == 0 {
      throw FileError(
        .truncated, file: file, offset: offset + done,
        "became shorter while it was read: it had \(size) bytes")
    }
    done += got
  }
}

extension Array where Element: BitwiseCopyable {
  /// Does something with the elements' bytes. The standard library's method forgets the error's type.
  package func withBytes(
    _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let failure: FileError? = withUnsafeBytes { bytes in
      do throws(FileError) {
        try body(bytes)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }
}
