import RetrogradEmbeddedNetwork
import RetrogradFiles
import RetrogradWeightFiles

/// The small AlexNet that comes inside the program: `Weights/mini-alexnet.safetensors`.
///
/// A build without that file, or with an empty one, has none.
public enum EmbeddedNetwork {
  /// Its name in messages.
  public static let name = "mini-alexnet.safetensors"

  /// The number of bytes; 0 when this build has no embedded network.
  public static var size: Int { Int(retrograd_embedded_network_size()) }

  /// The file, as it lies in the program; `nil` when this build has none.
  static func open() -> BoundedFile? {
    guard size > 0, let start = retrograd_embedded_network() else { return nil }
    return BoundedFile(
      bytes: Array(UnsafeBufferPointer(start: start, count: size)), name: "embedded \(name)")
  }
}
