import ArgumentParser
import Foundation
import Retrograd
import RetrogradCommandLine
import RetrogradText

struct MeasureCases: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cases",
    abstract: "Measure cases, also side by side with other libraries.",
    discussion: """
      Every case is measured in a process of its own, several times after one run that is not counted, \
      with all threads (RETROGRAD_THREADS). With --compare, other libraries do the same in turn with \
      us, with as many threads: Python needs the package, and one that is missing is reported and left \
      out; it ends with the worst ratios first, and JSON begins with them. With --against, another build of \
      this program takes turns as well, such as one from before a change: a machine that is slower for minutes \
      slows both. Photographs are JPEG files in one folder for each class: --data, or ants-and-bees/train in the folder that RETROGRAD_TEST_DATA \
      names.

      GFLOP/s count the multiplications and additions of the direct algorithm, also where Winograd's, \
      which needs fewer, is used. They and GB/s are held against what the machine reaches in registers \
      and in reading memory, measured at the beginning. The faults of pages, and the time in the system, \
      are those of one repetition after the second: a step that finds its memory again has none.

      With --device everything is computed there, and each run is timed to the end of the device's work. Shares \
      are then of the device's own peaks, and "bound" says what a case waits for most: arithmetic, memory, \
      or a transfer. --compare torch is PyTorch with CUDA on the same card, without and with TF32. Without names, \
      forward-b1, -b8 and -b50, train-b16, sgemm-2048 and the group device are measured.

      Examples:

        retrograd bench forward-b1 networks --compare torch --python venv/bin/python
        retrograd bench train-b16 conv-3x3-14 --against ./retrograd-before --runs 15
      """)

  /// The values of `--compare`.
  enum Comparison: String, CaseIterable, ExpressibleByArgument {
    case torch
    case onnxruntime
    case openvino
    case openblas
    case pillow
    case all

    var peers: [BenchPeer] {
      switch self {
      case .torch: [.torch, .torchFused, .torchTF32]
      case .onnxruntime: [.onnxruntime]
      case .openvino: [.openvino]
      case .openblas: [.openblas]
      case .pillow: [.pillow]
      case .all: BenchPeer.allCases
      }
    }
  }

  @Argument(
    help: "Cases or groups to measure; by default all that need no photographs, or all with --data."
  )
  var cases: [String] = []

  @Flag(help: "List the groups and their cases.")
  var list = false

  @Flag(help: "Compare the results of the kernels with double precision, instead of measuring.")
  var check = false

  @Option(help: "Number of runs; by default one that suits each case.")
  var runs: Int?

  @Option(help: "Library to compare with; may be given several times.")
  var compare: [Comparison] = []

  @Option(help: "Another build of this program to compare with; may be given several times.")
  var against: [String] = []

  @Option(
    help: "Python that has the libraries to compare with (default: RETROGRAD_PYTHON, or python3).")
  var python: String?

  @Option(help: "Folder of photographs, with one folder for each class.")
  var data: String?

  @OptionGroup var device: DeviceOptions

  @Option(help: "Time limit for the preparation, and for one run, in seconds.")
  var timeOut = 600.0

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    help: .init("Script to run instead of the built-in one for the peers.", visibility: .hidden))
  var peerScript: String?

  @Option(help: .init("Case to run as this side of a comparison.", visibility: .hidden))
  var serve: String?

  @Option(help: .init("Number of repetitions in one run.", visibility: .hidden))
  var repetitions = 1

  func validate() throws {
    try checkOption("--runs", runs, .from(1, to: 1_000_000))
    try checkOption("--repetitions", repetitions, .from(1, to: 1_000_000_000))
    try checkOption("--time-out", timeOut, .above(0, to: 1e6))
    let isOnDevice = (device.device ?? "cpu") != "cpu"
    if isOnDevice && check { throw ValidationError("--check is about the processor: no --device.") }
    if isOnDevice, let other = compare.first(where: { $0 != .torch && $0 != .all }) {
      throw ValidationError(
        "--compare \(other) computes on the processor: with --device, only torch.")
    }
    let taken = BenchPeer.allCases.map(\.rawValue) + otherBuilds.map(\.name)
    if let name = taken.first(where: { name in taken.count { $0 == name } > 1 }) {
      throw ValidationError(
        "--against needs builds with names of their own: there is more than one \(name).")
    }
    for build in otherBuilds {
      let values = try? build.program.resourceValues(forKeys: [.isDirectoryKey, .isExecutableKey])
      if values?.isExecutable == true && values?.isDirectory == false { continue }
      throw ValidationError("--against \(build.program.relativePath) is not a program.")
    }
    for name in cases + (serve.map { [$0] } ?? []) where BenchCase.meant(by: name).isEmpty {
      throw ValidationError(
        "There is no case called \(name). There are the groups "
          + BenchGroup.allCases.map(\.rawValue).joined(separator: ", ") + " and the cases "
          + BenchCase.all.map(\.name).joined(separator: ", ") + ".")
    }
  }

  func run() throws {
    if let bench = serve.flatMap(BenchCase.named) {
      BenchServer(
        bench: bench, repetitions: repetitions, data: dataFolder,
        device: device.device.map(Device.init)
      ).serve()
    } else if list {
      printCases()
    } else if check {
      try runCheck()
    } else {
      try measure()
    }
  }

  private var otherBuilds: [(name: String, program: URL)] {
    against.map { URL(filePath: $0) }.map { ($0.lastPathComponent, $0) }
  }

  private func runCheck() throws {
    let result = KernelCheck()
    if json {
      writeJSON(RetrogradText.json(result))
    } else {
      writeOutput("\(result)")
    }
    if !result.operations.allSatisfy(\.isWithinBound) { throw ExitCode(1) }
  }

  private func printCases() {
    for group in BenchGroup.allCases {
      writeOutput("\(group.rawValue): \(group.summary)\n")
      for bench in group.cases {
        let peers = bench.peers.map(\.rawValue).joined(separator: ", ")
        writeOutput(
          """
          \(bench.name)
            \(bench.summary)
            \(bench.runs) run\(bench.runs == 1 ? "" : "s")\(peers.isEmpty ? "" : "; to compare with: \(peers)")
          """)
      }
      writeOutput("")
    }
  }

  private func measure() throws {
    let place = self.device.device.map(Device.init) ?? Device.ofEnvironment
    let device = try place?.check().map { try BenchDevice(place!, $0) }
    var report = BenchReport(machine: .init(MachineProbe()), device: device)
    let (chosen, skipped) = choose(onDevice: device != nil)
    let peers = Set(compare.flatMap(\.peers))
    let progress = ProgressBar(
      "measuring", total: chosen.reduce(0) { $0 + 1 + (runs ?? $1.runs) })
    let runner = BenchRunner(
      sides: BenchSides(
        python: python ?? environment("RETROGRAD_PYTHON") ?? "python3",
        script: peerScript.map { URL(filePath: $0) }, data: dataFolder, device: place,
        timeOut: timeOut),
      machine: report.machine, device: device, peers: peers, builds: otherBuilds, runs: runs,
      progress: { progress.advance(by: $0, note: $1) })
    let table = BenchTable(
      names: chosen.flatMap { bench in
        [bench.name] + otherBuilds.map { "  " + $0.name }
          + bench.peers(onDevice: device != nil).filter(peers.contains).map { "  " + $0.rawValue }
      }, hasBandwidth: chosen.contains { $0.cost.bytes != nil }, isOnDevice: device != nil)
    func show(_ text: String) {
      progress.clear()
      if !json { writeOutput(text) }
      flushOutput()
    }

    for bench in skipped {
      let reason =
        bench.needsDevice
        ? "needs a device: --device gpu"
        : "needs photographs: --data FOLDER, or RETROGRAD_TEST_DATA"
      report.skipped[bench.name] = reason
      progress.clear()
      writeError("SKIPPED \(bench.name): \(reason)")
    }
    show(device.map(table.head) ?? table.head(report.machine))
    for bench in chosen {
      do throws(BenchError) {
        let result = try runner.measure(bench)
        report.cases.append(result)
        show(table.lines(result))
      } catch {
        report.failed[bench.name] = error.description
        progress.clear()
        writeError("FAILED \(bench.name): \(error)")
      }
    }
    progress.finish()
    if json {
      writeJSON(report.json)
    } else {
      if let worst = table.worstFirst(report.comparisons) { writeOutput("\n" + worst) }
      writeOutput("\n" + (device == nil ? BenchTable.foot : BenchTable.footOnDevice))
      if let versions = BenchTable.versions(report.cases) { writeOutput(versions) }
    }
    if !report.failed.isEmpty { throw ExitCode(1) }
  }

  /// The cases to measure, and those that are asked for but cannot be.
  private func choose(onDevice: Bool) -> (chosen: [BenchCase], skipped: [BenchCase]) {
    let usual =
      onDevice
      ? BenchCase.usualOnDevice
      : BenchCase.all.filter { !$0.needsDevice && (!$0.needsPhotographs || data != nil) }
    let asked = cases.isEmpty ? usual : cases.flatMap(BenchCase.meant)
    func canBeMeasured(_ bench: BenchCase) -> Bool {
      (!bench.needsPhotographs || dataFolder != nil) && (!bench.needsDevice || onDevice)
    }
    return (asked.filter(canBeMeasured), asked.filter { !canBeMeasured($0) })
  }

  private var dataFolder: URL? {
    if let data { return URL(filePath: data) }
    return environment("RETROGRAD_TEST_DATA").map {
      URL(filePath: $0).appending(path: "ants-and-bees/train")
    }
  }

  /// A variable of the environment that is set to something.
  private func environment(_ name: String) -> String? {
    let value = ProcessInfo.processInfo.environment[name]
    return value == "" ? nil : value
  }
}
