import Foundation
import RetrogradArchives
@_exported import RetrogradFiles
import RetrogradTensors

/// What went wrong with a file of weights: which one, where in it, what was found and expected.
public typealias WeightFileError = FileError

/// A file of named tensors in any of the forms that Retrograd reads.
public enum WeightFile {
  /// How many bytes a reader may use for tensors unless it is told otherwise: the machine's memory. A
  /// file can claim any size without taking room on the disk.
  public static let defaultMemoryLimit = Int(clamping: ProcessInfo.processInfo.physicalMemory)

  /// The tensors of a safetensors file, a PyTorch checkpoint (either form) or a NumPy file, told apart
  /// by content and not by extension.
  ///
  /// A NumPy file holds one array without a name; it is given the file's name without extension.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - memoryLimit: How many bytes may be in use for its tensors.
  public static func read(
    _ url: URL, memoryLimit: Int = defaultMemoryLimit
  ) throws(WeightFileError) -> [String: Tensor] {
    try readAll(BoundedFile(url), memoryLimit: memoryLimit).tensors
  }

  /// All that a file holds.
  public struct Contents: Sendable {
    /// The tensors by their names.
    public var tensors: [String: Tensor]
    /// Names and texts, which only safetensors have.
    public var metadata: [String: String] = [:]
    /// The names of what is no tensor, such as an epoch's number, in a PyTorch checkpoint.
    public var ignored: [String] = []
  }

  /// What a file or bytes in memory hold, in the forms that ``read(_:memoryLimit:)`` knows.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - memoryLimit: How many bytes may be in use for its tensors.
  public static func readAll(
    _ file: BoundedFile, memoryLimit: Int = defaultMemoryLimit
  ) throws(WeightFileError) -> Contents {
    let beginning = try file.read(at: 0, count: min(file.size, 64))
    if ZipArchive.isZip(beginning) || PyTorchCheckpoint.isLegacy(beginning) {
      let checkpoint = try PyTorchCheckpoint(file, memoryLimit: memoryLimit)
      return Contents(tensors: checkpoint.tensors, ignored: checkpoint.ignored)
    }
    if beginning.starts(with: NumPyFile.magic) {
      let array = try NumPyFile.read(file, memoryLimit: memoryLimit)
      let name = URL(filePath: file.name).deletingPathExtension().lastPathComponent
      return Contents(tensors: [name: array])
    }
    if beginning.count > 8, beginning[8] == UInt8(ascii: "{") {
      let safetensors = try SafetensorsFile(file, memoryLimit: memoryLimit)
      return Contents(tensors: try safetensors.readAll(), metadata: safetensors.metadata)
    }
    throw FileError(.unsupported, file: file.name, offset: 0, diagnosis(beginning))
  }

  /// What a file that holds no weights seems to be.
  static func diagnosis(_ beginning: [UInt8]) -> String {
    let expected = "expected safetensors, a PyTorch checkpoint (.pth) or a NumPy file (.npy)"
    let text = String(decoding: beginning, as: UTF8.self).lowercased()
    if beginning.isEmpty { return "is empty; \(expected)" }
    if text.hasPrefix("version https://git-lfs") {
      return "is a pointer of Git LFS, not the weights: fetch them with \"git lfs pull\""
    }
    if text.drop(while: \.isWhitespace).hasPrefix("<") {
      return "is a web page, perhaps saved in place of the download; \(expected)"
    }
    if beginning.starts(with: [0x89, 0x48, 0x44, 0x46]) { return "is an HDF5 file; \(expected)" }
    if beginning.starts(with: [0x1F, 0x8B]) {
      return "is compressed by gzip: unpack it; \(expected)"
    }
    return "is of no form that is known; \(expected)"
  }
}
