import Foundation
import RetrogradArchives
import RetrogradFiles
import RetrogradTensors

/// Named tensors in a file that PyTorch's `torch.save` wrote: a zip archive, or the older stream of
/// pickles (before PyTorch 1.6).
///
/// Reads an `OrderedDict` or dictionary of tensors, or the model among such dictionaries that stand in one
/// another: what looks like a model is taken, an optimizer's state never is, and a path of keys names any
/// other. Nothing in the file is run: what is not on a fixed list is refused by name. A tensor of a kind that cannot
/// be read is left out, and named. An empty dictionary, which a model without parameters has, is a
/// checkpoint without tensors; a dictionary that holds other things and no tensor is an error.
public struct PyTorchCheckpoint: Sendable {
  /// The tensors by name.
  public let tensors: [String: Tensor]
  /// The keys that lead to the dictionary that was read, joined by dots; empty for the file's own.
  public let key: String
  /// The content of the file that was not read.
  public let leftOut: [LeftOut]

  /// The names of what was in the file and was not read, such as an epoch's number.
  public var ignored: [String] { leftOut.map(\.name) }

  /// The tensors of a checkpoint.
  ///
  /// Half-precision numbers and small integers load as `float32`, wider integers as `float64`.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - key: The keys that lead to the dictionary to read, joined by dots; what looks like a model by
  ///     default.
  ///   - memoryLimit: The memory limit for its tensors, in bytes.
  public static func read(
    _ url: URL, key: String? = nil, memoryLimit: Int = WeightFile.defaultMemoryLimit
  ) throws(FileError) -> [String: Tensor] {
    try PyTorchCheckpoint(url, key: key, memoryLimit: memoryLimit).tensors
  }

  /// Reads a checkpoint.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - key: The keys that lead to the dictionary to read, joined by dots; what looks like a model by
  ///     default.
  ///   - memoryLimit: The memory limit for its tensors, in bytes.
  public init(
    _ url: URL, key: String? = nil, memoryLimit: Int = WeightFile.defaultMemoryLimit
  ) throws(FileError) {
    var checkpoint = try CheckpointFile(BoundedFile(url), key: key, memoryLimit: memoryLimit)
    tensors = try checkpoint.readAll()
    (self.key, leftOut) = (checkpoint.key, checkpoint.leftOut)
  }

  /// Returns whether bytes begin as the older stream does: a pickle of a certain large number.
  static func isLegacy(_ beginning: [UInt8]) -> Bool {
    beginning.starts(with: [0x80, 2, 0x8A, 10] + StreamStorages.magic)
  }
}
