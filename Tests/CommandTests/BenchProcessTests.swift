import Foundation
import RetrogradTestSupport
import Testing

@testable import RetrogradCommand

/// A shell script that plays the other library.
struct FakePeer: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let script: String
  /// What is said of it.
  var complaint = ""

  private static let ready = #"echo '{"ready": true, "version": "Fake 1"}'"#

  static let answering = FakePeer(
    testDescription: "answers",
    script: """
      \(ready)
      while read line; do
        echo '{"seconds": 1e-6, "peakMegabytes": 7, "pageFaults": 3, "systemSeconds": 1e-7}'
      done
      """)
  static let hanging = FakePeer(
    testDescription: "hangs", script: "\(ready)\nexec sleep 60", complaint: "did not finish a run")
  static let unready = FakePeer(
    testDescription: "is never ready", script: "exec sleep 60", complaint: "did not get ready")
  static let stubborn = FakePeer(
    testDescription: "cannot be ended politely",
    script: "trap '' TERM\n\(ready)\nwhile true; do sleep 1; done",
    complaint: "did not finish a run")
  static let dying = FakePeer(
    testDescription: "dies at work", script: "\(ready)\nread line\nexit 4",
    complaint: "status 4)")
  static let failing = [
    FakePeer(
      testDescription: "says more seconds than have passed",
      script: "\(ready)\nwhile read line; do echo '{\"seconds\": 1000}'; done",
      complaint: "but the answer came after"),
    FakePeer(
      testDescription: "says less than nothing",
      script: "\(ready)\nwhile read line; do echo '{\"seconds\": -1}'; done",
      complaint: "should say how many seconds"),
    FakePeer(
      testDescription: "speaks another language", script: "echo hello",
      complaint: "answered hello"),
    FakePeer(
      testDescription: "is not ready", script: "echo '{\"seconds\": 1}'",
      complaint: "should say that it is ready"),
    FakePeer(
      testDescription: "does not stop talking, with a helper", script: "yes | tr -d '\\n'",
      complaint: "without an end"),
    FakePeer(
      testDescription: "dies at once", script: "echo first >&2\necho last words >&2\nexit 3",
      complaint: "status 3): last words"),
    dying,
    FakePeer(
      testDescription: "dies of a signal", script: "\(ready)\nkill -9 $$",
      complaint: "status 9)"),
    FakePeer(
      testDescription: "misses a package", script: "echo '{\"missing\": \"onnxruntime\"}'",
      complaint: "onnxruntime is not installed: /bin/sh -m pip install onnxruntime"),
    FakePeer(
      testDescription: "reports an error", script: "echo '{\"error\": \"no memory\"}'",
      complaint: "no memory"),
  ]

  /// A file that is removed with its last reference.
  final class File: Sendable {
    private let folder: TemporaryFolder
    let url: URL
    init(_ text: String) throws {
      folder = try TemporaryFolder()
      url = folder.url.appending(path: "peer.sh")
      try Data(text.utf8).write(to: url)
    }
  }

  func write() throws -> File { try File(script) }
}

@Suite("A process that measures")
struct BenchProcessTests {
  func start(_ peer: FakePeer, timeOut: Double = 60) throws -> (BenchProcess, FakePeer.File) {
    let file = try peer.write()
    return (
      try BenchProcess(URL(filePath: "/bin/sh"), [file.url.path], timeOut: timeOut), file
    )
  }

  @Test("gets ready, answers every run, and ends with its input")
  func answers() throws {
    let (process, file) = try start(.answering)
    #expect(try process.waitUntilReady() == "Fake 1")
    for _ in 0..<3 {
      let turn = try process.run()
      #expect(turn.seconds == 1e-6 && turn.peakMegabytes == 7)
      #expect(turn.pageFaults == 3 && turn.systemSeconds == 1e-7)
    }
    process.end()
    #expect(throws: BenchError.ended(status: 0, lastLine: "")) { try process.run() }
    withExtendedLifetime(file) {}
  }

  @Test("that fails says how", arguments: FakePeer.failing)
  func fails(_ peer: FakePeer) throws {
    let (process, file) = try start(peer)
    let error = try #require(throws: BenchError.self) {
      _ = try process.waitUntilReady()
      _ = try process.run()
    }
    #expect(error.description.contains(peer.complaint), "\(error)")
    withExtendedLifetime(file) {}
  }

  @Test(
    "is ended when it does not answer in time",
    arguments: [FakePeer.hanging, .unready, .stubborn])
  func timesOut(_ peer: FakePeer) throws {
    let (process, file) = try start(peer, timeOut: 1)
    let error = try #require(throws: BenchError.self) {
      _ = try process.waitUntilReady()
      _ = try process.run()
    }
    guard case .timedOut(_, seconds: 1) = error else {
      Issue.record("expected a time-out, got \(error)")
      return
    }
    #expect(error.description.contains(peer.complaint))
    withExtendedLifetime(file) {}
  }

  @Test("that cannot be started is an error with a reason")
  func cannotStart() throws {
    let error = try #require(throws: BenchError.self) {
      _ = try BenchProcess(URL(filePath: "/no/such/program"), [], timeOut: 1)
    }
    guard case .cannotStart("/no/such/program", _) = error else {
      Issue.record("expected that it cannot be started, got \(error)")
      return
    }
  }

  @Test("has used some memory")
  func peakMemory() {
    #expect(BenchServer.peakMegabytes > 1)
  }
}

@Suite("Figures of the bench")
struct BenchFigureTests {
  @Test("quartiles lie between the measurements")
  func statistics() {
    let four = BenchStatistics([4, 1, 3, 2])
    #expect(four.median == 2.5)
    #expect(four.spread.min == 1 && four.spread.max == 4)
    #expect(four.spread.lowerQuartile == 1.75 && four.spread.upperQuartile == 3.25)
    let one = BenchStatistics([7])
    #expect(one.median == 7 && one.spread.lowerQuartile == 7 && one.spread.upperQuartile == 7)
  }

  @Test("AlexNet takes 714,188,480 multiply-adds a picture and has 61,100,840 parameters")
  func forwardCost() {
    let cost = AlexNetWork.forwardCost(batch: 1)
    #expect(cost.operations == 2.0 * 714_188_480)
    #expect(cost.bytes == 4.0 * 61_100_840)
    #expect(AlexNetWork.forwardCost(batch: 8).operations == 16.0 * 714_188_480)
  }

  @Test("training takes three times that, without the gradient of the pictures")
  func trainingCost() {
    let first = 64.0 * 55 * 55 * 3 * 11 * 11
    #expect(
      AlexNetWork.trainingCost(batch: 1).operations == 2 * (3 * 714_188_480 - first))
    let connected = 9216.0 * 4096 + 4096 * 4096 + 4096 * 1000
    #expect(
      AlexNetWork.fineTuningCost(batch: 1).operations
        == 2 * (714_188_480 + 2 * connected - 9216 * 4096))
  }

  @Test(
    "times have three digits and a unit",
    arguments: zip(
      [12.34, 0.9996, 0.01234, 0.0009999, 5.67e-5, 3e-9, 0.1234],
      ["12.3 s", "1.00 s", "12.3 ms", "1.00 ms", "56.7 µs", "3.00 ns", "123 ms"]))
  func durations(_ seconds: Double, _ text: String) {
    #expect(BenchTable.duration(seconds) == text)
  }

  @Test("a row fits into 80 columns, with the peers in a fixed order and the absent ones below")
  func rows() {
    let spread = BenchStatistics.Spread(
      min: 0.1, lowerQuartile: 0.111, upperQuartile: 0.222, max: 1)
    var result = BenchReport.Case(name: "forward-b1", seconds: 0.123, spread: spread, runs: 3)
    (result.gigaflops, result.shareOfPeakGigaflops) = (123.4, 1.05)
    (result.gigabytesPerSecond, result.shareOfPeakBandwidth) = (23.4, 0.5)
    (result.peakMegabytes, result.pageFaults, result.systemSeconds) = (1234.5, 12.3, 0.0123)
    result.peers = ["openvino": 0.2, "torch": 0.3]
    result.ratios = ["openvino": 1.6, "torch": 2.4]
    result.peerDetails = [
      "openvino": .init(version: "2", spread: spread, ratioSpread: spread, peakMegabytes: 99),
      "torch": .init(version: "1", spread: spread, ratioSpread: spread),
    ]
    result.absentPeers = ["onnxruntime": "it is away"]
    let lines = BenchTable(names: ["forward-b1", "  onnxruntime"]).lines(result)
      .split(separator: "\n")
    #expect(
      lines.map { $0.split(separator: " ").first } == [
        "forward-b1", "torch", "onnxruntime:", "openvino",
      ])
    #expect(lines[0].hasSuffix("123 ms   ±45%     123 105%  23.4  50% 1234     12  10%"))
    #expect(lines[1].hasSuffix(" 2.40") && lines[3].hasSuffix("99              1.60"))
    #expect(lines[2] == "  onnxruntime: absent, it is away")
    for line in lines { #expect(line.count <= 80) }
    let narrow = BenchTable(names: ["forward-b1"], hasBandwidth: false).lines(result)
    #expect(narrow.contains("123 105% 1234     12  10%"))
  }

  @Test("comparisons are listed and written with the worst first, those without a peer last")
  func worstFirst() throws {
    let spread = BenchStatistics.Spread(min: 1, lowerQuartile: 1, upperQuartile: 1, max: 1)
    func bench(_ name: String, _ ratios: [String: Double]) -> BenchReport.Case {
      var result = BenchReport.Case(name: name, seconds: 1, spread: spread, runs: 1)
      result.ratios = ratios
      return result
    }
    let machine = BenchReport.Machine(
      cpu: "", threads: 1, instructionSet: "", peakGigaflops: 1, readGigabytesPerSecond: 1,
      triadGigabytesPerSecond: 1)
    let report = BenchReport(
      cases: [
        bench("lonely", [:]), bench("fast", ["torch": 2.5]),
        bench("mixed", ["torch": 3, "openvino": 0.5]),
      ], machine: machine)
    #expect(report.comparisons.map(\.ratio) == [0.5, 2.5, 3])
    let text = try #require(BenchTable(names: ["lonely"]).worstFirst(report.comparisons))
    #expect(
      text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") } == [
        "The worst ratios first, between their quartiles:", "0.50 mixed openvino",
        "2.50 fast torch", "3.00 mixed torch",
      ])
    let written = try JSONDecoder().decode(BenchReport.self, from: Data(report.json.utf8))
    #expect(written.cases.map(\.name) == ["mixed", "fast", "lonely"])
  }

  @Test("the arithmetic of convolutions and products is that of their plain sums")
  func operationCosts() {
    func cost(
      _ operation: BenchOperation, _ shapes: [[Int]], _ options: [String: Int] = [:],
      withGradients: Bool = false
    ) -> Double? {
      OperationWork(
        operation: operation, shapes: shapes, options: options, withGradients: withGradients
      ).cost.operations
    }
    // 8 pictures of 112 × 112, 64 kernels of 3 × 7 × 7.
    let strided = cost(
      .convolution, [[8, 3, 224, 224], [64, 3, 7, 7]], ["stride": 2, "padding": 3])
    #expect(strided == 1_888_223_232)
    // A map of 5 × 5, 4 kernels of 2 × 3 × 3.
    let dilated = cost(
      .convolution, [[1, 8, 9, 9], [4, 2, 3, 3]], ["dilation": 2, "groups": 4])
    #expect(dilated == 3600)
    // 9 pixels meet 2 × 5 × 4 × 4 weights.
    let transposed = cost(.transposedConvolution, [[1, 2, 3, 3], [2, 5, 4, 4]])
    #expect(transposed == 2880)
    // 6 rows of 4 numbers, 5 outputs, and twice as much again for the gradients.
    let connected = cost(.linear, [[2, 3, 4], [5, 4], [5]], withGradients: true)
    #expect(connected == 720)
    let product = cost(.matrixProduct, [[7, 2, 3], [7, 3, 4]])
    #expect(product == 336)
    #expect(cost(.relu, [[3]]) == nil)
  }
}
