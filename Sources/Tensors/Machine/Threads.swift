import Foundation
import RetrogradCKernels
import RetrogradText
import Synchronization

/// The number of threads that share the work of one operation.
///
/// Threads share out outputs and nobody splits a sum, so results do not depend on this number. The environment
/// variable `RETROGRAD_THREADS` sets it, from 1 to 64; without it, it is the number of active cores. On Linux the
/// others run on the processors that the calling thread may use, except for the one that it is on.
public enum Threads {
  /// The most threads that ``configured`` may be.
  static let maximum = 64

  /// `RETROGRAD_THREADS`, or else the number of active cores.
  static let configured: Int = number(
    asked: ProcessInfo.processInfo.environment["RETROGRAD_THREADS"],
    cores: ProcessInfo.processInfo.activeProcessorCount)

  /// Returns the number that is asked for if it makes sense; prints a warning if not.
  static func number(asked: String?, cores: Int) -> Int {
    let cores = min(max(cores, 1), maximum)
    guard let asked, !asked.isEmpty else { return cores }
    if let number = Int(asked), (1...maximum).contains(number) { return number }
    warn("RETROGRAD_THREADS=\(asked) is not a number from 1 to \(maximum); using \(cores)")
    return cores
  }

  @TaskLocal private static var limit: Int?

  /// The number of threads that an operation started here divides its work among.
  public static var count: Int { limit ?? configured }

  /// Runs `body` with work divided among `limit` threads; as many of them run at once as
  /// `RETROGRAD_THREADS` allows. Affects the calling task only.
  ///
  /// ```swift
  /// let alone = Threads.withLimit(1) { matmul(a, b) }
  /// ```
  public static func withLimit<R>(_ limit: Int, _ body: () throws -> R) rethrows -> R {
    require(limit >= 1, "Threads: needs at least one thread, got \(limit)")
    return try $limit.withValue(limit, operation: body)
  }
}

/// Writes one line to standard error.
func warn(_ message: String) { writeError("retrograd: \(message)") }

/// Calls `body` with `0..<count`, several at once and in any order, and returns when all are done.
///
/// `body` runs on several threads: it may write only to what belongs to its index. (It is not
/// `@Sendable`, because its business is the raw pointers that the compiler cannot vouch for.)
/// A call inside another one's `body`, or from a second thread at the same time, runs serially on
/// its own thread: correct, only not faster.
package func parallel(_ count: Int, _ body: (Int) -> Void) {
  let threads = min(count, Threads.count)
  if threads <= 1 {
    for index in 0..<max(count, 0) { body(index) }
  } else {
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      ThreadPool.shared.run(count, threads: threads) { body($0) }
    }
  }
}

/// As ``parallel(_:_:)``, where all calls together make so many multiplications: few of them are done before another
/// thread has found its part.
func parallel(_ count: Int, multiplications: Int, _ body: (Int) -> Void) {
  if threads(multiplications: multiplications) > 1 { return parallel(count, body) }
  for index in 0..<max(count, 0) { body(index) }
}

/// The number of threads that so many multiplications are shared out among.
func threads(multiplications: Int) -> Int {
  multiplications > fewMultiplications ? Threads.count : 1
}

/// Up to here a second thread costs a product more than it brings: see `retrograd bench threads`.
let fewMultiplications = 1 << 21

/// `transform` of each of `0..<count`, several at once, in order. What goes for the body of
/// ``parallel(_:_:)`` goes for `transform`.
package func parallelMap<Result>(_ count: Int, _ transform: (Int) -> Result) -> [Result] {
  [Result](unsafeUninitializedCapacity: max(count, 0)) { results, initialized in
    guard let first = results.baseAddress else { return }
    parallel(count) { (first + $0).initialize(to: transform($0)) }
    initialized = max(count, 0)
  }
}

/// Calls `body` with ranges that together are `0..<count`, several at once.
///
/// - Parameter grain: The smallest range that is worth handing to another thread: a range has at least as many
///   elements, unless `count` itself is smaller.
package func parallelRanges(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  let parts = count < 2 * grain ? 1 : min(Threads.count, count / max(grain, 1))
  if parts <= 1 {
    if count > 0 { body(0..<count) }
  } else {
    parallel(parts) { body(part($0, of: parts, in: count)) }
  }
}

/// One of `parts` nearly equal ranges of `0..<count`.
func part(_ index: Int, of parts: Int, in count: Int) -> Range<Int> {
  (count * index / parts)..<(count * (index + 1) / parts)
}

/// Calls `body` with ranges of rows that together are `0..<rows`, several at once: for rows that are read
/// from memory once, each for so many multiplications.
func parallelReading(rows: Int, work: Int, _ body: (Range<Int>) -> Void) {
  let groups = (rows + rowsReadTogether - 1) / rowsReadTogether
  let parts = partsOfReading(rows: rows, work: work)
  parallel(parts) {
    let group = part($0, of: parts, in: groups)
    body(
      (group.lowerBound * rowsReadTogether)..<min(rows, group.upperBound * rowsReadTogether))
  }
}

/// More parts than there are threads, because threads seldom get memory to themselves at an even pace,
/// and no more than are worth handing out.
func partsOfReading(rows: Int, work: Int) -> Int {
  max(1, min(16 * Threads.count, rows * work / (1 << 16), rows / rowsReadTogether))
}

/// A multiple of the rows that the kernels read side by side, whichever the instruction set.
private let rowsReadTogether = 6

/// Threads that wait for one job at a time.
///
/// They spin for about a millisecond after each job, because the next operation of a network
/// follows at once and waking a sleeper takes longer than many an operation; then they sleep.
private final class ThreadPool: Sendable {
  static let shared = ThreadPool(helpers: Threads.configured - 1)

  private struct Job {
    let count: Int
    let body: @Sendable (Int) -> Void
  }

  private static let spins = 30_000

  /// Written by the owner of `busy`, while no helper is `active`.
  nonisolated(unsafe) private var job: Job?
  private let busy = Atomic(false)
  /// Counts jobs; helpers wait for it to change.
  private let generation = Atomic(0)
  /// Indicates whether helpers may join the current job.
  private let isOpen = Atomic(false)
  /// The number of helpers that may still join.
  private let places = Atomic(0)
  /// Helpers that are looking at the job or working on it.
  private let active = Atomic(0)
  /// The next index to work on.
  private let next = Atomic(0)
  private let asleep = Atomic(0)
  private let wakeUp = NSCondition()
  /// The helpers, as the system names them.
  private let helpers = Mutex<[Int]>([])
  /// The processor that the helpers keep off; -1 before the first job.
  private let avoided = Atomic<Int32>(-1)

  init(helpers: Int) {
    for _ in 0..<helpers {
      let thread = Thread { [unowned self] in help() }
      thread.name = "retrograd"
      thread.start()
    }
  }

  func run(_ count: Int, threads: Int, _ body: @escaping @Sendable (Int) -> Void) {
    if busy.exchange(true, ordering: .acquiring) {
      for index in 0..<count { body(index) }
      return
    }
    job = Job(count: count, body: body)
    next.store(0, ordering: .relaxed)
    places.store(threads - 1, ordering: .relaxed)
    keepHelpersOffThisProcessor()
    isOpen.store(true, ordering: .sequentiallyConsistent)
    generation.add(1, ordering: .sequentiallyConsistent)
    if asleep.load(ordering: .sequentiallyConsistent) > 0 {
      // Whoever holds the lock may not have seen the new generation yet; taking it waits until they have seen it or wait for the call.
      // It is given back before the call, so that nobody wakes up only to wait for it.
      wakeUp.lock()
      wakeUp.unlock()
      wakeUp.broadcast()
    }
    work()
    // A helper announces itself before it looks whether the job is open. One that this loop does
    // not see yet will therefore find the job closed, or a later job.
    isOpen.store(false, ordering: .sequentiallyConsistent)
    var turn = 0
    while active.load(ordering: .sequentiallyConsistent) != 0 { spin(&turn) }
    job = nil
    busy.store(false, ordering: .releasing)
  }

  /// A thread that wakes up may be put on the processor of the one that woke it, and stay there beside an idle one:
  /// both together then take as long as one. Costs two system calls for each helper
  /// after this thread has moved.
  private func keepHelpersOffThisProcessor() {
    let processor = retrograd_current_processor()
    if processor == avoided.load(ordering: .relaxed) { return }
    helpers.withLock { helpers in
      avoided.store(processor, ordering: .relaxed)
      for helper in helpers { retrograd_keep_off_processor(helper, processor) }
    }
  }

  /// The other half of ``keepHelpersOffThisProcessor()``: a helper may start after the first job.
  private func enlist() {
    helpers.withLock { helpers in
      helpers.append(retrograd_current_thread())
      retrograd_keep_off_processor(retrograd_current_thread(), avoided.load(ordering: .relaxed))
    }
  }

  private func help() {
    enlist()
    var seen = 0
    while true {
      waitForJob(after: seen)
      seen = generation.load(ordering: .sequentiallyConsistent)
      active.add(1, ordering: .sequentiallyConsistent)
      if isOpen.load(ordering: .sequentiallyConsistent),
        places.subtract(1, ordering: .relaxed).oldValue > 0
      {
        work()
      }
      active.subtract(1, ordering: .sequentiallyConsistent)
    }
  }

  private func waitForJob(after seen: Int) {
    var turn = 0
    while turn < Self.spins {
      if generation.load(ordering: .acquiring) != seen { return }
      spin(&turn)
    }
    wakeUp.lock()
    asleep.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen { wakeUp.wait() }
    asleep.subtract(1, ordering: .sequentiallyConsistent)
    wakeUp.unlock()
  }

  /// One turn of a loop that waits for another thread. That thread may be waiting for this very processor,
  /// when other programs keep the rest busy, so it is offered now and then.
  @inline(__always)
  private func spin(_ turn: inout Int) {
    turn += 1
    if turn.isMultiple(of: 64) { sched_yield() } else { retrograd_spin_pause() }
  }

  /// A function of its own, so that a helper holds no reference to the job's closure once it
  /// stops being `active`: the caller must be its last owner.
  @inline(never)
  private func work() {
    guard let job else { return }
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      if index >= job.count { return }
      job.body(index)
    }
  }
}
