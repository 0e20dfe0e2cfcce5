import Foundation
import RetrogradFiles
import RetrogradText

/// The reason why a file could not be downloaded.
public enum DownloadError: ExplainedError {
  /// The address is none that can be downloaded from.
  case badAddress(String, reason: String)
  /// libcurl is not installed.
  case noLibrary
  /// The host was not reached: offline, a wrong name, nobody listening.
  case unreachable(String, reason: String)
  /// The host could not prove who it is.
  case untrusted(String, reason: String)
  /// It redirects too often, or to something that is no web address.
  case redirection(String, reason: String)
  /// It answered with a status that is no success, such as 404.
  case status(String, code: Int)
  /// The connection ended, stood still or spoke nonsense; what has arrived is kept.
  case interrupted(String, received: Int, total: Int?, reason: String)
  /// It sends more than is allowed.
  case tooLarge(String, limit: Int)
  /// It sent something else than what was expected.
  case wrongContent(String, WrongContent)
  /// Another process has been downloading the same file for too long.
  case busy(file: String)
  /// The file could not be written or read.
  case file(FileError)

  /// The difference between what arrived and what was expected.
  public struct WrongContent: Equatable, Sendable {
    /// The expected SHA-256, or its beginning.
    public let expected: String
    /// The SHA-256 of what arrived; `nil` where its size is wrong already.
    public let found: String?
    /// The number of bytes that arrived, or were announced.
    public let bytes: Int
    /// The expected number, if known.
    public let expectedBytes: Int?
    /// Indicates whether it begins as a web page does.
    public let looksLikeWebPage: Bool
  }

  /// The failure, and where it happened.
  public var description: String {
    switch self {
    case .badAddress(let address, let reason): "\(address): cannot be downloaded from: \(reason)"
    case .noLibrary:
      "downloads need libcurl, which is not installed (Debian and Ubuntu: apt-get install libcurl4)"
    case .unreachable(let address, let reason): "\(address): cannot be reached: \(reason)"
    case .untrusted(let address, let reason):
      "\(address): the connection cannot be trusted: \(reason)"
    case .redirection(let address, let reason):
      "\(address): too many or unusable redirects: \(reason)"
    case .status(let address, let code):
      "\(address): answered with status \(code)\(Self.meaning(code))"
    case .interrupted(let address, let received, let total, let reason):
      "\(address): broke off after \(received)\(total.map { " of \($0)" } ?? "") bytes, which are "
        + "kept: \(reason)"
    case .tooLarge(let address, let limit):
      "\(address): sends more than \(limit) bytes, the limit"
    case .wrongContent(let address, let content): "\(address): \(content.description)"
    case .busy(let file):
      "\(file): another process has been downloading this for too long; end it and try again"
    case .file(let error): "\(error)"
    }
  }

  private static func meaning(_ code: Int) -> String {
    switch code {
    case 401, 407: " (it wants a password)"
    case 403: " (forbidden)"
    case 404, 410: " (there is no such file)"
    case 429: " (too many requests)"
    case 500...599: " (the server is in trouble)"
    default: ""
    }
  }
}

extension DownloadError.WrongContent: CustomStringConvertible {
  /// The expectation, the finding, and a possible reason.
  public var description: String {
    let size =
      expectedBytes.map { $0 == bytes ? "" : ": \(bytes) bytes, expected \($0)" } ?? ""
    let digest = found.map { "; its SHA-256 is \($0), expected \(expected)" } ?? ""
    return "is not the file that was expected\(size)\(digest)"
      + (looksLikeWebPage
        ? ". It looks like a web page: a login or an error in place of the file?" : "")
  }
}
