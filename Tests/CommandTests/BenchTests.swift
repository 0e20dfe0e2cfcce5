import Foundation
import Retrograd
import RetrogradTestSupport
import Testing

@testable import RetrogradCommand

/// The bench as people run it, with a shell script in the place of the other library.
@Suite("retrograd bench")
struct BenchTests {
  func bench(_ arguments: [String]) throws -> ProgramResult {
    try runProgram(
      "retrograd", ["bench"] + arguments,
      environment: ["RETROGRAD_TEST_DATA": "", "RETROGRAD_PYTHON": ""])
  }

  func report(_ arguments: [String]) throws -> BenchReport {
    let result = try bench(["--json"] + arguments)
    return try JSONDecoder().decode(BenchReport.self, from: Data(result.output.utf8))
  }

  @Test("--json gives name, seconds and peers of each case, and the machine")
  func json() throws {
    let script = try FakePeer.answering.write()
    let result = try bench([
      "tiny-step", "--runs", "2", "--json", "--compare", "torch", "--python", "/bin/sh",
      "--peer-script", script.url.path,
    ])
    #expect(result.status == 0)
    #expect(result.lines.count == 1)
    #expect(result.output.hasPrefix(#"{"cases":[{"#))
    let report = try JSONDecoder().decode(BenchReport.self, from: Data(result.output.utf8))
    let tiny = try #require(report.cases.first)
    #expect(report.cases.count == 1)
    #expect(tiny.name == "tiny-step")
    #expect(tiny.seconds > 0 && tiny.runs == 2)
    #expect(tiny.spread.min <= tiny.seconds && tiny.seconds <= tiny.spread.max)
    #expect(try #require(tiny.peakMegabytes) > 1)
    #expect(tiny.peers == ["torch": 1e-6])
    #expect(try #require(tiny.ratios["torch"]) > 0)
    #expect(tiny.peerDetails["torch"]?.version == "Fake 1")
    #expect(tiny.peerDetails["torch"]?.peakMegabytes == 7)
    #expect(tiny.peerDetails["torch"]?.pageFaults == 3)
    #expect(try #require(tiny.pageFaults) >= 0)
    #expect(try #require(tiny.systemSeconds) >= 0)
    #expect(tiny.absentPeers.isEmpty)
    #expect(report.machine.threads >= 1 && report.machine.peakGigaflops > 0)
    #expect(InstructionSet.available.map(\.name).contains(report.machine.instructionSet))
  }

  @Test("another build is measured in turn with this one")
  func against() throws {
    let folder = try TemporaryFolder()
    let other = folder.url.appending(path: "before")
    try FileManager.default.createSymbolicLink(
      at: other, withDestinationURL: programURL("retrograd"))
    let arguments = ["tiny-step", "matmul-64", "--runs", "3", "--against", other.path]
    for bench in try report(arguments).cases {
      let (ratio, details) = (
        try #require(bench.ratios["before"]), try #require(bench.peerDetails["before"])
      )
      #expect(try #require(bench.peers["before"]) > 0 && bench.ratios.count == 1)
      #expect(details.ratioSpread.lowerQuartile <= ratio)
      #expect(ratio <= details.ratioSpread.upperQuartile)
    }
    let table = try bench(arguments)
    #expect(table.lines.contains { $0.hasPrefix("  before ") })
    #expect(
      table.output.contains(#/  \d\.\d\d < \d\.\d\d < \d\.\d\d  (tiny-step|matmul-64) +before/#))
    for line in table.lines.dropFirst() { #expect(line.count <= 80, "\(line)") }
  }

  @Test("people get a table of 80 columns, and how to read it")
  func table() throws {
    let result = try bench(["tiny-step", "--runs", "1"])
    #expect(result.status == 0)
    let row = try #require(result.lines.first { $0.hasPrefix("tiny-step ") })
    #expect(row.contains(#/ [µm]?s +±/#))
    #expect(result.output.contains("direct algorithm"))
    for line in result.lines.dropFirst() { #expect(line.count <= 80, "\(line)") }
  }

  @Test("a peer that fails at work leaves our own figures")
  func failingPeer() throws {
    let script = try FakePeer.dying.write()
    let report = try report([
      "tiny-step", "--runs", "1", "--compare", "torch", "--python", "/bin/sh", "--peer-script",
      script.url.path,
    ])
    let tiny = try #require(report.cases.first)
    #expect(tiny.seconds > 0)
    #expect(tiny.peers.isEmpty && tiny.ratios.isEmpty)
    let reason = try #require(tiny.absentPeers["torch"])
    #expect(reason.contains(FakePeer.dying.complaint), "\(reason)")
  }

  @Test("without that Python the reason says how to name one")
  func noPython() throws {
    let sides = BenchSides(python: "/no/such/python", timeOut: 1)
    let bench = try #require(BenchCase.named("tiny-step"))
    let error = try #require(throws: BenchError.self) { _ = try sides.peer(.torch, bench) }
    #expect(error == .noPython("/no/such/python"))
    #expect(error.description.contains("--python"))
  }

  @Test("the script for the peers is inside the program")
  func embeddedScript() throws {
    let script = String(decoding: PackageResources.peer_py, as: UTF8.self)
    for peer in BenchPeer.allCases { #expect(script.contains("\"\(peer.rawValue)\"")) }
    // Whatever Python this machine has, the script answers or is said to be absent.
    let tiny = try #require(
      try report(["tiny-step", "--runs", "1", "--compare", "torch"]).cases.first)
    let reason = tiny.absentPeers["torch"] ?? ""
    #expect(
      tiny.peers["torch"] != nil || reason.contains("pip install torch")
        || reason.contains("there is no Python"), "\(reason)")
  }

  @Test("a case that needs photographs is skipped, and says so")
  func skipped() throws {
    let result = try bench(["decode-244", "--json"])
    #expect(result.status == 0)
    #expect(result.errors.contains("SKIPPED decode-244: needs photographs"))
    let report = try JSONDecoder().decode(BenchReport.self, from: Data(result.output.utf8))
    #expect(report.cases.isEmpty && report.skipped.keys.contains("decode-244"))
  }

  @Test("photographs are decoded; a folder without any is a failure")
  func photographs() throws {
    let folder = try TemporaryFolder()
    let one = folder.url.appending(path: "one")
    try FileManager.default.createDirectory(at: one, withIntermediateDirectories: true)
    let arguments = ["decode-244", "--runs", "1", "--json", "--data", folder.url.path]
    let empty = try bench(arguments)
    #expect(empty.status == 1)
    #expect(empty.errors.contains("FAILED decode-244") && empty.errors.contains("no JPEG files"))

    try FileManager.default.copyItem(
      at: Fixtures.url("pictures/progressive.jpg"), to: one.appending(path: "a.JPG"))
    try Data("GIF89a".utf8).write(to: one.appending(path: "b.gif"))
    let good = try bench(arguments)
    #expect(good.status == 0, "\(good.errors)")
  }

  @Test("a group stands for its cases, and an operation tells its peer what it is")
  func groups() throws {
    #expect(BenchCase.meant(by: "networks").map(\.name) == BenchCase.networks.map(\.name))
    #expect(BenchCase.meant(by: "relu").map(\.name) == ["relu"])
    #expect(BenchCase.meant(by: "nothing").isEmpty)
    // This other library says the words after `--operation` as if they were its version.
    let script = try FakePeer.File(
      #"""
      while [ "$1" != --operation ]; do shift; done
      echo "{\"ready\": true, \"version\": \"$(echo "$2" | tr -d '"')\"}"
      while read line; do echo '{"seconds": 1e-9}'; done
      """#)
    let report = try report([
      "matmul-64", "--runs", "1", "--compare", "torch", "--python", "/bin/sh", "--peer-script",
      script.url.path,
    ])
    let said = try #require(report.cases.first?.peerDetails["torch"]?.version)
    #expect(said.contains("operation:matrixProduct") && said.contains("shapes:[[64,64],[64,64]]"))
  }

  @Test("every operation and network has its like in the peers' script")
  func peersKnowThem() {
    let script = String(decoding: PackageResources.peer_py, as: UTF8.self)
    for bench in BenchCase.operations + BenchCase.networks where bench.peers == [.torch] {
      #expect(script.contains("\"\(bench.operation?.operation.rawValue ?? bench.name)\""))
    }
  }

  @Test(
    "threads: a ratio for each operation and size, the smallest first, and what handing out costs")
  func threads() throws {
    let arguments = ["threads", "relu", "softmax+", "--from", "6", "--to", "8", "--runs", "1"]
    let result = try bench(arguments + ["--json"])
    #expect(result.status == 0, "\(result.errors)")
    let report = try JSONDecoder().decode(ThreadReport.self, from: Data(result.output.utf8))
    #expect(Set(report.cases.map(\.operation)) == ["relu", "softmax+"])
    #expect(report.cases.map(\.elements).sorted() == [64, 64, 256, 256])
    #expect(report.cases.map(\.ratio) == report.cases.map(\.ratio).sorted())
    for result in report.cases { #expect(result.seconds > 0 && result.secondsAlone > 0) }
    #expect(report.handingOut.secondsAwake > 0 && report.handingOut.secondsAsleep > 0)

    let table = try bench(arguments)
    #expect(
      table.output.contains(#/softmax\+ +(\d\.\d\d|\d\d+) +(\d\.\d\d|\d\d+)\n/#), "\(table.output)")
    let wrong = try bench(["threads", "sinus"])
    #expect(wrong.status == 64 && wrong.errors.contains("There is no operation called sinus"))
  }

  @Test("threads: columns stay apart, however long a program was held up")
  func heldUp() {
    let cases = [(64, 1.011), (256, 14.13), (1024, 9.996), (4096, 2345.6)].map {
      ThreadReport.Case(
        operation: "relu", elements: $0.0, secondsAlone: $0.1, seconds: 1, ratio: $0.1)
    }
    let line = ThreadTable(names: ["relu"], exponents: [6, 8, 10, 12]).line("relu", cases)
    #expect(line.split(separator: " ") == ["relu", "1.01", "14", "10", "2346"])
  }

  @Test("every swept operation runs at small sizes")
  func sweptOperations() {
    for operation in SweptOperation.all {
      for exponent in 6...8 {
        let work = operation.prepare(exponent)
        #expect(work != nil, "\(operation.name)")
        work?()
      }
    }
  }

  @Test("--list names every case with its peers")
  func list() throws {
    let result = try bench(["--list"])
    #expect(result.status == 0)
    for group in BenchGroup.allCases {
      #expect(result.lines.contains("\(group.rawValue): \(group.summary)"))
    }
    for bench in BenchCase.all {
      #expect(result.lines.contains(bench.name))
      #expect(result.output.contains(bench.summary))
    }
    #expect(Set(BenchCase.all.map(\.name)).count == BenchCase.all.count)
  }

  @Test("says what is wrong with the arguments")
  func wrongArguments() throws {
    for (arguments, complaint) in [
      (["forward-b2"], "There is no case called forward-b2"),
      (["--runs", "0"], "--runs must be from 1"),
      (["--time-out", "0"], "--time-out must be above 0"),
      (["--compare", "numpy"], "--compare"),
      (["--against", "/no/such/build"], "--against /no/such/build is not a program"),
      (["--against", "/tmp"], "is not a program"),
      (["--against", "/bin/sh", "--against", "/usr/bin/sh"], "there is more than one sh"),
    ] {
      let result = try bench(arguments)
      #expect(result.status == 64)
      #expect(result.errors.contains(complaint))
    }
  }

  @Test("torch stands for PyTorch with either Adam and either rounding, all for everybody")
  func comparisons() {
    #expect(MeasureCases.Comparison.torch.peers == [.torch, .torchFused, .torchTF32])
    #expect(MeasureCases.Comparison.all.peers == BenchPeer.allCases)
    for peer in BenchPeer.allCases where peer != .torchFused && peer != .torchTF32 {
      #expect(MeasureCases.Comparison(rawValue: peer.rawValue)?.peers.contains(peer) == true)
    }
  }
}
