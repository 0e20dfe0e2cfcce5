import Foundation
import Synchronization

/// Large blocks of memory that were given back, kept for the next tensor of about their size.
///
/// Every step of a training asks for the same blocks again. The operating system would hand out each one
/// page by page and zero it first, which costs as much as many an operation.
enum BlockPool {
  private struct Block: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int
  }

  /// Smaller blocks are kept by the allocator itself.
  static let smallest = 1 << 20
  /// What is kept at most, a sixteenth of the machine's memory but at least 512 MB; beyond it, the blocks
  /// that lay unused for longest go back.
  private static let largestTotal = max(
    512 << 20, Int(clamping: ProcessInfo.processInfo.physicalMemory / 16))

  private struct State {
    /// The longest unused first.
    var blocks: [Block] = []
    var total = 0
  }
  private static let state = Mutex(State())

  /// A kept block of at least `byteCount` bytes, but not so large that much of it would be wasted.
  static func take(byteCount: Int) -> (pointer: UnsafeMutableRawPointer, byteCount: Int)? {
    state.withLock { state in
      let fitting = state.blocks.indices.filter {
        let size = state.blocks[$0].byteCount
        return size >= byteCount && size - byteCount <= byteCount / 8
      }
      guard let best = fitting.min(by: { state.blocks[$0].byteCount < state.blocks[$1].byteCount })
      else { return nil }
      let block = state.blocks.remove(at: best)
      state.total -= block.byteCount
      return (block.pointer, block.byteCount)
    }
  }

  /// Keeps a block, which was allocated with `malloc`'s family.
  static func giveBack(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
    let evicted = state.withLock { state -> [Block] in
      state.blocks.append(Block(pointer: pointer, byteCount: byteCount))
      state.total += byteCount
      var evicted: [Block] = []
      while state.total > largestTotal {
        evicted.append(state.blocks.removeFirst())
        state.total -= evicted.last?.byteCount ?? 0
      }
      return evicted
    }
    for block in evicted { free(block.pointer) }
  }
}
