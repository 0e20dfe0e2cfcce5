import Foundation

/// A program of the system that is run to its end, with limits: what it reads may be hostile.
public struct ExternalProgram: Sendable {
  /// The outcome of a run.
  public struct Outcome: Sendable {
    /// The exit status; `nil` when the time was up and it was killed.
    public let status: Int32?
    /// The beginning of what it printed.
    public let output: String
    /// The beginning of what it printed on standard error.
    public let errors: String
  }

  /// The path of the program.
  public let path: String

  /// The number of printed bytes to keep; the rest is read and dropped, so that it never waits.
  private static let keptBytes = 256 << 10

  /// The number of seconds that what it has printed is waited for after its end. A process that left its group may keep the
  /// pipe open for ever.
  private static let patience = 1.0

  /// A program by its name, looked for where the shell would; `nil` when it is not installed.
  public init?(named name: String) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
      .split(separator: ":")
    let paths = folders.map { "\($0)/\(name)" }
    guard let path = paths.first(where: FileManager.default.isExecutableFile) else { return nil }
    self.path = path
  }

  /// Runs it and waits for its end; what it has started ends with it.
  ///
  /// - Parameters:
  ///   - arguments: The arguments.
  ///   - seconds: After how long it is killed.
  ///   - memoryLimit: The limit on its address space in bytes, where the system supports that.
  public func run(
    _ arguments: [String], seconds: Double, memoryLimit: Int = 4 << 30
  ) throws(FileError) -> Outcome {
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    if nothing < 0 { throw FileError(.unreadable, file: "/dev/null", lastError) }
    defer { close(nothing) }
    let output = try PrintedText(keeping: Self.keptBytes)
    let errors: PrintedText
    let process: ChildProcess
    do {
      errors = try PrintedText(keeping: Self.keptBytes)
    } catch {
      output.closeWriting()
      throw error
    }
    do {
      defer {
        output.closeWriting()
        errors.closeWriting()
      }
      // The shell sets the limit and then becomes the program.
      process = try ChildProcess(
        "/bin/sh",
        ["-c", "ulimit -v \(memoryLimit >> 10) 2>/dev/null; exec \"$@\"", "sh", path] + arguments,
        descriptors: [nothing, output.writing, errors.writing], leadsGroup: true)
    }
    let isInTime = process.hasEnded(within: seconds)
    let status = process.end()
    return Outcome(
      status: isInTime ? status : nil, output: output.end(within: Self.patience),
      errors: errors.end(within: Self.patience))
  }
}
