// The C library declares its streams as variables.
@preconcurrency import Foundation
import Synchronization

/// Makes the three standard streams safe to use; every program calls it first.
///
/// A stream that was closed (`2>&-`) is opened on `/dev/null`, so that no file that is opened later can take its
/// number and be written into. When the program ends and something of standard output could not be written, as on
/// a full disk, it says so on standard error and ends with ``ExitStatus/unwritableOutput``.
package func prepareStandardStreams() {
  // The lowest free number is given out, so the order matters.
  for descriptor in STDIN_FILENO...STDERR_FILENO
  where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
    _ = open("/dev/null", O_RDWR)
  }
  atexit {
    flushOutput()
    guard let code = outputFailure.load() else { return }
    writeError("error: standard output cannot be written: \(String(cString: strerror(code)))")
    _exit(ExitStatus.unwritableOutput)
  }
}

/// The exit statuses of all programs of the package.
package enum ExitStatus {
  /// All went well.
  package static let success: Int32 = 0
  /// Something could not be done or is not as it should be; a message on standard error says what.
  package static let failure: Int32 = 1
  /// The command was wrong: an unknown option, a value that it cannot have.
  package static let usage: Int32 = 64
  /// A mistake in a program, found by the library: shapes that do not fit.
  package static let mistake: Int32 = 70
  /// The status for output that could not be written.
  package static let unwritableOutput: Int32 = 74
  /// Stopped by Ctrl-C or a signal to terminate, in good order.
  package static let interrupted: Int32 = 130

  /// The statuses in words, for help texts.
  package static let help = """
    Exit status: 0 success; 1 failure, or something is not as it should be: a message says what; 64 the command is \
    wrong; 70 a programming error in the use of the library; 74 the output could not be written; 130 stopped by \
    Ctrl-C.
    """
}

/// Prints a line on standard output, for people; what could steer a terminal is shown as an escape, see
/// ``visible(_:keepsLines:)``. On a terminal marks have colors and lines are broken between words, see ``TerminalStyle``.
package func writeOutput(_ line: String) {
  writeRawOutput(TerminalStyle.output.styled(visible(line, keepsLines: true)) + "\n")
}

/// Prints a heading on standard output, in bold where there are colors.
package func writeHeading(_ line: String) {
  writeRawOutput(TerminalStyle.output.heading(visible(line, keepsLines: true)) + "\n")
}

/// Prints JSON on standard output, as one line or several; see ``visibleJSON(_:)``.
package func writeJSON(_ json: String) { writeRawOutput(visibleJSON(json) + "\n") }

/// Prints a text on standard output as it is, such as a picture for a terminal.
package func writeRawOutput(_ text: String) {
  var text = text
  text.withUTF8 { bytes in
    if fwrite(bytes.baseAddress, 1, bytes.count, stdout) < bytes.count { noteOutputFailure() }
  }
}

/// Hands on what was printed on standard output and still waits.
package func flushOutput() {
  if fflush(stdout) != 0 || ferror(stdout) != 0 { noteOutputFailure() }
}

/// Writes a line for people on standard error, as ``writeOutput(_:)`` does; where that is impossible, nobody can be
/// told.
package func writeError(_ line: String) {
  writeRawError(TerminalStyle.error.styled(visible(line, keepsLines: true)) + "\n")
}

/// Writes sentences for people on standard error. Lines of more than 80 columns are broken between words, into a pipe as well:
/// nobody reads them by the line.
package func writeProse(_ text: String) {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  writeError(lines.map { wrapped(String($0)) }.joined(separator: "\n"))
}

/// Writes a text on standard error as it is: the bar of a terminal.
package func writeRawError(_ text: String) {
  var text = text
  text.withUTF8 { bytes in
    var done = 0
    while done < bytes.count {
      let count = write(STDERR_FILENO, bytes.baseAddress! + done, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return }
      done += count
    }
  }
}

/// The first reason why standard output could not be written.
private let outputFailure = FirstFailure()

private func noteOutputFailure() { outputFailure.note(errno) }

private final class FirstFailure: Sendable {
  private let code = Mutex<Int32?>(nil)

  func load() -> Int32? { code.withLock { $0 } }
  func note(_ new: Int32) { code.withLock { $0 = $0 ?? new } }
}
