import Foundation
import Retrograd
import RetrogradText

/// Our side of a comparison, in a process of its own; see ``BenchProcess`` for what it reads and writes.
struct BenchServer {
  let bench: BenchCase
  let repetitions: Int
  let data: URL?
  /// The device to compute on, where one is named.
  let device: Device?

  /// Makes the case ready and does its work for each `run` on standard input, until that ends.
  func serve() {
    guard let device else { return answerAll() }
    withDevice(device) { answerAll() }
  }

  private func answerAll() {
    do {
      let photographs =
        try bench.needsPhotographs ? data.map(PhotographWork.photographs(in:)) : nil
      let work = try bench.prepare(photographs)
      answer(.init(ready: true, version: "Retrograd"))
      while let line = readLine() {
        guard line == "run" else { throw BenchError.failed("expected `run`, got \(line)") }
        try device?.synchronize()
        let usage = SystemUsage()
        let start = ProcessInfo.processInfo.systemUptime
        for _ in 0..<repetitions { try work() }
        try device?.synchronize()
        let seconds = ProcessInfo.processInfo.systemUptime - start
        let (faults, system) = SystemUsage().since(usage)
        let count = Double(repetitions)
        answer(
          .init(
            seconds: seconds / count, peakMegabytes: Self.peakMegabytes, pageFaults: faults / count,
            systemSeconds: system / count))
      }
    } catch {
      answer(.init(error: "\(error)"))
    }
  }

  private func answer(_ answer: BenchProcess.Answer) {
    writeRawOutput(json(answer) + "\n")
    flushOutput()
  }

  /// The most memory that this process has held.
  ///
  /// What getrusage says on Linux begins with what the parent process held.
  static var peakMegabytes: Double {
    #if os(Linux)
      let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return Double(line?.filter(\.isNumber) ?? "").map { $0 * 1024 / 1e6 } ?? 0
    #else
      var usage = rusage()
      getrusage(RUSAGE_SELF, &usage)
      return Double(usage.ru_maxrss) / 1e6
    #endif
  }
}

/// The system's work for this process so far, over all threads.
private struct SystemUsage {
  /// Pages that were handed out and not read from a file.
  private let pageFaults: Double
  private let seconds: Double

  init() {
    var usage = rusage()
    #if os(Linux)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #else
      getrusage(RUSAGE_SELF, &usage)
    #endif
    pageFaults = Double(usage.ru_minflt)
    seconds = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) * 1e-6
  }

  func since(_ earlier: SystemUsage) -> (pageFaults: Double, seconds: Double) {
    (pageFaults - earlier.pageFaults, seconds - earlier.seconds)
  }
}
