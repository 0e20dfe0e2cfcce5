import Foundation
import Synchronization

/// A small HTTP server on this machine that answers as a test tells it to, truthfully or not.
///
/// A thread for each connection, one request a connection. It ends with its last reference.
public final class HTTPServer: Sendable {
  /// A request.
  public struct Request: Sendable {
    /// Number of requests before this one.
    public let number: Int
    /// The path, with the slash.
    public let path: String
    /// The header's fields, names in lower case.
    public let fields: [String: String]

    /// The same request without a field.
    public func without(_ field: String) -> Request {
      Request(number: number, path: path, fields: fields.filter { $0.key != field })
    }

    /// The first byte that was asked for; `nil` for the whole file.
    public var rangeStart: Int? {
      fields["range"].flatMap { Int($0.dropFirst("bytes=".count).prefix(while: \.isNumber)) }
    }
  }

  /// An answer.
  public struct Answer: Sendable {
    /// The head of the response, as it is sent.
    public var header: String
    /// The content.
    public var content: [UInt8]
    /// After how many bytes of the content nothing more comes; the connection stays open.
    public var stallsAfter: Int?
    /// After how many bytes of the content the connection ends.
    public var endsAfter: Int?
    /// Indicates whether the content is sent again and again.
    public var isEndless = false

    /// An answer with a status, its length and further fields.
    ///
    /// - Parameters:
    ///   - status: Such as `200 OK`.
    ///   - content: The content.
    ///   - announced: The length that is claimed; `nil` for none.
    ///   - fields: Further lines.
    public init(
      _ status: String, _ content: [UInt8] = [], announced: Int?, fields: [String] = []
    ) {
      let lines =
        ["HTTP/1.1 \(status)", "Connection: close"] + fields
        + (announced.map { ["Content-Length: \($0)"] } ?? [])
      header = lines.joined(separator: "\r\n") + "\r\n\r\n"
      self.content = content
    }

    /// An answer that tells the truth about its length.
    public init(_ status: String, _ content: [UInt8] = [], fields: [String] = []) {
      self.init(status, content, announced: content.count, fields: fields)
    }

    /// Bytes that need not be HTTP.
    public init(raw: String) {
      header = raw
      content = []
    }

    /// A file as a good server sends it: ranges, and versions if it has a tag.
    public static func file(
      _ bytes: [UInt8], for request: Request, tag: String? = nil
    ) -> Answer {
      let fields = tag.map { ["ETag: \"\($0)\""] } ?? []
      let condition = request.fields["if-range"]
      guard let start = request.rangeStart,
        condition == nil || condition == tag.map({ "\"\($0)\"" })
      else { return Answer("200 OK", bytes, fields: fields) }
      guard start < bytes.count else {
        return Answer(
          "416 Range Not Satisfiable", fields: ["Content-Range: bytes */\(bytes.count)"])
      }
      return Answer(
        "206 Partial Content", Array(bytes[start...]),
        fields: fields + ["Content-Range: bytes \(start)-\(bytes.count - 1)/\(bytes.count)"])
    }

    /// The same answer, cut off.
    public func ending(after count: Int) -> Answer {
      var answer = self
      answer.endsAfter = count
      return answer
    }

    /// The same answer, which stops coming.
    public func stalling(after count: Int) -> Answer {
      var answer = self
      answer.stallsAfter = count
      return answer
    }
  }

  /// The state that the threads share.
  private final class State: Sendable {
    let answer: @Sendable (Request) -> Answer
    let requests = Mutex<[Request]>([])
    let isStopped = Atomic(false)

    init(_ answer: @escaping @Sendable (Request) -> Answer) { self.answer = answer }
  }

  private let state: State
  /// The port it listens on.
  public let port: UInt16

  /// Starts to answer.
  public init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
    let listener = try Self.listen()
    port = Self.port(of: listener)
    let state = State(answer)
    self.state = state
    Thread.detachNewThread { Self.accept(listener, state) }
  }

  deinit { state.isStopped.store(true, ordering: .relaxed) }

  /// The requests so far.
  public var requests: [Request] { state.requests.withLock { $0 } }

  /// The address of a path.
  public func address(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

  /// A port on which nobody listens.
  public static func freePort() throws -> UInt16 {
    let socket = try listen()
    defer { close(socket) }
    return port(of: socket)
  }

  // MARK: - Sockets

  private static func listen() throws -> Int32 {
    #if canImport(Darwin)
      let listener = socket(AF_INET, SOCK_STREAM, 0)
    #else
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isBound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isBound, Foundation.listen(listener, 64) == 0 else {
      close(listener)
      throw CocoaError(.fileReadUnknown)
    }
    return listener
  }

  private static func port(of listener: Int32) -> UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = getsockname(listener, $0, &length)
      }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  /// Returns whether something can be read within 20 ms.
  private static func isReadable(_ socket: Int32) -> Bool {
    var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 20) > 0
  }

  private static func accept(_ listener: Int32, _ state: State) {
    while !state.isStopped.load(ordering: .relaxed) {
      guard isReadable(listener) else { continue }
      let connection = Foundation.accept(listener, nil, nil)
      if connection < 0 { continue }
      #if canImport(Darwin)
        var on: Int32 = 1
        setsockopt(connection, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
      #endif
      Thread.detachNewThread {
        serve(connection, state)
        close(connection)
      }
    }
    close(listener)
  }

  private static func serve(_ connection: Int32, _ state: State) {
    guard let text = readHeader(connection, state) else { return }
    let lines = text.split(separator: "\r\n").map(String.init)
    let words = lines.first?.split(separator: " ") ?? []
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 {
        fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
      }
    }
    let request = state.requests.withLock { requests in
      let request = Request(
        number: requests.count, path: words.count > 1 ? String(words[1]) : "", fields: fields)
      requests.append(request)
      return request
    }
    let answer = state.answer(request)
    guard send(Array(answer.header.utf8), connection) else { return }
    let count = min(
      answer.endsAfter ?? .max, answer.stallsAfter ?? .max, answer.content.count)
    repeat {
      guard send(Array(answer.content.prefix(count)), connection) else { return }
    } while answer.isEndless && !state.isStopped.load(ordering: .relaxed)
    if answer.stallsAfter != nil { waitForTheOtherSide(connection, state) }
  }

  private static func readHeader(_ connection: Int32, _ state: State) -> String? {
    var bytes: [UInt8] = []
    while !state.isStopped.load(ordering: .relaxed) {
      guard isReadable(connection) else { continue }
      var piece = [UInt8](repeating: 0, count: 4096)
      let count = recv(connection, &piece, piece.count, 0)
      if count <= 0 { return nil }
      bytes += piece.prefix(count)
      let text = String(decoding: bytes, as: UTF8.self)
      if text.hasSuffix("\r\n\r\n") { return text }
    }
    return nil
  }

  private static func send(_ bytes: [UInt8], _ connection: Int32) -> Bool {
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    return bytes.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = Foundation.send(
          connection, bytes.baseAddress! + sent, bytes.count - sent, flags)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return false }
        sent += count
      }
      return true
    }
  }

  /// Until the other side closes the connection, or the server ends.
  private static func waitForTheOtherSide(_ connection: Int32, _ state: State) {
    while !state.isStopped.load(ordering: .relaxed) {
      if isReadable(connection) { return }
    }
  }
}
