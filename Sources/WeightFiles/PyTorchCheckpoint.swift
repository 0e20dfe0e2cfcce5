import Foundation
import RetrogradFiles
import RetrogradTensors

/// Named tensors in a file that PyTorch's `torch.save` wrote: a zip archive, or the older stream of
/// pickles (before PyTorch 1.6).
///
/// Reads an `OrderedDict` or dictionary of tensors, or one with such a dictionary inside under
/// `state_dict` and similar names. Nothing in the file is run: what is not on a fixed list is refused
/// by name.
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
  public static func read(_ url: URL) throws(WeightFileError) -> [String: Tensor] {
    try PyTorchCheckpoint(url).tensors
  }

  /// Reads a checkpoint.
  public init(_ url: URL) throws(WeightFileError) { try self.init(BoundedFile(url)) }

  init(_ file: BoundedFile) throws(WeightFileError) {
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
    var loader = TensorLoader(source: source, file: file)
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
      .unsupported, file: file.name,
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
      default: continue
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

/// Where the numbers of storages stand.
protocol StorageSource {
  /// Whether the most significant byte comes first.
  var isBigEndian: Bool { get }
  /// A file that holds a storage, and where it begins in it; has room for all of its elements.
  func place(of storage: StorageReference) throws(FileError) -> (file: BoundedFile, offset: Int)
}

/// Makes tensors from storages, each read only as far as a tensor needs it.
private struct TensorLoader {
  let source: any StorageSource
  let file: BoundedFile
  private var loaded: [TensorReference: Tensor] = [:]
  private var allocated = 0

  /// A few bytes on disk can name many elements (an axis of stride 0, one storage named a thousand
  /// times); up to this many times the file's size is believed.
  private static let growthLimit = 8

  init(source: any StorageSource, file: BoundedFile) {
    self.source = source
    self.file = file
  }

  mutating func load(_ reference: TensorReference, name: String) throws(FileError) -> Tensor {
    if let tensor = loaded[reference] { return tensor }
    func failure(_ kind: FileError.Kind, _ reason: String) -> FileError {
      FileError(kind, file: file.name, "tensor \"\(name)\" \(reason)")
    }
    let storage = reference.storage
    var count = 1
    var last = reference.offset
    for (extent, stride) in zip(reference.shape, reference.strides) {
      let (product, countOverflow) = count.multipliedReportingOverflow(by: extent)
      let (reach, reachOverflow) = max(extent - 1, 0).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(reach)
      guard !countOverflow, !reachOverflow, !sumOverflow else {
        throw failure(.malformed, "has the impossible shape \(reference.shape)")
      }
      (count, last) = (product, sum)
    }
    if count > 0 && last >= storage.count {
      throw failure(
        .malformed,
        "of shape \(reference.shape) reaches element \(last) of a storage of \(storage.count)")
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: storage.type.dtype.byteCount)
    let budget = file.size * Self.growthLimit + (1 << 20)
    guard !overflow, bytes <= budget - allocated else {
      throw failure(
        .tooLarge,
        "of shape \(reference.shape) takes the tensors past \(budget) bytes, \(Self.growthLimit) times "
          + "the file")
    }
    allocated += bytes
    let tensor = try read(reference, count: count, last: last)
    loaded[reference] = tensor
    return tensor
  }

  private func read(_ reference: TensorReference, count: Int, last: Int) throws(FileError) -> Tensor
  {
    let storage = reference.storage
    let (home, start) = try source.place(of: storage)
    if count == 0 { return Tensor.zeros(reference.shape, dtype: storage.type.dtype) }
    let first = start + (storage.viewOffset + reference.offset) * storage.type.byteCount
    if isContiguous(reference) {
      return try home.tensor(
        at: first, storage.type, shape: reference.shape, isBigEndian: source.isBigEndian)
    }
    let span = try home.tensor(
      at: first, storage.type, shape: [last - reference.offset + 1],
      isBigEndian: source.isBigEndian)
    return span.restrided(shape: reference.shape, strides: reference.strides, offset: 0)
  }

  private func isContiguous(_ reference: TensorReference) -> Bool {
    var expected = 1
    for (extent, stride) in zip(reference.shape, reference.strides).reversed() {
      if extent != 1 && stride != expected { return false }
      expected *= extent
    }
    return true
  }
}
