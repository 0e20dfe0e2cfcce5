import RetrogradTensors

/// What a pickle holds, as far as checkpoints need it.
///
/// Containers stand in a table of the machine and values name them by number: a value that contains
/// itself, or one nested a million deep, is then nothing special to copy or to free. What is large stands
/// in a box: a hostile pickle can put a value on the stack with every byte.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  /// A whole number of more than 64 bits, least significant byte first.
  case bigInteger([UInt8])
  case real(Double)
  case text(String)
  case bytes([UInt8])
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case constructor(PickleConstructor)
  indirect case storage(StorageReference)
  indirect case tensor(TensorReference)
  /// Something harmless that no tensor depends on.
  case ignored
}

/// Numbers on disk, named by a key.
struct StorageReference: Hashable {
  let type: StoredType
  let key: String
  /// The number of elements.
  let count: Int
  /// Where a view into a larger storage begins, in elements.
  let viewOffset: Int

  /// The same bytes as elements of another type; nil where they do not hold a whole number of them.
  func retyped(_ newType: StoredType) -> StorageReference? {
    func converted(_ count: Int) -> Int? {
      let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
      return overflow || bytes % newType.byteCount != 0 ? nil : bytes / newType.byteCount
    }
    guard let count = converted(count), let viewOffset = converted(viewOffset) else { return nil }
    return StorageReference(type: newType, key: key, count: count, viewOffset: viewOffset)
  }
}

/// A tensor's place in a storage.
struct TensorReference: Hashable {
  let storage: StorageReference
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}

/// The fixed list of what a pickle may call. Everything else is refused by name.
enum PickleConstructor: Equatable {
  case orderedDictionary
  case rebuildTensor
  /// Builds a tensor from bytes and an element type: for types that have no storage of their own.
  case rebuildTypedTensor
  case rebuildParameter
  case rebuildFromType
  case size
  case storageType(StoredType)
  case elementType(StoredType)
  /// Types and devices that appear as arguments and change nothing.
  case harmless

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"):
      self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTypedTensor
    // Bytes of no type: their number counts bytes, as that of `uint8` does.
    case ("torch.storage", "UntypedStorage"): self = .storageType(.uint8)
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch", "Size"): self = .size
    case ("torch", "device"), ("torch.nn.parameter", "Parameter"), ("torch", "Tensor"),
      ("torch.serialization", "_get_layout"):
      self = .harmless
    case ("torch", let name):
      if let type = Self.storageTypes[name] {
        self = .storageType(type)
      } else if let type = StoredType(rawValue: name) {
        // The names in PyTorch and here are the same.
        self = .elementType(type)
      } else {
        return nil
      }
    default: return nil
    }
  }

  private static let storageTypes: [String: StoredType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    "UInt16Storage": .uint16, "UInt32Storage": .uint32, "UInt64Storage": .uint64,
  ]
}
