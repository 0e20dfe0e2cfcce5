import Foundation
import RetrogradFiles
import RetrogradTensors

/// A file of named tensors in any of the forms that Retrograd reads.
public enum WeightFile {
  /// The default memory limit of a reader for tensors, in bytes: the machine's memory. A
  /// file can claim any size without taking room on the disk.
  public static let defaultMemoryLimit = Int(clamping: ProcessInfo.processInfo.physicalMemory)

  /// The tensors of a safetensors file, a PyTorch checkpoint (either form) or a NumPy file, told apart
  /// by content and not by extension.
  ///
  /// A NumPy file holds one array without a name; it is given the file's name without extension. Of a
  /// checkpoint with several dictionaries the model is taken; ``readAll(_:key:memoryLimit:)`` tells what was
  /// chosen and what was left out, as are tensors of kinds that cannot be read.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - key: The keys that lead to a checkpoint's dictionary, joined by dots (`model.state_dict`; `.` for
  ///     the file's own); what looks like a model by default.
  ///   - memoryLimit: The memory limit for its tensors, in bytes.
  public static func read(
    _ url: URL, key: String? = nil, memoryLimit: Int = defaultMemoryLimit
  ) throws(FileError) -> [String: Tensor] {
    try readAll(BoundedFile(url), key: key, memoryLimit: memoryLimit).tensors
  }

  /// All that a file holds.
  public struct Contents: Sendable {
    /// The tensors by their names.
    public var tensors: [String: Tensor]
    /// Names and texts, which only safetensors have.
    public var metadata: [String: String] = [:]
    /// The keys that lead to the dictionary of a checkpoint that was read, joined by dots; empty for a file's own
    /// tensors.
    public var key = ""
    /// Indicates whether ``key`` was asked for rather than chosen.
    public var isKeyGiven = false
    /// The content that was not read: other things than tensors or than the model, tensors of kinds that cannot
    /// be read.
    public var leftOut: [LeftOut] = []

    /// The names of what was not read.
    public var ignored: [String] { leftOut.map(\.name) }

    /// A line about what was read from a checkpoint and what was left out; nil where there was nothing to choose.
    public var choice: String? {
      WeightFile.choice(key: key, isKeyGiven: isKeyGiven, leftOut)
    }
  }

  /// The content of a file or of bytes in memory, in the formats that ``read(_:key:memoryLimit:)`` knows.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - key: The keys that lead to a checkpoint's dictionary, joined by dots; what looks like a model by
  ///     default.
  ///   - memoryLimit: The memory limit for its tensors, in bytes.
  public static func readAll(
    _ file: BoundedFile, key: String? = nil, memoryLimit: Int = defaultMemoryLimit
  ) throws(FileError) -> Contents {
    var weights = try StoredWeights(file, key: key, memoryLimit: memoryLimit)
    return Contents(
      tensors: try weights.readAll(), metadata: weights.metadata, key: weights.key,
      isKeyGiven: weights.isKeyGiven, leftOut: weights.leftOut)
  }

  /// Opens a file whose tensors are then read one at a time.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - key: The keys that lead to a checkpoint's dictionary, joined by dots; what looks like a model by
  ///     default.
  ///   - memoryLimit: The memory limit for a tensor, in bytes.
  public static func open(
    _ url: URL, key: String? = nil, memoryLimit: Int = defaultMemoryLimit
  ) throws(FileError) -> StoredWeights {
    try StoredWeights(BoundedFile(url), key: key, memoryLimit: memoryLimit)
  }

  /// A line about what was read and what was left out.
  static func choice(key: String, isKeyGiven: Bool, _ leftOut: [LeftOut]) -> String? {
    if key.isEmpty && leftOut.isEmpty { return nil }
    let what =
      key.isEmpty
      ? "" : isKeyGiven ? "read \(key)" : "read \(key), which looks like the model"
    if leftOut.isEmpty { return what }
    let list =
      leftOut.prefix(12).map(\.description).joined(separator: ", ")
      + (leftOut.count > 12 ? " and \(leftOut.count - 12) more" : "")
    return (what.isEmpty ? "" : what + "; ") + "left out: " + list
  }
}
