import Foundation
import Synchronization

/// Blocks of memory that were given back, kept for the next who needs about as much.
///
/// Every step of a training asks for the same blocks again. The operating system would hand out each one
/// page by page and zero it first, which costs as much as many an operation.
final class MemoryPool: Sendable {
  /// A block from `malloc`'s family.
  struct Block: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int
  }

  /// For the elements of large tensors, which live for any time: none gets much more than it needs, and a
  /// sixteenth of the machine's memory is kept, but at least 512 MB.
  static let tensors = MemoryPool(
    isExacting: true, alignment: 64, hugeFrom: 8 << 20, largestBlock: .max,
    largestTotal: max(512 << 20, Int(clamping: ProcessInfo.processInfo.physicalMemory / 16)))

  /// For the larger blocks that live only while an operation runs: as many as were ever in use at once, each
  /// grown to the largest need; very large ones go back to the system after use.
  static let scratch = MemoryPool(
    isExacting: false, alignment: 4096, hugeFrom: 2 << 20, largestBlock: 96 << 20,
    largestTotal: .max)

  private struct State {
    /// The longest unused first.
    var blocks: [Block] = []
    var total = 0

    mutating func remove(at index: Int) -> Block {
      let block = blocks.remove(at: index)
      total -= block.byteCount
      return block
    }
  }

  private let state = Mutex(State())
  /// Indicates whether a block fits only if at most an eighth of the need would be wasted; otherwise any larger one
  /// does, and where none does a new one takes the place of one that is too small.
  private let isExacting: Bool
  private let alignment: Int
  private let hugeFrom: Int
  private let largestBlock: Int
  private let largestTotal: Int

  private init(
    isExacting: Bool, alignment: Int, hugeFrom: Int, largestBlock: Int, largestTotal: Int
  ) {
    (self.isExacting, self.alignment, self.hugeFrom) = (isExacting, alignment, hugeFrom)
    (self.largestBlock, self.largestTotal) = (largestBlock, largestTotal)
  }

  /// A kept block of at least `byteCount` bytes, or a new one; `nil` when there is no memory left.
  func take(byteCount: Int) -> Block? {
    let kept = state.withLock { state -> Block? in
      let mostWasted = isExacting ? byteCount / 8 : .max
      var best: Int?
      for (index, block) in state.blocks.enumerated()
      where block.byteCount >= byteCount && block.byteCount - byteCount <= mostWasted {
        if best.map({ block.byteCount < state.blocks[$0].byteCount }) ?? true { best = index }
      }
      return (best ?? (isExacting ? nil : state.blocks.indices.last)).map { state.remove(at: $0) }
    }
    if let kept, kept.byteCount >= byteCount { return kept }
    if let kept { free(kept.pointer) }
    if byteCount > Int.max - alignment { return nil }
    let size = (byteCount + alignment - 1) / alignment * alignment
    return AlignedMemory.allocate(byteCount: size, alignment: alignment, hugeFrom: hugeFrom)
      .map { Block(pointer: $0, byteCount: size) }
  }

  /// Keeps a block for the next; beyond what may be kept, those that lay unused for longest are freed.
  func giveBack(_ block: Block) {
    if block.byteCount > largestBlock { return free(block.pointer) }
    let evicted = state.withLock { state -> [Block] in
      state.blocks.append(block)
      state.total += block.byteCount
      var evicted: [Block] = []
      while state.total > largestTotal { evicted.append(state.remove(at: 0)) }
      return evicted
    }
    for block in evicted { free(block.pointer) }
  }
}
