import Foundation
import Retrograd
import RetrogradText

/// The way in which the two sides of a comparison are started.
struct BenchSides {
  /// The Python that runs the peers: a path, or a name to look for in `PATH`.
  var python = "python3"
  /// The script for Python; by default the one that is part of this program.
  var script: URL?
  /// The folder of photographs.
  var data: URL?
  /// The device that both sides are to compute on, or the processor; `nil` where nothing was said.
  var device: Device?
  /// The time limit for getting ready, and for one run, in seconds.
  var timeOut: Double

  /// This program itself, as it is called by ``MeasureCases``.
  func ours(_ bench: BenchCase) throws(BenchError) -> BenchProcess {
    guard let program = Bundle.main.executableURL else {
      throw .cannotStart("retrograd", reason: "its own path is unknown")
    }
    return try build(program, bench)
  }

  /// A build of this program, the same or another one.
  func build(_ program: URL, _ bench: BenchCase) throws(BenchError) -> BenchProcess {
    try BenchProcess(
      program,
      ["bench", "--serve", bench.name] + options(bench)
        + (device.map { ["--device", $0.name] } ?? []),
      repetitions: bench.repetitions, timeOut: timeOut)
  }

  /// Another library.
  func peer(_ peer: BenchPeer, _ bench: BenchCase) throws(BenchError) -> BenchProcess {
    // Within the length that an argument may have, and without a file that has to be found or removed.
    let script = script.map { [$0.path] } ?? ["-c", Self.embeddedScript]
    return try BenchProcess(
      pythonProgram(),
      script + [peer.rawValue, bench.name, "--threads", "\(Threads.count)"]
        + (bench.operation.map { ["--operation", json($0)] } ?? []) + options(bench)
        + (deviceName.map { ["--device", $0] } ?? []),
      repetitions: bench.repetitions, timeOut: timeOut)
  }

  /// The full name of the device; `nil` for the processor.
  private var deviceName: String? { (try? device?.check())?.name }

  private static var embeddedScript: String {
    String(decoding: PackageResources.peer_py, as: UTF8.self)
  }

  private func options(_ bench: BenchCase) -> [String] {
    ["--repetitions", "\(bench.repetitions)"] + (data.map { ["--data", $0.path] } ?? [])
  }

  private func pythonProgram() throws(BenchError) -> URL {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let candidates =
      python.contains("/")
      ? [URL(filePath: python)]
      : path.split(separator: ":").map { URL(filePath: String($0)).appending(path: python) }
    guard
      let program = candidates.first(where: {
        FileManager.default.isExecutableFile(atPath: $0.path)
      })
    else { throw .noPython(python) }
    return program
  }
}
