import Foundation
import RetrogradTensors
import RetrogradWeightFiles

/// The reference files in Tests/Fixtures, each beside the script that wrote it.
///
/// A file that cannot be read stops the tests: nothing could be checked without it.
public enum Fixtures {
  /// Returns the URL of a file.
  public static func url(_ name: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures").appending(path: name)
  }

  /// The content of a JSON file.
  public static func json<Content: Decodable>(
    _ name: String, as type: Content.Type = Content.self
  ) -> Content {
    try! JSONDecoder().decode(type, from: Data(contentsOf: url(name)))
  }

  /// The tensors of a safetensors file, by their names.
  public static func tensors(_ name: String) -> [String: Tensor] {
    try! Safetensors.read(url(name))
  }
}
