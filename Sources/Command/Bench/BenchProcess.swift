import Foundation
import Retrograd

/// One side of a comparison: a process of its own that makes a case ready and then does its work
/// whenever it is told to.
///
/// Protocol, one line each: the process writes `{"ready": true, "version": "…"}` or
/// `{"missing": "package"}`, then for each `run` that it reads
/// `{"seconds": …, "peakMegabytes": …, "pageFaults": …, "systemSeconds": …}` or `{"error": "…"}`. It ends when
/// its input does.
final class BenchProcess {
  /// The report of the process on one run.
  struct Turn {
    /// The time of one repetition.
    let seconds: Double
    /// The most memory that the process has held so far.
    let peakMegabytes: Double?
    /// Pages of memory that the system had to hand out in one repetition.
    let pageFaults: Double?
    /// The time that one repetition spent in the system, over all threads.
    let systemSeconds: Double?
  }

  /// A message from a process.
  struct Answer: Codable {
    var ready: Bool?
    var version: String?
    var missing: String?
    var seconds: Double?
    var peakMegabytes: Double?
    var pageFaults: Double?
    var systemSeconds: Double?
    var error: String?
  }

  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  /// The process's standard error: a file without a name.
  private let errors: FileHandle
  private let program: URL
  private let repetitions: Int
  private let timeOut: Double
  private var received = Data()
  private var hasEnded = false

  /// An answer has some hundred bytes.
  private static let longestAnswer = 1 << 16

  /// Starts a process.
  ///
  /// - Parameters:
  ///   - program: The program to run.
  ///   - arguments: Its arguments.
  ///   - repetitions: The number of times that the work is done in one run.
  ///   - timeOut: The time limit for getting ready, and for one run, in seconds.
  init(
    _ program: URL, _ arguments: [String], repetitions: Int = 1, timeOut: Double
  ) throws(BenchError) {
    self.program = program
    self.repetitions = repetitions
    self.timeOut = timeOut
    // Writing to a process that has ended is then an error like any other.
    signal(SIGPIPE, SIG_IGN)
    do {
      let file = FileManager.default.temporaryDirectory
        .appending(path: "retrograd-bench-\(UUID().uuidString)")
      try Data().write(to: file)
      errors = try FileHandle(forUpdating: file)
      try FileManager.default.removeItem(at: file)
      process.executableURL = program
      process.arguments = arguments
      process.standardInput = input
      process.standardOutput = output
      process.standardError = errors
      try process.run()
    } catch {
      throw .cannotStart(program.path, reason: systemReason(for: error))
    }
  }

  deinit { end() }

  /// Waits until the case is ready.
  ///
  /// - Returns: The version of the library that does the work, if it is known.
  func waitUntilReady() throws(BenchError) -> String? {
    let answer = try receive(doing: "get ready")
    if let package = answer.content.missing {
      throw .missingPackage(package, python: program.path)
    }
    if let error = answer.content.error { throw .failed(error) }
    guard answer.content.ready == true else {
      throw .wrongAnswer(answer.text, reason: "but should say that it is ready")
    }
    return answer.content.version
  }

  /// Lets it do the work.
  func run() throws(BenchError) -> Turn {
    let start = ProcessInfo.processInfo.systemUptime
    // One that has ended is found when its answer is awaited.
    try? input.fileHandleForWriting.write(contentsOf: Data("run\n".utf8))
    let answer = try receive(doing: "finish a run")
    let elapsed = ProcessInfo.processInfo.systemUptime - start
    if let error = answer.content.error { throw .failed(error) }
    guard let seconds = answer.content.seconds, seconds.isFinite, seconds > 0 else {
      throw .wrongAnswer(answer.text, reason: "but should say how many seconds it took")
    }
    guard seconds * Double(repetitions) <= elapsed * 1.001 + 0.001 else {
      throw .wrongAnswer(
        answer.text, reason: "but the answer came after \(BenchTable.duration(elapsed))")
    }
    return Turn(
      seconds: seconds, peakMegabytes: answer.content.peakMegabytes,
      pageFaults: answer.content.pageFaults, systemSeconds: answer.content.systemSeconds)
  }

  /// Ends the process if it still runs: first by closing its input, then less politely.
  func end(patience: Double = 5) {
    if hasEnded { return }
    hasEnded = true
    try? input.fileHandleForWriting.close()
    if !waitForEnd(patience) {
      process.terminate()
      if !waitForEnd(1) { kill(process.processIdentifier, SIGKILL) }
    }
    // What the process has started itself may live on: it finds that nobody listens. Foundation does
    // not count the process as ended until then, so this is not awaited for ever.
    try? output.fileHandleForReading.close()
    _ = waitForEnd(1)
  }

  private func waitForEnd(_ patience: Double) -> Bool {
    let deadline = ProcessInfo.processInfo.systemUptime + patience
    while process.isRunning {
      if ProcessInfo.processInfo.systemUptime >= deadline { return false }
      usleep(5000)
    }
    return true
  }

  // MARK: - Answers

  private func receive(doing: String) throws(BenchError) -> (content: Answer, text: String) {
    let line = try receiveLine(doing: doing)
    let text = String(decoding: line.prefix(200), as: UTF8.self)
    guard let content = try? JSONDecoder().decode(Answer.self, from: line) else {
      throw .wrongAnswer(text, reason: "which is not the JSON that was expected")
    }
    return (content, text)
  }

  private func receiveLine(doing: String) throws(BenchError) -> Data {
    if hasEnded { throw ending }
    let deadline = ProcessInfo.processInfo.systemUptime + timeOut
    let descriptor = output.fileHandleForReading.fileDescriptor
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        defer { received = Data(received[(end + 1)...]) }
        return Data(received[..<end])
      }
      guard received.count <= Self.longestAnswer else {
        throw .wrongAnswer("\(received.count) bytes without an end", reason: "which is too much")
      }
      let left = deadline - ProcessInfo.processInfo.systemUptime
      guard left > 0 else {
        end(patience: 0)
        throw .timedOut(doing: doing, seconds: timeOut)
      }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, Int32(min(left, 1) * 1000) + 1) > 0 else { continue }
      let count = read(descriptor, &bytes, bytes.count)
      if count > 0 {
        received += bytes[..<count]
      } else {
        end()
        throw ending
      }
    }
  }

  /// The error with which the process ended.
  private var ending: BenchError {
    try? errors.seek(toOffset: 0)
    let text = String(decoding: (try? errors.readToEnd()) ?? Data(), as: UTF8.self)
    return .ended(
      status: process.isRunning ? SIGKILL : process.terminationStatus,
      lastLine: text.split(separator: "\n").last.map(String.init) ?? "")
  }
}
