import Foundation
import RetrogradCCurl
import RetrogradFiles

/// One request of a download: for all of the file, or for what is missing of it.
final class DownloadAttempt {
  private let download: Download
  private let partial: PartialFile
  private let report: (Download.Event) -> Void
  /// The number of bytes from this attempt.
  private(set) var received = 0
  /// The size of the file in bytes, as far as is known.
  private var total: Int?
  /// The reason why the request was stopped.
  private var failure: DownloadError?
  /// Indicates whether the server says that nothing is missing.
  private var hasAll = false

  private var address: String { download.address }

  /// - Parameters:
  ///   - download: The download.
  ///   - partial: The part that has arrived so far.
  ///   - report: Called with events in the meantime.
  init(_ download: Download, _ partial: PartialFile, _ report: @escaping (Download.Event) -> Void) {
    (self.download, self.partial, self.report) = (download, partial, report)
    total = download.bytes
  }

  /// Makes the request.
  ///
  /// - Returns: The reason why the file is not complete; `nil` when it is.
  func run() -> DownloadError? {
    // Otherwise the server may compress, and the digest would be of other bytes.
    var headers = ["Accept-Encoding: identity"]
    if partial.size > 0 {
      headers.append("Range: bytes=\(partial.size)-")
      if let tag = partial.version(from: address) { headers.append("If-Range: \(tag)") }
    }
    report(.received(partial.size, total: total))
    let transfer = HTTPTransfer(
      stallTimeOut: download.limits.stalling,
      respond: { [self] response in
        goesOn { () throws(DownloadError) in try begin(response) }
      },
      receive: { [self] bytes in goesOn { () throws(DownloadError) in try take(bytes) } })
    let outcome = transfer.get(
      address, headers: headers, connectTimeOut: download.limits.connecting,
      redirectionLimit: download.limits.redirections, library: download.library)
    if hasAll { return nil }
    if let failure { return failure }
    switch outcome {
    case .complete:
      return total.map { partial.size < $0 } == true
        ? interrupted("the answer ended early") : nil
    case .stalled:
      return interrupted("nothing has arrived for \(download.limits.stalling) seconds")
    case .stopped: return interrupted("it was stopped")
    case .failed(let status, let reason): return error(status, reason)
    }
  }

  /// Does a step; false, and the reason noted, when the request should end.
  private func goesOn(_ step: () throws(DownloadError) -> Void) -> Bool {
    do throws(DownloadError) {
      try step()
      return !hasAll
    } catch {
      failure = error
      return false
    }
  }

  // MARK: - The answer

  private func begin(_ response: HTTPTransfer.Response) throws(DownloadError) {
    let tag = response.fields["etag"].flatMap { $0.hasPrefix("\"") ? $0 : nil }
    switch response.status {
    case 200:
      total = response.fields["content-length"].flatMap(Int.init) ?? download.bytes
      try check(response)
      // The server knows no ranges, or has another version by now.
      try partial.restart()
      try partial.setVersion(tag, from: address)
    case 206 where partial.size > 0:
      let range = ContentRange(response.fields["content-range"] ?? "")
      total = range.total ?? download.bytes
      try check(response)
      if let known = partial.version(from: address), let tag, known != tag {
        try partial.restart()
        throw interrupted("the file there has changed meanwhile")
      }
      guard range.start == partial.size else {
        try partial.restart()
        throw interrupted("it sent another part than it was asked for")
      }
    case 416 where partial.size > 0:
      hasAll = ContentRange(response.fields["content-range"] ?? "").total == partial.size
      if hasAll { return }
      try partial.restart()
      throw interrupted("there is less of it than has arrived already")
    default: throw .status(address, code: response.status)
    }
  }

  /// Refuses what cannot be the file before it takes the place of anything.
  private func check(_ response: HTTPTransfer.Response) throws(DownloadError) {
    let isWebPage = response.fields["content-type"]?.lowercased().hasPrefix("text/html") == true
    if let total, total > download.mostBytes && download.bytes == nil {
      throw .tooLarge(address, limit: download.mostBytes)
    }
    let isWrongSize = download.bytes != nil && total != download.bytes
    if isWrongSize || isWebPage && partial.size > 0 {
      throw wrongSize(total ?? 0, isWebPage: isWebPage)
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
    guard bytes.count <= download.mostBytes - partial.size else {
      let count = partial.size + bytes.count
      try partial.restart()
      throw download.bytes == nil
        ? .tooLarge(address, limit: download.mostBytes) : wrongSize(count, isWebPage: false)
    }
    do throws(FileError) { try partial.append(bytes) } catch { throw .file(error) }
    received += bytes.count
    report(.received(partial.size, total: total))
  }

  // MARK: - Errors

  private func wrongSize(_ bytes: Int, isWebPage: Bool) -> DownloadError {
    .wrongContent(
      address,
      .init(
        expected: download.sha256, found: nil, bytes: bytes, expectedBytes: download.bytes,
        looksLikeWebPage: isWebPage))
  }

  private func interrupted(_ reason: String) -> DownloadError {
    .interrupted(address, received: partial.size, total: total, reason: reason)
  }

  private func error(_ status: retrograd_curl_status, _ reason: String) -> DownloadError {
    switch status {
    case RETROGRAD_CURL_NO_LIBRARY: .noLibrary
    case RETROGRAD_CURL_ADDRESS: .badAddress(address, reason: reason)
    case RETROGRAD_CURL_REDIRECTION: .redirection(address, reason: reason)
    case RETROGRAD_CURL_UNREACHABLE: .unreachable(address, reason: reason)
    case RETROGRAD_CURL_UNTRUSTED: .untrusted(address, reason: reason)
    default: interrupted(reason)
    }
  }
}

/// The field `Content-Range`: `bytes 100-199/200`, or `bytes */200` where there is nothing to send
/// (RFC 9110, section 14.4).
private struct ContentRange {
  /// The first byte that is sent.
  let start: Int?
  /// The size of the whole file in bytes.
  let total: Int?

  init(_ text: String) {
    guard let match = text.wholeMatch(of: /bytes\s+(?:(\d+)-\d+|\*)\/(\d+|\*)/) else {
      (start, total) = (nil, nil)
      return
    }
    (start, total) = (match.1.flatMap { Int($0) }, Int(match.2))
  }
}
