import Foundation
import RetrogradCCurl
import RetrogradFiles

/// A file to fetch from the web, which gets its name only when its digest is right.
///
/// What arrives is written to `NAME.partial` beside the target as it comes, in bounded memory. A
/// download that was interrupted, even by the end of the process, goes on where it stopped: by `Range`
/// and, where the server named a version, `If-Range`. Processes that fetch the same file at once take
/// turns.
///
/// ```swift
/// let download = Download(address, to: target, sha256: "7be5be79")
/// let digest = try download.run()
/// ```
public struct Download: Sendable {
  /// Limits for waiting times and attempts.
  public struct Limits: Sendable {
    /// The time limit for connecting, in seconds.
    public var connecting = 30.0
    /// For how many seconds nothing may arrive.
    public var stalling = 60.0
    /// The time to wait for another process that downloads the same file, in seconds.
    public var otherProcess = 3600.0
    /// The number of attempts; whenever ``progress`` bytes have arrived, counting starts again.
    public var attempts = 5
    /// The number of bytes that counts as progress.
    public var progress = 1 << 20
    /// The pause before the second attempt, in seconds; twice as long before each further one.
    public var firstPause = 1.0
    /// The longest pause between attempts, in seconds.
    public var longestPause = 30.0
    /// The maximum number of redirections.
    public var redirections = 8
    /// The maximum size of a file whose size is not known, in bytes.
    public var bytes = 4 << 30

    /// The usual limits.
    public init() {}
  }

  /// Events in the meantime.
  public enum Event: Sendable, Equatable {
    /// Another process fetches the same file; its turn first.
    case waiting
    /// So many bytes have arrived, those of earlier runs included.
    case received(Int, total: Int?)
    /// An attempt failed; the next begins after some seconds.
    case retrying(after: Double, DownloadError)
    /// All bytes are there; their digest is computed.
    case verifying
  }

  /// Indicates whether libcurl is there, without which nothing is downloaded.
  package static var isSupported: Bool { retrograd_curl_is_available() }

  /// The address of the file.
  public let address: String
  /// The file that it becomes.
  public let target: URL
  /// Its SHA-256 in hexadecimal, lower case, or the beginning of it.
  public let sha256: String
  /// Its size, if known.
  public let bytes: Int?
  /// Limits for waiting times and attempts.
  public var limits: Limits
  /// The path of libcurl, if not in the usual places.
  var library: String?

  /// A file to fetch.
  ///
  /// - Parameters:
  ///   - address: An `http` or `https` address.
  ///   - target: The file that it becomes; its folder exists.
  ///   - sha256: Its digest, or the beginning of it.
  ///   - bytes: Its size, if known.
  ///   - limits: The limits on waiting times and attempts.
  public init(
    _ address: String, to target: URL, sha256: String, bytes: Int? = nil, limits: Limits = .init()
  ) {
    (self.address, self.target, self.sha256) = (address, target, sha256)
    (self.bytes, self.limits) = (bytes, limits)
  }

  /// Fetches the file, replacing one that is there.
  ///
  /// - Parameter report: Called with events in the meantime.
  /// - Returns: Its digest.
  @discardableResult
  public func run(
    _ report: @escaping (Event) -> Void = { _ in }
  ) throws(DownloadError) -> String {
    let partial = try PartialFile(
      for: target, patience: limits.otherProcess, waiting: { report(.waiting) })
    if partial.hasWaited, let digest = finishedMeanwhile() {
      partial.remove()
      return digest
    }
    var isResumed = partial.size > 0
    while true {
      if partial.size > mostBytes { try partial.restart() }
      if bytes == nil || partial.size != bytes {
        try transferUntilComplete(partial, report)
      }
      report(.verifying)
      do throws(DownloadError) {
        let digest = try check(partial.url, from: address)
        try partial.finish()
        return digest
      } catch {
        guard case .wrongContent = error else { throw error }
        guard isResumed else {
          partial.remove()
          throw error
        }
        // The first part may have been of another version, or damaged: once more from the beginning.
        isResumed = false
        try partial.restart()
        report(.retrying(after: 0, error))
      }
    }
  }

  /// Copies a file that is on this machine instead of fetching it, with the same checks.
  ///
  /// - Parameters:
  ///   - source: The file.
  ///   - report: Called with events in the meantime.
  /// - Returns: Its digest.
  @discardableResult
  public func run(
    copying source: URL, _ report: @escaping (Event) -> Void = { _ in }
  ) throws(DownloadError) -> String {
    // First, so that a wrong file does not take the place of what has arrived from the web.
    report(.verifying)
    _ = try check(source, from: source.path)
    let partial = try PartialFile(
      for: target, patience: limits.otherProcess, waiting: { report(.waiting) })
    try partial.restart()
    do throws(FileError) {
      let file = try BoundedFile(source)
      for start in stride(from: 0, to: file.size, by: Self.pieceSize) {
        let piece = try file.read(at: start, count: min(Self.pieceSize, file.size - start))
        try piece.withBytes { (bytes) throws(FileError) in try partial.append(bytes) }
        report(.received(partial.size, total: file.size))
      }
    } catch {
      partial.remove()
      throw .file(error)
    }
    report(.verifying)
    do throws(DownloadError) {
      let digest = try check(partial.url, from: source.path)
      try partial.finish()
      return digest
    } catch {
      partial.remove()
      throw error
    }
  }

  private static let pieceSize = 1 << 20

  /// The most bytes that are taken.
  var mostBytes: Int { bytes ?? limits.bytes }

  /// The digest of the target when the process that had the lock has fetched it.
  private func finishedMeanwhile() -> String? {
    guard let digest = try? SHA256.digest(of: BoundedFile(target)), digest.hasPrefix(sha256) else {
      return nil
    }
    return digest
  }

  /// The digest of a complete file; an error when it or the size is wrong.
  private func check(_ file: URL, from origin: String) throws(DownloadError) -> String {
    let content: DownloadError.WrongContent
    do throws(FileError) {
      let file = try BoundedFile(file)
      let isRightSize = bytes == nil || file.size == bytes
      let digest = isRightSize ? try SHA256.digest(of: file) : nil
      if let digest, digest.hasPrefix(sha256) { return digest }
      let beginning = try file.read(at: 0, count: min(file.size, 256))
      content = .init(
        expected: sha256, found: digest, bytes: file.size, expectedBytes: bytes,
        looksLikeWebPage: Self.looksLikeWebPage(beginning))
    } catch {
      throw .file(error)
    }
    throw .wrongContent(origin, content)
  }

  private static func looksLikeWebPage(_ beginning: [UInt8]) -> Bool {
    // A byte order mark may come first.
    String(decoding: beginning, as: UTF8.self)
      .drop { $0.isWhitespace || $0 == "\u{FEFF}" }.hasPrefix("<")
  }

  // MARK: - Attempts

  private func transferUntilComplete(
    _ partial: PartialFile, _ report: @escaping (Event) -> Void
  ) throws(DownloadError) {
    var (failures, hasReceived, kept) = (0, false, partial.size)
    while true {
      let attempt = DownloadAttempt(self, partial, report)
      guard let error = attempt.run() else { return }
      hasReceived = hasReceived || attempt.received > 0
      if partial.size >= kept + limits.progress { (failures, kept) = (0, partial.size) }
      failures += 1
      guard failures < limits.attempts, Self.isWorthAnother(error, hasReceived) else {
        if partial.size == 0 { partial.remove() }
        throw error
      }
      let pause = min(limits.firstPause * pow(2, Double(failures - 1)), limits.longestPause)
      report(.retrying(after: pause, error))
      Thread.sleep(forTimeInterval: pause)
    }
  }

  /// Returns whether it may go better the next time. A host that was never reached is offline.
  private static func isWorthAnother(_ error: DownloadError, _ hasReceived: Bool) -> Bool {
    switch error {
    case .interrupted: true
    case .unreachable: hasReceived
    case .status(_, let code): code == 408 || code == 429 || (500...599).contains(code)
    default: false
    }
  }
}
