import Foundation
import Testing

@testable import RetrogradTensors

@Suite("Memory of tensors")
struct MemoryPoolTests {
  @Test("a block has what is asked for, at most an eighth more, and begins at a cache line")
  func sizes() throws {
    let pool = MemoryPool(largestTotal: 0)
    var needs = [1025, 4095, 4096, 4097, 100_000, 1 << 20, (1 << 20) + 1, 37_748_736]
    needs += (0..<63).map { 1024 + 64 * $0 + 1 }
    for need in needs {
      let block = try #require(pool.take(byteCount: need))
      #expect(block.byteCount >= need && block.byteCount - need <= need / 8 + 1)
      #expect(UInt(bitPattern: block.pointer).isMultiple(of: 64))
      memset(block.pointer, 1, need)
      pool.giveBack(block)
    }
  }

  @Test("a block is used again for as much or a little less, and not for more")
  func again() throws {
    let pool = MemoryPool(largestTotal: 1 << 20)
    let block = try #require(pool.take(byteCount: 40_000))
    pool.giveBack(block)
    let larger = try #require(pool.take(byteCount: block.byteCount + 1))
    #expect(larger.byteCount > block.byteCount)
    let smaller = try #require(pool.take(byteCount: block.byteCount - 1000))
    #expect(smaller.pointer == block.pointer)
    pool.giveBack(larger)
    pool.giveBack(smaller)
  }

  @Test("beyond what may be kept, the longest unused are freed")
  func limit() throws {
    let pool = MemoryPool(largestTotal: 100_000)
    let blocks = try (0..<4).map { _ in try #require(pool.take(byteCount: 1 << 15)) }
    for block in blocks { pool.giveBack(block) }
    let kept = try (0..<2).map { _ in try #require(pool.take(byteCount: 1 << 15)).pointer }
    #expect(kept == [blocks[3].pointer, blocks[2].pointer])
    // What is larger than all that may be kept is not kept.
    let large = try #require(pool.take(byteCount: 200_000))
    pool.giveBack(large)
    for pointer in kept { pool.giveBack(MemoryBlock(pointer: pointer, byteCount: 1 << 15)) }
  }

  @Test("there is no block of more bytes than there are")
  func tooLarge() {
    #expect(MemoryPool.tensors.take(byteCount: .max) == nil)
    #expect(MemoryPool.tensors.take(byteCount: .max / 2) == nil)
  }
}
