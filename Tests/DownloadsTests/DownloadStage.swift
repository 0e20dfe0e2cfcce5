import Foundation
import RetrogradTestSupport
import Synchronization

@testable import RetrogradDownloads
@testable import RetrogradFiles

/// What is downloaded, where to, and what happened.
struct DownloadStage {
  let folder: TemporaryFolder
  let content: [UInt8]
  let sha256: String
  let events = Events()

  final class Events: Sendable {
    let list = Mutex<[Download.Event]>([])
    var all: [Download.Event] { list.withLock { $0 } }
    var retries: Int {
      all.count { if case .retrying = $0 { true } else { false } }
    }
  }

  var target: URL { folder.url.appending(path: "weights.pth") }
  var partial: URL { folder.url.appending(path: "weights.pth.partial") }
  var version: URL { folder.url.appending(path: "weights.pth.partial.version") }

  init(size: Int = 100_000) throws {
    folder = try TemporaryFolder()
    content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 257) }
    var digest = SHA256()
    digest.update(content)
    sha256 = digest.hexadecimal
  }

  /// A download with limits that suit tests.
  func download(
    _ address: String, isSizeKnown: Bool = true, attempts: Int = 3
  ) -> Download {
    var limits = Download.Limits()
    limits.connecting = 5
    limits.stalling = 10
    limits.attempts = attempts
    limits.firstPause = 0.01
    limits.longestPause = 0.02
    limits.progress = 1000
    limits.redirections = 4
    limits.bytes = 1 << 20
    return Download(
      address, to: target, sha256: sha256, bytes: isSizeKnown ? content.count : nil, limits: limits)
  }

  @discardableResult
  func run(_ download: Download) throws(DownloadError) -> String {
    let events = events
    return try download.run { event in events.list.withLock { $0.append(event) } }
  }

  func error(_ download: Download) -> DownloadError? {
    do throws(DownloadError) {
      try run(download)
      return nil
    } catch {
      return error
    }
  }

  /// What lies in the folder.
  var files: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path))?.sorted() ?? []
  }
  func bytes(_ url: URL) -> [UInt8]? { (try? Data(contentsOf: url)).map { Array($0) } }
  func write(_ bytes: some Sequence<UInt8>, to url: URL) throws {
    try Data(Array(bytes)).write(to: url)
  }
}
