import Foundation

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
  guard let block = MemoryPool.scratch.take(byteCount: byteCount) else {
    stopWithoutScratch(byteCount)
  }
  defer { MemoryPool.scratch.giveBack(block) }
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

  private var blocks: [MemoryPool.Block] = []
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
    let block = MemoryPool.Block(pointer: pointer, byteCount: size)
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

private func stopWithoutScratch(_ byteCount: Int) -> Never {
  stop(
    "out of memory: an operation needs \(byteCount) bytes while it runs. Use smaller shapes, less "
      + "padding or a smaller batch")
}
