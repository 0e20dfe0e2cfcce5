import Foundation
import RetrogradDownloads
import RetrogradFiles
import RetrogradText

extension WeightManifest.Network {
  /// Returns whether a SHA-256 is this network's, as far as it is known.
  public func matches(_ digest: String) -> Bool { digest.hasPrefix(sha256) }

  /// Fetches the file into a folder, which is made if need be.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - mirror: The mirror to download from, if not the official address.
  ///   - limits: The limits on waiting times and attempts.
  ///   - report: Called with events in the meantime.
  /// - Returns: The file.
  public func fetch(
    into folder: URL, mirror: WeightMirror? = nil, limits: Download.Limits = .init(),
    _ report: @escaping (Download.Event) -> Void = { _ in }
  ) throws(WeightFetchError) -> URL {
    let target = folder.appending(path: file)
    do throws(FileError) {
      try makeFolder(folder)
    } catch {
      throw WeightFetchError(cause: .file(error), network: self, folder: folder)
    }
    let source = mirror?.place(of: self) ?? address
    let download = Download(
      source.absoluteString, to: target, sha256: sha256, bytes: bytes, limits: limits)
    do throws(DownloadError) {
      if case .local = mirror {
        try download.run(copying: source, report)
      } else {
        try download.run(report)
      }
    } catch {
      throw WeightFetchError(cause: error, network: self, folder: folder)
    }
    return target
  }
}

/// The reason why a network could not be fetched, and how to get it all the same.
public struct WeightFetchError: ExplainedError {
  /// The failure.
  public let cause: DownloadError
  /// The network to download.
  public let network: WeightManifest.Network
  /// The folder that it was to be put into.
  public let folder: URL

  /// The failure and the remedy.
  public var description: String {
    switch cause {
    case .unreachable, .untrusted, .redirection, .status, .noLibrary:
      "\(cause)\n" + byHand
    case .interrupted:
      "\(cause)\nRun the same command again: it resumes where this one stopped.\n" + byHand
    case .wrongContent(_, let content) where content.looksLikeWebPage: "\(cause)\n" + byHand
    default: "\(cause)"
    }
  }

  private var byHand: String {
    """
    If this machine has no way to it: --mirror URL|FILE takes another address, or a file, or a folder \
    that holds it. By hand: put \(network.file), from \(network.address), into \(folder.path)
    """
  }
}
