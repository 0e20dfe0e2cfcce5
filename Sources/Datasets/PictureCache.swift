import Foundation
import RetrogradFiles
import RetrogradImages
import RetrogradTensors
import Synchronization

/// Decoded pictures, kept as bytes as long as they fit, so that a file that is seen in each epoch is read and
/// decoded once: three bytes a pixel, a quarter of what a tensor takes.
public final class PictureCache: Sendable {
  private struct Kept {
    var pictures: [URL: Picture] = [:]
    var byteCount = 0
  }

  /// The largest number of bytes that is kept.
  public let memoryLimit: Int
  private let kept = Mutex(Kept())

  /// The number of bytes that is kept by default: 4 GB, or a quarter of the machine's memory where that is
  /// less.
  public static let defaultMemoryLimit = min(
    4 << 30, Int(clamping: ProcessInfo.processInfo.physicalMemory / 4))

  /// An empty cache.
  ///
  /// - Parameter memoryLimit: The largest number of bytes to keep; pictures beyond that are read each time.
  public init(memoryLimit: Int = defaultMemoryLimit) {
    require(
      memoryLimit >= 0, "PictureCache: the memory limit must be at least 0, got \(memoryLimit)")
    self.memoryLimit = memoryLimit
  }

  /// The number of bytes that are kept now.
  public var byteCount: Int { kept.withLock { $0.byteCount } }

  /// The picture of a file; may be called from several threads at once.
  ///
  /// - Throws: An error that says what is wrong with the file.
  public func picture(_ file: URL) throws(FileError) -> Picture {
    if let picture = kept.withLock({ $0.pictures[file] }) { return picture }
    let picture = try Picture.read(file)
    kept.withLock { kept in
      let byteCount = kept.byteCount + picture.pixels.count
      if kept.pictures[file] == nil && byteCount <= memoryLimit {
        kept.pictures[file] = picture
        kept.byteCount = byteCount
      }
    }
    return picture
  }
}
