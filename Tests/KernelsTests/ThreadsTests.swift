import Foundation
import RetrogradCKernels
import Synchronization
import Testing

@testable import RetrogradTensors

@Suite("Threads")
struct ThreadsTests {
  /// How often `parallel` called its body for each index.
  private func visits(_ count: Int) -> [Int] {
    var visits = [Int](repeating: 0, count: count)
    visits.withUnsafeMutableBufferPointer { buffer in
      let pointer = buffer.baseAddress!
      parallel(count) { pointer[$0] += 1 }
    }
    return visits
  }

  @Test("visit every index once", arguments: [1, 2, 3, 1000])
  func everyIndex(count: Int) {
    for threads in [1, 2, 5] {
      Threads.withLimit(threads) {
        #expect(visits(count) == [Int](repeating: 1, count: count))
      }
    }
  }

  @Test("do nothing for a count of 0")
  func nothing() {
    parallel(0) { _ in Issue.record("called for a count of 0") }
    parallelRanges(0, grain: 10) { _ in Issue.record("called for a count of 0") }
  }

  @Test("work inside of work runs, on the thread that asks for it")
  func nested() {
    var sums = [Int](repeating: 0, count: 8)
    sums.withUnsafeMutableBufferPointer { buffer in
      let pointer = buffer.baseAddress!
      parallel(8) { outer in parallel(100) { pointer[outer] += $0 } }
    }
    #expect(sums == [Int](repeating: 4950, count: 8))
  }

  @Test("several tasks at once each get all of their work done")
  func concurrent() async {
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask {
          (0..<200).allSatisfy { _ in visits(37) == [Int](repeating: 1, count: 37) }
        }
      }
      for await correct in group { #expect(correct) }
    }
  }

  /// Indicates whether there is another processor, and a system that says which is which.
  private static let canMove =
    ProcessInfo.processInfo.activeProcessorCount > 1 && retrograd_current_processor() >= 0

  @Test("a thread leaves the processor that it is to keep off")
  func leavesProcessor() async {
    guard Self.canMove else { return }
    // A thread of its own, because its processors stay limited.
    let (before, after) = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let before = retrograd_current_processor()
        retrograd_keep_off_processor(retrograd_current_thread(), before)
        continuation.resume(returning: (before, retrograd_current_processor()))
      }
    }
    #expect(before != after)
  }

  @Test("threads that sleep wake up on another processor than the caller's")
  func wakesElsewhere() {
    guard Self.canMove && Threads.count > 1 else { return }
    let jobs = (0..<40).compactMap { _ in
      usleep(5000)
      return processorsOfTwoThreads()
    }
    // Other tests keep the threads busy now and then, and the system may move a thread at any moment.
    let apart = jobs.filter { $0.0 != $0.1 }
    #expect(2 * apart.count >= jobs.count, "\(jobs)")
  }

  /// The processors of two threads that work on one job; `nil` where one thread did it all.
  private func processorsOfTwoThreads() -> (Int32, Int32)? {
    let seen = Mutex<[Int: Int32]>([:])
    parallel(2) { _ in
      seen.withLock { $0[retrograd_current_thread()] = retrograd_current_processor() }
      let start = DispatchTime.now().uptimeNanoseconds
      while seen.withLock({ $0.count }) < 2,
        DispatchTime.now().uptimeNanoseconds - start < 2_000_000
      {}
    }
    let processors = Array(seen.withLock { $0 }.values)
    return processors.count == 2 ? (processors[0], processors[1]) : nil
  }

  @Test("rows read once are cut into more parts than threads, unless they are few or short")
  func readingParts() {
    Threads.withLimit(2) {
      // A fully connected layer of AlexNet, for one picture and for eight.
      #expect(partsOfReading(rows: 4096, work: 9216) == 32)
      #expect(partsOfReading(rows: 4096, work: 8 * 9216) == 32)
      #expect(partsOfReading(rows: 64, work: 4096) == 4)
      #expect(partsOfReading(rows: 20, work: 1 << 20) == 3)
      #expect(partsOfReading(rows: 10, work: 10) == 1)
      #expect(partsOfReading(rows: 0, work: 10) == 1)
    }
  }

  @Test("ranges of rows that are read once are all rows, and begin at multiples of 6")
  func readingRanges() {
    for rows in [0, 1, 5, 6, 7, 250, 1000] {
      let ranges = Mutex<[Range<Int>]>([])
      parallelReading(rows: rows, work: 1 << 16) { range in ranges.withLock { $0.append(range) } }
      let sorted = ranges.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
      #expect(sorted.flatMap { $0 } == Array(0..<rows))
      #expect(sorted.allSatisfy { $0.lowerBound.isMultiple(of: 6) })
    }
  }

  @Test("a limit holds for the calling task, and only inside")
  func limit() {
    let before = Threads.count
    let inside = Threads.withLimit(3) { Threads.count }
    #expect(inside == 3 && Threads.count == before)
  }

  @Test(
    "ranges follow one another, cover everything, and are not smaller than the grain",
    arguments: [1, 9, 10, 19, 20, 21, 1000])
  func ranges(count: Int) {
    for threads in 1...5 {
      let ranges = Mutex<[Range<Int>]>([])
      Threads.withLimit(threads) {
        parallelRanges(count, grain: 10) { range in ranges.withLock { $0.append(range) } }
      }
      let sorted = ranges.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
      #expect(sorted.count <= threads)
      #expect(sorted.flatMap { Array($0) } == Array(0..<count))
      #expect(sorted.count == 1 || sorted.allSatisfy { $0.count >= 10 })
    }
  }

  @Test("their number is what is asked for, or else that of the cores")
  func number() {
    #expect(Threads.number(asked: "3", cores: 8) == 3)
    #expect(Threads.number(asked: nil, cores: 8) == 8)
    #expect(Threads.number(asked: "", cores: 8) == 8)
    #expect(Threads.number(asked: nil, cores: 1000) == 64)
  }

  @Test(
    "a number that makes no sense is reported and ignored",
    arguments: ["0", "-2", "two", "1e3", "65", "99999999999999999999"])
  func badNumber(text: String) {
    #expect(Threads.number(asked: text, cores: 4) == 4)
  }
}
