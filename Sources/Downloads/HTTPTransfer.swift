import Foundation
import RetrogradCCurl

/// One HTTP request, done by libcurl: what arrives is handed on piece by piece, and the connection waits
/// until a piece is taken.
///
/// Foundation's `URLSession` is not used: on Linux it queues pieces without a limit when they come
/// faster than they are written, up to the whole file, and classifies most errors by text only.
final class HTTPTransfer {
  /// The head of a response: everything before the content.
  struct Response {
    /// Such as 200.
    var status = 0
    /// The fields, names in lower case.
    var fields: [String: String] = [:]
  }

  /// The outcome of a request.
  enum Outcome {
    /// All of the answer arrived.
    case complete(Response)
    /// A callback stopped it.
    case stopped
    /// Nothing has arrived for too long.
    case stalled
    /// libcurl gave up.
    case failed(retrograd_curl_status, reason: String)
  }

  private let respond: (Response) -> Bool
  private let receive: (UnsafeRawBufferPointer) -> Bool
  private let stallTimeOut: Double
  private var response = Response()
  private var isAnnounced = false
  private var isStalled = false
  private var windowStart = ProcessInfo.processInfo.systemUptime
  private var windowBytes = 0

  /// Fewer bytes than this within the stall time-out are as good as none.
  private static let fewBytes = 1024
  /// The maximum number of header fields; servers send some twenty.
  private static let fieldLimit = 200

  /// - Parameters:
  ///   - stallTimeOut: The longest time without a byte, in seconds.
  ///   - respond: Gets the last response's header, before its content; false stops.
  ///   - receive: Gets the content piece by piece; false stops.
  init(
    stallTimeOut: Double, respond: @escaping (Response) -> Bool,
    receive: @escaping (UnsafeRawBufferPointer) -> Bool
  ) {
    (self.stallTimeOut, self.respond, self.receive) = (stallTimeOut, respond, receive)
  }

  /// Asks for `address`, and waits for the end of the answer.
  ///
  /// - Parameters:
  ///   - address: The address to request.
  ///   - headers: Lines to send in addition, `Name: value`.
  ///   - connectTimeOut: The time limit for connecting, in seconds.
  ///   - redirectionLimit: The maximum number of redirections.
  ///   - library: The path of libcurl, if it is not in the usual places.
  func get(
    _ address: String, headers: [String], connectTimeOut: Double, redirectionLimit: Int,
    library: String?
  ) -> Outcome {
    let lines = headers.map { strdup($0) }
    defer { for line in lines { free(line) } }
    let pointers = lines.map { UnsafePointer($0) }
    let result = pointers.withUnsafeBufferPointer { headers in
      address.withCString { address in
        var request = retrograd_curl_request()
        request.address = address
        request.headers = headers.baseAddress
        request.header_count = headers.count
        request.connect_milliseconds = Int(connectTimeOut * 1000)
        request.redirection_limit = redirectionLimit
        request.header = headerCallback
        request.receive = contentCallback
        request.goes_on = progressCallback
        request.context = Unmanaged.passUnretained(self).toOpaque()
        return retrograd_curl_get(&request, library)
      }
    }
    if isStalled { return .stalled }
    switch result.status {
    case RETROGRAD_CURL_OK:
      return announce() ? .complete(response) : .stopped
    case RETROGRAD_CURL_STOPPED: return .stopped
    default:
      let reason = withUnsafeBytes(of: result.message) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      return .failed(result.status, reason: reason)
    }
  }

  fileprivate func takeHeader(_ bytes: UnsafePointer<CChar>, _ count: Int) {
    arrived(count)
    let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
    let line = String(decoding: bytes, as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    if line.hasPrefix("HTTP/") {
      // Each redirection has a header of its own; the last one counts.
      let words = line.split(separator: " ")
      response = Response(status: words.count > 1 ? Int(words[1]) ?? 0 : 0)
    } else if let colon = line.firstIndex(of: ":"), response.fields.count < Self.fieldLimit {
      response.fields[line[..<colon].lowercased()] = line[line.index(after: colon)...]
        .trimmingCharacters(in: .whitespaces)
    }
  }

  fileprivate func takeContent(_ bytes: UnsafeRawPointer, _ count: Int) -> Bool {
    arrived(count)
    return announce() && receive(UnsafeRawBufferPointer(start: bytes, count: count))
  }

  /// Hands on the header, once.
  private func announce() -> Bool {
    if isAnnounced { return true }
    isAnnounced = true
    return respond(response)
  }

  private func arrived(_ count: Int) {
    windowBytes += count
    if windowBytes >= Self.fewBytes {
      windowBytes = 0
      windowStart = ProcessInfo.processInfo.systemUptime
    }
  }

  fileprivate func goesOn() -> Bool {
    isStalled = ProcessInfo.processInfo.systemUptime - windowStart > stallTimeOut
    return !isStalled
  }
}

// What C calls.

private func transfer(_ context: UnsafeMutableRawPointer) -> HTTPTransfer {
  Unmanaged.fromOpaque(context).takeUnretainedValue()
}

private func headerCallback(
  _ context: UnsafeMutableRawPointer, _ line: UnsafePointer<CChar>, _ count: Int
) {
  transfer(context).takeHeader(line, count)
}

private func contentCallback(
  _ context: UnsafeMutableRawPointer, _ bytes: UnsafeRawPointer, _ count: Int
) -> Bool {
  transfer(context).takeContent(bytes, count)
}

private func progressCallback(_ context: UnsafeMutableRawPointer) -> Bool {
  transfer(context).goesOn()
}
