import Foundation
import Synchronization

/// A program of the system that is run to its end, with limits: what it reads may be hostile.
public struct ExternalProgram: Sendable {
  /// How a run ended.
  public struct Outcome: Sendable {
    /// The exit status; `nil` when the time was up and it was killed.
    public let status: Int32?
    /// The beginning of what it printed.
    public let output: String
    /// The beginning of what it printed on standard error.
    public let errors: String
  }

  /// Where it is.
  public let path: String

  /// How much of what it prints is kept; the rest is read and forgotten, so that it never waits.
  private static let keptBytes = 256 << 10

  /// A program by its name, looked for where the shell would; `nil` when it is not installed.
  public init?(named name: String) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
      .split(separator: ":")
    let paths = folders.map { "\($0)/\(name)" }
    guard let path = paths.first(where: FileManager.default.isExecutableFile) else { return nil }
    self.path = path
  }

  /// Runs it and waits for its end.
  ///
  /// - Parameters:
  ///   - arguments: What it is called with.
  ///   - seconds: After how long it is killed.
  ///   - memoryLimit: How many bytes of address space it may take, where the system can limit that.
  public func run(
    _ arguments: [String], seconds: Double, memoryLimit: Int = 4 << 30
  ) throws(FileError) -> Outcome {
    let process = Process()
    // The shell sets the limit and then becomes the program, so that killing it kills the program.
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      ["-c", "ulimit -v \(memoryLimit >> 10) 2>/dev/null; exec \"$@\"", "sh", path] + arguments
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (PrintedText(), PrintedText())
    process.standardOutput = output.pipe
    process.standardError = errors.pipe
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    do {
      try process.run()
    } catch {
      throw FileError(.unreadable, file: path, "cannot be run: \(systemReason(for: error))")
    }
    output.read(keeping: Self.keptBytes)
    errors.read(keeping: Self.keptBytes)
    let isInTime = ended.wait(timeout: .now() + seconds) == .success
    if !isInTime {
      kill(process.processIdentifier, SIGKILL)
      ended.wait()
    }
    let exited = process.terminationReason == .exit
    return Outcome(
      status: isInTime ? (exited ? process.terminationStatus : -process.terminationStatus) : nil,
      output: output.text, errors: errors.text)
  }
}

/// What a program prints into a pipe, read on a thread of its own.
private final class PrintedText: Sendable {
  let pipe = Pipe()
  private let kept = Mutex<[UInt8]>([])
  private let group = DispatchGroup()

  /// Begins to read; the program has been started.
  func read(keeping limit: Int) {
    let reading = pipe.fileHandleForReading
    DispatchQueue.global().async(group: group) { [self] in
      while true {
        let bytes = reading.availableData
        if bytes.isEmpty { return }
        kept.withLock { $0 += bytes.prefix(limit - $0.count) }
      }
    }
  }

  /// What was kept, once all has been read.
  var text: String {
    group.wait()
    return String(decoding: kept.withLock { $0 }, as: UTF8.self)
  }
}
