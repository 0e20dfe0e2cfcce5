import Foundation

/// The AlexNet that torchvision publishes, trained on ImageNet.
public enum OfficialWeights {
  /// The file's name; the eight digits are the beginning of its SHA-256.
  public static let fileName = "alexnet-owt-7be5be79.pth"
  /// Where it can be downloaded (torchvision's documentation of its models).
  public static let address = "https://download.pytorch.org/models/\(fileName)"

  /// The file where PyTorch keeps its downloads; `nil` when it is not there.
  ///
  /// The place is `TORCH_HOME/hub/checkpoints`, with `~/.cache/torch` for `TORCH_HOME` by default
  /// (documentation of `torch.hub`).
  public static func find(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL? {
    let cache =
      environment["XDG_CACHE_HOME"].map { URL(filePath: $0) }
      ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
    let home = environment["TORCH_HOME"].map { URL(filePath: $0) } ?? cache.appending(path: "torch")
    let file = home.appending(path: "hub/checkpoints").appending(path: fileName)
    return FileManager.default.isReadableFile(atPath: file.path) ? file : nil
  }
}
