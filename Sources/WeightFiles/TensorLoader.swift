import RetrogradFiles
import RetrogradTensors

/// The source of the numbers of storages.
protocol StorageSource {
  /// Indicates whether the most significant byte comes first.
  var isBigEndian: Bool { get }
  /// A file that holds a storage, and where it begins in it; has room for all of its elements.
  ///
  /// - Parameters:
  ///   - storage: The storage.
  ///   - budget: The memory budget that pays for unpacking it.
  mutating func place(
    of storage: StorageReference, _ budget: inout MemoryBudget
  ) throws(FileError) -> (file: BoundedFile, offset: Int)
}

/// Makes tensors from storages, each read only as far as a tensor needs it.
struct TensorLoader {
  private var source: any StorageSource
  private let file: BoundedFile
  private var loaded: [TensorReference: Tensor] = [:]
  /// The limit on tensors and unpacked storages together.
  private var budget: MemoryBudget
  /// The bytes that were read to pick elements out of them.
  private var spanned = 0

  /// A few bytes on disk can name many elements (an axis of stride 0, one storage named a thousand
  /// times); up to this many times the file's size is believed.
  private static let growthLimit = 8
  /// The number of times that the file's size, and 16 MB, may be read to pick elements out: two elements at the
  /// ends of a storage cost as much time as all of it.
  private static let spanLimit = 64
  private static let smallSpans = 16 << 20

  /// - Parameters:
  ///   - source: The source of the storages.
  ///   - file: The checkpoint.
  ///   - memoryLimit: The memory limit for tensors, in bytes.
  init(source: any StorageSource, file: BoundedFile, memoryLimit: Int) {
    self.source = source
    self.file = file
    budget = MemoryBudget(memoryLimit: memoryLimit, growth: Self.growthLimit, of: file)
  }

  /// The tensor that a reference describes; `name` is for errors.
  mutating func load(_ reference: TensorReference, name: String) throws(FileError) -> Tensor {
    if let tensor = loaded[reference] { return tensor }
    let tensor = try make(reference, name: name)
    loaded[reference] = tensor
    return tensor
  }

  /// The same without keeping it: only what is being made takes memory.
  mutating func loadOnce(_ reference: TensorReference, name: String) throws(FileError) -> Tensor {
    let tensor = try make(reference, name: name)
    budget.release(tensor.count * tensor.dtype.byteCount)
    return tensor
  }

  private mutating func make(_ reference: TensorReference, name: String) throws(FileError) -> Tensor
  {
    func failure(_ kind: FileError.Kind, _ reason: String) -> FileError {
      FileError(kind, file: file.name, "tensor \"\(name)\" \(reason)")
    }
    let storage = reference.storage
    let impossible = failure(
      .malformed, "has the impossible shape \(StoredShape.describe(reference.shape))")
    guard let count = StoredShape.count(reference.shape) else { throw impossible }
    var last = reference.offset
    for (extent, stride) in zip(reference.shape, reference.strides) {
      let (reach, reachOverflow) = max(extent - 1, 0).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(reach)
      guard !reachOverflow, !sumOverflow else { throw impossible }
      last = sum
    }
    if count > 0 && last >= storage.count {
      throw failure(
        .malformed,
        "of shape \(reference.shape) reaches element \(last) of a storage of \(storage.count)")
    }
    let isContiguous = isContiguous(reference)
    // Elements that do not follow one another are picked out of a copy of all from first to last.
    let span = count == 0 ? 0 : isContiguous ? count : last - reference.offset + 1
    try budget.take(
      reference.type.loadedSize(count), temporary: temporarySize(span, reference, isContiguous),
      for: "tensor \"\(name)\" of shape \(reference.shape)", in: file)
    if !isContiguous {
      spanned += span * storage.type.byteCount
      guard spanned <= Self.spanLimit * min(file.size, .max / 128) + Self.smallSpans else {
        throw failure(
          .tooLarge,
          "of shape \(reference.shape) picks elements out of more than \(Self.spanLimit) times the file"
        )
      }
    }
    let tensor = try read(reference, count: count, span: span, isContiguous)
    return reference.isNegated ? -tensor : tensor
  }

  /// The bytes that are in use only while a tensor is made; nil when they cannot be counted.
  private func temporarySize(
    _ span: Int, _ reference: TensorReference, _ isContiguous: Bool
  ) -> Int? {
    let type = reference.type
    // A second copy is in use while elements are picked out, and while they are negated.
    guard let decoding = type.decodingSize(span, isBigEndian: source.isBigEndian),
      let loaded = isContiguous && !reference.isNegated ? 0 : type.loadedSize(span)
    else { return nil }
    let (sum, overflow) = decoding.addingReportingOverflow(loaded)
    return overflow ? nil : sum
  }

  private mutating func read(
    _ reference: TensorReference, count: Int, span: Int, _ isContiguous: Bool
  ) throws(FileError) -> Tensor {
    let storage = reference.storage
    let (home, start) = try source.place(of: storage, &budget)
    if count == 0 { return Tensor.zeros(reference.shape, dtype: reference.type.dtype) }
    let first = start + (storage.viewOffset + reference.offset) * storage.type.byteCount
    let elements = try home.tensor(
      at: first, reference.type, shape: isContiguous ? reference.shape : [span],
      isBigEndian: source.isBigEndian)
    return isContiguous
      ? elements
      : elements.restrided(shape: reference.shape, strides: reference.strides, offset: 0)
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
