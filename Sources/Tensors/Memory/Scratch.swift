import Foundation
import Synchronization

/// Memory for what lives only while an operation runs, kept between operations because fresh pages
/// from the system cost more than many a block of work.
enum Scratch {
  private struct Block: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int
  }

  /// Larger blocks go back to the system after use.
  private static let largestKept = 96 << 20
  /// A page, and a whole number of cache lines.
  private static let alignment = 4096

  private static let free = Mutex<[Block]>([])

  /// Runs `body` with uninitialised memory for `count` elements.
  static func with<T: Scalar, R>(
    _ type: T.Type, count: Int, _ body: (UnsafeMutablePointer<T>) -> R
  ) -> R {
    let block = take(byteCount: max(count * MemoryLayout<T>.stride, alignment))
    defer { giveBack(block) }
    return body(block.pointer.assumingMemoryBound(to: T.self))
  }

  private static func take(byteCount: Int) -> Block {
    let kept = free.withLock { blocks -> Block? in
      // The smallest block that is large enough; or else one to replace by a larger one.
      var fitting: Int?
      for (index, block) in blocks.enumerated() where block.byteCount >= byteCount {
        if fitting.map({ block.byteCount < blocks[$0].byteCount }) ?? true { fitting = index }
      }
      return (fitting ?? blocks.indices.last).map { blocks.remove(at: $0) }
    }
    if let kept, kept.byteCount >= byteCount { return kept }
    if let kept { Foundation.free(kept.pointer) }
    let pages = (byteCount + alignment - 1) / alignment
    guard
      let pointer = AlignedMemory.allocate(
        byteCount: pages * alignment, alignment: alignment, hugeFrom: 2 << 20)
    else {
      stop(
        "out of memory: an operation needs \(byteCount) bytes while it runs. Use smaller shapes, less "
          + "padding or a smaller batch")
    }
    return Block(pointer: pointer, byteCount: pages * alignment)
  }

  private static func giveBack(_ block: Block) {
    if block.byteCount > largestKept { return Foundation.free(block.pointer) }
    free.withLock { $0.append(block) }
  }
}
