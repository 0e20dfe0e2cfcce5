import Foundation
import RetrogradArchives
import RetrogradFiles
import RetrogradTensors

/// Named tensors in a file that PyTorch's `torch.save` wrote: a zip archive, or the older stream of
/// pickles (before PyTorch 1.6).
///
/// Reads an `OrderedDict` or dictionary of tensors, or one with such a dictionary inside under
/// `state_dict` and similar names. Nothing in the file is run: what is not on a fixed list is refused
/// by name. An empty dictionary, which a model without parameters has, is a checkpoint without tensors; a
/// dictionary that holds other things and no tensor is an error.
public struct PyTorchCheckpoint: Sendable {
  /// The tensors by name.
  public let tensors: [String: Tensor]
  /// The names of what was in the dictionary but is no tensor, such as an epoch's number.
  public let ignored: [String]

  private static let dictionaryNames = [
    "state_dict", "model_state_dict", "model", "net", "network", "weights",
  ]

  /// The tensors of a checkpoint.
  ///
  /// Half-precision numbers and small integers load as `float32`, wider integers as `float64`.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - memoryLimit: How many bytes may be in use for its tensors.
  public static func read(
    _ url: URL, memoryLimit: Int = WeightFile.defaultMemoryLimit
  ) throws(WeightFileError) -> [String: Tensor] {
    try PyTorchCheckpoint(url, memoryLimit: memoryLimit).tensors
  }

  /// Reads a checkpoint.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - memoryLimit: How many bytes may be in use for its tensors.
  public init(
    _ url: URL, memoryLimit: Int = WeightFile.defaultMemoryLimit
  ) throws(WeightFileError) {
    try self.init(BoundedFile(url), memoryLimit: memoryLimit)
  }

  init(_ file: BoundedFile, memoryLimit: Int) throws(WeightFileError) {
    let beginning = try file.read(at: 0, count: min(file.size, 64))
    let source: any StorageSource
    let machine: PickleMachine
    let root: PickleValue
    if ZipArchive.isZip(beginning) {
      let archive = try ArchiveStorages(file)
      (source, machine, root) = (archive, archive.machine, archive.root)
    } else if Self.isLegacy(beginning) {
      let stream = try StreamStorages(file)
      (source, machine, root) = (stream, stream.machine, stream.root)
    } else {
      throw FileError(.unsupported, file: file.name, offset: 0, WeightFile.diagnosis(beginning))
    }
    let found = try Self.findTensors(root, machine, file)
    ignored = found.ignored
    var loader = TensorLoader(source: source, file: file, memoryLimit: memoryLimit)
    var tensors: [String: Tensor] = [:]
    for (name, reference) in found.tensors {
      tensors[name] = try loader.load(reference, name: name)
    }
    self.tensors = tensors
  }

  /// Whether bytes begin as the older stream does: a pickle of a certain large number.
  static func isLegacy(_ beginning: [UInt8]) -> Bool {
    beginning.starts(with: [0x80, 2, 0x8A, 10] + StreamStorages.magic)
  }

  /// The dictionary that holds tensors: the root, or one directly inside it.
  private static func findTensors(
    _ root: PickleValue, _ machine: PickleMachine, _ file: BoundedFile
  ) throws(FileError) -> (tensors: [(String, TensorReference)], ignored: [String]) {
    guard case .dictionary(let index) = root else {
      throw FileError(
        .unsupported, file: file.name,
        "holds no dictionary of tensors; save a model's state_dict() to have one")
    }
    let outer = split(machine.containers[index])
    if !outer.tensors.isEmpty || outer.others.isEmpty {
      return (outer.tensors, outer.others.map(\.name))
    }
    for name in dictionaryNames {
      if case .dictionary(let inside)? = outer.others.first(where: { $0.name == name })?.value {
        let inner = split(machine.containers[inside])
        if !inner.tensors.isEmpty {
          return (
            inner.tensors,
            outer.others.map(\.name).filter { $0 != name }
              + inner.others.map { "\(name).\($0.name)" }
          )
        }
      }
    }
    throw FileError(
      .malformed, file: file.name,
      "its dictionary holds no tensors, only \(outer.others.prefix(8).map(\.name).joined(separator: ", ")); "
        + "expected tensors by name, or a \"state_dict\" of them")
  }

  private static func split(
    _ items: [PickleValue]
  ) -> (
    tensors: [(String, TensorReference)], others: [(name: String, value: PickleValue)]
  ) {
    var tensors: [String: TensorReference] = [:]
    var others: [String: PickleValue] = [:]
    for place in stride(from: 0, to: items.count - 1, by: 2) {
      let name: String
      switch items[place] {
      case .text(let text): name = text
      case .integer(let number): name = "\(number)"
      case .real(let number): name = "\(number)"
      case .bool(let flag): name = flag ? "True" : "False"
      case .none: name = "None"
      default: name = "(what has a key that is no text)"
      }
      // A later value of the same key replaces an earlier one, as in Python.
      if case .tensor(let tensor) = items[place + 1] {
        others[name] = nil
        tensors[name] = tensor
      } else {
        tensors[name] = nil
        others[name] = items[place + 1]
      }
    }
    return (
      tensors.sorted { $0.key < $1.key },
      others.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    )
  }
}
