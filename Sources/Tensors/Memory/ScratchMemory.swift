import Foundation
import Synchronization

/// Runs `body` with uninitialized memory for `count` elements, kept between operations.
func withScratchMemory<T: Scalar, R>(
  of type: T.Type, count: Int, _ body: (UnsafeMutablePointer<T>) -> R
) -> R {
  let byteCount = max(count, 1) * MemoryLayout<T>.stride
  if byteCount <= ThreadScratch.largestBlock {
    return ThreadScratch.current.with(byteCount: byteCount) {
      body($0.assumingMemoryBound(to: T.self))
    }
  }
  guard let block = ScratchPool.shared.take(byteCount: byteCount) else {
    stopWithoutScratch(byteCount)
  }
  defer { ScratchPool.shared.giveBack(block) }
  return body(block.pointer.assumingMemoryBound(to: T.self))
}

/// The smaller blocks of one thread, one for each depth of operations within operations.
///
/// A convolution asks for such blocks thousands of times a second from several threads: with one pool for
/// all of them, threads spend more time waiting for its lock than computing.
private final class ThreadScratch {
  /// The size up to which a block stays with its thread, in bytes: what fits in its second-level cache.
  static let largestBlock = 1 << 20
  private static let page = 4096

  private var blocks: [MemoryBlock] = []
  private var depth = 0

  deinit {
    for block in blocks { free(block.pointer) }
  }

  func with<R>(byteCount: Int, _ body: (UnsafeMutableRawPointer) -> R) -> R {
    let block = block(byteCount: byteCount)
    depth += 1
    defer { depth -= 1 }
    return body(block)
  }

  private func block(byteCount: Int) -> UnsafeMutableRawPointer {
    if depth < blocks.count && blocks[depth].byteCount >= byteCount {
      return blocks[depth].pointer
    }
    // Powers of two, so that slowly growing needs do not allocate each time.
    let size = max(Self.page, 1 << (Int.bitWidth - (byteCount - 1).leadingZeroBitCount))
    guard
      let pointer = AlignedMemory.allocate(
        byteCount: size, alignment: Self.page, hugeFrom: .max)
    else { stopWithoutScratch(byteCount) }
    let block = MemoryBlock(pointer: pointer, byteCount: size)
    if depth < blocks.count {
      free(blocks[depth].pointer)
      blocks[depth] = block
    } else {
      blocks.append(block)
    }
    return pointer
  }

  // MARK: One for each thread

  /// The key under which a thread keeps its own; it is freed with the thread.
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    let status = pthread_key_create(&key) { pointer in
      #if canImport(Darwin)
        Unmanaged<ThreadScratch>.fromOpaque(pointer).release()
      #else
        if let pointer { Unmanaged<ThreadScratch>.fromOpaque(pointer).release() }
      #endif
    }
    require(status == 0, "scratch memory: no key for the memory of threads (error \(status))")
    return key
  }()

  static var current: ThreadScratch {
    if let pointer = pthread_getspecific(key) {
      return Unmanaged<ThreadScratch>.fromOpaque(pointer).takeUnretainedValue()
    }
    let scratch = ThreadScratch()
    pthread_setspecific(key, Unmanaged.passRetained(scratch).toOpaque())
    return scratch
  }
}

/// The larger blocks, of all threads: as many as were ever in use at once, each grown to the largest need.
private final class ScratchPool: Sendable {
  static let shared = ScratchPool()

  private static let alignment = 4096
  private static let hugeFrom = 2 << 20
  /// Beyond this size blocks go back to the system after use, in bytes.
  private static let largestBlock = 96 << 20

  private let blocks = Mutex<[MemoryBlock]>([])

  /// The smallest kept block that is large enough, or a new one in the place of one that is too small; `nil` when there
  /// is no memory left.
  func take(byteCount: Int) -> MemoryBlock? {
    let kept = blocks.withLock { blocks -> MemoryBlock? in
      let fitting = blocks.indices.filter { blocks[$0].byteCount >= byteCount }
      let best = fitting.min { blocks[$0].byteCount < blocks[$1].byteCount }
      return (best ?? blocks.indices.last).map { blocks.remove(at: $0) }
    }
    if let kept, kept.byteCount >= byteCount { return kept }
    if let kept { free(kept.pointer) }
    if byteCount > Int.max - Self.alignment { return nil }
    let size = (byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
    return AlignedMemory.allocate(
      byteCount: size, alignment: Self.alignment, hugeFrom: Self.hugeFrom
    ).map { MemoryBlock(pointer: $0, byteCount: size) }
  }

  /// Keeps a block for the next.
  func giveBack(_ block: MemoryBlock) {
    if block.byteCount > Self.largestBlock { return free(block.pointer) }
    blocks.withLock { $0.append(block) }
  }
}

private func stopWithoutScratch(_ byteCount: Int) -> Never {
  stop(
    "out of memory: an operation needs \(byteCount) bytes while it runs. Use smaller shapes, less "
      + "padding or a smaller batch")
}
