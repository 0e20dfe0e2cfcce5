import Foundation

/// Files of weights that claim the full size of AlexNet and hold only zeros, which take no room on the
/// disk.
public enum SparseWeights {
  /// Writes a safetensors file with the shapes of torchvision's AlexNet.
  ///
  /// - Parameters:
  ///   - classes: The number of outputs.
  ///   - url: The file.
  public static func write(classes: Int = 1000, to url: URL) throws {
    let layers: [(name: String, weight: [Int])] = [
      ("features.0", [64, 3, 11, 11]), ("features.3", [192, 64, 5, 5]),
      ("features.6", [384, 192, 3, 3]), ("features.8", [256, 384, 3, 3]),
      ("features.10", [256, 256, 3, 3]), ("classifier.1", [4096, 9216]),
      ("classifier.4", [4096, 4096]), ("classifier.6", [classes, 4096]),
    ]
    let tensors = layers.flatMap {
      [("\($0.name).weight", $0.weight), ("\($0.name).bias", [$0.weight[0]])]
    }
    var entries: [String] = []
    var end = 0
    for (name, shape) in tensors {
      let start = end
      end += 4 * shape.reduce(1, *)
      entries.append(
        #""\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(start),\#(end)]}"#)
    }
    let header = Data("{\(entries.joined(separator: ","))}".utf8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try (length + header).write(to: url)
    let file = try FileHandle(forUpdating: url)
    try file.truncate(atOffset: UInt64(length.count + header.count + end))
    try file.close()
  }
}
