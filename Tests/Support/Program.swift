import Foundation

/// The output of a program and its exit status.
public struct ProgramResult: Sendable {
  /// The exit status; a signal's number, negative, where one ended it.
  public let status: Int32
  /// The text on standard output.
  public let output: String
  /// The text on standard error.
  public let errors: String
  /// The lines of standard output.
  public var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// Runs one of the package's programs as a person would, and waits for it.
///
/// - Parameters:
///   - name: The product's name: `retrograd`, `lesson7`.
///   - arguments: Its arguments.
///   - environment: Variables to add to the environment.
///   - folder: The folder to run it in.
public func runProgram(
  _ name: String, _ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil
) throws -> ProgramResult {
  try run(programURL(name), arguments, environment: environment, in: folder)
}

/// Runs any program, and waits for it; see ``runProgram(_:_:environment:in:)``.
public func run(
  _ program: URL, _ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil
) throws -> ProgramResult {
  let process = Process()
  process.executableURL = program
  process.arguments = arguments
  // Programs print the same wherever the tests run; in an automatic build they would report progress.
  process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "CI" }
    .merging(environment) { $1 }
  if let folder { process.currentDirectoryURL = folder }
  // Files rather than pipes: nothing waits for a reader.
  let scratch = try TemporaryFolder()
  let (output, errors) = (
    scratch.url.appending(path: "output"), scratch.url.appending(path: "errors")
  )
  for file in [output, errors] { try Data().write(to: file) }
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = try FileHandle(forWritingTo: output)
  process.standardError = try FileHandle(forWritingTo: errors)
  try process.run()
  process.waitUntilExit()
  return ProgramResult(
    status: process.terminationReason == .exit
      ? process.terminationStatus : -process.terminationStatus,
    output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
    errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
}

/// Returns the URL of one of the package's programs.
public func programURL(_ name: String) -> URL { programFolder.appending(path: name) }

/// Starts one of the package's programs, silently, and ends it without warning after a while, unless it has
/// ended by itself.
///
/// - Parameters:
///   - name: The product's name.
///   - arguments: Its arguments.
///   - seconds: The longest time that it may run.
/// - Returns: The exit status; a signal's number, negative, where one ended it.
public func runProgram(
  _ name: String, _ arguments: [String], killedAfter seconds: Double
) throws -> Int32 {
  let process = Process()
  process.executableURL = programFolder.appending(path: name)
  process.arguments = arguments
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  let end = Date(timeIntervalSinceNow: seconds)
  while process.isRunning && Date() < end { usleep(2000) }
  if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  process.waitUntilExit()
  return process.terminationReason == .exit
    ? process.terminationStatus : -process.terminationStatus
}

/// The folder of the package's programs: that of the tests.
private let programFolder: URL = {
  let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
  let tests = bundles.first ?? URL(filePath: CommandLine.arguments[0])
  return tests.deletingLastPathComponent()
}()
