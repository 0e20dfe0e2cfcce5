import Foundation
import Retrograd

/// Measures the same work with one thread and with several, in turn.
struct ThreadSweep {
  /// The number of threads that is compared with one.
  let threads: Int
  /// The number of turns, fewer where they take long.
  let runs: Int

  /// A turn lasts at least as long as this, in seconds: many times what a clock and a waking thread cost.
  private static let turn = 2e-4
  /// From here on a measurement gets no more turns than the fewest, in seconds.
  private static let patience = 0.4
  private static let fewestRuns = 3
  /// Below this ratio a case is measured again, with `secondLook` times the turns: of hundreds of cases
  /// some come out low by chance.
  private static let doubtful = 0.98
  private static let secondLook = 5

  /// The figures of one size; `nil` where the operation has none of that size.
  func measure(_ operation: SweptOperation, exponent: Int) -> ThreadReport.Case? {
    guard let work = operation.prepare(exponent) else { return nil }
    work()
    let repetitions = repetitions(of: work)
    let first = compare(work, repetitions, runs: runs)
    let (alone, together, ratio) =
      first.ratio < Self.doubtful
      ? compare(work, repetitions, runs: runs * Self.secondLook) : first
    return ThreadReport.Case(
      operation: operation.name, elements: 1 << exponent, secondsAlone: alone, seconds: together,
      ratio: ratio)
  }

  /// Indicates whether a case came out so low that it deserves another look.
  func isDoubtful(_ result: ThreadReport.Case) -> Bool { result.ratio < Self.doubtful }

  private func compare(
    _ work: () -> Void, _ repetitions: Int, runs: Int
  ) -> (alone: Double, together: Double, ratio: Double) {
    var alone: [Double] = []
    var together: [Double] = []
    let start = ProcessInfo.processInfo.systemUptime
    while alone.count < runs
      && (alone.count < Self.fewestRuns
        || ProcessInfo.processInfo.systemUptime - start < Self.patience)
    {
      // Now one begins, now the other, so that neither always finds the caches as the other left them.
      let order = alone.count.isMultiple(of: 2) ? [1, threads] : [threads, 1]
      for count in order {
        let seconds = Threads.withLimit(count) { time(work, repetitions) }
        if count == 1 { alone.append(seconds) } else { together.append(seconds) }
      }
    }
    return (
      BenchStatistics(alone).median, BenchStatistics(together).median,
      BenchStatistics(zip(alone, together).map { $0 / $1 }).median
    )
  }

  private func repetitions(of work: () -> Void) -> Int {
    var repetitions = 1
    while repetitions < 1 << 20 && time(work, repetitions) * Double(repetitions) < Self.turn {
      repetitions *= 2
    }
    return repetitions
  }

  /// The time of one repetition, in seconds.
  private func time(_ work: () -> Void, _ repetitions: Int) -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    for _ in 0..<repetitions { work() }
    return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 / Double(repetitions)
  }

  /// The cost of an empty job for several threads.
  func costOfHandingOut() -> ThreadReport.HandingOut {
    Threads.withLimit(threads) {
      let job = { parallel(threads) { _ in } }
      let awake = (0..<50).map { _ in time(job, 200) }
      let asleep = (0..<50).map { _ in
        usleep(5000)
        return time(job, 1)
      }
      return ThreadReport.HandingOut(
        secondsAwake: BenchStatistics(awake).median, secondsAsleep: BenchStatistics(asleep).median)
    }
  }
}
