import Foundation
import RetrogradTestSupport
import Testing

@testable import RetrogradDownloads
@testable import RetrogradFiles

@Suite("A download")
struct DownloadTests {
  let stage: DownloadStage
  init() throws { stage = try DownloadStage() }

  private func server(
    _ answer: @escaping @Sendable (HTTPServer.Request, [UInt8]) -> HTTPServer.Answer
  ) throws -> HTTPServer {
    let content = stage.content
    return try HTTPServer { answer($0, content) }
  }

  private func expectComplete() {
    #expect(stage.files == ["weights.pth"])
    #expect(stage.bytes(stage.target) == stage.content)
  }

  @Test("arrives whole and leaves nothing else behind", arguments: [true, false])
  func whole(isSizeKnown: Bool) throws {
    let server = try server { .file($1, for: $0, tag: "1") }
    try stage.write([1, 2, 3], to: stage.target)
    let digest = try stage.run(stage.download(server.address("w"), isSizeKnown: isSizeKnown))
    #expect(digest == stage.sha256)
    expectComplete()
    let counts = stage.events.all.compactMap { if case .received(let n, _) = $0 { n } else { nil } }
    #expect(counts.first == 0 && counts.last == stage.content.count && counts == counts.sorted())
    #expect(stage.events.all.last == .verifying)
    #expect(server.requests.map(\.path) == ["/w"])
  }

  @Test("needs only the beginning of the digest")
  func prefix() throws {
    let server = try server { .file($1, for: $0) }
    let download = Download(
      server.address("w"), to: stage.target, sha256: String(stage.sha256.prefix(8)))
    #expect(try stage.run(download) == stage.sha256)
  }

  // MARK: - Going on

  @Test("goes on where an earlier one stopped, with the version that it noted")
  func resume() throws {
    let server = try server { .file($1, for: $0, tag: "1") }
    let address = server.address("w")
    try stage.write(stage.content.prefix(60_000), to: stage.partial)
    try stage.write(Array("\(address)\n\"1\"\n".utf8), to: stage.version)
    try stage.run(stage.download(address))
    expectComplete()
    #expect(server.requests.map(\.rangeStart) == [60_000])
    #expect(server.requests[0].fields["if-range"] == "\"1\"")
    #expect(stage.events.all.first == .received(60_000, total: 100_000))
  }

  @Test("begins anew when there is another version by now")
  func otherVersion() throws {
    let server = try server { .file($1, for: $0, tag: "2") }
    let address = server.address("w")
    try stage.write([UInt8](repeating: 9, count: 60_000), to: stage.partial)
    try stage.write(Array("\(address)\n\"1\"\n".utf8), to: stage.version)
    try stage.run(stage.download(address))
    expectComplete()
    #expect(server.requests.count == 1)
  }

  @Test("notices a version that changes midway though the server goes on regardless")
  func changesMidway() throws {
    let server = try server { request, content in
      let answer = HTTPServer.Answer.file(
        request.number == 0 ? content.map { $0 ^ 1 } : content,
        for: request.without("if-range"),
        tag: request.number == 0 ? "1" : "2")
      return request.number == 0 ? answer.ending(after: 50_000) : answer
    }
    try stage.run(stage.download(server.address("w")))
    expectComplete()
    #expect(server.requests.map(\.rangeStart) == [nil, 50_000, nil])
  }

  @Test("survives a server that knows no ranges, and one that sends another range")
  func ranges() throws {
    let stubborn = try server { HTTPServer.Answer("200 OK", $1) }
    try stage.write(stage.content.prefix(60_000), to: stage.partial)
    try stage.run(stage.download(stubborn.address("w")))
    expectComplete()
    let confused = try server { request, content in
      guard request.rangeStart != nil else { return .file(content, for: request) }
      return HTTPServer.Answer(
        "206 Partial Content", content, fields: ["Content-Range: bytes 0-99999/100000"])
    }
    try stage.write(stage.content.prefix(60_000), to: stage.partial)
    try stage.run(stage.download(confused.address("w")))
    expectComplete()
    #expect(confused.requests.map(\.rangeStart) == [60_000, nil])
  }

  @Test("begins anew when what an earlier one left is damaged")
  func damagedPartial() throws {
    let server = try server { .file($1, for: $0) }
    for damaged in [[UInt8](repeating: 0, count: 500), Array(repeating: 0, count: 200_000)] {
      try stage.write(damaged, to: stage.partial)
      try stage.run(stage.download(server.address("w")))
      expectComplete()
    }
    #expect(server.requests.map(\.rangeStart) == [500, nil, nil])
  }

  @Test("asks for nothing when all has arrived already")
  func complete() throws {
    let server = try server { .file($1, for: $0) }
    try stage.write(stage.content, to: stage.partial)
    try stage.run(stage.download(server.address("w")))
    expectComplete()
    #expect(server.requests.isEmpty)
    try stage.write(stage.content, to: stage.partial)
    try stage.run(stage.download(server.address("w"), isSizeKnown: false))
    expectComplete()
    #expect(server.requests.map(\.rangeStart) == [100_000])
  }

  @Test("tries again where a dropped connection stopped, however often, while it gets on")
  func drops() throws {
    let server = try server { .file($1, for: $0, tag: "1").ending(after: 9000) }
    try stage.run(stage.download(server.address("w")))
    expectComplete()
    #expect(server.requests.map { $0.rangeStart ?? 0 } == (0..<12).map { $0 * 9000 })
    #expect(stage.events.retries == 11)
  }

  @Test("gives up after some attempts without getting on, and keeps what has arrived")
  func givesUp() throws {
    let server = try server { request, content in
      HTTPServer.Answer.file(content, for: request).ending(after: request.number == 0 ? 500 : 0)
    }
    let error = stage.error(stage.download(server.address("w")))
    guard case .interrupted(_, 500, 100_000, _) = error else {
      Issue.record("expected an interruption, got \(String(describing: error))")
      return
    }
    #expect(server.requests.count == 3)
    #expect(stage.bytes(stage.partial) == Array(stage.content.prefix(500)))
    #expect(!stage.files.contains("weights.pth"))
  }

  @Test("does not wait for ever for a server that stalls", arguments: [false, true])
  func stalls(isInHeader: Bool) throws {
    let server = try server { request, content in
      isInHeader
        ? HTTPServer.Answer(raw: "HTTP/1.1 200 OK\r\nETag:").stalling(after: 0)
        : HTTPServer.Answer.file(content, for: request).stalling(after: 50_000)
    }
    var download = stage.download(server.address("w"), attempts: 1)
    download.limits.stalling = 0.3
    let error = stage.error(download)
    guard case .interrupted(_, isInHeader ? 0 : 50_000, _, let reason) = error else {
      Issue.record("expected an interruption, got \(String(describing: error))")
      return
    }
    #expect(reason.contains("nothing has arrived"))
    #expect(stage.files.contains("weights.pth.partial") == !isInHeader)
  }

  // MARK: - Lies

  @Test("does not believe a wrong length", arguments: [99_999, 100_001, 50, 1 << 40])
  func wrongLength(_ announced: Int) throws {
    let server = try server { HTTPServer.Answer("200 OK", $1, announced: announced) }
    let error = stage.error(stage.download(server.address("w")))
    guard case .wrongContent(_, let content) = error else {
      Issue.record("expected wrong content, got \(String(describing: error))")
      return
    }
    #expect(content.bytes == announced && content.expectedBytes == 100_000)
    #expect(stage.files.isEmpty)
  }

  @Test("notices a wrong length even where the right one is not known")
  func wrongLengthOfUnknown() throws {
    let server = try server {
      HTTPServer.Answer("200 OK", $1, announced: $0.path == "/short" ? 99_999 : 100_001)
    }
    let short = stage.error(stage.download(server.address("short"), isSizeKnown: false))
    guard case .wrongContent(_, let content) = short else {
      Issue.record("expected wrong content, got \(String(describing: short))")
      return
    }
    #expect(content.bytes == 99_999 && content.found != nil)
    let long = stage.error(stage.download(server.address("long"), isSizeKnown: false))
    guard case .interrupted(_, 100_000, 100_001, _) = long else {
      Issue.record("expected an interruption, got \(String(describing: long))")
      return
    }
  }

  @Test("stops a server that does not stop", arguments: [true, false])
  func endless(isSizeKnown: Bool) throws {
    let server = try server { _, content in
      var answer = HTTPServer.Answer("200 OK", content, announced: nil)
      answer.isEndless = true
      return answer
    }
    let error = stage.error(stage.download(server.address("w"), isSizeKnown: isSizeKnown))
    switch error {
    case .wrongContent where isSizeKnown: break
    case .tooLarge(_, limit: 1 << 20) where !isSizeKnown: break
    default: Issue.record("got \(String(describing: error))")
    }
    #expect(stage.files.isEmpty)
  }

  @Test("refuses other bytes by their digest, and keeps the file that was there")
  func wrongBytes() throws {
    let server = try server { request, content in .file(content.map { $0 ^ 1 }, for: request) }
    try stage.write([1, 2, 3], to: stage.target)
    let error = stage.error(stage.download(server.address("w")))
    guard case .wrongContent(_, let content) = error else {
      Issue.record("expected wrong content, got \(String(describing: error))")
      return
    }
    #expect(content.expected == stage.sha256 && content.found != stage.sha256)
    #expect(!content.looksLikeWebPage)
    #expect(stage.files == ["weights.pth"])
    #expect(stage.bytes(stage.target) == [1, 2, 3])
  }

  @Test("says that a web page looks like one, and does not let it replace what has arrived")
  func webPage() throws {
    let page = Array("\n<!DOCTYPE html><title>Log in</title>".utf8)
    let server = try server { _, _ in
      HTTPServer.Answer("200 OK", page, fields: ["Content-Type: text/html; charset=utf-8"])
    }
    for isSizeKnown in [true, false] {
      let error = stage.error(stage.download(server.address("w"), isSizeKnown: isSizeKnown))
      #expect(error?.description.contains("looks like a web page") == true)
      #expect(stage.files.isEmpty)
      try stage.write(stage.content.prefix(500), to: stage.partial)
      let later = stage.error(stage.download(server.address("w"), isSizeKnown: isSizeKnown))
      #expect(later?.description.contains("looks like a web page") == true)
      #expect(stage.bytes(stage.partial)?.count == 500)
      try FileManager.default.removeItem(at: stage.partial)
    }
  }

  /// Answers that are no HTTP, or hardly.
  static let oddAnswers = [
    "hello\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "",
    "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 100_000) + "\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\n\r\n",
    "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  ]

  @Test("survives what is no HTTP", arguments: oddAnswers.indices)
  func garbage(_ index: Int) throws {
    let server = try HTTPServer { _ in HTTPServer.Answer(raw: Self.oddAnswers[index]) }
    #expect(stage.error(stage.download(server.address("w"), attempts: 1)) != nil)
    #expect(stage.files.isEmpty)
  }

  // MARK: - Ways that lead elsewhere

  @Test("follows redirections, some of them, and only on the web")
  func redirections() throws {
    let server = try server { request, content in
      switch request.path {
      case "/once": HTTPServer.Answer("302 Found", [1, 2], fields: ["Location: /w"])
      case "/ever": HTTPServer.Answer("302 Found", fields: ["Location: /ever"])
      case "/local": HTTPServer.Answer("302 Found", fields: ["Location: file:///etc/hostname"])
      default: .file(content, for: request)
      }
    }
    for path in ["ever", "local"] {
      let error = stage.error(stage.download(server.address(path)))
      guard case .redirection = error else {
        Issue.record("expected a redirection, got \(String(describing: error))")
        continue
      }
      #expect(stage.files.isEmpty)
    }
    #expect(server.requests.count == 5 + 1)
    try stage.run(stage.download(server.address("once")))
    expectComplete()
  }

  @Test("reports a status, at once if it will stay, after trying again if it may pass")
  func statuses() throws {
    let server = try server { request, content in
      switch request.path {
      case "/gone": HTTPServer.Answer("404 Not Found", Array("<html>".utf8))
      case "/none": HTTPServer.Answer("204 No Content", announced: nil)
      case "/busy":
        request.number < 2
          ? HTTPServer.Answer("503 Busy", Array("later".utf8)) : .file(content, for: request)
      default: HTTPServer.Answer("500 Broken")
      }
    }
    try stage.run(stage.download(server.address("busy")))
    expectComplete()
    for (path, code, requests) in [("gone", 404, 1), ("none", 204, 1), ("broken", 500, 3)] {
      let before = server.requests.count
      let error = stage.error(stage.download(server.address(path)))
      #expect(error == .status(server.address(path), code: code))
      #expect(server.requests.count - before == requests)
    }
    expectComplete()
  }

  @Test("says that nobody is there, without trying again")
  func offline() throws {
    let address = "http://127.0.0.1:\(try HTTPServer.freePort())/w"
    guard case .unreachable = stage.error(stage.download(address)) else {
      Issue.record("expected that nobody is reached")
      return
    }
    #expect(stage.events.retries == 0)
    #expect(stage.files.isEmpty)
  }

  @Test("refuses addresses that are none", arguments: ["file:///etc/hostname", "nonsense:", ""])
  func addresses(_ address: String) throws {
    guard case .badAddress = stage.error(stage.download(address)) else {
      Issue.record("expected a bad address")
      return
    }
  }

  @Test("without libcurl says what to install")
  func noLibrary() throws {
    var download = stage.download("http://127.0.0.1/")
    download.library = "/no/such/library"
    #expect(stage.error(download) == .noLibrary)
  }

  // MARK: - Files and others

  @Test("of the same file by two at once is done by one of them")
  func twoAtOnce() async throws {
    let server = try server { request, content in
      Thread.sleep(forTimeInterval: 0.3)
      return .file(content, for: request)
    }
    let download = stage.download(server.address("w"))
    async let first = Self.runOnThread(download)
    async let second = Self.runOnThread(download)
    #expect(try await [first, second] == [stage.sha256, stage.sha256])
    #expect(server.requests.count == 1)
    expectComplete()
  }

  private static func runOnThread(_ download: Download) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try download.run() }) }
    }
  }

  @Test("that another process does not finish is an error after a while")
  func busy() throws {
    let holder = try PartialFile(for: stage.target, patience: 0, waiting: {})
    var download = stage.download("http://127.0.0.1/")
    download.limits.otherProcess = 0.2
    #expect(stage.error(download) == .busy(file: stage.target.path))
    #expect(stage.events.all == [.waiting])
    withExtendedLifetime(holder) {}
  }

  @Test("to where nothing can be written is an error")
  func unwritable() throws {
    let server = try server { .file($1, for: $0) }
    let nowhere = Download(
      server.address("w"), to: stage.folder.url.appending(path: "none/w"), sha256: stage.sha256)
    try FileManager.default.createSymbolicLink(
      at: stage.partial, withDestinationURL: stage.folder.url.appending(path: "elsewhere"))
    for download in [nowhere, stage.download(server.address("w"))] {
      guard case .file(let error) = stage.error(download) else {
        Issue.record("expected an error of the file")
        return
      }
      #expect(error.kind == .unwritable)
    }
    #expect(server.requests.isEmpty)
  }
}
