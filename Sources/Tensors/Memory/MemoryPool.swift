import Foundation
import Synchronization

/// The memory of tensors that were freed, kept for the next ones of about the same size; a tensor of few elements
/// has none of its own.
///
/// Every step of a training asks for the same blocks again. The operating system would hand out each one
/// page by page and zero it first, which costs as much as many an operation, and the allocator gives even small
/// ones back to it where they lie at the end of its memory.
final class MemoryPool: Sendable {
  /// Keeps a sixteenth of the machine's memory, but at least 512 MB.
  static let tensors = MemoryPool(
    largestTotal: max(512 << 20, Int(clamping: ProcessInfo.processInfo.physicalMemory / 16)))

  /// For vector loads: a cache line.
  private static let alignment = 64
  private static let hugeFrom = 8 << 20

  /// The sizes of blocks: eight from each power of two to the next, so that at most an eighth is wasted.
  private struct SizeClass {
    /// The power of two of the smallest size, in bytes.
    private static let smallest = 10
    static let count = 8 * (Int.bitWidth - 1 - smallest) + 1

    let index: Int
    let byteCount: Int

    /// The smallest that holds so many bytes; `nil` beyond what an `Int` counts.
    init?(holding need: Int) {
      let need = max(need, 1 << Self.smallest)
      let power = Int.bitWidth - 1 - need.leadingZeroBitCount
      let step = 1 << (power - 3)
      let (padded, overflow) = need.addingReportingOverflow(step - 1)
      if overflow { return nil }
      byteCount = padded / step * step
      index = 8 * (power - Self.smallest) + byteCount / step - 8
    }

    /// The size with that index.
    static func byteCount(at index: Int) -> Int { (8 + index % 8) << (smallest - 3 + index / 8) }
  }

  private struct KeptBlock: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    /// Counts blocks that were given back.
    let time: Int
  }

  private struct State {
    /// For each class of sizes, the longest unused first.
    var stacks = [[KeptBlock]](repeating: [], count: SizeClass.count)
    /// The bytes of all kept blocks.
    var total = 0
    var time = 0
  }

  private let state = Mutex(State())
  private let largestTotal: Int

  /// - Parameter largestTotal: The number of bytes to keep at most.
  init(largestTotal: Int) { self.largestTotal = largestTotal }

  /// A kept block of at least `byteCount` bytes, or a new one; `nil` when there is no memory left.
  func take(byteCount: Int) -> MemoryBlock? {
    guard let size = SizeClass(holding: byteCount) else { return nil }
    let kept = state.withLock { state -> KeptBlock? in
      guard let block = state.stacks[size.index].popLast() else { return nil }
      state.total -= size.byteCount
      return block
    }
    let pointer =
      kept?.pointer
      ?? AlignedMemory.allocate(
        byteCount: size.byteCount, alignment: Self.alignment, hugeFrom: Self.hugeFrom)
    return pointer.map { MemoryBlock(pointer: $0, byteCount: size.byteCount) }
  }

  /// Keeps a block from ``take(byteCount:)`` for the next; beyond what may be kept, those that lay unused for longest
  /// are freed.
  func giveBack(_ block: MemoryBlock) {
    guard let size = SizeClass(holding: block.byteCount) else { return free(block.pointer) }
    let evicted = state.withLock { state -> [KeptBlock] in
      state.time += 1
      state.stacks[size.index].append(KeptBlock(pointer: block.pointer, time: state.time))
      state.total += size.byteCount
      return state.total > largestTotal ? Self.evict(from: &state, downTo: largestTotal) : []
    }
    for block in evicted { free(block.pointer) }
  }

  /// Takes out the older half of the class whose oldest block is the oldest of all, until the rest may stay: half of
  /// them at once, because to take the first of many is to move the others.
  private static func evict(from state: inout State, downTo largestTotal: Int) -> [KeptBlock] {
    var evicted: [KeptBlock] = []
    while state.total > largestTotal {
      let occupied = state.stacks.indices.filter { !state.stacks[$0].isEmpty }
      guard let oldest = occupied.min(by: { state.stacks[$0][0].time < state.stacks[$1][0].time })
      else { break }
      let count = (state.stacks[oldest].count + 1) / 2
      evicted += state.stacks[oldest].prefix(count)
      state.stacks[oldest].removeFirst(count)
      state.total -= count * SizeClass.byteCount(at: oldest)
    }
    return evicted
  }
}
