import Foundation

/// A block of memory, to be freed with `free`.
struct MemoryBlock: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  let byteCount: Int
}

/// Memory that begins at a cache line or a page, and large blocks at a page that the kernel can make huge:
/// a processor remembers the places of few pages, and the loops of a convolution walk through many.
enum AlignedMemory {
  private static let hugePage = 1 << 21
  /// Linux's `MADV_HUGEPAGE`, which Swift's Glibc does not import.
  private static let adviseHugePages: Int32 = 14

  /// Uninitialized memory, to be freed with `free`; `nil` when there is none left.
  ///
  /// - Parameters:
  ///   - byteCount: The number of bytes.
  ///   - alignment: The alignment of smaller blocks.
  ///   - hugeFrom: The size from which huge pages pay, in bytes: below, the part of a page that nobody uses
  ///     weighs more.
  static func allocate(
    byteCount: Int, alignment: Int, hugeFrom: Int
  ) -> UnsafeMutableRawPointer? {
    let isHuge = byteCount >= hugeFrom
    var block: UnsafeMutableRawPointer?
    if posix_memalign(&block, isHuge ? hugePage : alignment, byteCount) != 0 { return nil }
    #if os(Linux)
      if isHuge { madvise(block, byteCount, adviseHugePages) }
    #endif
    return block
  }
}
