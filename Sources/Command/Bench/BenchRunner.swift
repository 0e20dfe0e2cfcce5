import Foundation
import Retrograd

/// Measures cases, each against its peers in turn.
struct BenchRunner {
  let sides: BenchSides
  let machine: BenchReport.Machine
  /// The device on which both sides compute; `nil` for the processor.
  let device: BenchDevice?
  /// The peers to measure, where a case has them.
  let peers: Set<BenchPeer>
  /// Other builds of this program, by the names that they are given.
  let builds: [(name: String, program: URL)]
  /// The number of runs; each case's own number where `nil`.
  let runs: Int?
  /// Is told what is being done, and how many more rounds are.
  let progress: (_ rounds: Int, _ note: String) -> Void

  /// The number of runs of a case.
  func runs(of bench: BenchCase) -> Int { runs ?? bench.runs }

  /// The rounds that ``progress`` will hear of: one to warm up, and the runs.
  func rounds(of bench: BenchCase) -> Int { 1 + runs(of: bench) }

  /// A peer or another build with what it has measured.
  private struct Opponent {
    let name: String
    let process: BenchProcess
    let version: String?
    var turns = Turns()
  }

  /// The measurements of one side; the first turn warms up.
  private struct Turns {
    var all: [BenchProcess.Turn] = []

    var seconds: [Double] { all.dropFirst().map(\.seconds) }
    var peakMegabytes: Double? { all.last?.peakMegabytes }

    /// The median of a figure over the turns that begin after the second repetition: the first two ask the
    /// system for memory.
    func settled(_ bench: BenchCase, _ figure: (BenchProcess.Turn) -> Double?) -> Double? {
      let figures = all.enumerated().filter { $0.offset * bench.repetitions >= 2 }
        .compactMap { figure($0.element) }
      return figures.isEmpty ? nil : BenchStatistics(figures).median
    }
  }

  /// Measures one case. What goes wrong with a peer is noted, and the others go on.
  func measure(_ bench: BenchCase) throws(BenchError) -> BenchReport.Case {
    progress(0, "\(bench.name): getting ready")
    let ours = try sides.ours(bench)
    defer { ours.end() }
    _ = try ours.waitUntilReady()
    var absent: [String: String] = [:]
    var opponents: [Opponent] = []
    func add(
      _ name: String, _ start: () throws(BenchError) -> BenchProcess
    ) {
      progress(0, "\(bench.name): \(name) getting ready")
      do {
        let process = try start()
        opponents.append(
          Opponent(name: name, process: process, version: try process.waitUntilReady()))
      } catch {
        absent[name] = error.description
      }
    }
    for (name, program) in builds {
      add(name) { () throws(BenchError) in try sides.build(program, bench) }
    }
    for peer in bench.peers(onDevice: device != nil) where peers.contains(peer) {
      add(peer.rawValue) { () throws(BenchError) in try sides.peer(peer, bench) }
    }
    defer { for opponent in opponents { opponent.process.end() } }

    var turns = Turns()
    // The first round warms up both sides. In every second one the order is the reverse, so that nobody always follows
    // the same side.
    for round in 0...runs(of: bench) {
      let order = [nil] + opponents.indices.map(Optional.some)
      for index in round.isMultiple(of: 2) ? order : order.reversed() {
        pauseForOthers(opponents)
        guard let index else {
          progress(0, bench.name)
          turns.all.append(try ours.run())
          continue
        }
        let name = opponents[index].name
        progress(0, "\(bench.name): \(name)")
        do {
          opponents[index].turns.all.append(try opponents[index].process.run())
        } catch {
          absent[name] = error.description
        }
      }
      opponents.removeAll { absent[$0.name] != nil }
      progress(1, "\(bench.name)")
    }
    return result(bench, turns, opponents, absent)
  }

  /// The threads of whoever had the last turn may wait for more work by spinning, OpenBLAS's for tens
  /// of milliseconds: nobody begins beside them.
  private func pauseForOthers(_ opponents: [Opponent]) {
    if !opponents.isEmpty { usleep(300_000) }
  }

  private func result(
    _ bench: BenchCase, _ turns: Turns, _ opponents: [Opponent], _ absent: [String: String]
  ) -> BenchReport.Case {
    let statistics = BenchStatistics(turns.seconds)
    var result = BenchReport.Case(
      name: bench.name, seconds: statistics.median, spread: statistics.spread,
      runs: turns.seconds.count, peakMegabytes: turns.peakMegabytes,
      pageFaults: turns.settled(bench, \.pageFaults),
      systemSeconds: turns.settled(bench, \.systemSeconds), absentPeers: absent)
    if let operations = bench.cost.operations {
      let gigaflops = operations / statistics.median / 1e9
      result.gigaflops = gigaflops
      result.shareOfPeakGigaflops = gigaflops / (device?.peakGigaflops ?? machine.peakGigaflops)
    }
    if let bytes = bench.cost.bytes {
      let bandwidth = bytes / statistics.median / 1e9
      result.gigabytesPerSecond = bandwidth
      let peak = device?.gigabytesPerSecond(bench.cost.path) ?? machine.readGigabytesPerSecond
      result.shareOfPeakBandwidth = bandwidth / peak
    }
    if let (seconds, bound) = device?.roof(bench.cost) {
      (result.bound, result.shareOfRoof) = (bound, seconds / statistics.median)
    }
    for opponent in opponents {
      let name = opponent.name
      let statistics = BenchStatistics(opponent.turns.seconds)
      let ratios = BenchStatistics(zip(opponent.turns.seconds, turns.seconds).map { $0 / $1 })
      result.peers[name] = statistics.median
      result.ratios[name] = ratios.median
      result.peerDetails[name] = .init(
        version: opponent.version, spread: statistics.spread, ratioSpread: ratios.spread,
        peakMegabytes: opponent.turns.peakMegabytes,
        pageFaults: opponent.turns.settled(bench, \.pageFaults),
        systemSeconds: opponent.turns.settled(bench, \.systemSeconds))
    }
    return result
  }
}
