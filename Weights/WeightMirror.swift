import Foundation
import RetrogradFiles

/// Another place to get a network's file from: `--mirror URL|FILE`.
public enum WeightMirror: Equatable, Sendable {
  /// An address of the file, or of the folder that holds it.
  case web(URL)
  /// The file on this machine, or the folder that holds it.
  case local(URL)

  /// Takes an address (`http`, `https`, `file`) or a path.
  ///
  /// - Returns: `nil` for an empty text or an address that makes no sense.
  public init?(_ text: String) {
    let lower = text.lowercased()
    if lower.hasPrefix("http://") || lower.hasPrefix("https://") {
      guard let url = URL(string: text), url.host() != nil else { return nil }
      self = .web(url)
    } else if lower.hasPrefix("file://") {
      guard let url = URL(string: text), !url.path.isEmpty else { return nil }
      self = .local(url)
    } else if text.isEmpty || text.contains("://") {
      return nil
    } else {
      self = .local(URL(filePath: text))
    }
  }

  /// The location of a network's file.
  ///
  /// An address is that of the file when its last part has an extension or it has a query, otherwise
  /// that of the folder.
  public func place(of network: WeightManifest.Network) -> URL {
    switch self {
    case .web(let url):
      let isFile = !url.pathExtension.isEmpty && !url.hasDirectoryPath || url.query() != nil
      return isFile ? url : url.appending(path: network.file)
    case .local(let url):
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      return isFolder.boolValue ? url.appending(path: network.file) : url
    }
  }
}
