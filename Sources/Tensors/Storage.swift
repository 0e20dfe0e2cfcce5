import Foundation
import Synchronization

/// Something computed from a tensor's memory and kept with it, such as transformed weights.
protocol StorageCompanion: AnyObject, Sendable {}

/// The memory behind one or several tensors: a block of uninitialised elements, freed with the last
/// tensor that shares it.
///
/// Nobody writes to a block that two tensors share (`Tensor` copies first), which is what makes it
/// safe to send between threads.
final class Storage: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  let count: Int
  let dtype: DType
  /// What was allocated, which may be more than the elements take.
  private let byteCount: Int

  /// What was computed from the numbers and is kept for as long as they stay: the owner forgets it before
  /// it changes them.
  var companion: (any StorageCompanion)? {
    get { Self.companionLock.withLock { _ in kept } }
    set { Self.companionLock.withLock { _ in kept = newValue } }
  }
  private var kept: (any StorageCompanion)?
  /// Threads that share the memory may come to keep something at the same time.
  private static let companionLock = Mutex(())

  /// For the only owner, who is about to write.
  @inline(__always)
  func forgetCompanion() { if kept != nil { kept = nil } }

  /// Vector loads want a cache line; large blocks want to begin on a page the kernel can make huge.
  private static let cacheLine = 64
  /// Up to here aligned allocation costs more than it brings: it cuts the allocator's blocks in two.
  private static let small = 1024
  private static let hugePage = 1 << 21
  /// Linux's `MADV_HUGEPAGE`, which Swift's Glibc does not import.
  private static let adviseHugePages: Int32 = 14

  init(count: Int, dtype: DType, operation: String = "Tensor") {
    self.count = count
    self.dtype = dtype
    let (bytes, overflow) = count.multipliedReportingOverflow(by: dtype.byteCount)
    require(!overflow && count >= 0, "\(operation): cannot allocate \(count) elements")
    if bytes >= BlockPool.smallest, let kept = BlockPool.take(byteCount: bytes) {
      (pointer, byteCount) = kept
      return
    }
    let alignment = bytes >= 4 * Self.hugePage ? Self.hugePage : Self.cacheLine
    var block: UnsafeMutableRawPointer?
    if bytes <= Self.small {
      block = malloc(max(bytes, 1))
    } else if posix_memalign(&block, alignment, bytes) != 0 {
      block = nil
    }
    guard let block else {
      stop(
        "\(operation): out of memory: a tensor of \(count) \(dtype) elements takes \(bytes) bytes. "
          + "Use a smaller shape, or several parts")
    }
    #if os(Linux)
      if alignment == Self.hugePage { madvise(block, bytes, Self.adviseHugePages) }
    #endif
    pointer = block
    byteCount = bytes
  }

  deinit {
    if byteCount >= BlockPool.smallest {
      BlockPool.giveBack(pointer, byteCount: byteCount)
    } else {
      free(pointer)
    }
  }
}
