import Foundation
import Retrograd
import RetrogradText

/// Everything that `retrograd bench` measures, as `--json` prints it.
struct BenchReport: Codable {
  /// The cases; where there is a peer to compare with, the worst ratio comes first.
  var cases: [Case] = []
  let machine: Machine
  /// The device that computed; `nil` for the processor.
  var device: BenchDevice?
  /// The reason why a case was not measured, by its name.
  var skipped: [String: String] = [:]
  /// The reason why a case failed on our side, by its name.
  var failed: [String: String] = [:]

  /// The figures of one case. Times are medians, in seconds.
  struct Case: Codable {
    let name: String
    let seconds: Double
    let spread: BenchStatistics.Spread
    let runs: Int
    var gigaflops: Double?
    var shareOfPeakGigaflops: Double?
    var gigabytesPerSecond: Double?
    var shareOfPeakBandwidth: Double?
    /// On a device, what it waits for most, and the share of the pace at which nothing else would be left.
    var bound: BenchDevice.Bound?
    var shareOfRoof: Double?
    var peakMegabytes: Double?
    /// Pages of memory that the system had to hand out in one repetition, after the second.
    var pageFaults: Double?
    /// The time that one repetition spent in the system, over all threads, after the second.
    var systemSeconds: Double?
    /// The time of each peer.
    var peers: [String: Double] = [:]
    /// The median of the peer's time by ours in the same turn.
    var ratios: [String: Double] = [:]
    var peerDetails: [String: Details] = [:]
    /// The reason why a peer has no figures, by its name.
    var absentPeers: [String: String] = [:]

    /// The ratio to the fastest peer; infinite where there is none.
    var worstRatio: Double { ratios.values.min() ?? .infinity }
  }

  /// Further details of a peer.
  struct Details: Codable {
    var version: String?
    let spread: BenchStatistics.Spread
    /// The spread of its time by ours in the same turn.
    let ratioSpread: BenchStatistics.Spread
    var peakMegabytes: Double?
    var pageFaults: Double?
    var systemSeconds: Double?
  }

  /// The machine that was measured.
  struct Machine: Codable {
    let cpu: String
    let threads: Int
    let instructionSet: String
    let peakGigaflops: Double
    let readGigabytesPerSecond: Double
    let triadGigabytesPerSecond: Double
  }

  /// Each comparison, the worst ratio first.
  var comparisons: [Comparison] {
    cases.flatMap { bench in
      bench.ratios.map { peer, ratio in
        Comparison(
          name: bench.name, peer: peer, ratio: ratio,
          spread: bench.peerDetails[peer]?.ratioSpread)
      }
    }
    .sorted { ($0.ratio, $0.name, $0.peer) < ($1.ratio, $1.name, $1.peer) }
  }

  /// A case, a peer, and its time by ours: the median and what is around it.
  struct Comparison {
    let name: String
    let peer: String
    let ratio: Double
    let spread: BenchStatistics.Spread?
  }

  var json: String {
    var sorted = self
    sorted.cases = cases.enumerated().sorted {
      ($0.element.worstRatio, $0.offset) < ($1.element.worstRatio, $1.offset)
    }.map(\.element)
    return RetrogradText.json(sorted)
  }
}

extension BenchReport.Machine {
  /// The machine that this runs on.
  init(_ probe: MachineProbe) {
    self.init(
      cpu: Self.cpuName, threads: Threads.count, instructionSet: InstructionSet.current.name,
      peakGigaflops: probe.operationsPerSecond / 1e9,
      readGigabytesPerSecond: probe.bytesReadPerSecond / 1e9,
      triadGigabytesPerSecond: probe.bytesMovedPerSecond / 1e9)
  }

  static var cpuName: String {
    #if os(Linux)
      let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
      let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
      let name = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
      return name ?? "unknown processor"
    #else
      var size = 0
      sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
      var bytes = [UInt8](repeating: 0, count: size)
      sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0)
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    #endif
  }
}
