import Foundation
import RetrogradArchives
import RetrogradFiles
import RetrogradTensors

/// The tensors of an open file of weights, of any form, read one at a time.
///
/// ```swift
/// var weights = try WeightFile.open(url)
/// for name in weights.names { print(name, try weights.tensor(named: name).shape) }
/// ```
public struct StoredWeights {
  private enum Source {
    case safetensors(SafetensorsFile)
    case checkpoint(CheckpointFile)
    case array(name: String, Tensor)
  }

  private var source: Source
  private let file: String

  /// Opens a file and finds out what is in it.
  init(_ file: BoundedFile, key: String?, memoryLimit: Int) throws(FileError) {
    self.file = file.name
    let beginning = try file.read(at: 0, count: min(file.size, 512))
    if ZipArchive.isZip(beginning) || PyTorchCheckpoint.isLegacy(beginning) {
      source = .checkpoint(try CheckpointFile(file, key: key, memoryLimit: memoryLimit))
      return
    }
    if beginning.starts(with: NumPyFile.magic) {
      let array = try NumPyFile.read(file, memoryLimit: memoryLimit)
      source = .array(
        name: URL(filePath: file.name).deletingPathExtension().lastPathComponent, array)
    } else if SafetensorsFile.isSafetensors(beginning) {
      source = .safetensors(try SafetensorsFile(file, memoryLimit: memoryLimit))
    } else {
      throw FileError(.unsupported, file: file.name, offset: 0, WeightFile.diagnosis(beginning))
    }
    if let key {
      throw FileError(
        .unsupported, file: file.name,
        "has no keys like \"\(key)\": only PyTorch's checkpoints have dictionaries in one another")
    }
  }

  /// The names of the tensors, sorted.
  public var names: [String] {
    switch source {
    case .safetensors(let file): file.names
    case .checkpoint(let file): file.references.keys.sorted()
    case .array(let name, _): [name]
    }
  }

  /// The shape of a tensor.
  public func shape(named name: String) -> [Int]? {
    switch source {
    case .safetensors(let file): file.shape(named: name)
    case .checkpoint(let file): file.references[name]?.shape
    case .array(let own, let array): name == own ? array.shape : nil
    }
  }

  /// The element type that a tensor has when it is read.
  public func dtype(named name: String) -> DType? {
    switch source {
    case .safetensors(let file): file.dtype(named: name)
    case .checkpoint(let file): file.references[name]?.type.dtype
    case .array(let own, let array): name == own ? array.dtype : nil
    }
  }

  /// Names and texts, which only safetensors have.
  public var metadata: [String: String] {
    if case .safetensors(let file) = source { file.metadata } else { [:] }
  }

  /// The keys that lead to the dictionary of a checkpoint, joined by dots; empty for a file's own tensors.
  public var key: String {
    if case .checkpoint(let file) = source { file.key } else { "" }
  }

  /// Indicates whether ``key`` was given rather than chosen.
  public var isKeyGiven: Bool {
    if case .checkpoint(let file) = source { file.isKeyGiven } else { false }
  }

  /// The content of the file that is not among the tensors.
  public var leftOut: [LeftOut] {
    switch source {
    case .safetensors(let file): file.leftOut
    case .checkpoint(let file): file.leftOut
    case .array: []
    }
  }

  /// A line about what was read from a checkpoint and what was left out; nil where there was nothing to choose.
  public var choice: String? { WeightFile.choice(key: key, isKeyGiven: isKeyGiven, leftOut) }

  /// One tensor, which is not kept here; an error when there is none of that name.
  public mutating func tensor(named name: String) throws(FileError) -> Tensor {
    switch source {
    case .safetensors(let file): return try file.tensor(named: name)
    case .checkpoint(var checkpoint):
      // Taken out meanwhile, so that what it remembers is not copied.
      source = .array(name: "", Tensor(0))
      defer { source = .checkpoint(checkpoint) }
      if let tensor = try checkpoint.tensor(named: name) { return tensor }
    case .array(let own, let array): if name == own { return array }
    }
    throw FileError(.malformed, file: file, "holds no tensor \"\(name)\"")
  }

  /// All tensors, in memory together.
  mutating func readAll() throws(FileError) -> [String: Tensor] {
    switch source {
    case .safetensors(let file): return try file.readAll()
    case .checkpoint(var checkpoint): return try checkpoint.readAll()
    case .array(let name, let array): return [name: array]
    }
  }
}
