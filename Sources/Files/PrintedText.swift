import Foundation
import Synchronization

/// The output of a program into a pipe, read on a thread of its own.
///
/// A process that the program has started may hold the pipe open for ever, or print into it without end: after
/// ``end(within:)`` nothing is read any more.
package final class PrintedText: Sendable {
  /// The descriptor for the program to write to.
  package let writing: Int32
  private let reading: Int32
  private let keptBytes: Int
  private let kept = Mutex<[UInt8]>([])
  private let isOver = Mutex(false)
  private let group = DispatchGroup()

  /// The interval at which the reader checks whether to stop, in milliseconds.
  private static let pause: Int32 = 50

  /// Begins to read.
  ///
  /// - Parameter keptBytes: The number of bytes to keep; the rest is read and dropped, so that the program never waits.
  package init(keeping keptBytes: Int) throws(FileError) {
    (reading, writing) = try closedOnExec { pipe($0) }
    self.keptBytes = keptBytes
    let reader = Thread { [self] in
      read()
      group.leave()
    }
    group.enter()
    reader.start()
  }

  /// The program has been started: this side does not write.
  package func closeWriting() { close(writing) }

  /// The text that was kept, once all has been read, or after some seconds.
  package func end(within seconds: Double) -> String {
    if group.wait(timeout: .now() + seconds) == .timedOut {
      isOver.withLock { $0 = true }
      group.wait()
    }
    return String(decoding: kept.withLock { $0 }, as: UTF8.self)
  }

  private func read() {
    defer { close(reading) }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while !isOver.withLock({ $0 }) {
      var events = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
      let ready = poll(&events, 1, Self.pause)
      if ready == 0 || (ready < 0 && errno == EINTR) { continue }
      let count = Foundation.read(reading, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return }
      kept.withLock { $0 += buffer[..<min(count, keptBytes - $0.count)] }
    }
  }
}
