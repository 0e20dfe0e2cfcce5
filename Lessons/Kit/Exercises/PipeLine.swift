import Foundation
import RetrogradFiles

/// The reason why there is no answer.
nonisolated enum LineError: Error {
  /// The other side is gone.
  case ended
  /// The time is up.
  case late
  /// The other side sent more than it may.
  case tooLarge
}

/// A ``Line`` to another process, through one pipe for each direction.
nonisolated final class PipeLine {
  /// This end.
  let line = Line()
  private let reading: Int32
  private let writing: Int32
  /// When the time is up, in nanoseconds since the machine was started.
  private let deadline: UInt64?

  /// The most bytes in one message.
  private static let largest = 64 << 20
  /// The number of bytes read at once.
  private static let chunk = 1 << 18

  /// The kind of a message.
  private enum Kind: UInt8 {
    case question
    case reply
  }

  /// The end with two descriptors.
  ///
  /// - Parameters:
  ///   - reading: The descriptor that messages come from.
  ///   - writing: The descriptor that messages go to.
  ///   - seconds: The time limit for everything together.
  init(reading: Int32, writing: Int32, seconds: Double? = nil) {
    (self.reading, self.writing) = (reading, writing)
    deadline = seconds.map { DispatchTime.now().uptimeNanoseconds + UInt64($0 * 1e9) }
    // Somebody who neither reads nor writes is waited for until the deadline only.
    for descriptor in [reading, writing] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
    line.deliver = { [unowned self] function, question in
      try send(.question, function, question)
      while true {
        let (kind, number, bytes) = try receive()
        if kind == .reply { return bytes }
        try send(.reply, 0, line.serve(number, bytes))
      }
    }
  }

  /// Answers until the other side is gone.
  func serve() {
    while let (kind, number, bytes) = try? receive() {
      guard kind == .question else { continue }
      let reply = line.serve(number, bytes)
      // What has been printed is there even if the program crashes later.
      fflush(nil)
      guard (try? send(.reply, 0, reply)) != nil else { return }
    }
  }

  /// Says that nothing will be asked any more.
  func close() {
    Foundation.close(writing)
    Foundation.close(reading)
  }

  private func send(_ kind: Kind, _ function: Int, _ body: [UInt8]) throws {
    var header = MessageWriter(line: line)
    header.append(kind.rawValue)
    function.write(to: &header)
    body.count.write(to: &header)
    for bytes in [header.bytes, body] {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = try transfer(writing, POLLOUT) {
          rest.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
        }
        rest = rest.dropFirst(count)
      }
    }
  }

  private func receive() throws -> (Kind, Int, [UInt8]) {
    var header = MessageReader(try read(1 + 8 + 8), line: line)
    guard let kind = Kind(rawValue: try header.number()) else { throw LineError.ended }
    let (function, size) = (try Int(from: &header), try Int(from: &header))
    guard (0...Self.largest).contains(size) else { throw LineError.tooLarge }
    return (kind, function, try read(size))
  }

  private func read(_ size: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(size, Self.chunk))
    while bytes.count < size {
      let wanted = min(size - bytes.count, buffer.count)
      let count = try transfer(reading, POLLIN) { Foundation.read(reading, &buffer, wanted) }
      if count == 0 { throw LineError.ended }
      bytes += buffer[..<count]
    }
    return bytes
  }

  /// Waits until a descriptor is ready, at most until the deadline, and does something with it.
  private func transfer(_ descriptor: Int32, _ events: Int32, _ body: () -> Int) throws -> Int {
    while true {
      var wait: Int32 = -1
      if let deadline {
        let now = DispatchTime.now().uptimeNanoseconds
        if now >= deadline { throw LineError.late }
        wait = Int32(min((deadline - now) / 1_000_000 + 1, 60_000))
      }
      var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
      guard poll(&request, 1, wait) != 0 else { continue }
      let count = body()
      if count >= 0 { return count }
      if errno != EINTR && errno != EAGAIN { throw LineError.ended }
    }
  }
}
