import Foundation
import Testing

@testable import RetrogradFiles

@Suite("A program of the system")
struct ExternalProgramTests {
  /// Runs lines of the shell.
  private func shell(_ lines: String, seconds: Double = 60) throws -> ExternalProgram.Outcome {
    try #require(ExternalProgram(named: "sh")).run(["-c", lines], seconds: seconds)
  }

  /// Whether a process is there and has not ended.
  private func isRunning(_ identifier: pid_t) -> Bool {
    guard kill(identifier, 0) == 0 else { return false }
    let state = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8)
    return state?.contains(") Z ") != true
  }

  @Test("is told with its status, what it printed and what it complained of")
  func outcome() throws {
    let outcome = try shell("echo said; echo sorry >&2; exit 3")
    #expect(outcome.status == 3)
    #expect(outcome.output == "said\n" && outcome.errors == "sorry\n")
    #expect(try shell("kill -TERM $$").status == -SIGTERM)
    #expect(try shell("sleep 60", seconds: 0.2).status == nil)
  }

  @Test("takes with it what it has started, also when its time is up")
  func group() throws {
    for end in ["exit 0", "sleep 60"] {
      let outcome = try shell("sleep 60 & echo $!; \(end)", seconds: end == "exit 0" ? 60 : 0.5)
      #expect(outcome.status == (end == "exit 0" ? 0 : nil))
      let child = try #require(
        pid_t(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)))
      // The system may need a moment to end it.
      for _ in 0..<200 where isRunning(child) { usleep(10_000) }
      #expect(!isRunning(child))
    }
  }

  @Test(
    "is not waited for by its pipe, which a process that left the group keeps open",
    .enabled(if: ExternalProgram(named: "setsid") != nil))
  func pipe() throws {
    let outcome = try shell("setsid sh -c 'echo $$; exec sleep 60' & sleep 0.5; exit 4")
    #expect(outcome.status == 4)
    let child = try #require(pid_t(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)))
    // It still has the pipe, and would have it for a minute.
    #expect(isRunning(child))
    kill(child, SIGKILL)
  }

  @Test("whose output has no end is stopped, and the beginning is kept")
  func flood() throws {
    let outcome = try shell("yes", seconds: 0.5)
    #expect(outcome.status == nil && outcome.output.utf8.count == 256 << 10)
  }

  @Test("that is not there is an error")
  func absent() {
    #expect(ExternalProgram(named: "no-such-program") == nil)
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(nothing) }
    let error = #expect(throws: FileError.self) {
      try ChildProcess("/no/such", [], descriptors: [nothing], leadsGroup: true)
    }
    #expect(error?.reason.contains("cannot be run") == true)
  }
}
